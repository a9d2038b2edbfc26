"""Every exit of the tool, by name: what a canary of a restricted record must never come out of.

A new exit joins by one entry. A command of the command line that is not here fails `tests/cli/test_canary.py`; exits
that are no commands (pages, plots, handles, servers, tiles) are added to `CALLS`.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import itertools
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CANARIES = {
    "household": "QZHOUSEHOLD7741",
    "name": "金丝雀秘名",
    "phone": "13877741177",
    "note": "QZNOTE7741",
    "role": "QZROLE7741",
    "id": "QZID7741",
    "person": "QZPERSON7741",
}
"""What restricted records of the canary workspace hold, in each field that tells of somebody."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "new": ("new", "{out}/new.gpkg"),
    "import": ("import", "{out}/layer.geojson", "--into", "{ws}", "--layer", "green", "--yes"),
    "match": ("match", "{ws}", "{households}", "-o", "{out}/matched.csv", "--json"),
    "review": ("review", "{ws}", "--json"),
    "check": (
        "check",
        "{ws}",
        "--codes",
        "{codes}",
        "--totals",
        "{households}",
        "--json",
        "--map",
        "{out}/findings.html",
        "-o",
        "{out}/findings.xlsx",
    ),
    "repair": ("repair", "{ws}", "--all-safe", "--json"),
    "lineage": ("lineage", "{codes}", "{codes}", "-o", "{out}/lineage.xlsx", "--json"),
    "crosswalk": (
        "crosswalk",
        "{ws}",
        "--old",
        "present",
        "--new",
        "present",
        "--staff",
        "-o",
        "{out}/crosswalk.xlsx",
        "--json",
    ),
    "diff": (
        "diff",
        "{ws}",
        "present",
        "present",
        "-o",
        "{out}/diff.xlsx",
        "--map",
        "{out}/diff.html",
        "--json",
    ),
    "merge-systems": ("merge-systems", "{ws}", "--system", "present=1", "--save", "merged", "--json"),
    "balance": ("balance", "{ws}", "--json"),
    "redraw": (
        "redraw",
        "{ws}",
        "--frontier",
        "--choose",
        "1",
        "--min",
        "100",
        "--max",
        "250",
        "--work",
        "households=1",
        "--work",
        "elders_60=1",
        "--work",
        "requests=5",
        "--json",
    ),
    "rebalance": ("rebalance", "{ws}", "--plan", "present", "--grid", "141182001001001", "--json"),
    "explain": ("explain", "{ws}", "--compound", "c1", "--json"),
    "micro": ("micro", "{ws}", "--all", "-o", "{out}/micro.gpkg", "--json"),
    "crossings": ("crossings", "{ws}", "--json"),
    "export": ("export", "{ws}", "--layer", "buildings", "-o", "{out}/buildings.csv"),
    "where": ("where", "{ws}", "--at", "{at}", "--json"),
    "nearest": ("nearest", "{ws}", "--kind", "canteen", "--at", "{at}", "--json"),
    "coverage": ("coverage", "{ws}", "--kind", "canteen", "--json", "--map", "{out}/coverage.html"),
    "access": ("access", "{ws}", "--kind", "canteen", "--json"),
    "site": ("site", "{ws}", "--kind", "canteen", "--json", "--map", "{out}/site.html"),
    "what-if": ("what-if", "{ws}", "--kind", "canteen", "--close", "f1", "--json"),
    "map": ("map", "{ws}", "-o", "{out}/map.html"),
    "atlas": (
        "atlas",
        "{ws}",
        "--grid",
        "141182001001001",
        "--community",
        "141182001001",
        "--wall",
        "--supervision",
        "12345",
        "-o",
        "{out}/atlas.pdf",
        "--json",
    ),
    "plan list": ("plan", "list", "{ws}", "--json"),
    "plan submit": ("plan", "submit", "{ws}", "drawn", "--note", "x", "--json"),
    "plan withdraw": ("plan", "withdraw", "{ws}", "handed-in", "--json"),
    "plan approve": ("plan", "approve", "{ws}", "handed-in", "--json"),
    "plan return": ("plan", "return", "{ws}", "handed-in", "--json"),
    "plan file": ("plan", "file", "{ws}", "agreed", "--json"),
    "plan show": ("plan", "show", "{ws}", "agreed", "--json"),
    "plan put-in-force": ("plan", "put-in-force", "{ws}", "present", "--json"),
    "vacancies": ("vacancies", "{ws}", "--kind", "{restricted}"),
    "assign": ("assign", "{ws}", "--json"),
    "figures": ("figures", "{ws}", "--json"),
    "duties list": ("duties", "list", "{ws}", "--kind", "{restricted}", "--contacts", "--json"),
    "duties import": ("duties", "import", "{ledger}", "--into", "{ws}", "--json"),
    "duties export": ("duties", "export", "{ws}", "-o", "{out}/duties.xlsx", "--contacts"),
    "users list": ("users", "list", "{ws}", "--json"),
    "token list": ("token", "list", "{ws}", "--json"),
    "audit verify": ("audit", "verify", "{ws}", "--json"),
    "audit show": ("audit", "show", "{ws}", "--last", "10000", "--json"),
    "matters list": ("matters", "list", "{ws}", "--json"),
    "matters board": ("matters", "board", "{ws}", "--json"),
    "matters add": ("matters", "add", "{ws}", "--kind", "activity", "--topic", "talk", "--at", "{at}", "--json"),
    "matters advance": ("matters", "advance", "{ws}", "m1", "settle", "--as", "grid_worker", "--json"),
    "matters import": ("matters", "import", "{ledger}", "--into", "{ws}", "--json"),
    "matters map": ("matters", "map", "{ws}", "-o", "{out}/matters.html"),
    "backup": ("backup", "{ws}", "{out}/new.backup", "--json"),
    "restore": ("restore", "{backup}", "{out}/restored.gpkg", "--json"),
    "matters export": ("matters", "export", "{ws}", "-o", "{out}/matters.xlsx"),
}
"""A call of every command, with every option that could let something out. `{restricted}` is each restricted kind."""

