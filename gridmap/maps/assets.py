"""The front-end assets that a page inlines: built from `web/`, shipped in the package."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from gridmap.errors import GridmapError

__all__ = ["asset"]


@cache
def asset(name: str, *, of: str = "gridmap.maps") -> str:
    """Return the text of a built asset of a package, such as `folium.js`, safe inside `<script>` and `<style>`.

    GridmapError `assets-missing` where the package was put in place without its build.
    """
    try:
        text = files(of).joinpath("static", name).read_text("utf-8")
    except FileNotFoundError:
        raise GridmapError(
            "assets-missing",
            f"The front-end asset {name} has not been built.",
            "Install the package with pip, or run `python hatch_build.py build` in the source tree.",
        ) from None
    # In a string of a script or style sheet, a backslash before the slash changes nothing but that the element goes on.
    return re.sub(r"</(?=script|style)", r"<\\/", text, flags=re.IGNORECASE)
