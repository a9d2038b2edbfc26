"""Make a network: from a layer of streets, from a city, from an OpenStreetMap extract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city import City
from gridmap.errors import InputError
from gridmap.geo.frames import Frame, require_metric
from gridmap.settings import DEFAULT, Settings
from gridmap.streets.gates import Gates, gates_of, gates_walls
from gridmap.streets.lines import Lines, Shapes, around, closed, shapes_in, street_lines, walls_of
from gridmap.streets.network import Joined, Network, assembled
from gridmap.streets.noding import Noded, join_dangles, node
from gridmap.streets.plazas import with_plazas

__all__ = ["network", "network_of"]

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
PLAZA = "plaza"
_BRIDGE_M = 20.0


def network(
    streets: gpd.GeoDataFrame,
    *,
    frame: Frame,
    barriers: Shapes = None,
    bridges: Shapes = None,
    plazas: Shapes = None,
    closures: Shapes = None,
    factors: Mapping[str, float] | None = None,
    noded: bool = False,
    gates: Gates | None = None,
    settings: Settings = DEFAULT,
) -> Network:
    """Make the walking network of streets, noded or not, all shapes in `frame`.

    `streets` may have the columns `class`, `name`, and `bridge`, `tunnel`, `layer` or `level`: streets on different
    levels cross without meeting. Ends that miss another street by at most `settings.street_join_m` are joined to it.
    `noded` streets meet only where they share a coordinate. No access line, join or plaza way crosses `barriers` (lines
    or areas); the streets themselves do, and where `bridges` are given only within 20 m of one. `plazas` are areas that
    are walked across in straight lines. `closures` are areas where streets are closed, or lines and points at which.
    `factors` says by class how many metres of level ground a metre costs (default 1); a factor must be positive.

    InputError when there are no streets or everything is closed; CrsError for a layer in another frame or none.
    """
    require_metric(frame.crs, name="streets")
    for cls, value in (factors or {}).items():
        if not (np.isfinite(value) and value > 0):
            raise InputError(
                "factor-not-positive", f"The factor of class {cls!r} is {value}.", "Give a positive number of metres."
            )
    lines = street_lines_in(streets, frame)
    source_m = float(lines.along[lines.offsets[1:] - 1].sum())
    wall_shapes = shapes_in(barriers, frame, "barriers")
    # A cut is wider than what is joined, or both ends would be joined again.
    cut_m = 1.0 + 2.0 * settings.street_join_m
    walls, owner = gates_walls(walls_of(wall_shapes), gates)
    lines = closed(lines, around(shapes_in(closures, frame, "closures"), cut_m))
    if bridges is not None:
        lines = closed(lines, _forbidden(wall_shapes, shapes_in(bridges, frame, "bridges"), cut_m))
    if not len(lines):
        raise InputError("streets-closed", "Every street is closed.", "Leave some of the closures out.")
    done, joined = _noded(lines, walls, noded=noded, settings=settings)
    done, chords = with_plazas(done, shapes_in(plazas, frame, "plazas"), walls, settings)
    return assembled(
        done,
        frame=frame,
        labels=_labels(streets),
        factors=factors or {},
        walls=walls,
        wall_owner=owner,
        gates=gates,
        joined=replace(joined, source_m=source_m, chords=chords),
    )


def street_lines_in(streets: gpd.GeoDataFrame, frame: Frame) -> Lines:
    """Return the lines of the layer, refused as `network` says."""
    if not isinstance(streets, gpd.GeoDataFrame):
        raise InputError("shapes-missing", "streets: this is a table without shapes.", "Give a GeoDataFrame of lines.")
    return street_lines(streets, frame)


def _noded(lines: Lines, walls: Floats, *, noded: bool, settings: Settings) -> tuple[Noded, Joined]:
    touch_m = settings.street_touch_m
    done = node(lines, touch_m=touch_m, crossings=not noded)
    if noded or settings.street_join_m <= touch_m:
        return done, Joined()
    longer, gaps = join_dangles(lines, done, walls, join_m=settings.street_join_m, touch_m=touch_m)
    if not len(gaps):
        return done, Joined()
    return node(longer, touch_m=touch_m), Joined(dangles=len(gaps), dangles_m=float(gaps.sum()))


def _forbidden(barriers: Objects, bridges: Objects, cut_m: float) -> Objects:
    """Return the areas along barriers that no street crosses: all that is not near a bridge."""
    strips = around(barriers, cut_m)
    over = shapely.union_all(shapely.buffer(bridges, _BRIDGE_M)) if len(bridges) else None
    return strips if over is None else np.asarray(shapely.difference(strips, over), dtype=object)


def _labels(
    streets: gpd.GeoDataFrame,
) -> tuple[NDArray[np.int16], tuple[str, ...], NDArray[np.int32], tuple[str, ...]]:
    kind, classes = _table(streets.get("class"), len(streets))
    name, names = _table(streets.get("name"), len(streets))
    return kind.astype(np.int16), (*classes, PLAZA), name, names


def _table(values: pd.Series | None, rows: int) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Give each text of a column a number, −1 for none."""
    if values is None:
        return np.full(rows, -1, np.int32), ()
    texts = [str(value).strip() if isinstance(value, str) or pd.notna(value) else "" for value in values]
    table: Sequence[Any] = sorted({text for text in texts if text})
    number = {text: k for k, text in enumerate(table)}
    return np.array([number.get(text, -1) for text in texts], np.int32).reshape(rows), tuple(table)


def network_of(
    city: City,
    *,
    bridges: Shapes = None,
    plazas: Shapes = None,
    closures: Shapes = None,
    factors: Mapping[str, float] | None = None,
    settings: Settings = DEFAULT,
) -> Network:
    """Make the walking network of a city: its streets, its barriers, and its gated compounds with their entrances.

    A gated compound is entered at its entrances only; one without known entrances is open, as `report` counts.
    """
    return network(
        city.streets,
        frame=city.frame,
        barriers=city.barriers,
        bridges=bridges,
        plazas=plazas,
        closures=closures,
        factors=factors,
        gates=gates_of(city),
        settings=settings,
    )
