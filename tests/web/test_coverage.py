"""Coverage in a browser: shares as Python tells them, the way down, and where the next canteen should stand."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("phone", Path(__file__).with_name("phone.py"))
web = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(web)

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(site, chromium):
    with web.phone(chromium, site, "/?mode=coverage&kind=canteen&minutes=15&lang=zh", wide=True) as page:
        page.wait_for_selector("[data-asked=canteen-15]", timeout=60_000)
        yield page


def percent(part, whole):
    """Return a share as the page writes it: halves up."""
    return f"{int(100 * part / whole + 0.5)}%"


def figure(page, at=0):
    return page.locator(".gm-coverage .gm-figure b").nth(at).inner_text()


def place(page, code):
    """Return the cells of a row of the way down."""
    return [cell.inner_text() for cell in page.locator(f"[data-place='{code}'] td").all()]


def test_who_reaches_a_canteen_is_what_python_tells(page, site):
    page.goto(page.url.split("?")[0] + "?mode=coverage&kind=canteen&minutes=10&lang=" + _language(page))
    page.wait_for_selector("[data-asked=canteen-10]", timeout=60_000)
    for minutes in (10, 15):
        page.evaluate("(n) => document.querySelector(`[data-minutes='${n}']`).click()", minutes)
        page.wait_for_selector(f"[data-asked=canteen-{minutes}]", timeout=60_000)
        totals = site.service.handle.coverage("canteen", minutes=minutes).totals
        for at, who in enumerate(("households", "elders_60", "elders_80", "children")):
            assert figure(page, at) == percent(totals[f"{who}_covered"], totals[who])
    # The basis of the figure is one key away, and the address holds what was asked.
    page.locator(".gm-coverage .gm-why").first.focus()
    page.keyboard.press("Enter")
    told = page.locator(".gm-coverage .gm-told").first.inner_text()
    assert "66" in told
    assert "990" in told
    assert "minutes=15" in page.url
    # The legend is that of the mode.
    if page.locator(".gm-legend ul").is_hidden():
        page.click(".gm-legend button")
    beyond = len(site.json("/api/v1/coverage/reach", params={"kind": "canteen", "minutes": 15})["beyond"])
    assert f"{beyond:,}" in page.inner_text(".gm-legend")


def _language(page):
    return "en" if page.evaluate("document.documentElement.lang") == "en" else "zh"


def test_the_way_down_from_the_city_to_a_grid(desk, site):
    shown = site.service.handle.coverage("canteen", minutes=15)
    sums = shown.released.totals.set_index("community")
    upper = site.json("/api/v1/places")[1]
    held = sums.loc[[child["code"] for child in upper["children"]]].sum()
    assert place(desk, upper["code"])[0] == percent(held["households_covered"], held["households"])
    desk.click(f"[data-place='{upper['code']}'] button")
    community = max(upper["children"], key=lambda one: sums.loc[one["code"], "households_covered"])
    own = sums.loc[community["code"]]
    lost = own["households"] - own["households_covered"]
    assert place(desk, community["code"]) == [percent(own["households_covered"], own["households"]), f"{lost:,.0f}"]
    desk.click(f"[data-place='{community['code']}'] button")
    assert figure(desk) == percent(own["households_covered"], own["households"])
    grids = shown.table[shown.table["community"] == community["code"]]
    assert desk.locator("[data-place]").count() == len(grids)
    grid = grids[grids["households"] > 0].iloc[0]
    assert place(desk, grid["grid"])[0] == percent(grid["households_covered"], grid["households"])
    desk.click(f"[data-place='{grid['grid']}'] button")
    desk.wait_for_selector(f".gm-grid-card[data-grid='{grid['grid']}']")
    desk.reload()
    desk.wait_for_selector("[data-asked=canteen-15]", timeout=60_000)
    assert desk.inner_text(".gm-trail [aria-current]") == community["name"]
    # A breadcrumb leads back up.
    desk.click(".gm-trail li:first-child button")
    assert desk.locator("[data-place]").count() == len(site.json("/api/v1/places"))


def test_the_largest_gap_is_where_the_list_leads(desk, site):
    spot = site.service.handle.coverage("canteen", minutes=15).to_dict()["hot_spots"][0]
    row = desk.locator("[aria-label=未覆盖住户最集中处] [data-row='1']")
    assert spot["community_name"] in row.inner_text()
    assert f"{spot['households']:,}" in row.inner_text()
    row.click()
    for _ in range(50):
        zoom, lat, lon = map(float, (desk.url.partition("#")[2] or "0/0/0").split("/"))
        if zoom > 15 and abs(lat - spot["lat"]) < 0.004 and abs(lon - spot["lon"]) < 0.006:
            break
        desk.wait_for_timeout(100)
    else:
        pytest.fail(desk.url)


def test_where_the_next_canteen_should_stand(desk, site):
    desk.click("text=选址 >> nth=-1")
    desk.wait_for_selector("[data-job]")
    desk.click(".gm-progress button")
    desk.wait_for_selector("[data-job]", state="detached", timeout=60_000)
    assert desk.locator("[data-answer]").count() == 0  # it was stopped
    desk.click("text=选址 >> nth=-1")
    desk.wait_for_selector("[data-answer=mclp]", timeout=120_000)
    plan = site.service.handle.site("canteen", add=1, minutes=15).value
    answer = desk.inner_text("[data-answer]")
    before, after = (percent(one, plan.total) for one in (plan.before, plan.after))
    assert f"{before} → {after}" in answer
    assert f"+{plan.after - plan.before:,}" in answer
    assert desk.get_attribute("[data-proven]", "data-proven") == str(plan.answer.proven).lower()
    [site_row] = plan.steps.to_dict("records")
    assert site_row["name"] in answer
    assert "建议增设" in desk.inner_text(".gm-legend")
    # Another way of answering has other places.
    desk.click("[data-way=second] button")
    desk.wait_for_selector("[data-answer=second]")
    assert site_row["name"] not in desk.inner_text("[data-answer] .gm-ranked")
    desk.click("[data-way=present] button")
    assert "建议增设" not in desk.inner_text(".gm-legend")
