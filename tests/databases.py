"""The two kinds of database that a workspace may be in, for tests that must hold on both.

PostgreSQL is started once a run from Debian's packages, as the user `postgres` where the tests run as root, on a free
port and in a folder of its own; every test gets a database of its own, copied from a template.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pytest_postgresql.janitor import DatabaseJanitor

SETTINGS = ("-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=256MB", "-c", "max_connections=200")


def binaries() -> Path:
    """Return where Debian keeps the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parents[1].name))
    assert found, "PostgreSQL with PostGIS is not installed: run sh tests/services.sh"
    return found[-1].parent


class Server:
    """A running PostgreSQL with one database that holds an empty PostGIS."""

    def __init__(self, port: int) -> None:
        self.port = port

    def address(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def fresh(self, template: str = "empty") -> str:
        """Make a database like another and return its address."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.janitor(name, template).init()
        return self.address(name)

    def janitor(self, name: str, template: str | None) -> DatabaseJanitor:
        return DatabaseJanitor(
            user="postgres", host="127.0.0.1", port=self.port, dbname=name,
            template_dbname=template,
        )  # fmt: skip


@contextmanager
def server() -> Iterator[Server]:
    """Run a server for the length of a block."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-pg-", dir=os.environ.get("GRIDMAP_PG_FOLDER", "/tmp")))  # noqa: S108
    root = os.geteuid() == 0
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []
    if root:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: str | Path) -> None:
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            subprocess.run([*as_user, *map(str, command)], check=True, stdout=log, stderr=log, cwd=folder)

    data = folder / "data"
    run(binaries() / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    options = " ".join((f"-p {port} -k {folder}", *SETTINGS))
    run(binaries() / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start")
    try:
        made = Server(port)
        made.janitor("empty", None).init()
        with psycopg.connect(made.address("empty"), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
        yield made
    finally:
        run(binaries() / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
        (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)


class Databases:
    """Makes places for workspaces of one kind."""

    def __init__(self, kind: str, folder: Path, running: Server | None) -> None:
        self.kind, self._folder, self._server = kind, folder, running

    def fresh(self) -> Path | str:
        """Return a place where a workspace may be made. The name of a file needs quoting in a URI."""
        if self._server is not None:
            return self._server.fresh()
        return Path(tempfile.mkdtemp(dir=self._folder)) / "汾阳 100%?#.gpkg"

    def copy(self, place: Path | str) -> Path | str:
        """Return a copy of a workspace that nobody has open."""
        if self._server is not None:
            return self._server.fresh(str(place).rsplit("/", 1)[1])
        made = self.fresh()
        shutil.copy(place, made)
        return made


def contents(place: Path | str) -> object:
    """Return all that a workspace holds, to compare."""
    if isinstance(place, Path):
        return place.read_bytes()
    with psycopg.connect(place) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: sorted(str(row) for row in connection.execute(f'SELECT * FROM "{name}"').fetchall())  # noqa: S608
            for (name,) in tables
        }
