"""Restricted records come out of no exit: canaries are put in, every exit is used, and none may be found."""

import base64
import importlib.util
import logging
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from typer.main import get_command

from gridmap import files, handles
from gridmap.cli import app
from gridmap.duties import duty_kinds
from gridmap.store import testing
from gridmap.workspace import Workspace, back_up

_SPEC = importlib.util.spec_from_file_location("canary", Path(__file__).parents[1] / "canary.py")
canary = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(canary)

EAST = "141182001001"
RESTRICTED = sorted(name for name, kind in duty_kinds().items() if kind.restricted)


def _commands(group, before=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def _tables():
    secret = canary.CANARIES
    hidden = [
        {"id": f"{secret['id']}-{kind}-{k}", "kind": kind, "person": secret["person"], "role": secret["role"],
         "places": EAST if duty_kinds()[kind].level == "community" else f"{EAST}:{secret['household']}{k}",
         "contact": secret["phone"], "note": secret["note"], "posted": True}
        for kind in RESTRICTED for k in range(12)
    ]  # fmt: skip
    shown = [{"id": "w1", "kind": "grid_worker", "person": "p1", "places": f"{EAST}001", "posted": True},
             {"id": "u1", "kind": "partner_unit", "organisation": "o1", "places": EAST}]  # fmt: skip
    return {
        "persons": pd.DataFrame(
            [{"id": "p1", "name": "王五"}, {"id": secret["person"], "name": secret["name"], "phone": secret["phone"]}]
        ),
        "organisations": pd.DataFrame([{"id": "o1", "name": "市医院"}]),
        "duties": pd.DataFrame(shown + hidden),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make a workspace with canaries in its restricted records."""
    folder = tmp_path_factory.mktemp("canary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_KEY", base64.urlsafe_b64encode(b"c" * 32).decode())
        place = gpd.GeoDataFrame(
            {"id": ["f1"], "kind": ["canteen"], "name": ["食堂"], "status": ["open"], "capacity": [30]},
            geometry=[shapely.Point(testing.X0 + 300, testing.Y0 + 190)],
            crs=testing.CRS,
        )
        with Workspace.create_sample(folder / "town.gpkg", testing.town(), name="t") as ws:
            ws.import_layer("facilities", place, source="t")
            block = shapely.box(testing.X0 + 700, testing.Y0 + 10, testing.X0 + 900, testing.Y0 + 150)
            ws.import_layer(
                "compounds", gpd.GeoDataFrame({"id": ["c1"]}, geometry=[block], crs=testing.CRS), source="t"
            )
            report = ws.import_records(_tables())
            assert report.restricted == 12 * len(RESTRICTED)
            ws.import_records(
                {"matters": pd.DataFrame([{"id": "m1", "kind": "request", "level": "community", "code": EAST,
                                           "opened": "2026-03-02"}])}
            )  # fmt: skip
            for name in ("drawn", "handed-in", "agreed"):
                ws.save_plan(ws.plan("present"), name)
            ws.submit("handed-in")
            ws.submit("agreed")
            ws.approve("agreed")
            lon, lat = ws.city().frame.to_lonlat(testing.X0 + 100.0, testing.Y0 + 100.0)
        back_up(folder / "town.gpkg", folder / "town.backup")
        files.write_ledger({**_tables(), "matters": _new_matters()}, folder / "ledger.xlsx")
        secret = canary.CANARIES
        homes = pd.DataFrame({"住址": ["东关路1号", "无"], "户主": [secret["name"]] * 2, "电话": [secret["phone"]] * 2})
        homes["小区"], homes["户数"] = ["花园", "锦苑"], [10, 20]
        files.write_ledger({"homes": homes}, folder / "households.csv")
        codes = pd.DataFrame({"code": [EAST, "141182001009"], "name": ["东关社区", "鼓楼社区"]})
        files.write_ledger({"codes": codes}, folder / "codes.csv")
        box = shapely.box(testing.X0 + 5, testing.Y0 + 5, testing.X0 + 15, testing.Y0 + 15)
        gpd.GeoDataFrame({"id": ["g1"]}, geometry=[box], crs=testing.CRS).to_crs(4326).to_file(
            folder / "layer.geojson", driver="GeoJSON"
        )
    return folder, f"{float(lon):.6f},{float(lat):.6f}"


def _new_matters():
    row = {"id": "m9", "kind": "request", "level": "community", "code": EAST, "opened": "2026-03-02"}
    return pd.DataFrame([row])


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDMAP_KEY", base64.urlsafe_b64encode(b"c" * 32).decode())
    folder, at = made
    for name in ("town.gpkg", "town.restricted.sqlite", "layer.geojson"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return {"ws": tmp_path / "town.gpkg", "out": tmp_path, "at": at, "ledger": folder / "ledger.xlsx",
            "backup": folder / "town.backup",
            "households": folder / "households.csv", "codes": folder / "codes.csv"}  # fmt: skip


def test_the_canaries_can_be_found(place, tmp_path):
    """What looks for them finds them: in a workbook, in base64, in JSON."""
    files.write_ledger(_tables(), tmp_path / "all.xlsx")
    found = canary.leaks((tmp_path / "all.xlsx").read_bytes())
    assert found == set(canary.CANARIES)
    for text in canary.CANARIES.values():
        assert canary.leaks(base64.b64encode(f"…{text}…{'x' * 30}".encode()))
        assert canary.leaks(f"<td>{''.join(f'&#{ord(c)};' for c in text)}</td>".encode())


def test_every_command_is_an_exit_that_is_tried():
    commands = set(_commands(get_command(app)))
    tried = set(canary.COMMANDS) | set(canary.ELSEWHERE)
    assert commands == tried, "Add the command to COMMANDS of tests/canary.py, with the options that let most out."


@pytest.mark.parametrize("command", canary.COMMANDS)
def test_no_command_lets_a_canary_out(run, place, tmp_path, caplog, command):
    words = canary.COMMANDS[command]
    caplog.set_level(logging.DEBUG)
    for kind in RESTRICTED if "{restricted}" in words else RESTRICTED[:1]:
        ran = run(*(word.format(**place, restricted=kind) for word in words))
        assert ran.code == canary.CODES.get(command, 0), ran.err  # what is refused too early tries nothing
        assert not canary.leaks(ran.out.encode()), command
        assert not canary.leaks(ran.err.encode()), command
    assert not canary.leaks(caplog.text.encode()), command
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert not canary.leaks(path.read_bytes()), f"{command}: {path.name}"


@pytest.mark.parametrize("name", canary.CALLS)
def test_no_call_lets_a_canary_out(place, tmp_path, name):
    out = tmp_path / "out"
    out.mkdir()
    with handles.open(place["ws"]) as ws:
        canary.CALLS[name](ws, out)
    written = [path.read_bytes() for path in out.iterdir()]
    assert any(written), name
    assert not any(canary.leaks(data) for data in written), name


def test_the_workspace_itself_holds_none(place):
    for path in place["out"].iterdir():
        assert not canary.leaks(path.read_bytes()), path.name
