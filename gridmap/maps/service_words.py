"""What coverage and siting say alike: the limit, the speeds and where they are from, reasons, badges of facilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.facilities.coverage import NOT_COVERED
from gridmap.maps.look import token
from gridmap.maps.shapes import points_at
from gridmap.maps.topic import Bars, Class, Layer, Said, counted
from gridmap.release import UNKNOWN_SIGN

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.facilities import Coverage, Kind, Limit, Supply
    from gridmap.release import CoverageFigures

__all__ = [
    "badge_class",
    "bands",
    "dots",
    "figure",
    "glyph",
    "limit_words",
    "reason",
    "remarks",
    "seats",
    "speed_words",
]


def glyph(kind: str) -> str:
    """Return the glyph of a kind of facilities."""
    looks = token("facility")
    return str(looks.get(kind, looks["other"])["glyph"])


def limit_words(limit: Limit) -> tuple[str, str]:
    """Say how far counts."""
    if limit.minutes is None:
        return f"步行 {limit.limit_m:,.0f} 米内", f"within {limit.limit_m:,.0f} m on foot"
    return f"步行 {limit.minutes:g} 分钟内", f"within {limit.minutes:g} minutes on foot"


def speed_words(limit: Limit) -> tuple[str, str]:
    """Say at which speed, and whether somebody has checked it."""
    zh = f"步速 {limit.speed_m_per_min:g} 米/分，老年人 {limit.elder_speed_m_per_min:g} 米/分"
    en = f"{limit.speed_m_per_min:g} m/min, elders {limit.elder_speed_m_per_min:g} m/min"
    return (zh + ("" if limit.verified else "（未核实 ⚠）"), en + ("" if limit.verified else " (not verified ⚠)"))


def remarks(limit: Limit) -> list[Said]:
    """Say where the limit and the speeds are from."""
    return [(f"时限与步速依据：{limit.source}", f"Limit and speeds: {limit.source}")]


def reason(code: str) -> tuple[str, str]:
    """Say why households are not covered."""
    en, zh = NOT_COVERED[code]
    return zh, en


def figure(shown: str) -> tuple[str, str]:
    """Return a released figure as it is written, what is unknown in words."""
    return ("不明", "unknown") if shown == UNKNOWN_SIGN else (shown, shown)


def badge_class(kind: Kind, *, count: int, serves: bool = True) -> Class:
    """Return how facilities of a kind look, and how many there are."""
    if serves:
        return Class((kind.zh, kind.en), "siting-existing", counted(count), sign=glyph(kind.id))
    return Class(("未开放的", "not open"), "matter-ended", counted(count), sign=glyph(kind.id))


def seats(city: City, supply: Supply) -> NDArray[np.object_]:
    """Return the points of the facilities that serve."""
    shapes = np.asarray(city.facilities.geometry.array, dtype=object)[supply.row]
    return np.asarray(shapely.point_on_surface(shapes), dtype=object)


def bands(figures: CoverageFigures, limits_m: Sequence[float], limit: Limit, colours: tuple[str, ...]) -> Bars:
    """Return the households by the way to the nearest facility, each counted once."""
    values = figures.bands.table["households"].to_numpy(float, na_value=np.nan)
    shown = figures.bands.shown("households")
    total = float(np.nansum(values)) or 1.0
    minutes = limit.minutes is not None
    ends = [metres / limit.speed_m_per_min if minutes else metres for metres in limits_m]
    zh, en = ("分钟", "min") if minutes else ("米", "m")
    titles: list[Said] = [
        (f"{low:,.3g}–{high:,.3g} {zh}", f"{low:,.3g}–{high:,.3g} {en}")
        for low, high in zip([0.0, *ends], ends, strict=False)
    ]
    titles.append((f"超过 {ends[-1]:,.3g} {zh}或无法到达", f"beyond {ends[-1]:,.3g} {en}, or no way"))
    rows = [
        (title, colour, 0.0 if value != value else value / total, text)
        for title, colour, value, text in zip(titles, (*colours, "coverage-uncovered"), values, shown, strict=True)
    ]
    return Bars(("按步行距离的户数", "Households by the way on foot"), rows)


def dots(
    coverage: Coverage, figures: CoverageFigures, *, item: NDArray[np.int64] | None = None, views: tuple[int, ...] = (),
    suffix: str = "",
) -> Layer:  # fmt: skip
    """Return the buildings that are not covered as dots whose area is as their households.

    A building whose figure is held back by the release has no dot; one whose households are unknown a hollow one.
    """
    table = figures.buildings.table
    households = table["households"].to_numpy(float, na_value=np.nan)
    held = table["households_suppressed"].to_numpy(bool)
    unknown = np.isnan(households)
    kept = ~held
    ground = coverage.ground
    at = figures.row[kept]
    size = np.where(unknown, 1.2, 0.5 + 0.24 * np.sqrt(np.nan_to_num(households, nan=0.0)))
    classes = [Class(("未覆盖住户", "households not covered"), "coverage-uncovered")]
    if unknown[kept].any():
        classes.append(Class(("户数不明", "households unknown"), "base-land", ring="coverage-uncovered"))
    return Layer(
        f"uncovered{suffix}", ("未覆盖住户（点的面积示户数）", "Not covered (area of a dot: households)"), "dots",
        points_at(np.column_stack([ground.buildings.x[at], ground.buildings.y[at]])), classes,
        of=unknown[kept].astype(int), size=size[kept], item=() if item is None else item[kept], views=views,
    )  # fmt: skip
