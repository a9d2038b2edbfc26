"""Real towns, redrawn from nothing: contiguous, in range wherever that can be, every exception with its reason."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.geo.adjacency import adjacency, match_vertices
from gridmap.plan import Plan, fabric
from gridmap.redraw import Effort, redraw
from gridmap.redraw.engine import solve
from gridmap.redraw.problem import Problem, breaks, connected_parts, contracted, perimeters


@pytest.mark.real_data
def test_a_real_town_is_divided(real_city):
    old = Plan.undivided(fabric(real_city))
    result = redraw(old, min_households=300, max_households=500, seed=1)
    totals = result.totals
    shapes = [shape for shape in result.plan.polygons() if not shape.is_empty]
    assert len(shapes) == totals.grids
    assert set(shapely.get_type_id(shapes)) == {3}, "a grid is in pieces"
    assert totals.contiguity_breaks == 0
    assert totals.in_range >= 0.98 * totals.grids
    out = sum(one.grid is not None for one in totals.exceptions)
    assert out == totals.grids - totals.in_range
    for one in totals.exceptions:
        # What is out of range here has to be: a block above the range, a block that fits no grid, nobody at all.
        assert any(words in one.reason for words in ("larger than 500", "proven", "no household is known"))
    empty = [one.code for one in result.communities if one.households == 0]
    assert len([one for one in totals.exceptions if one.grid is None]) == len(empty)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("whole", "effort", "split", "compact"),
    [(True, Effort(), 1, 0.69), (False, Effort(flips=800, merges=240), None, 0.69)],
)
def test_the_synthetic_community_is_divided(real_data, whole, effort, split, compact):
    table = gpd.read_parquet(real_data / "synthetic_community.parquet")
    touching = adjacency(match_vertices(table.geometry.to_numpy(), tolerance_m=0.01))
    none = np.zeros(len(touching.i))
    cells = Problem(
        households=table["households"].to_numpy(np.int64),
        area_m2=table.area.to_numpy(),
        outer_m=touching.outer_m,
        i=touching.i.astype(np.int64),
        j=touching.j.astype(np.int64),
        shared_m=touching.shared_m,
        barrier_m=none,
        street_m=none,
        previous=np.full(len(table), -1, np.int64),
        lo=300,
        hi=500,
    )
    compound = table["compound"].to_numpy(np.int64)
    small = np.bincount(compound, cells.households)[compound] <= 500
    together = (compound[cells.i] == compound[cells.j]) & small[cells.i] & whole
    atom = connected_parts(cells, together)
    solution = solve(contracted(cells, atom), seed=1, effort=effort)
    labels = solution.labels[atom]
    count = int(labels.max()) + 1
    assert (solution.score.out, breaks(cells, labels)) == (0, 0)
    if split is not None:
        pairs = np.unique(np.stack([compound, labels]), axis=1)
        assert np.count_nonzero(np.bincount(pairs[0]) > 1) == split
    within = labels[cells.i] == labels[cells.j]
    edge = np.bincount(labels, perimeters(cells), count)
    edge -= 2 * np.bincount(labels[cells.i[within]], cells.shared_m[within], count)
    assert np.mean(4 * np.pi * np.bincount(labels, cells.area_m2, count) / edge**2) >= compact
