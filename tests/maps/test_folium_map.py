"""The map page in a real browser: it fetches nothing, says what it must, works by mouse, keys and thumb."""

import json
import os
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import folium
import pytest
from playwright.sync_api import Browser

from gridmap.errors import InputError
from gridmap.maps import PlanMap, plan_map
from gridmap.maps.assets import asset

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MAP = "Object.values(window).find((each) => each && each.getZoom && each._leaflet_id)"


@pytest.fixture(scope="module")
def page_file(town: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.html"
    plan_map(town.city, town.plans, town.released, day=date(2025, 7, 1)).save(path)
    return path


@pytest.fixture(scope="module")
def lonlat(town: Any) -> Callable[[int], tuple[float, float]]:
    def of(cell: int) -> tuple[float, float]:
        lon, lat = town.fabric.frame.to_lonlat(town.fabric.x[[cell]] + 20, town.fabric.y[[cell]] + 15)
        return float(lon[0]), float(lat[0])

    return of


def test_the_page_names_no_other_host(page_file: Path) -> None:
    text = page_file.read_text("utf-8")
    document = text[text.index("application/json") :]
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", text)
    assert "http" not in document[: document.index("</script>")]
    for name in ("cdn", "jsdelivr", "unpkg", "googleapis"):
        assert name not in text


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_it_opens_without_a_request_or_complaint(
    browser: Browser, visit: Any, page_file: Path, viewport: dict[str, int]
) -> None:
    with visit(browser, page_file, viewport) as seen:
        seen.settle()
        assert [url for url in seen.requests if not url.startswith("data:")] == [page_file.as_uri()]
        assert seen.problems == []
        for pane in ("gm-city", "gm-names"):
            assert seen.ink(pane) > 1000
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= viewport["width"]


@pytest.mark.browser
def test_the_browser_itself_forbids_requests(browser: Browser, visit: Any, page_file: Path) -> None:
    with visit(browser, page_file, DESK) as seen:
        refused = seen.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.name)")
        assert refused == "TypeError"
        assert any("Content Security Policy" in one for one in seen.problems)


@pytest.mark.browser
def test_it_says_headline_legend_scale_north_date_basis_and_that_it_is_invented(
    browser: Browser, visit: Any, page_file: Path
) -> None:
    with visit(browser, page_file, DESK) as seen:
        page = seen.page
        assert page.locator("h1").inner_text() == "格子市网格"
        assert page.locator(".gm-figure").inner_text().replace(" ", "") == "13/20"
        assert page.locator(".gm-was").inner_text() == "调整前 0 / 8"
        for selector, text in {
            ".gm-badge": "虚构示例",
            ".gm-caption": "个居民网格在 300–500 户之间",
            ".gm-footing": "户数口径：住宅套数，2025-06-30",
            ".gm-north": "北",
            ".gm-bar-of-scale": "m",
            ".gm-statuses": "专属网格",
        }.items():
            assert text in page.locator(selector).inner_text()
        assert "制图日期：2025-07-01" in page.locator(".gm-footing").inner_text()
        assert page.title() == "格子市网格"
        assert page.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.mark.browser
def test_the_scale_bar_is_as_long_as_it_says(browser: Browser, visit: Any, page_file: Path) -> None:
    with visit(browser, page_file, DESK) as seen:
        bar = seen.page.locator(".gm-bar-of-scale")
        metres = float(bar.inner_text().split("\u2009")[0])
        box = bar.bounding_box()
        assert box is not None
        distance = seen.page.evaluate(
            f"""(width) => {{ const map = {MAP}; const y = map.getSize().y / 2;
                return map.distance(map.containerPointToLatLng([0, y]), map.containerPointToLatLng([width, y])); }}""",
            box["width"],
        )
        assert distance == pytest.approx(metres, rel=0.02)


@pytest.mark.browser
def test_before_and_after_are_switched_by_click_and_key(browser: Browser, visit: Any, page_file: Path) -> None:
    with visit(browser, page_file, DESK) as seen:
        page = seen.page
        page.get_by_role("radio", name="调整前").click()
        assert page.locator(".gm-figure").inner_text().replace(" ", "") == "0/8"
        assert page.locator(".gm-ranking li").count() == 8
        page.keyboard.press("ArrowRight")
        assert page.locator(".gm-figure").inner_text().replace(" ", "") == "13/20"
        assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"


