"""The shell of the web map: its files and headers, and the page in a real browser."""

import pytest

from gridmap.server.routes.app import STATIC


def test_the_page_is_strict_and_its_files_are_kept(site):
    page = site.get("/")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'; worker-src 'self'" in policy
    assert page.headers["cache-control"] == "no-cache"
    scripts = [name for name in page.text.split('"') if name.endswith(".js")]
    assert scripts
    for encoding in ("br", "gzip", "identity"):
        answer = site.get(scripts[0], headers={"Accept-Encoding": encoding})
        assert answer.headers.get("content-encoding", "identity") == encoding
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == site.get(scripts[0]).content


@pytest.mark.parametrize("name", ["../app.py", "assets/../../../app.py", "nope.js", "index.html.br", ".sources"])
def test_nothing_else_is_served(site, name):
    assert site.get(f"/app/{name}").status_code == 404


def test_the_app_is_small():
    if not (STATIC / "index.html").exists():
        pytest.skip("The web map has not been built: python hatch_build.py build")
    assert sum(path.stat().st_size for path in STATIC.rglob("*.br")) <= 600_000


@pytest.mark.browser
def test_the_map_answers_in_both_languages_on_desk_and_phone(page):
    totals = page.evaluate("fetch('/api/v1/plans/present').then((answer) => answer.json())")["totals"]
    headline = page.locator(".gm-figure-headline b").inner_text()
    assert str(totals["in_range"]) in headline
    assert str(totals["grids"]) in headline
    # A view that is not where the map begins is in the address.
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("ArrowRight")
    before = next(url for url in _urls(page) if url.partition("#")[2].count("/") == 2)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.wait_for_timeout(300)
    assert page.url == before
    page.keyboard.press("l")
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if "lang=en" in before else "en")


def _urls(page):
    """Yield the address bar for some seconds: the page's policy forbids waiting for a condition given as text."""
    for _ in range(100):
        yield page.url
        page.wait_for_timeout(100)
