"""What the shortcuts others take get wrong: who is covered within 5, 10 and 15 minutes, told too many and too few.

Truth is the way on the network from each building to each door, gates and barriers respected. The shortcuts: nearest
nodes (places and doors moved to the nearest node, for nothing), circles (straight lines), hulls (the convex hull of the
nodes reached from each facility).
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridmap import sample
from gridmap.facilities import Places, ground, nearest_k, places, supply_of
from gridmap.geo.frames import to_frame
from gridmap.streets import Network, network_from_pbf

Floats = NDArray[np.float64]
SPEED_M_PER_MIN = 66.0
MINUTES = (5, 10, 15)


def _at_nodes(net: Network, x: Floats, y: Floats) -> Places:
    """Put places on the nearest node of the largest part."""
    inside = np.flatnonzero(net.component == 0)
    near = inside[cKDTree(np.column_stack([net.x, net.y])[inside]).query(np.column_stack([x, y]))[1]]
    return places(net, net.x[near], net.y[near], compound=np.full(len(near), -1, np.int32))


def _hulls(net: Network, at: Places, doors: Places, of: NDArray[np.int32], limit: float) -> NDArray[np.bool_]:
    nodes = places(net, net.x, net.y, compound=np.full(len(net.x), -1, np.int32))
    inside = np.zeros(len(at), bool)
    for number in range(int(of.max()) + 1):
        mine = np.flatnonzero(of == number)
        part = Places(doors.x[mine], doors.y[mine], doors.compound[mine], doors.snapped.take(mine))
        reached = nearest_k(net, nodes, part, np.zeros(len(mine), np.int32), limit_m=limit)[0][:, 0] >= 0
        if reached.sum() > 2:
            area = shapely.convex_hull(shapely.multipoints(np.column_stack([net.x, net.y])[reached]))
            inside |= shapely.contains_xy(area, at.x, at.y)
    return inside


def rows_of(
    name: str, net: Network, at: Places, weight: Floats, doors: Places, of: NDArray[np.int32]
) -> list[dict[str, Any]]:
    """Measure one kind of facilities in one town; a row a limit."""
    facility, dist = nearest_k(net, at, doors, of)
    node_facility, node_dist = nearest_k(net, _at_nodes(net, at.x, at.y), _at_nodes(net, doors.x, doors.y), of)
    straight, door = cKDTree(np.column_stack([doors.x, doors.y])).query(np.column_stack([at.x, at.y]))
    total = weight.sum()
    rows = []
    for minutes in MINUTES:
        limit = SPEED_M_PER_MIN * minutes
        true = dist[:, 0] <= limit
        covered = float(weight[true].sum())
        made: dict[str, Any] = {"name": f"{name}, {minutes} minutes", "covered": f"{covered:,.0f} of {total:,.0f}"}
        for way, said in (
            ("nodes", node_dist[:, 0] <= limit),
            ("circles", straight <= limit),
            ("hulls", _hulls(net, at, doors, of, limit)),
        ):
            more, fewer = weight[said & ~true].sum(), weight[~said & true].sum()
            made[way] = f"+{100 * more / max(covered, 1):.0f} % −{100 * fewer / max(covered, 1):.0f} %"
        rows.append(made)
    wrong = weight[node_facility[:, 0] != facility[:, 0]].sum() / total
    rows[0]["wrong nearest"] = f"nodes {wrong:.1%}, circles {weight[of[door] != facility[:, 0]].sum() / total:.1%}"
    return rows


def _sample() -> list[dict[str, Any]]:
    here = ground(sample.city())
    weight, made = np.nan_to_num(here.households, nan=0.0), []
    for kind in ("canteen", "care_class", "service_station"):
        supply = supply_of(here.network, here.city.facilities, kind)
        name = f"sample city, {len(supply)} × {kind}, households"
        made += rows_of(name, here.network, here.buildings, weight, supply.doors, supply.door_of)
    return made


def _helsinki(path: Path) -> list[dict[str, Any]]:
    """Take the buildings' middles and the shops of an extract."""
    import pyogrio

    net = network_from_pbf(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the extract has broken rings, which are left out
        houses = pyogrio.read_dataframe(path, layer="multipolygons", where="building IS NOT NULL", on_invalid="ignore")
    houses = houses[~houses.geometry.isna()]
    shops = pyogrio.read_dataframe(path, layer="points", where='other_tags LIKE \'%"shop"=>"%\'')
    homes = shapely.get_coordinates(to_frame(houses, net.frame).geometry.representative_point())
    doors = shapely.get_coordinates(to_frame(shops, net.frame).geometry)[::50]
    at, to = places(net, homes[:, 0], homes[:, 1]), places(net, doors[:, 0], doors[:, 1])
    name = f"Helsinki, every fiftieth shop ({len(doors)}), buildings"
    return rows_of(name, net, at, np.ones(len(at)), to, np.arange(len(to), dtype=np.int32))


def run() -> list[dict[str, Any]]:
    """Measure the sample city, and Helsinki where its extract is."""
    made = _sample()
    if folder := os.environ.get("GRIDMAP_REAL_DATA"):
        made += _helsinki(Path(folder) / "helsinki.osm.pbf")
    return made


def main() -> None:
    for row in run():
        print(row, flush=True)


if __name__ == "__main__":
    main()
