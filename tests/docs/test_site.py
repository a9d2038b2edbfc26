"""The site of the documents: built without a warning, nothing of it from another host, every page and setting told."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from gridmap.settings import Settings

ROOT = Path(__file__).parents[2]
# What a browser fetches by itself; links that a reader follows may lead elsewhere.
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)[^>]*?\ssrc=["']([^"']+)|<link[^>]*?\shref=["']([^"']+)"""
)
_FOREIGN_CSS = re.compile(r"""(?:url\(\s*["']?|@import\s+["']?)(?:https?:)?//[^)"']+""")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site as `make docs` does, with the notebooks as far as they were run; a warning fails."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, str(ROOT / "docs" / "site" / "build.py"), "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def test_every_page_is_there(site):
    named = {page.stem for page in (ROOT / "docs").glob("*.md")} | {"index", "python", "settings", "contributing"}
    assert named <= {page.stem for page in site.glob("*.html")}
    notebooks = {page.stem for page in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks == {page.stem for page in (site / "tutorials").glob("*.html")}


def test_nothing_is_fetched_from_another_host(site):
    pages = sorted(site.rglob("*.html"))
    fetched = [unescape(a or b) for page in pages for a, b in _FETCHED.findall(page.read_text("utf-8"))]
    assert len(fetched) > len(pages)
    assert not [one for one in fetched if re.match(r"(?:[a-z]+:)?//", one)]
    styles = "".join(page.read_text("utf-8") for page in site.rglob("*.css"))
    assert not _FOREIGN_CSS.search(styles)


def test_links_lead_to_pages_and_files(site):
    broken = [
        f"{page.name}: {target}"
        for page in site.rglob("*.html")
        for target in re.findall(r"""<a [^>]*?href=["']([^"'#]+)""", page.read_text("utf-8"))
        if not re.match(r"[a-z]+:|//", target) and not (page.parent / unescape(target)).exists()
    ]
    assert not broken


def test_every_setting_is_told(site):
    text = (site / "settings.html").read_text("utf-8")
    untold = [field.name for field in fields(Settings) if f"gridmap.settings.Settings.{field.name}" not in text]
    assert not untold


@pytest.mark.parametrize(
    ("term", "page"), [("网格", "atlas"), ("食堂", "05_coverage"), ("前沿", "03_redraw"), ("polsbi", "method")]
)
def test_words_are_found(site, term, page):
    index = (site / "searchindex.js").read_text("utf-8")
    data = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    hits = [data["terms"].get(term, []), data["titleterms"].get(term, [])]
    found = {data["docnames"][at] for hit in hits for at in (hit if isinstance(hit, list) else [hit])}
    assert any(page in name for name in found), sorted(found)


@pytest.mark.browser
def test_the_search_finds_chinese_words_in_a_browser(site):
    found = os.environ.get("GRIDMAP_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "google-chrome"))), ""
    )
    if not found and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed: apt-get install chromium, or set GRIDMAP_CHROMIUM.")
    address = (site / "search.html").as_uri() + "?q=" + quote("社区食堂")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000", "--dump-dom"]
    done = subprocess.run([found, *flags, address], capture_output=True, text=True, check=True, timeout=60)
    shown = done.stdout.partition('id="search-results"')[2]
    assert re.search(r"<li[^>]*>\s*<a href=[^>]*05_coverage_and_sites", shown), shown[:2000]
