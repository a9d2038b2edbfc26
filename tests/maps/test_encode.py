"""Whatever a text holds, it stays text: in HTML, in scripts, and in the templates that branca compiles again."""

import html
import json
from html.parser import HTMLParser

import folium
import pytest
from branca.element import Element
from hypothesis import given
from hypothesis import strategies as st

from gridmap.maps.encode import html_text, script_json

EVALUATED = str(1337 * 1337)


class Reader(HTMLParser):
    """Collects the text and counts the tags of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[str | None] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [value for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


def visible(text: str) -> str:
    """Return what HTML can show of a text: control characters are replaced."""
    return "".join("\ufffd" if (ord(c) < 32 and c not in "\t\n\r") or ord(c) == 127 else c for c in text)


def test_there_are_enough_payloads(payloads: list[str]) -> None:
    assert len(set(payloads)) >= 60
    assert sum("{" in one for one in payloads) >= 20
    assert sum("__xss" in one for one in payloads) >= 50


def test_html_text_is_one_text_node(payloads: list[str]) -> None:
    for payload in payloads:
        reader = read(f"<p>{html_text(payload)}</p>")
        assert reader.tags == ["p"], payload
        assert reader.text == visible(payload)


def test_html_text_is_one_attribute_value(payloads: list[str]) -> None:
    for payload in payloads:
        for quote in "\"'":
            reader = read(f"<p title={quote}{html_text(payload)}{quote}></p>")
            assert (reader.tags, reader.attributes) == (["p"], [visible(payload)])


@pytest.mark.parametrize("encode", [html_text, script_json])
def test_a_template_compiled_from_it_says_the_same(encode, payloads: list[str]) -> None:
    for payload in payloads:
        encoded = encode(payload)
        # A template drops one newline at its end; the encoded text has none to lose.
        assert Element(encoded + ".").render() == encoded + "."


def test_script_json_reads_back_and_cannot_leave_its_script(payloads: list[str]) -> None:
    value = {
        "names": payloads,
        **{payload: index for index, payload in enumerate(payloads)},
        "nested": {"a": {"b": [1, None]}},
    }
    encoded = script_json(value)
    assert json.loads(encoded) == value
    for sign in ("<", ">", "&", "\u2028", "\u2029", "{{", "{%", "{#", "`", "$"):
        assert sign not in encoded


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_script_json_is_json(value: object) -> None:
    encoded = script_json(value)  # type: ignore[arg-type]  # JSON values by construction
    assert json.loads(encoded) == value
    assert Element(encoded + ".").render() == encoded + "."


@given(st.text())
def test_html_text_says_the_text_and_nothing_that_could_act(text: str) -> None:
    encoded = html_text(text)
    assert not set("<>\"'{}$\\`") & set(encoded)
    assert html.unescape(encoded) == visible(text)


def test_unknown_is_empty_and_not_a_number_is_refused() -> None:
    assert [html_text(None), html_text(float("nan")), html_text(0)] == ["", "", "0"]
    with pytest.raises(ValueError, match="JSON"):
        script_json([float("nan")])


def test_lone_surrogates_can_be_written() -> None:
    assert html_text("\ud800").encode("utf-8")
    assert script_json(["\ud800"]).encode("utf-8")


def test_names_of_folium_layers_columns_popups_and_tooltips_are_inert(payloads: list[str]) -> None:
    for payload in payloads:
        safe = html_text(payload)
        page = folium.Map(location=[37.26, 111.78], tiles=None)
        point = {"type": "Point", "coordinates": [111.78, 37.26]}
        feature = {"type": "Feature", "geometry": point, "properties": {safe: safe}}
        fields = folium.GeoJsonTooltip(fields=[safe], aliases=[safe])
        group = folium.FeatureGroup(name=safe).add_to(page)
        folium.GeoJson({"type": "FeatureCollection", "features": [feature]}, name=safe, tooltip=fields).add_to(group)
        folium.Marker([37.26, 111.78], popup=folium.Popup(safe), tooltip=safe).add_to(group)
        folium.LayerControl().add_to(page)
        rendered = page.get_root().render()
        assert EVALUATED not in rendered
        assert "window.__xss=1</script>" not in rendered
        assert "<img src=x" not in rendered
