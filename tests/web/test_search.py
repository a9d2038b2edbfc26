"""Finding a place in a real browser: the search box, the card of a grid, the tree of places."""

import pytest
from pypinyin import lazy_pinyin

pytestmark = pytest.mark.browser


def _answer(page, path):
    return page.evaluate("(path) => fetch(path).then((answer) => answer.json())", path)


def _found(page):
    return page.locator(".gm-results [role=option]")


def _search(page, text):
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="搜索").or_(page.get_by_role("combobox", name="Search"))
    box.wait_for()
    box.fill(text)
    _found(page).first.wait_for()
    return box


def _card_is_of(page, row):
    card = page.locator(f".gm-grid-card[data-grid='{row['grid']}']")
    card.wait_for()
    shown = card.inner_text()
    assert row["name"] in shown
    assert row["code"] in shown
    signs = {"under": "▾", "in_range": "✓", "over": "▴", "unknown": "?", "special": "◇"}
    assert signs[row["status"]] in shown
    if not row["households_suppressed"]:
        assert f"{row['households']:,}" in card.locator(".gm-figure").first.inner_text()
    return card


def test_a_compound_found_by_its_pinyin_shows_its_grid(page):
    rows = {row["code"]: row for row in _answer(page, "/api/v1/plans/present/balance")["grids"]}
    found = _answer(page, "/api/v1/search?q=gulou&limit=10")["found"]
    at, compound = next((at, one) for at, one in enumerate(found) if one["kind"] == "compound")
    assert "".join(lazy_pinyin(compound["name"])).startswith("gulou")
    box = _search(page, "gulou")
    assert _found(page).count() == len(found)
    assert compound["name"] in _found(page).nth(at).inner_text()
    for _ in range(at):
        box.press("ArrowDown")
    assert _found(page).nth(at).get_attribute("aria-selected") == "true"
    box.press("Enter")
    where = _answer(page, f"/api/v1/where?lon={compound['lon']}&lat={compound['lat']}")
    card = _card_is_of(page, rows[where["grid"]["code"]])
    own = [one["holder"] for one in where["answers"] if one["level"] == "grid" and one["holder"]]
    card.locator(".gm-people").first.wait_for()
    assert all(name in card.inner_text() for name in own)
    page.keyboard.press("Escape")
    card.wait_for(state="detached")


def test_a_grid_found_by_its_code_is_selected(page):
    row = _answer(page, "/api/v1/plans/present/balance")["grids"][7]
    _search(page, row["code"])
    _found(page).first.click()
    _card_is_of(page, row)
    box = page.locator(".gm-grid-card").bounding_box()
    for name in (".gm-bar", ".gm-legend", ".maplibregl-ctrl-bottom-right", ".gm-handle"):
        for control in page.locator(name).all():
            assert not _overlap(box, control.bounding_box()), name


def _overlap(one, other):
    along = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return along > 1 and down > 1


def test_the_tree_is_walked_by_keys(page):
    place = _answer(page, "/api/v1/places")[0]
    community = place["children"][0]
    rows = _answer(page, "/api/v1/plans/present/balance")["grids"]
    row = next(row for row in rows if row["community"] == community["code"])
    page.keyboard.press("t")
    page.locator("[role=treeitem]:focus").wait_for()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
    assert page.locator("[role=treeitem]:focus").get_attribute("aria-level") == "4"
    page.keyboard.press("Enter")
    _card_is_of(page, row)
    # The map goes there, so that it is seen beside the card.
    west, south, east, north = community["bbox"]
    for _ in range(50):
        _, lat, lon = map(float, (page.url.partition("#")[2] or "0/0/0").split("/"))
        if south - 0.01 < lat < north + 0.01 and west - 0.01 < lon < east + 0.01:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail(page.url)
