"""How Sphinx makes the site of the documents. `docs/site/build.py` gathers the pages and runs it."""

import re
from importlib.metadata import version as installed
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

project = "gridmap"
release = version = installed("gridmap")
copyright = "the gridmap developers"  # noqa: A001 - the name that Sphinx asks for
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "misc.highlighting_failure"]

html_theme = "furo"
html_title = "gridmap 网格"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}
html_search_language = "zh-en"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
autodoc_preserve_defaults = True
add_module_names = False

_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")


class ChineseAndEnglish(SearchEnglish):
    """A search that knows English words by their stem and Chinese text by every two characters that follow each other.

    No dictionary decides what a word is, so 社区食堂 is found by 食堂, by 社区食 and by itself.
    """

    lang = "zh-en"
    js_splitter_code = """
var splitQuery = (query) =>
  (query.match(/[\\u3400-\\u9fff]+|(?:(?![\\u3400-\\u9fff])[\\p{Letter}\\p{Number}_])+/gu) || [])
    .flatMap((run) => /^[\\u3400-\\u9fff]{2,}$/.test(run)
      ? Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2)) : [run]);
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - the name that Sphinx gives
        """Return words, and pairs and single ones of Chinese characters."""
        words: list[str] = []
        for run in _RUN.findall(input):
            if "\u3400" <= run[0] <= "\u9fff":
                words += [run[at : at + 2] for at in range(len(run) - 1)] + list(run)
            else:
                words.append(run)
        return words


def setup(app: Sphinx) -> None:
    """Register the search, and have the static files beside this one."""
    app.add_search_language(ChineseAndEnglish)
    assert Path(app.confdir, "static").is_dir()  # noqa: S101 - a site without its styles is none
