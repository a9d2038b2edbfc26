"""The one encoder for everything that a map page shows.

branca compiles text that it has rendered a second time as a Jinja template, so a value `{{…}}` or a layer name `{%…%}`
would run on the machine that draws the map; folium puts some texts between backticks in a script, where `${…}` would
run in the browser. Text that went through here is inert in both, and in HTML.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Mapping, Sequence

__all__ = ["Json", "html_text", "script_json"]

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""What `script_json` takes: JSON as Python values; tuples count as lists."""

_ENTITIES = str.maketrans({char: f"&#{ord(char)};" for char in "{}$\\`"})

# Characters that could end a script, open a comment or a template, or break a line in old JavaScript engines.
_INERT = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&{}$`'\u2028\u2029\u007f\ufeff"})
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def html_text(value: object) -> str:
    r"""Return a value as inert HTML, for element content and for quoted attributes.

    None and NaN become the empty text, because an unknown value is shown as nothing and never as a word.

    >>> html_text("<b>{{ 7*7 }}")
    '&lt;b&gt;&#123;&#123; 7*7 &#125;&#125;'
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    # A lone surrogate cannot be written as UTF-8, NUL and its like are no characters of HTML.
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\ufffd", text)
    return html.escape(text, quote=True).translate(_ENTITIES)


def script_json(value: Json) -> str:
    r"""Return a value as JSON that can stand inside a `<script>` element, whatever texts it holds.

    Raises ValueError for NaN and infinities: unknown is None.

    >>> print(script_json({"name": "</script>{{x}}"}))
    {"name":"\u003c/script\u003e\u007b\u007bx\u007d\u007d"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _STRING.sub(lambda match: match.group().translate(_INERT), text)
