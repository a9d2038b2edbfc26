#!/bin/sh
# Installs what the tests need beside Python packages: Chromium with Chinese fonts, GDAL's command-line tools, PostgreSQL with
# PostGIS (started by the tests themselves). Uses Debian's packages where that is possible, otherwise says what to install.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || [ -n "${GRIDMAP_CHROMIUM:-}" ] || missing="$missing chromium"
command -v ogrinfo >/dev/null 2>&1 || missing="$missing gdal-bin"
if command -v dpkg >/dev/null 2>&1; then
    dpkg -s fonts-noto-cjk >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
    ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || missing="$missing postgresql-postgis"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Some tests need packages that are not here; please install:$missing" >&2
    [ -z "${CI:-}" ] || exit 1
fi
