"""Pages that commands write beside their tables, and findings as a sheet."""

import json
import re

import geopandas as gpd
import pytest
import shapely

from gridmap.files.ledgers import read_ledger
from gridmap.store import testing
from gridmap.workspace import Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "town.gpkg"
    place = gpd.GeoDataFrame(
        {"id": ["f1"], "kind": ["canteen"], "name": ["食堂"], "status": ["open"]},
        geometry=[shapely.Point(testing.X0 + 300, testing.Y0 + 190)], crs=testing.CRS,
    )  # fmt: skip
    block = [shapely.box(testing.X0 + x, testing.Y0 + 10, testing.X0 + x + 90, testing.Y0 + 150) for x in (700, 900)]
    compounds = gpd.GeoDataFrame({"id": ["c1", "c2"], "name": ["甲", "乙"]}, geometry=block, crs=testing.CRS)
    with Workspace.create_sample(path, testing.town(), name="t") as ws:
        ws.import_layer("facilities", place, source="t")
        ws.import_layer("compounds", compounds, source="t")
    return path


def document(path):
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    return json.loads(found[1])


def test_coverage_and_siting_draw_what_they_print(run, made, tmp_path):
    page = tmp_path / "coverage.html"
    told = run("coverage", made, "--kind", "canteen", "--metres", "250", "--map", page, "--json").json
    view = document(page)["views"][0]
    assert view["figure"] == f"{told['totals']['households_covered']:,}"
    assert view["of"] == f"{told['totals']['households']:,}"
    page = tmp_path / "site.html"
    told = run("site", made, "--kind", "canteen", "--add", "1", "--metres", "250", "--map", page, "--json").json
    drawn = document(page)
    assert drawn["views"][0]["figure"] == f"{told['after']:,}"
    assert drawn["views"][0]["sections"][0]["rows"][0]["value"] == f"+{told['sites'][0]['households_gained']:,}"


def test_matters_have_a_page_of_a_day(run, made, tmp_path):
    page = tmp_path / "matters.html"
    assert run("matters", "map", made, "-o", page, "--on", "2026-03-02").code == 0
    assert "2026-03-02" in document(page)["remarks"][0][1]
    ran = run("matters", "map", made, "-o", page, "--on", "someday")
    assert (ran.code, "someday is no day" in ran.err) == (2, True)


def test_findings_have_a_page_and_a_sheet_that_say_the_same(run, made, tmp_path):
    page, sheet = tmp_path / "findings.html", tmp_path / "findings.xlsx"
    ran = run("check", made, "--json", "--map", page, "-o", sheet)
    findings = ran.json["findings"]
    assert ran.code == 1
    assert document(page)["views"][0]["figure"] == str(len(findings))
    rows = read_ledger(sheet)["findings"]
    assert rows["message"].tolist() == [one["message"] for one in findings]
    assert rows["remedy_zh"].notna().all()
    assert rows["lon"].notna().sum() == sum(isinstance(part, list) for part in document(page)["items"]["name"])
