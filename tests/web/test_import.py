"""The wizard: a GBK shapefile without a .prj comes in by its proposal and a confirmation."""

import importlib.util
import zipfile
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("phone", Path(__file__).with_name("phone.py"))
web = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(web)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with web.site(tmp_path_factory.mktemp("import")) as made:
        yield made


@pytest.fixture(scope="module")
def browser():
    with web.chromium() as started:
        yield started


@pytest.fixture
def shapefile(served, tmp_path):
    """Write the compounds as offices send them: names in GBK, no .prj, coordinates of the city's zone."""
    layer = served.service.ws.city().compounds[["id", "name", "geometry"]]
    layer = layer.rename(columns={"id": "编号", "name": "小区名称"})
    layer.to_file(tmp_path / "小区.shp", encoding="gbk")
    path = tmp_path / "小区.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for ending in ("shp", "shx", "dbf"):
            packed.write(tmp_path / f"小区.{ending}", f"小区.{ending}")
    return path


def test_a_file_is_proposed_confirmed_and_in(served, browser, shapefile):
    before = served.service.ws.city().compounds
    with web.phone(browser, served, "/?mode=import&lang=zh", wide=True) as page:
        page.select_option("[data-layer]", "compounds")
        page.set_input_files("input[type=file]", str(shapefile))
        page.wait_for_selector("[data-proposal]")
        assert page.input_value("[data-encoding]").lower() in ("gbk", "gb18030")
        assert before["name"].iloc[0] in page.inner_text("[data-preview]")
        candidates = page.locator("[data-candidate]")
        assert candidates.count() > 0
        assert "偏差" in candidates.first.inner_text()
        if page.locator("[data-crs]").count() == 0:
            assert page.is_disabled("[data-take]")
        own = f"EPSG:{served.service.ws.city().frame.epsg}"
        page.click(f"[data-candidate='{own}'] >> nth=0")
        page.wait_for_selector(f"[data-crs='{own}']")
        page.click("[data-take]:enabled")
        page.wait_for_selector("[data-taken]", timeout=60_000)
        page.wait_for_selector("[data-findings]", timeout=60_000)
    after = served.service.ws.city().compounds
    assert sorted(after["name"].dropna()) == sorted(before["name"].dropna())
    assert after.union_all().symmetric_difference(before.union_all()).area < 1.0
