"""What `check` compares with ledgers and releases of codes, and what it leaves behind in sheets and on maps."""

import json
import re

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from gridmap import files, handles
from gridmap.cli import app
from gridmap.store import testing
from gridmap.workspace import Workspace


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if "--json" in words else result.stdout


@pytest.fixture
def path(tmp_path):
    with Workspace.create_sample(tmp_path / "t.gpkg", testing.town(), name="t") as ws:
        ws.save_plan(ws.plan("present"), "other")
    return tmp_path / "t.gpkg"


def rules(found):
    return [one["rule"] for one in found["findings"]]


def test_totals_of_a_ledger(path, tmp_path) -> None:
    with handles.open(path) as ws:
        code, name = ws.city.communities["code"].iloc[0], ws.city.communities["name"].iloc[0]
        there = int(ws.city.buildings["households"][ws.city.building_community == 0].sum())
    said = there - 7  # where households are unknown, only more than the ledger has contradicts it
    table = pd.DataFrame({"社区名称": [name, "无此社区", "合计"], "常住户数": [f"约{said}户", "5", said + 5]})
    files.write_ledger({"户数": table}, tmp_path / "totals.xlsx")
    found = {
        one["feature"]: one
        for one in run("check", path, "--totals", tmp_path / "totals.xlsx", "--json", code=1)["findings"]
        if one["rule"] == "households-total"
    }
    assert set(found) == {code, "无此社区"}
    mine = found[code]
    assert f", {said:,} by the ledger" in mine["message"]
    assert {"lon", "lat", "bounds"} <= set(mine)
    files.write_ledger({"户数": table[["社区名称"]]}, tmp_path / "none.xlsx")
    result = CliRunner().invoke(app, ["check", str(path), "--totals", str(tmp_path / "none.xlsx")])
    assert "no table has a place and its households" in str(result.exception)


def test_a_release_of_codes(path, tmp_path) -> None:
    with handles.open(path) as ws:
        own = ws.city.communities[["code", "name"]]
    release = own.assign(name=["鼓楼社区", *own["name"].iloc[1:]])
    (tmp_path / "old.json").write_text(json.dumps(dict(zip(release["code"], release["name"], strict=True))), "utf-8")
    files.write_ledger({"codes": own}, tmp_path / "new.csv")
    assert "code-drifted" in rules(run("check", path, "--codes", tmp_path / "old.json", "--json", code=1))
    assert "code-drifted" not in rules(run("check", path, "--codes", tmp_path / "new.csv", "--json", code=1))
    rows = run("lineage", tmp_path / "old.json", tmp_path / "new.csv", "--json", "-o", tmp_path / "l.xlsx")["rows"]
    assert [one["kind"] for one in rows].count("renamed") == 1
    assert len(rows) == len(own)
    assert len(next(iter(files.read_ledger(tmp_path / "l.xlsx").values()))) == len(rows)


@pytest.mark.parametrize("text", ['["a", 1]', "{", '{"1": "甲"', "[" * 50_000 + "]" * 50_000, "nonsense"])
def test_releases_that_are_none_are_refused(tmp_path, text) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")
    result = CliRunner().invoke(app, ["lineage", str(tmp_path / "a.json"), str(tmp_path / "a.json")])
    assert result.exit_code != 0
    assert "a.json" in str(result.exception) + result.output


@pytest.mark.real_data
def test_the_releases_of_fenyang(real_data, tmp_path) -> None:
    folder = real_data / "fenyang_codes"
    old, new = folder / "fenyang_level4_older_mumuy.json", folder / "fenyang_level4_streets_towns_2023.csv"
    rows = run("lineage", old, new, "--json")["rows"]
    kinds = pd.Series([one["kind"] for one in rows]).value_counts().to_dict()
    assert kinds == {"kept": 11, "renamed": 3, "retired": 2}
    level5 = files.read_release(folder / "fenyang_level5_villages_communities_2023.csv")
    assert level5["code"].str.fullmatch(r"\d{12}").all()
    assert "东关社区居委会" in set(level5["name"])
    with Workspace.create_sample(tmp_path / "t.gpkg", testing.town(), name="t") as ws:
        whole = shapely.box(*ws.city().communities.total_bounds)
        town = gpd.GeoDataFrame({"code": ["141182003"], "name": ["西河街道"]}, geometry=[whole], crs=testing.CRS)
        ws.import_layer("subdistricts", town)
        found = [one for one in ws.check(codes=files.read_release(old)) if one.rule == "code-drifted"]
        assert any("141182200" in one.message and one.feature == "141182003" for one in found)
        # 141182002 and its like are no more here: whoever takes one over is told from now on.
        ws.import_layer("subdistricts", town.assign(code=["141182200"], name=["三泉镇"]))
        assert [one.feature for one in ws.check() if one.rule == "code-reused"] == ["141182200"]


def test_findings_on_a_sheet_and_a_map(path, tmp_path) -> None:
    with handles.open(path) as ws:
        communities = ws.city.communities.copy()
        communities["name"] = [f"=1+1{name}　１" for name in communities["name"]]
        ws.workspace.import_layer("communities", communities)
        expected = ws.check()
    out, page = tmp_path / "f.xlsx", tmp_path / "f.html"
    found = run("check", path, "-o", out, "--map", page, "--json", code=1)["findings"]
    order = ["error", "warning", "note"]
    assert [one["severity"] for one in found] == sorted((one["severity"] for one in found), key=order.index)
    rows = list(openpyxl.load_workbook(out)["findings"].iter_rows(values_only=True))
    assert rows[0][:9] == (
        "severity", "rule", "title", "title_zh", "layer", "feature", "message", "remedy", "remedy_zh",
    )  # fmt: skip
    assert rows[0][9:] == ("lon", "lat", "id", "repair", "safe", "area_m2", "households")
    assert [row[11] for row in rows[1:]] == [one.id for one in expected]
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert any("=1+1" in text for text in texts)
    assert not [text for text in texts if text[0] in "=+-@\t\r\0"]
    cells = [cell for row in openpyxl.load_workbook(out)["findings"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    (one, *_) = [one for one in expected if one.rule == "name-unclean"]
    html = page.read_text("utf-8")
    assert one.repair
    assert re.sub(r"\W", "", one.repair[:6]) in re.sub(r"\W", "", html)


def test_the_check_shows_its_progress(path) -> None:
    result = CliRunner().invoke(app, ["check", str(path)])
    assert "Checking" in result.stderr
    assert "8/8" in result.stderr
