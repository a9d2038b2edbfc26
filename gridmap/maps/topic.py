"""A topic: an answer on the map, in both languages, with its views, layers, items and lists.

Its counterpart is `web/src/folium/topic/document.ts`. Texts are pairs (Chinese, English); names from data are plain
strings. Figures about people that stand here come from a `Released`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gridmap.maps.encode import Json
from gridmap.maps.ground import CityDocument, Language, city_document, frame_bounds
from gridmap.maps.pack import Packer
from gridmap.maps.shapes import points_at

if TYPE_CHECKING:
    from gridmap.city import City

__all__ = [
    "Bars", "Board", "Class", "Item", "Layer", "ListOf", "Row", "Said", "Section", "Stage", "Table", "Topic",
    "TopicDocument", "View", "counted", "topic_document",
]  # fmt: skip

Said = str | tuple[str, str]
"""Data as they are, or words in Chinese and English."""

Geometry = Literal["polygons", "lines", "dots", "badges"]


class TopicDocument(CityDocument):
    """The document of a page of a topic."""

    heading: Json
    choice: Json
    views: list[Json]
    layers: list[Json]
    labels: list[Json]
    items: dict[str, Json]
    remarks: list[Json]


@dataclass(frozen=True, slots=True)
class Class:
    """What features of a layer have in common; `colour` is a path of `look.toml`, such as `coverage-minutes-5`."""

    name: Said
    colour: str
    count: str = ""
    alpha: float = 1.0
    hatched: bool = False
    sign: str = ""
    ring: str = ""


@dataclass(frozen=True, eq=False)
class Layer:
    """Features to paint. `of` int[n] is the class of each, `item` int[n] the item it belongs to (−1: none).

    Layers of one `id` are switched together. `size` float[n] are radii of dots in pixels, `signs` str[n] what badges
    carry in place of their class's, `views` the views it belongs to (empty: all).
    """

    id: str
    name: Said
    geometry: Geometry
    shapes: NDArray[np.object_]
    classes: Sequence[Class]
    of: Sequence[int] | NDArray[np.integer] | None = None
    size: Sequence[float] | NDArray[np.float64] = ()
    item: Sequence[int] | NDArray[np.integer] = ()
    signs: Sequence[str] = ()
    views: tuple[int, ...] = ()
    on: bool = True
    width: float = 0.0
    min_zoom: float = 0.0


@dataclass(frozen=True, eq=False)
class Item:
    """Something that a click answers for: where it is (frame coordinates), what it is called, and its card's rows."""

    name: Said
    x: float
    y: float
    chain: Said = ""
    verdict: tuple[str, Said] = ("", "")
    rows: Sequence[tuple[Said, Said]] = ()
    zoom: float = 16.5


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list; a click on it goes to the item."""

    item: int
    name: Said
    value: str = ""
    about: Said = ""
    sign: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A ranked list."""

    title: Said
    rows: Sequence[Row]
    foot: Said = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of a board."""

    name: Said
    colour: str
    count: str
    about: Said = ""
    late: bool = False
    open: bool = False
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """What is at which stage."""

    title: Said
    stages: Sequence[Stage]


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of a whole: name, colour, share, value."""

    title: Said
    bars: Sequence[tuple[Said, str, float, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Views compared, a row each: number of the view, cells."""

    title: Said
    columns: Sequence[Said]
    rows: Sequence[tuple[int, Sequence[Said]]]


Section = ListOf | Board | Bars | Table


@dataclass(frozen=True, slots=True)
class View:
    """What the panel says: one headline figure, and its sections; `show` and `hide` are layers to turn on and off."""

    name: Said
    figure: str
    caption: Said
    of: str = ""
    notes: Sequence[Said] = ()
    sections: Sequence[Section] = ()
    show: Sequence[str] = ()
    hide: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Topic:
    """All of a page but the city."""

    title: Said
    views: Sequence[View]
    layers: Sequence[Layer]
    items: Sequence[Item]
    choice: Said = ("方案", "Option")
    remarks: Sequence[Said] = ()
    basis: tuple[str, str] = ("", "")
    day: date | None = None
    language: Language = "zh"


def counted(value: int) -> str:
    """Write a count as it is to be read.

    >>> counted(107000)
    '107,000'
    """
    return f"{value:,}"


def topic_document(city: City, topic: Topic, *, buildings: bool = True) -> TopicDocument:
    """Return the document of a topic's page."""
    packer = Packer.around(city.frame, frame_bounds(city))
    day = topic.day or datetime.now(UTC).astimezone().date()
    ground = city_document(
        city, packer, title=_in(topic.title, topic.language), day=day, language=topic.language,
        basis=topic.basis, buildings=buildings,
    )  # fmt: skip
    labels: dict[Said, int] = {}
    items = _items(topic.items, packer, labels)
    return {
        **ground,
        "heading": _said(topic.title),
        "choice": _said(topic.choice),
        "views": [_view(view) for view in topic.views],
        "layers": [_layer(layer, packer) for layer in topic.layers],
        "labels": [_said(label) for label in labels],
        "items": items,
        "remarks": [_said(one) for one in topic.remarks],
    }


def _in(said: Said, language: Language) -> str:
    return said if isinstance(said, str) else said[language == "en"]


def _said(said: Said) -> Json:
    return said if isinstance(said, str) else list(said)


def _items(items: Sequence[Item], packer: Packer, labels: dict[Said, int]) -> dict[str, Json]:
    points = points_at([(one.x, one.y) for one in items])
    return {
        "points": packer.points(points),
        "zoom": [one.zoom for one in items],
        "name": [_said(one.name) for one in items],
        "chain": [_said(one.chain) for one in items],
        "verdict": [[one.verdict[0], _said(one.verdict[1])] for one in items],
        "rows": [
            [[labels.setdefault(label, len(labels)), _said(value)] for label, value in one.rows if value]
            for one in items
        ],
    }


def _layer(layer: Layer, packer: Packer) -> Json:
    pack = {"polygons": packer.polygons, "lines": packer.lines}.get(layer.geometry, packer.points)
    of = np.zeros(len(layer.shapes), int) if layer.of is None else np.asarray(layer.of, int)
    return {
        "id": layer.id,
        "name": _said(layer.name),
        "geometry": layer.geometry,
        "packed": pack(layer.shapes),
        "classes": [
            {"name": _said(one.name), "colour": one.colour, "count": one.count, "alpha": one.alpha,
             "hatched": one.hatched, "sign": one.sign, "ring": one.ring}
            for one in layer.classes
        ],
        "of": of.tolist(),
        "size": np.round(np.asarray(layer.size, float), 1).tolist(),
        "item": np.asarray(layer.item, int).tolist(),
        "signs": list(layer.signs),
        "views": list(layer.views),
        "on": layer.on,
        "width": layer.width,
        "min_zoom": layer.min_zoom,
    }  # fmt: skip


def _view(view: View) -> Json:
    return {
        "name": _said(view.name),
        "figure": view.figure,
        "of": view.of,
        "caption": _said(view.caption),
        "notes": [_said(note) for note in view.notes],
        "sections": [_section(section) for section in view.sections],
        "show": list(view.show),
        "hide": list(view.hide),
    }


def _section(section: Section) -> Json:
    if isinstance(section, ListOf):
        rows: Json = [_row(row) for row in section.rows]
        return {"sort": "list", "title": _said(section.title), "rows": rows, "foot": _said(section.foot)}
    if isinstance(section, Board):
        stages: Json = [
            {"name": _said(one.name), "colour": one.colour, "count": one.count, "about": _said(one.about),
             "late": one.late, "open": one.open, "rows": [_row(row) for row in one.rows]}
            for one in section.stages
        ]  # fmt: skip
        return {"sort": "board", "title": _said(section.title), "stages": stages}
    if isinstance(section, Bars):
        bars: Json = [
            {"name": _said(name), "colour": colour, "share": round(share, 4), "value": value}
            for name, colour, share, value in section.bars
        ]
        return {"sort": "bars", "title": _said(section.title), "bars": bars}
    compared: Json = [{"view": view, "cells": [_said(cell) for cell in cells]} for view, cells in section.rows]
    columns = [_said(column) for column in section.columns]
    return {"sort": "table", "title": _said(section.title), "columns": columns, "rows": compared}


def _row(row: Row) -> Json:
    return {
        "item": row.item,
        "colour": row.colour,
        "sign": row.sign,
        "name": _said(row.name),
        "about": _said(row.about),
        "value": row.value,
    }
