"""Where the next facilities of a kind should stand in a city: candidates, the model, and what each adds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, vstack

from gridmap.errors import InputError
from gridmap.facilities.ground import Ground, Places, places
from gridmap.facilities.kinds import Limit, limit_of
from gridmap.facilities.sharing import pairs_of
from gridmap.facilities.siting import Sited, capacitated, lscp, mclp, p_center, p_median
from gridmap.facilities.supply import Supply, doors, supply_for
from gridmap.facilities.walks import nearest_k, reach

__all__ = ["MODELS", "Candidates", "SitePlan", "candidates", "site"]

Floats = NDArray[np.float64]
MODELS = ("mclp", "lscp", "p_median", "p_center", "capacitated_mclp", "capacitated_p_median")


@dataclass(frozen=True, eq=False)
class Candidates:
    """Places where a facility could stand: ids and names, and their doors on the network (`door_of` int32[d])."""

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    x: Floats
    y: Floats
    doors: Places
    door_of: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class SitePlan:
    """What siting proposes.

    `steps` has a row per new site in the order of what it adds: step, id, name, x, y, `<who>_gained` and
    `<who>_covered` (with all so far). `before`, `after` and `total` count people of the column `who`, each once.
    """

    ground: Ground
    supply: Supply
    limit: Limit
    who: str
    answer: Sited
    candidates: Candidates
    steps: pd.DataFrame
    before: int
    after: int
    total: int

    def frame(self) -> gpd.GeoDataFrame:
        """Return the proposed sites as points in the city's frame."""
        return gpd.GeoDataFrame(
            self.steps, geometry=gpd.points_from_xy(self.steps["x"], self.steps["y"]), crs=self.ground.city.frame.crs
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal as JSON has it; places as longitude and latitude."""
        lon, lat = self.ground.city.frame.to_lonlat(self.steps["x"].to_numpy(float), self.steps["y"].to_numpy(float))
        rows = self.steps.drop(columns=["x", "y"]).to_dict("records")
        sites = [
            {**row, "lon": round(float(x), 7), "lat": round(float(y), 7)}
            for row, x, y in zip(rows, lon, lat, strict=True)
        ]
        return {
            "kind": self.supply.kind.id,
            "who": self.who,
            "sites": sites,
            "before": self.before,
            "after": self.after,
            "total": self.total,
            "candidates": len(self.candidates),
            "existing": len(self.supply),
            "answer": {name: value for name, value in self.answer.to_dict().items() if name != "chosen"},
            "limit": self.limit.to_dict(),
        }


def candidates(
    ground: Ground, where: str | gpd.GeoDataFrame = "compounds", *, without: Collection[str] = ()
) -> Candidates:
    """Return where a facility could stand: `compounds` (any), `premises` (idle ones), or points of a GeoDataFrame.

    Idle premises are facilities of the kind premises that are not open, and all that are closed. A GeoDataFrame is in
    the city's frame, with `id` and `name` if it has them. Those whose id is in `without` are left out. InputError where
    there are none.
    """
    city = ground.city
    if isinstance(where, gpd.GeoDataFrame):
        if where.crs is None or not where.crs.equals(city.frame.crs, ignore_axis_order=True):
            raise InputError("crs-differs", "The candidates are not in the city's frame.", "Bring them to it first.")
        layer = where
    elif where == "compounds":
        layer = city.compounds
    elif where == "premises":
        status = city.facilities["status"].fillna("open")
        idle = (status == "closed") | ((city.facilities["kind"] == "premises") & (status != "open"))
        layer = city.facilities[idle]
    else:
        raise InputError("candidates-unknown", f"There are no candidates {where!r}.", "Use compounds or premises.")
    if without and "id" in layer:
        layer = layer[~layer["id"].isin(list(without))]
    if layer.empty:
        raise InputError("candidates-none", "There is no candidate.", "Take compounds as candidates, or give points.")
    shapes = np.asarray(layer.geometry.array, dtype=object)
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    # A new facility stands somewhere inside its compound, so the compound's middle stands for it.
    xy, of = (
        (middle, np.arange(len(layer), dtype=np.int32))
        if isinstance(where, str) and where == "compounds"
        else doors(shapes)
    )
    ids = layer["id"].to_numpy(object) if "id" in layer else np.array([f"P{k + 1}" for k in range(len(layer))], object)
    names = layer["name"].to_numpy(object) if "name" in layer else ids
    return Candidates(ids, names, middle[:, 0], middle[:, 1], places(ground.network, xy[:, 0], xy[:, 1]), of)


def site(
    ground: Ground,
    kind: str,
    *,
    add: int,
    minutes: float | None = None,
    metres: float | None = None,
    where: str | gpd.GeoDataFrame = "compounds",
    without: Collection[str] = (),
    model: str = "mclp",
    who: str | None = None,
    floor: float = 0.0,
    costs: ArrayLike | None = None,
    budget: float = np.inf,
    capacity: int | None = None,
    backup: int = 1,
    gap: float = 0.0,
    time_limit_s: float = 15.0,
    options: Mapping[str, Any] | None = None,
) -> SitePlan:
    """Choose where `add` more facilities of a kind should stand, the present ones kept.

    See `gridmap.facilities.siting` for the models. `who` is the column of people that counts (households unless given),
    `floor` the share of each community that is to be covered (mclp), `costs` float[m] and `budget` what candidates cost
    and there is to pay (mclp), `capacity` how many a new facility takes (capacitated models), `backup` how often all
    are to be covered (lscp, which takes as many sites as it needs, whatever `add`). Unknown people count nothing.
    `without` are ids of candidates to leave out. `options` choose the present facilities, as `select` has them.
    """
    if model not in MODELS:
        raise InputError("model-unknown", f"There is no model {model!r}.", f"Use one of {', '.join(MODELS)}.")
    if add < 0:
        raise InputError("sites-negative", f"{add} more facilities were asked for.", "Ask for none or more.")
    supply = supply_for(ground, kind, **(options or {}))
    counted = who or "households"
    limit = limit_of(supply.kind, ground.city.profile.walking, minutes=minutes, metres=metres)
    reach_m = limit.of(counted)
    people = np.nan_to_num(ground.people(counted), nan=0.0)
    base_m = nearest_k(ground.network, ground.buildings, supply.doors, supply.door_of)[1][:, 0]
    pool = candidates(ground, where, without=without)
    far = model in {"p_median", "p_center"}
    pairs = _full(
        reach(ground.network, pool.doors, pool.door_of, ground.buildings, limit_m=np.inf if far else reach_m), pool
    )
    covers = csr_array(
        (pairs.data <= reach_m, pairs.indices.copy(), pairs.indptr.copy()), shape=pairs.shape
    )  # its own indices, for the zeros go
    covers.eliminate_zeros()
    if model == "mclp":
        answer = mclp(
            covers, people, p=add, base=base_m <= reach_m, cost=costs, budget=budget,
            part=ground.community, floor=floor, gap=gap, time_limit_s=time_limit_s,
        )  # fmt: skip
    elif model == "lscp":
        lived_in = people > 0
        answer = lscp(
            covers[:, np.flatnonzero(lived_in)], backup=backup, base_count=_count(ground, supply, reach_m)[lived_in],
            cost=costs, gap=gap, time_limit_s=time_limit_s,
        )  # fmt: skip
    elif far:
        dist = np.full(pairs.shape, np.inf)
        dist[np.repeat(np.arange(len(pool)), np.diff(pairs.indptr)), pairs.indices] = pairs.data
        answer = (
            p_median(dist, people, p=add, base_m=base_m, gap=gap, time_limit_s=time_limit_s)
            if model == "p_median"
            else p_center(dist, people, p=add, base_m=base_m, time_limit_s=time_limit_s)
        )
    else:
        answer = _with_capacity(ground, supply, pairs, people, add, capacity, reach_m, model, gap, time_limit_s)
    return _plan(ground, supply, limit, counted, answer, pool, covers, base_m <= reach_m, people)


def _full(pairs: csr_array, pool: Candidates) -> csr_array:
    """Give a table of pairs its rows of candidates that reach nobody."""
    more = len(pool) - pairs.shape[0]
    return pairs if more <= 0 else csr_array(vstack([pairs, csr_array((more, pairs.shape[1]))]))


def _count(ground: Ground, supply: Supply, limit_m: float) -> NDArray[np.int64]:
    """Return how many present facilities reach each building."""
    pairs = pairs_of(ground, supply, limit_m=limit_m)
    return np.bincount(pairs.indices, minlength=len(ground))


def _with_capacity(
    ground: Ground, supply: Supply, pairs: csr_array, people: Floats, add: int, capacity: int | None, limit_m: float,
    model: str, gap: float, time_limit_s: float,
) -> Sited:  # fmt: skip
    """Site under capacities: rows of the present facilities come first and are kept."""
    if capacity is None or capacity < 0:
        raise InputError("capacity-missing", "It is not known how many a new facility takes.", "Give a capacity.")
    present = pairs_of(ground, supply, limit_m=limit_m)
    seats = np.concatenate([np.nan_to_num(supply.capacity, nan=0.0), np.full(pairs.shape[0], capacity)])
    answer = capacitated(
        csr_array(vstack([present, pairs])), people.round(), seats, p=add,
        kept=np.arange(len(seats)) < len(supply), far_m=2 * limit_m if model == "capacitated_p_median" else None,
        gap=gap, time_limit_s=time_limit_s,
    )  # fmt: skip
    own = answer.chosen - len(supply)
    return Sited(
        answer.model, own.astype(np.int32), answer.value, answer.bound, answer.sense, answer.first, answer.proven,
        answer.interrupted, answer.seconds,
    )  # fmt: skip


def _plan(
    ground: Ground, supply: Supply, limit: Limit, who: str, answer: Sited, pool: Candidates, covers: csr_array,
    have: NDArray[np.bool_], people: Floats,
) -> SitePlan:  # fmt: skip
    """Order the sites by what each adds to those before it, and sum up."""
    reached, left = have.copy(), [int(one) for one in answer.chosen]
    rows: list[tuple[object, ...]] = []
    before = float(people[reached].sum())
    while left:
        gains = [float(people[(mine := covers.indices[covers.indptr[j] : covers.indptr[j + 1]])][~reached[mine]].sum())
                 for j in left]  # fmt: skip
        best = left.pop(int(np.argmax(gains)))
        reached[covers.indices[covers.indptr[best] : covers.indptr[best + 1]]] = True
        rows.append(
            (len(rows) + 1, pool.ids[best], pool.names[best], float(pool.x[best]), float(pool.y[best]),
             round(max(gains)), round(float(people[reached].sum())))
        )  # fmt: skip
    columns = ["step", "id", "name", "x", "y", f"{who}_gained", f"{who}_covered"]
    steps = pd.DataFrame(rows, columns=columns)
    after = round(float(people[reached].sum()))
    return SitePlan(ground, supply, limit, who, answer, pool, steps, round(before), after, round(float(people.sum())))