@pytest.mark.browser
def test_a_click_on_a_grid_shows_its_balance_with_what_is_held_back(
    browser: Browser, visit: Any, page_file: Path, town: Any, lonlat: Callable[[int], tuple[float, float]]
) -> None:
    table = town.released[1].table
    hidden = table["elders_80_suppressed"].to_numpy(bool)
    cells = [int((town.plans[1].grid_of == row).argmax()) for row in range(len(table))]
    with visit(browser, page_file, DESK) as seen:
        for box in seen.page.locator(".gm-entries").last.get_by_role("checkbox").all():
            box.uncheck()
        for row in (0, int(hidden.argmax())):
            seen.click_place(*lonlat(cells[row]))
            card = seen.page.locator(".leaflet-popup .gm-card").last.inner_text()
            assert table["code"][row] in card
            assert f"{table['households'][row]:,}" in card
            assert "棋盘街道 › " in card
            assert ("＊" in card) == bool(
                table.loc[row, ["elders_60_suppressed", "elders_80_suppressed", "children_suppressed"]].any()
            )
            assert seen.ink("gm-focus") > 100
        assert hidden.any()


@pytest.mark.browser
def test_the_worst_grids_are_one_click_away(browser: Browser, visit: Any, page_file: Path) -> None:
    with visit(browser, page_file, DESK) as seen:
        before = seen.page.evaluate(f"{MAP}.getZoom()")
        first = seen.page.locator(".gm-ranking button").first
        name = first.locator(".gm-name").inner_text()
        first.click()
        seen.page.wait_for_selector(".leaflet-popup")
        assert seen.page.locator(".gm-card h3").inner_text() == name
        seen.page.wait_for_function(f"{MAP}.getZoom() > {before}")


@pytest.mark.browser
def test_layers_can_be_switched_off(browser: Browser, visit: Any, page_file: Path) -> None:
    with visit(browser, page_file, DESK) as seen:
        full = seen.ink("gm-names")
        seen.page.get_by_label("注记").uncheck()
        fewer = seen.ink("gm-names")
        for kind in ("社区食堂", "托管班", "党群服务站", "学校", "something_new"):
            seen.page.get_by_label(kind).uncheck()
        assert full > fewer > seen.ink("gm-names") == 0


@pytest.mark.browser
def test_it_speaks_english_too(browser: Browser, visit: Any, page_file: Path) -> None:
    with visit(browser, page_file, DESK) as seen:
        seen.page.get_by_role("button", name="English").click()
        assert seen.page.locator(".gm-caption").inner_text() == "resident grids hold 300–500 households"
        assert seen.page.evaluate("document.documentElement.lang") == "en"
        assert seen.page.get_by_role("radio", name="After").get_attribute("aria-checked") == "true"


@pytest.mark.browser
def test_on_a_phone_the_sheet_has_three_stops_and_leaves_the_map_free(
    browser: Browser, visit: Any, page_file: Path
) -> None:
    with visit(browser, page_file, PHONE, has_touch=True) as seen:
        sheet, grip = seen.page.locator(".gm-panel"), seen.page.locator(".gm-grip")
        heights = []
        for stop in ("peek", "half", "full", "peek"):
            assert sheet.get_attribute("data-stop") == stop
            seen.page.wait_for_timeout(250)
            box = sheet.bounding_box()
            assert box is not None
            heights.append(box["height"])
            grip.tap()
        assert heights[0] < 200 < heights[1] < heights[2] < 844
        assert heights[3] == heights[0]
        assert seen.page.locator(".gm-legend").evaluate("(legend) => legend.parentElement.className") == "gm-body"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_reader_into_the_dark(browser: Browser, visit: Any, page_file: Path, scheme: Any) -> None:
    with visit(browser, page_file, DESK, color_scheme=scheme) as seen:
        ground = seen.page.locator(".gm-panel").evaluate("(panel) => getComputedStyle(panel).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(35, 37, 40)"}[scheme]


SINKS = ("city", "subdistricts", "communities", "compounds", "facilities", "streets", "kind")
# Chromium reads several hostile texts a page, one after the other, unless there is time for a page each.
TOGETHER = 1 if os.environ.get("GRIDMAP_HYPOTHESIS") == "prove" else 15
# Whatever could hide a text that follows stands last.
HIDING = ("<!--", "<style", "<template", "<textarea", "<noscript", "<math", "*/", "<!")


