"""What is wrong with the facilities of a city: findings, as `gridmap check` lists them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from gridmap.city import City, Finding
from gridmap.city.findings import finding
from gridmap.errors import InputError
from gridmap.facilities.ground import Ground
from gridmap.facilities.hours import parse_hours
from gridmap.facilities.kinds import kinds
from gridmap.facilities.supply import doors
from gridmap.streets import REASONS, snap

__all__ = ["check", "check_reach"]


def check(city: City) -> tuple[Finding, ...]:
    """Return the findings of the facilities that need no network.

    Capacities below 0, hours that are not understood, kinds without rules, places in water or in no community.
    """
    layer = city.facilities
    if layer.empty:
        return ()
    return (*_records(city), *_places(city))


def _records(city: City) -> Iterator[Finding]:
    known = kinds()
    strange: dict[str, int] = {}
    for record in city.facilities.itertuples():
        point = record.geometry.representative_point()
        said = {"x": point.x, "y": point.y}
        if not pd.isna(record.capacity) and record.capacity < 0:
            yield finding(
                "facility-capacity",
                "facilities",
                record.id,
                f"The capacity of {record.id} is {record.capacity}.",
                **said,
            )
        if isinstance(record.opening_hours, str) and record.opening_hours.strip():
            try:
                parse_hours(record.opening_hours)
            except InputError as error:
                yield finding("facility-hours", "facilities", record.id, f"{record.id}: {error.message}", **said)
        if record.kind not in known:
            strange[record.kind] = strange.get(record.kind, 0) + 1
    for kind, count in sorted(strange.items()):
        yield finding("facility-kind", "facilities", kind, f"{count} facilities are of the kind {kind!r}.")


def _places(city: City) -> Iterator[Finding]:
    shapes = np.asarray(city.facilities.geometry.array, dtype=object)
    ids = city.facilities["id"].to_numpy(object)
    points = shapely.point_on_surface(shapes)
    rivers = city.barriers[city.barriers["kind"] == "river"].geometry
    water = np.array([*city.water.geometry, *(shape for shape in rivers if shape.area > 0)], dtype=object)
    if len(water):
        _, row = shapely.STRtree(points).query(water, predicate="contains")
        for at in np.unique(row):
            yield finding(
                "facility-in-water", "facilities", str(ids[at]), f"{ids[at]} stands in the water.",
                x=points[at].x, y=points[at].y,
            )  # fmt: skip
    if len(city.communities):
        _, row = shapely.STRtree(points).query(
            np.asarray(city.communities.geometry.array, dtype=object), predicate="intersects"
        )
        for at in np.setdiff1d(np.arange(len(points)), row):
            yield finding(
                "facility-outside", "facilities", str(ids[at]), f"{ids[at]} is in no community.",
                x=points[at].x, y=points[at].y,
            )  # fmt: skip


def check_reach(ground: Ground) -> tuple[Finding, ...]:
    """Return a finding for each facility that cannot be reached on foot, with the reason."""
    layer = ground.city.facilities
    if layer.empty:
        return ()
    xy, of = doors(np.asarray(layer.geometry.array, dtype=object))
    put = snap(ground.network, xy[:, 0], xy[:, 1])
    reached = np.zeros(len(layer), bool)
    reached[of[put.reachable]] = True
    first = np.searchsorted(of, np.arange(len(layer)))
    reasons = put.point_reason
    return tuple(
        finding(
            "facility-unreachable", "facilities", str(layer["id"].iloc[row]),
            f"{layer['id'].iloc[row]}: {REASONS[int(reasons[first[row]])][1]}.",
            x=float(xy[first[row], 0]), y=float(xy[first[row], 1]),
        )
        for row in np.flatnonzero(~reached)
    )  # fmt: skip
