"""A packed R-tree is one that SQLite could have made itself: sound by its own check, and right in what it finds."""

import numpy as np
import pytest
from sqlalchemy import create_engine

from gridmap.store.rtree import pack


def boxes(count, seed=0):
    rng = np.random.default_rng(seed)
    low = rng.uniform((570_000, 4_125_000), (580_000, 4_135_000), (count, 2))
    return np.column_stack([low, low + rng.uniform(0, 90, (count, 2))])


def found(connection, window):
    west, south, east, north = window
    asked = "SELECT id FROM rtree_t_geom WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?"
    return set(connection.exec_driver_sql(asked, (west, east, south, north)).scalars())


def meeting(bounds, window):
    west, south, east, north = window
    return (bounds[:, 2] >= west) & (bounds[:, 0] <= east) & (bounds[:, 3] >= south) & (bounds[:, 1] <= north)


@pytest.mark.parametrize("count", [0, 1, 51, 52, 2_000, 60_000])
def test_a_packed_tree_is_sound_finds_what_meets_a_window_and_can_be_edited(count):
    bounds = boxes(count)
    ids = np.arange(count) * 3 + 7
    with create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE VIRTUAL TABLE rtree_t_geom USING rtree(id, minx, maxx, miny, maxy)")
        pack(connection, "t", np.arange(500), boxes(500, seed=1))
        pack(connection, "t", ids, bounds)
        assert connection.exec_driver_sql("SELECT rtreecheck('rtree_t_geom')").scalar() == "ok"
        for window in boxes(20, seed=2):
            ours = found(connection, window)
            assert ours >= set(ids[meeting(bounds, window)].tolist())
            assert ours <= set(ids[meeting(bounds, np.add(window, (-1, -1, 1, 1)))].tolist())  # 32 bits hold a metre
        for k in range(300):
            connection.exec_driver_sql("INSERT INTO rtree_t_geom VALUES (?, ?, ?, ?, ?)", (-k - 1, 0, k, 0, k))
        connection.exec_driver_sql("DELETE FROM rtree_t_geom WHERE id >= 0")
        assert connection.exec_driver_sql("SELECT rtreecheck('rtree_t_geom')").scalar() == "ok"
        assert connection.exec_driver_sql("SELECT count(*) FROM rtree_t_geom").scalar() == 300


def test_rows_without_bounds_are_not_in_the_tree():
    with create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE VIRTUAL TABLE rtree_t_geom USING rtree(id, minx, maxx, miny, maxy)")
        pack(connection, "t", np.array([1, 2]), np.array([[0.0, 0, 1, 1], [np.nan] * 4]))
        assert connection.exec_driver_sql("SELECT id FROM rtree_t_geom").scalars().all() == [1]
