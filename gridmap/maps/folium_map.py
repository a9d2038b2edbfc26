"""Plans, and answers of other kinds, on a folium map that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import folium
from branca.element import Element, Figure

from gridmap.errors import InputError
from gridmap.maps.assets import asset
from gridmap.maps.encode import Json, html_text, script_json
from gridmap.maps.ground import CityDocument, Language, plain_name
from gridmap.maps.payload import Options, map_document
from gridmap.maps.topic import Topic, topic_document
from gridmap.plan import Plan
from gridmap.release import Released

if TYPE_CHECKING:
    from datetime import date

    from gridmap.city import City

__all__ = ["CityMap", "PlanMap", "plan_map", "topic_map"]

# Nothing may be fetched: the browser itself holds the page to it.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


class _Raw(Element):
    """Text that reaches the page as it is: branca's own elements would compile it as a template once more."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        del kwargs
        return self._text


class CityMap(folium.Map):
    """A folium map that draws a map document with the package's own script. `save` writes one file.

    With `offline` (the default) the page forbids the browser every request. Elements that a reader adds and that fetch
    something, such as a tile layer, need `offline=False`.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads them from the class
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(self, document: CityDocument, *, offline: bool = True) -> None:
        west, south, east, north = document["bounds"]
        middle = [(south + north) / 2, (west + east) / 2]
        super().__init__(
            location=middle, zoom_start=13, tiles=None, attribution_control=False, zoom_snap=0.1, zoom_delta=1
        )
        self._gridmap_json = script_json(cast("Json", document))
        self._gridmap_title = html_text(document["title"])
        self._gridmap_offline = offline

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]  # as folium's own maps do
        """Add the parts of the page to its figure, then render the map as folium does."""
        figure = self.get_root()
        if not isinstance(figure, Figure):
            raise InputError("map-detached", "This map is in no figure.", "Render it through its root.")
        name = self.get_name()
        figure.title = self._gridmap_title
        if self._gridmap_offline:
            policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            figure.header.add_child(_Raw(policy), name="gridmap_policy")
        figure.header.add_child(_Raw(f"<style>{asset('folium.css')}</style>"), name="gridmap_css")
        figure.header.add_child(_Raw(f"<script>{asset('folium.js')}</script>"), name="gridmap_js")
        document = f'<script type="application/json" id="{name}_document">{self._gridmap_json}</script>'
        figure.html.add_child(_Raw(document), name=f"{name}_document")
        super().render(**kwargs)  # type: ignore[no-untyped-call]  # folium is untyped
        figure.script.add_child(_Raw(f'gridmapFolium.mount({name}, "{name}_document");'), name=f"{name}_mount")


class PlanMap(CityMap):
    """A map of a plan, or of several."""


def topic_map(city: City, topic: Topic, *, buildings: bool = True, offline: bool = True) -> CityMap:
    """Return the map of a topic. The page needs nothing but itself."""
    return CityMap(topic_document(city, topic, buildings=buildings), offline=offline)


def _title(city: City, language: Language) -> str:
    name = plain_name(city)
    return f"{name}网格" if language == "zh" else f"{name} grids".strip()


def plan_map(
    city: City,
    plans: Plan | Sequence[Plan],
    balances: Released | Sequence[Released],
    *,
    title: str = "",
    labels: Sequence[str] = (),
    window: tuple[int, int] | None = None,
    day: date | None = None,
    language: Language = "zh",
    buildings: bool = True,
    offline: bool = True,
) -> PlanMap:
    """Return a map of a plan, or of several with a switch between them, the last one shown first.

    `balances` are the released balances of the plans, in the same order. `labels` name the plans on the switch; without
    them two plans are 调整前 and 调整后. `window` is the range of households of the balances (the profile's if left
    out), `day` the day the page states (today). The page needs nothing but itself; `buildings=False` leaves the
    buildings out and makes it smaller. InputError if a balance is not its plan's.
    """
    several = [plans] if isinstance(plans, Plan) else list(plans)
    released = [balances] if isinstance(balances, Released) else list(balances)
    if not all(isinstance(one, Released) for one in released):
        raise InputError("not-released", "A map shows released balances only.", "Use gridmap.release.release_balance.")
    if not several or len(several) != len(released):
        raise InputError(
            "balance-differs",
            f"There are {len(several)} plans and {len(released)} balances.",
            "Give one balance for each plan.",
        )
    if labels and len(labels) != len(several):
        raise InputError("labels-differ", f"There are {len(several)} plans and {len(labels)} labels.")
    rule = city.profile.grid
    options = Options(
        title=title or _title(city, language),
        window=window or (rule.min_households, rule.max_households),
        labels=tuple(labels) or ("",) * len(several),
        day=day or datetime.now(UTC).astimezone().date(),
        language=language,
        buildings=buildings,
    )
    return PlanMap(map_document(city, several, released, options=options), offline=offline)