CODES = {"check": 1, "vacancies": 2}
"""Exit codes of commands that do not end with 0: findings, and restricted kinds, which are refused."""

ELSEWHERE = {
    "users add": "prints only the account that it made",
    "users change": "prints only the account that it changed",
    "users disable": "prints only the account that it shut out",
    "token add": "prints only the token that it made",
    "token revoke": "prints only the id that it was given",
    "demo": "makes the sample city itself; the other commands are what its records leave by",
    "serve": "does not end by itself; the call `server` asks every route",
}
"""Commands that are not called, and why none can let a workspace's records out."""


def _page(ws: Any, out: Path) -> None:
    (out / "page.html").write_text(ws.page(), "utf-8")


def _plot(ws: Any, out: Path) -> None:
    # A picture's letters are shapes; SVG can keep them as text.
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        ws.current_plan().plot().savefig(out / "plot.svg")


def _tables(ws: Any, out: Path) -> None:
    accounts = ws.accounts
    told = [
        accounts.duties(contacts=True).to_json(force_ascii=False),
        accounts.restricted("pairing"),
        accounts.match().to_json(),
        accounts.staffing(),
        accounts.coverage("partner_unit"),
        *(table.to_json(force_ascii=False) for table in accounts.export(_RECORDS, contacts=True).values()),
        repr(ws),
        repr(ws.records),
    ]
    (out / "tables.txt").write_text("\n".join(map(str, told)), "utf-8")


QUERIES = {
    "/api/v1/where": "lon={lon}&lat={lat}",
    "/api/v1/search": "q=%E9%87%91%E4%B8%9D%E9%9B%80",
    "/api/v1/nearest": "kind=canteen&lon={lon}&lat={lat}",
    "/api/v1/coverage": "kind=canteen",
    "/api/v1/coverage/reach": "kind=canteen",
    "/api/v1/access": "kind=canteen",
    "/api/v1/duties": "kind=pairing&limit=1000",
    "/api/v1/matters": "limit=1000",
    "/api/v1/matters/map": "bbox=-180,-90,180,90",
}
"""What routes are asked with."""