def hostile(make: Callable[..., Any], texts: list[str]) -> tuple[Any, PlanMap]:
    """Return a town and its page with texts in every place that shows one: each text in each place over all turns."""
    town = make(6, 4, communities=1, names={sink: texts[step % len(texts)] for step, sink in enumerate(SINKS)})
    labels = (texts[-1], texts[0])
    return town, plan_map(town.city, town.plans, town.released, title=texts[0], labels=labels, day=date(2025, 7, 1))


class Tags(HTMLParser):
    """Lists the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag + "".join(f" {name}" for name, _ in attrs))


def tags(page: str) -> list[str]:
    reader = Tags()
    # What stands on every page is left out: it takes most of the time to read.
    reader.feed(page.replace(asset("folium.js"), "").replace(asset("folium.css"), ""))
    reader.close()
    return reader.tags


def test_no_text_adds_a_tag_or_runs_a_template(make: Callable[..., Any], payloads: list[str]) -> None:
    plain = tags(hostile(make, ["字"])[1].get_root().render())
    together = min(TOGETHER, 5)
    for start in range(0, len(payloads), together):
        payload = " ".join(payloads[start : start + together])
        _, page = hostile(make, [payload])
        rendered = page.get_root().render()
        assert tags(rendered) == plain, payload
        assert "1787569" not in rendered
        found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', rendered, re.DOTALL)
        assert found is not None
        document = json.loads(found[1])
        assert document["title"] == payload
        assert document["communities"]["name"] == [payload.strip()]


@pytest.mark.browser
def test_no_text_does_anything_but_show(
    browser: Browser, visit: Any, make: Callable[..., Any], payloads: list[str], tmp_path: Path
) -> None:
    ordered = sorted(payloads, key=lambda one: any(sign in one for sign in HIDING))
    path = tmp_path / "map.html"
    for start in range(0, len(ordered), TOGETHER):
        text = " ".join(sorted(ordered[start : start + TOGETHER], key=lambda one: any(sign in one for sign in HIDING)))
        town, page = hostile(make, [text])
        page.save(path)
        with visit(browser, path, {"width": 1000, "height": 700}) as seen:
            lon, lat = town.fabric.frame.to_lonlat(town.fabric.x[[9]] + 20, town.fabric.y[[9]] + 15)
            seen.click_place(float(lon[0]), float(lat[0]))
            seen.page.mouse.move(500, 350)
            seen.page.get_by_role("radio").first.dispatch_event("click")
            seen.page.locator(".gm-language").dispatch_event("click")
            assert seen.page.evaluate("window.__xss") is None
            assert seen.page.evaluate("parent.__xss") is None
            assert seen.dialogs == []
            assert [one for one in seen.requests if not one.startswith("data:")] == [path.as_uri()]
            assert seen.problems == []
            assert seen.page.evaluate("document.querySelector('h1').textContent") == text


def test_one_plan_needs_no_switch_and_readers_may_add_their_own(town: Any) -> None:
    page = plan_map(town.city, town.plans[0], town.released[0])
    folium.CircleMarker([37.26, 111.78]).add_to(page)
    rendered = page.get_root().render()
    assert "L.circleMarker" in rendered
    assert rendered == page.get_root().render()


def test_what_does_not_fit_is_refused(town: Any) -> None:
    with pytest.raises(InputError, match="2 plans and 1 balances"):
        plan_map(town.city, town.plans, town.released[:1])
    with pytest.raises(InputError, match="3 labels"):
        plan_map(town.city, town.plans, town.released, labels=("a", "b", "c"))
    with pytest.raises(InputError, match="released balances only"):
        plan_map(town.city, town.plans, [one.table for one in town.measured])


def test_assets_cannot_end_their_element() -> None:
    assert "</script" not in asset("folium.js").lower()
    assert "</style" not in asset("folium.css").lower()
    assert "Redistribution and use in source and binary forms" in asset("folium.js")
    assert "url(http" not in asset("folium.css")


@pytest.mark.browser
def test_connected_pages_may_load_tiles(browser: Browser, visit: Any, town: Any, tmp_path: Path) -> None:
    path = tmp_path / "connected.html"
    page = plan_map(town.city, town.plans[0], town.released[0], offline=False)
    folium.TileLayer("http://127.0.0.1:9/{z}/{x}/{y}.png", attr="own").add_to(page)
    page.save(path)
    with visit(browser, path, DESK) as seen:
        seen.page.wait_for_function("performance.getEntriesByType('resource').length > 0")
        assert any(url.startswith("http://127.0.0.1:9/") for url in seen.requests)
