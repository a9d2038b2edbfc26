"""Staff on a phone: where they are, who answers there, what is near; refused, late, rough, by a poster, offline."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

_SPEC = importlib.util.spec_from_file_location("phone", Path(__file__).with_name("phone.py"))
web = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(web)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with web.site(tmp_path_factory.mktemp("staff")) as made:
        yield made


@pytest.fixture(scope="module")
def browser():
    with web.chromium() as started:
        yield started


def grid_at(served, lon, lat):
    return served.json("/api/v1/where", params={"lon": lon, "lat": lat})


def test_my_grid_who_answers_and_the_way_to_what_is_near(served, browser):
    told = grid_at(served, web.HERE["longitude"], web.HERE["latitude"])
    first = next(one for one in told["answers"] if one["kind"] == "grid_worker")
    with web.phone(browser, served, "/?mode=here&lang=zh") as page:
        page.wait_for_selector("[data-kind=canteen]")
        assert page.get_attribute("[data-grid]", "data-grid") == told["grid"]["code"]
        assert page.get_attribute(".staff-call", "href") == f"tel:{first['contact']}"
        assert first["holder"] in page.inner_text(".staff-people")
        web.lift(page)
        nearest = served.json("/api/v1/nearest", params={"kind": "canteen", "lon": 111.788, "lat": 37.265})
        minutes = int(np.ceil(nearest["facilities"][0]["walk_s"] / 60))
        row = page.inner_text("[data-kind=canteen]")
        assert f"步行 {minutes} 分钟" in row
        assert "营业中" in row or "已关门" in row
        page.click("[data-kind=canteen] button")
        about = page.inner_text("[data-kind=canteen] .staff-about")
        assert "每天 07:00-08:30" in about
        assert page.locator("[data-kind=canteen] ol li").count() > 0


@pytest.mark.parametrize(("granted", "accuracy", "said"), [(False, 15, "没有定位权限"), (True, 400, "400 米")])
def test_without_a_sure_position_the_place_is_chosen(served, browser, granted, accuracy, said):
    at = {**web.HERE, "accuracy": accuracy}
    with web.phone(browser, served, "/?mode=here&lang=zh", granted=granted, at=at) as page:
        page.wait_for_selector(f".staff-standing p:has-text('{said}')")
        assert page.locator("[data-grid]").count() == 0  # nothing is claimed about a place that is not sure
        web.lift(page)
        page.click("[data-way=search]")
        page.fill(".staff-search input", "gulou")
        page.click(".staff-search .staff-item >> nth=0")
        page.wait_for_selector("[data-grid]")
        assert "搜索到的位置" in page.inner_text(".staff-standing")


def test_a_tap_on_the_map_is_the_place_where_locating_is_refused(served, browser):
    with web.phone(browser, served, "/?mode=here&lang=zh#17/37.265/111.788", granted=False) as page:
        page.wait_for_selector("html[data-ready=yes]")
        page.wait_for_selector(".staff-standing p:has-text('没有定位权限')")
        page.mouse.click(195, 300)
        page.wait_for_selector("[data-grid]")
        assert "地图上点选" in page.inner_text(".staff-standing")


def test_another_city_is_no_place_of_this_one(served, browser):
    at = {"longitude": 116.4, "latitude": 39.9, "accuracy": 10}
    with web.phone(browser, served, "/?mode=here&lang=en", at=at) as page:
        page.wait_for_selector(".staff-standing p:has-text('outside this city')")