def paths(routes: Any, values: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield every path that can be asked for with GET, once for each value of its parameters, and its pattern."""
    for route in routes:
        nested = getattr(getattr(route, "original_router", None), "routes", None)
        if nested is not None:
            yield from paths(nested, values)
        if "GET" not in (getattr(route, "methods", None) or ()):
            continue
        path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
        names = re.findall(r"{(\w+)}", path)
        noun = "tiles" if "/tiles/" in path else "matter" if "/matters/" in path else "name"
        noun = "layer" if path.startswith("/ogc") else noun
        for choice in itertools.product(*(values[noun if name == "name" else name] for name in names)):
            yield re.sub(r"{\w+}", "{}", path).format(*choice), route.path


def _served(ws: Any, out: Path) -> None:
    """Ask the server for all that it serves, as any browser may."""
    from gridmap.city import LAYERS
    from gridmap.server import create_app

    told: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    app = create_app(ws.workspace.path)
    west, south, east, north = ws.city.communities.to_crs(4326).total_bounds.tolist()
    at = {"lon": (west + east) / 2, "lat": (south + north) / 2}
    values = {
        "name": [row["name"] for row in ws.plans()], "other": [row["name"] for row in ws.plans()],
        "tiles": ["base", "facilities"], "layer": list(LAYERS), "item": ["b1"], "id": ["none"],
        "matter": [one.id for one in ws.records.find()] or ["none"], "z": ["0"], "x": ["0"], "y": ["0"],
        "token": ["none"], "code": [grid.code for grid in ws.workspace.current_plan().grids],
    }  # fmt: skip
    for path, pattern in paths(app.routes, values):
        if pattern.endswith("/events"):
            continue  # they tell the log, which `history` does, too, and do not end
        query = QUERIES.get(pattern, "limit=1000" if pattern.endswith("/items") else "").format(**at)
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
            "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        # In a thread: tests of pages leave a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, app(scope, receive, send)).result()
    app.state.service.close()
    (out / "served.bin").write_bytes(b"".join(message.get("body", b"") for message in told))


_RECORDS = ("persons", "organisations", "duties", "matters", "matter_events")

CALLS: dict[str, Callable[[Any, Path], None]] = {
    "page of the map": _page,
    "plot": _plot,
    "tables of the accounts": _tables,
    "server": _served,
}
"""Exits that are no commands: each writes what it lets out into the folder."""


def readings(data: bytes) -> Iterator[bytes]:
    """Yield bytes as they are, and all that is packed in them: zip members, PDF pages, gzip, deflate, base64."""
    yield data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)
    if data[:5] == b"%PDF-":
        from pypdf import PdfReader  # what a page says is packed in streams of glyphs

        yield "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()
    for text in re.findall(rb"[A-Za-z0-9+/=_-]{24,}", data):
        for altchars in (None, b"-_"):
            try:
                raw = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=altchars)
            except ValueError:
                continue
            yield raw
            for unpack in (gzip.decompress, zlib.decompress):
                try:
                    yield unpack(raw)
                except (OSError, EOFError, zlib.error):
                    continue


def forms(text: str) -> set[bytes]:
    """Return the ways in which a text may be written in an exit."""
    escaped = json.dumps(text)[1:-1]
    entities = "".join(f"&#{ord(letter)};" for letter in text)
    return {text.encode(), text.encode("gbk"), text.encode("utf-16-le"), escaped.encode(), entities.encode()}


def leaks(data: bytes) -> set[str]:
    """Return which canaries are in some bytes, in any form."""
    found = set()
    for reading in readings(data):
        found |= {name for name, text in CANARIES.items() if any(form in reading for form in forms(text))}
    return found
