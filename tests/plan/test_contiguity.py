"""Bridges to islands."""

from dataclasses import replace

import numpy as np

from gridmap.plan import Plan, components, island_bridges
from gridmap.plan.testing import chequered


def cut(made, columns):
    """Return the fabric without the neighbourhood between each of these columns and the next."""
    nx = int(np.unique(made.x).size)
    column = np.arange(len(made)) % nx
    keep = ~((column[made.j] != column[made.i]) & np.isin(column[made.i], columns))
    names = ("i", "j", "shared_m", "barrier_m", "street_m")
    return replace(made, **{name: getattr(made, name)[keep] for name in names})


def test_small_islands_are_joined_by_their_shortest_bridge():
    made = cut(chequered(6, 2, households=(50, 50), compound_cells=0), [0, 2])
    bridges = island_bridges(made, min_households=150)
    assert bridges == ((0, 1),)
    plan = replace(Plan.undivided(made), bridges=bridges)
    assert plan.parts.tolist() == [2]
    assert Plan.undivided(made).parts.tolist() == [3]


def test_an_island_of_two_small_ones_is_joined_on():
    made = cut(chequered(6, 2, households=(50, 50), compound_cells=0), [0, 2])
    bridges = island_bridges(made, min_households=301)
    assert len(bridges) == 2
    assert replace(Plan.undivided(made), bridges=bridges).contiguity_breaks == 0


def test_no_bridge_crosses_a_community_or_touches_a_special_grid():
    made = chequered(4, 3, communities=2, specials=2, households=(0, 0))
    assert island_bridges(made, min_households=300) == ()
    alone = chequered(2, 1, communities=2, households=(0, 0))
    assert island_bridges(alone, min_households=300) == ()
    part = components(alone, np.zeros(2, np.int32))
    assert part[0] != part[1]
