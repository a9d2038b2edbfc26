"""Everybody can use the map: axe finds nothing serious, keys reach everything, screen readers hear what is there."""

import importlib.util
import os
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("web_conftest", Path(__file__).with_name("conftest.py"))
web = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(web)

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ALL = os.environ.get("GRIDMAP_HYPOTHESIS") == "prove"
LOOKS = [
    (size, theme, language)
    for size in ("desk", "phone")
    for theme in ("light", "dark")
    for language in ("zh", "en")
    if ALL or (size == "desk") == (theme == "light") == (language == "zh")
]
FOCUS = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const part = at.closest('.gm-bar,.gm-tabs,.gm-mode,.gm-legend,.maplibregl-map,.gm-side');
  const seen = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || at.matches('label *');
  return [part?.className ?? at.tagName, seen || at.matches('.maplibregl-canvas')];
}"""
"""In which part of the page the focus is, and whether it is seen there."""
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def axe():
    if not AXE.exists():
        pytest.skip("The front end's packages are not installed: python hatch_build.py check")
    return AXE.read_text("utf-8")


def grave(page, where):
    """Return what axe finds serious or critical on a page as it stands."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{where}: {one['id']} ({one['impact']}) {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:4]
    ]


def until(page, condition):
    """Wait for a condition: the page's policy forbids the browser to wait for one given as text."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def settled(page):
    """Wait until a mode has its panel."""
    until(page, "document.querySelector('.gm-mode')?.getAttribute('aria-busy') === 'false'")
    page.wait_for_timeout(150)


@pytest.mark.browser
@pytest.mark.parametrize(("size", "theme", "language"), LOOKS, ids=["-".join(look) for look in LOOKS])
def test_axe_finds_nothing_serious(chromium, site, axe, size, theme, language):
    with web.opened(chromium, site, f"/?lang={language}", size=size, theme=theme) as page:
        page.evaluate(axe)
        faults = []
        if size == "phone":
            page.click(".gm-handle")
        for mode in page.evaluate(
            "[...document.querySelectorAll('.gm-tabs [role=tab]')].map((tab) => tab.dataset.tab)"
        ):
            page.click(f"[data-tab={mode}]")
            settled(page)
            faults += grave(page, mode)
        page.click("[data-tab=balance]")
        settled(page)
        page.click(".gm-ranked button")
        page.wait_for_selector(".gm-card h2")
        faults += grave(page, "card")
        page.keyboard.press("Escape")
        page.keyboard.press("t")
        page.wait_for_selector("[role=tree]")
        page.keyboard.press("ArrowRight")
        faults += grave(page, "places")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        until(page, "document.activeElement.matches('.gm-search input')")
        page.keyboard.type("gulou")
        page.wait_for_selector("[role=option]")
        faults += grave(page, "search")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.wait_for_selector("dialog[open]")
        faults += grave(page, "help")
        assert not faults, "\n".join(faults)


@pytest.mark.browser
def test_keys_reach_everything_and_come_back(chromium, site):
    with web.opened(chromium, site, "/?lang=zh") as page:
        seen = []
        for _ in range(60):
            page.keyboard.press("Tab")
            told = page.evaluate(FOCUS)
            seen.append(told)
            if told[0] == "BODY":
                break
        reached = [where for where, _ in seen]
        for part in ("gm-bar", "gm-tabs", "gm-mode", "gm-legend", "maplibregl-map"):
            assert any(part in where for where in reached), part
        assert all(visible for where, visible in seen if where != "BODY")
        # Tabs: one stop, and arrows between them.
        page.locator("[data-tab=balance]").focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.tab") == "coverage"
        assert page.get_attribute("[data-tab=coverage]", "aria-selected") == "true"
        # A dialog keeps the focus, and gives it back.
        page.get_by_role("button", name="快捷键").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open]")
        for _ in range(4):
            page.keyboard.press("Tab")
            assert page.evaluate(
                "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            )
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        until(page, "document.activeElement.getAttribute('aria-label') === '快捷键'")


@pytest.mark.browser
def test_screen_readers_hear_what_is_there(chromium, site):
    with web.opened(chromium, site, "/?lang=zh") as page:
        assert page.get_by_role("main", name="地图").count() == 1
        assert page.get_by_role("tablist", name="模式").count() == 1
        assert page.get_by_role("tab", selected=True).inner_text() == "均衡"
        assert page.get_by_role("tabpanel").count() == 1
        assert page.get_by_role("combobox", name="搜索").count() == 1
        assert page.get_by_role("combobox", name="方案").count() == 1
        for name in ("放大", "缩小", "地点目录", "深色", "收起面板"):
            assert page.get_by_role("button", name=name).count() == 1, name
        # A row of a list says its status in words, not by colour or sign alone.
        page.keyboard.press("t")
        page.wait_for_selector("[role=tree]")
        until(page, "document.activeElement.getAttribute('role') === 'treeitem'")
        # What happens is said aloud.
        assert page.locator(".gm-notice[role=status][aria-live=polite]").count() == 1
        page.keyboard.press("l")
        page.get_by_role("main", name="Map").wait_for()
