"""Of the sample city's own restricted records, nothing comes out of any exit: no name, telephone, household or id."""

import importlib.util
import logging
import re
import shutil
from pathlib import Path

import pytest

from gridmap import handles
from gridmap.duties import duty_kinds

_SPEC = importlib.util.spec_from_file_location("canary", Path(__file__).parents[1] / "canary.py")
canary = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(canary)

RESTRICTED = sorted(name for name, kind in duty_kinds().items() if kind.restricted)
EXITS = (
    ("duties", "list", "{ws}", "--contacts", "--json"),
    ("duties", "export", "{ws}", "-o", "{out}/duties.xlsx", "--contacts"),
    ("matters", "list", "{ws}", "--limit", "9999", "--json"),
    ("matters", "board", "{ws}", "--cards", "50", "--json"),
    ("matters", "export", "{ws}", "-o", "{out}/matters.xlsx"),
    ("matters", "map", "{ws}", "-o", "{out}/matters.html"),
    ("map", "{ws}", "-o", "{out}/map.html"),
    ("check", "{ws}", "--json", "--map", "{out}/findings.html", "-o", "{out}/findings.xlsx"),
    ("figures", "{ws}", "--json"),
    ("balance", "{ws}", "--json"),
    ("assign", "{ws}", "--json"),
    ("coverage", "{ws}", "--kind", "canteen", "--json", "--map", "{out}/coverage.html"),
    ("export", "{ws}", "--layer", "grids", "-o", "{out}/grids.gpkg"),
    ("export", "{ws}", "--layer", "buildings", "-o", "{out}/buildings.gpkg"),
    *(("duties", "list", "{ws}", "--kind", kind, "--contacts", "--json") for kind in RESTRICTED),
    *(("vacancies", "{ws}", "--kind", kind, "--json") for kind in RESTRICTED),
    ("matters", "add", "{ws}", "--kind", "request", "--level", "household", "--code", "{household}", "--json"),
)  # fmt: skip
WORD = r"(?<![\w+/=-]){}(?![\w+/=-])"
PATTERNS = {
    "household": WORD.format(r"\d{12}:H\d{5}"),
    "telephone": r"(?<!\d)1000\d{7}(?!\d)",
    "id": WORD.format(r"[DP]\d{5}"),
    "name": r"[\u4e00-\u9fff]+",
}


@pytest.fixture(scope="module")
def secrets(demo_file):
    """Return what restricted records tell, by kind of word, without what is told of the same people elsewhere."""
    with handles.open(demo_file) as ws:
        shown = ws.workspace.records.table("persons")
        told = [record for kind in RESTRICTED for record in ws.workspace.records.restricted.read(kind)]
    holders = [record["holder"] for record in told if record["holder"]]
    found = {
        "household": {record["places"] for record in told if ":" in record["places"]},
        "telephone": {holder["phone"] for holder in holders},
        "id": {record["id"] for record in told} | {holder["id"] for holder in holders},
        # Two letters are a common word too.
        "name": {name for holder in holders if len(name := holder["name"]) == 3} - set(shown["name"]),
    }
    assert len(found["household"]) == 1_156
    assert len(found["telephone"]) == 5_126
    assert len(found["id"]) == 1_156 + 5_126 * 2
    assert len(found["name"]) > 1_000
    return found


@pytest.fixture(scope="module")
def place(demo_file, tmp_path_factory, secrets):
    folder = tmp_path_factory.mktemp("sample")
    for path in demo_file.parent.glob("fenyang.*"):
        shutil.copy(path, folder)
    return {"ws": folder / "fenyang.gpkg", "household": min(secrets["household"])}


def leaked(data, secrets, *, but=()):
    found = set()
    for reading in canary.readings(data):
        text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), reading.decode("utf-8", "ignore"))
        for kind, pattern in PATTERNS.items():
            found |= secrets[kind] & set(re.findall(pattern, text))
    return found - set(but)


def test_what_looks_for_them_finds_them(secrets):
    for words in secrets.values():
        word = min(words)
        assert leaked(f'{{"a": "{word}"}}'.encode(), secrets) == {word}
    assert leaked(b'"\\u9648"', {**secrets, "name": {"陈"}}) == {"陈"}


@pytest.mark.parametrize("words", EXITS, ids=" ".join)
def test_no_exit_lets_anything_restricted_out(run, place, secrets, tmp_path, caplog, words):
    caplog.set_level(logging.DEBUG)
    ran = run(*(word.format(**place, out=tmp_path) for word in words))
    assert ran.code in (0, 1, 2)
    assert ran.out or ran.err or any(tmp_path.iterdir())
    said = {place["household"]} if "{household}" in words else ()  # what somebody typed is repeated to them
    for data in (ran.out.encode(), ran.err.encode(), caplog.text.encode(), *map(Path.read_bytes, tmp_path.iterdir())):
        assert not leaked(data, secrets, but=said)


def test_the_workspace_and_its_sealed_file_hold_none_in_clear(place, secrets):
    files = sorted(place["ws"].parent.glob("fenyang.*"))
    assert {path.suffix for path in files} >= {".gpkg", ".sqlite"}
    for path in files:
        assert not leaked(path.read_bytes(), secrets), path.name
