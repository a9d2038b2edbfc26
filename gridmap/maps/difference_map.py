"""Who changes grid between two plans, on a page: the ground that moves, from whom to whom, with released figures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.maps.folium_map import CityMap, topic_map
from gridmap.maps.ground import Language, basis_of, plain_name
from gridmap.maps.shapes import anchors, display_coverage
from gridmap.maps.topic import Bars, Class, Item, Layer, ListOf, Row, Said, Topic, View, counted
from gridmap.plan import moves
from gridmap.release import SUPPRESSED_SIGN, Released

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.plan import Plan

__all__ = ["difference_map", "difference_topic"]

_SIMPLE_M = 0.5
_MOST_ROWS = 300
_OTHER, _SAME = ("换网格员", "another worker"), ("网格员不变", "the same worker")
_COLOURS = ("matter-late", "matter-stage-1")


def difference_map(
    city: City,
    old: Plan,
    new: Plan,
    released: Released,
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
    buildings: bool = True,
    offline: bool = True,
) -> CityMap:
    """Return a map of who changes grid from `old` to `new`; `released` is the table of their difference.

    Ground that moves is coloured by whether its worker changes; a click tells from where to where. The page needs
    nothing but itself. InputError where the figures are not released, or of other plans.
    """
    topic = difference_topic(city, old, new, released, title=title, day=day, language=language)
    return topic_map(city, topic, buildings=buildings, offline=offline)


def difference_topic(
    city: City,
    old: Plan,
    new: Plan,
    released: Released,
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
) -> Topic:
    """Return what the page of a difference shows; see `difference_map`."""
    if not isinstance(released, Released):
        raise InputError("not-released", "A map shows released figures only.", "Release the table of the difference.")
    table = released.table
    shapes = _ground(old, new, table)
    households = released.shown("households")
    points, _ = anchors(shapes)
    items = [
        _item(row, told, shapely.get_x(point).item(), shapely.get_y(point).item())
        for row, told, point in zip(table.to_dict("records"), households, points, strict=True)
    ]
    order = table["households"].fillna(0).astype(int).sort_values(ascending=False, kind="stable").index.tolist()
    rows = [_row(at, table.iloc[at].to_dict(), households[at]) for at in order[:_MOST_ROWS]]
    moved, everyone = _sum(released), int(new.fabric.households.sum())
    foot: Said = ""
    if len(order) > len(rows):
        foot = (f"另有 {len(order) - len(rows):,} 项", f"{len(order) - len(rows):,} more")
    view = View(
        name=("网格变更", "Changes of grid"), figure=moved, of=counted(everyone),
        caption=("户变更网格", "households change grid"),
        notes=[(f"{_named(old, '原方案')} → {_named(new, '新方案')}", f"{_named(old, 'old')} → {_named(new, 'new')}")],
        sections=[*_bars(table, households),
                  *([ListOf(("从哪个网格到哪个网格", "From grid to grid"), rows, foot)] if rows else [])],
    )  # fmt: skip
    name = plain_name(city)
    return Topic(
        title=title or (f"{name}网格变更", f"{name}: who changes grid"), views=[view],
        layers=_layers(old, new, shapes, table), items=items, basis=basis_of(city), language=language, day=day,
    )  # fmt: skip


def _ground(old: Plan, new: Plan, table: pd.DataFrame) -> NDArray[np.object_]:
    """Return the ground of each row of the table; InputError where the table is not that of the plans."""
    found = moves(old, new)
    where: dict[tuple[str, str], list[int]] = {}
    for cell, was, now in zip(found.cells.tolist(), found.was.tolist(), found.now.tolist(), strict=True):
        key = (old.grids[was].id if was >= 0 else "", new.grids[now].id if now >= 0 else "")
        where.setdefault(key, []).append(cell)
    keys = [(str(one), str(other)) for one, other in zip(table["from_grid"], table["to_grid"], strict=True)]
    if set(keys) != set(where):
        raise InputError("difference-differs", "The figures are not of these plans.", "Release their own difference.")
    made = np.empty(len(keys), object)
    for at, key in enumerate(keys):
        made[at] = shapely.union_all(new.fabric.polygons[where[key]])
    return made


def _layers(old: Plan, new: Plan, shapes: NDArray[np.object_], table: pd.DataFrame) -> list[Layer]:
    of = np.where(table["worker_changes"].to_numpy(bool), 0, 1)
    classes = [
        Class(name, colour, counted(int((of == at).sum())), alpha=0.55)
        for at, (name, colour) in enumerate(zip((_OTHER, _SAME), _COLOURS, strict=True))
    ]
    layers = [
        Layer("moved", ("变更的地块", "Ground that moves"), "polygons", shapes, classes, of=of,
              item=np.arange(len(shapes)))
    ]  # fmt: skip
    for id_, name, plan, colour, width, on in (
        ("after", ("新网格", "New grids"), new, "grid-boundary", 1.5, True),
        ("before", ("原网格", "Old grids"), old, "base-name", 1.0, False),
    ):
        polygons = plan.polygons()
        edges = shapely.boundary(display_coverage(polygons[~shapely.is_empty(polygons)], _SIMPLE_M))
        layers.append(Layer(id_, name, "lines", edges, [Class(name, colour)], on=on, width=width))
    return layers


def _item(row: Mapping[Hashable, object], households: str, x: float, y: float) -> Item:
    return Item(
        name=_way(row), x=x, y=y, chain=str(row["community_name"] or row["community"]),
        verdict=(_COLOURS[0], _OTHER) if row["worker_changes"] else (_COLOURS[1], _SAME),
        rows=[
            (("户数", "Households"), households),
            (("楼栋", "Buildings"), counted(int(str(row["buildings"])))),
            (("小区", "Compounds"), counted(int(str(row["compounds"])))),
            (("原网格", "From"), _grid(row, "from")),
            (("原网格员", "Worker before"), str(row["from_worker"]) or "–"),
            (("新网格", "To"), _grid(row, "to")),
            (("新网格员", "Worker after"), str(row["to_worker"]) or "–"),
        ],
    )  # fmt: skip


def _row(item: int, row: Mapping[Hashable, object], households: str) -> Row:
    workers = " → ".join(str(row[f"{side}_worker"]) or "–" for side in ("from", "to"))
    colour = _COLOURS[0 if row["worker_changes"] else 1]
    place = str(row["community_name"] or row["community"])
    return Row(item, _way(row), households, f"{place}　{workers}", colour=colour)


def _bars(table: pd.DataFrame, households: Sequence[str]) -> list[Bars]:
    """Return the shares of those whose worker changes; none where a figure is held back."""
    if not len(table) or SUPPRESSED_SIGN in households:
        return []
    changes = table["worker_changes"].to_numpy(bool)
    values = table["households"].fillna(0).to_numpy(float)
    whole = max(float(values.sum()), 1.0)
    parts = [(_OTHER, _COLOURS[0], values[changes].sum()), (_SAME, _COLOURS[1], values[~changes].sum())]
    bars = [(name, colour, float(part) / whole, counted(int(part))) for name, colour, part in parts]
    return [Bars(("变更网格的住户", "Households that change grid"), bars)]


def _sum(released: Released) -> str:
    moved = released.overall.get("households")
    if not len(released.table):
        return "0"
    return SUPPRESSED_SIGN if moved is None else counted(int(str(moved)))


def _way(row: Mapping[Hashable, object]) -> str:
    return f"{_grid(row, 'from')} → {_grid(row, 'to')}"


def _grid(row: Mapping[Hashable, object], side: str) -> str:
    return str(row[f"{side}_name"] or row[f"{side}_grid"] or "–")


def _named(plan: Plan, otherwise: str) -> str:
    return plan.name or otherwise
