"""What is released of coverage tells no small figure, not even to who adds and subtracts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.release import release_coverage

K = 10


def coverage(seed: int, rows: int = 12, most: int = 40) -> pd.DataFrame:
    """Make a table of areas with buildings of which none, some or all are covered."""
    rng = np.random.default_rng(seed)
    buildings = rng.integers(1, 6, rows)
    whole = np.minimum(rng.integers(0, 6, rows) * rng.integers(0, 2, rows), buildings)
    all_ = rng.integers(0, most, rows)
    part = np.where(whole == 0, 0, np.where(whole == buildings, all_, rng.integers(0, all_ + 1)))
    return pd.DataFrame(
        {
            "grid": [f"g{k}" for k in range(rows)], "community": rng.choice(["a", "b", "c"], rows), "buildings":
            buildings, "buildings_covered": whole, "elders_60": all_, "elders_60_covered": part, "elders_60_some":
            whole, "elders_60_whole": whole, "households": all_ * 3, "households_covered": part * 3,
            "households_some": whole, "households_whole": whole,
        }
    )  # fmt: skip


def equations(table, released):
    """Return what is published as equations over the cells: of all n areas, all elders, then the covered."""
    n = len(table)
    rows, right = [], []

    def say(weights, value):
        rows.append(weights)
        right.append(value)

    shown = released.table
    for at in range(n):
        for offset, name in ((0, "elders_60"), (n, "elders_60_covered")):
            one = np.eye(2 * n)[at + offset]
            if not shown[f"{name}_suppressed"][at]:
                say(one, float(table[name][at]))
        whole, every = table["elders_60_whole"][at], table["buildings"][at]
        if whole == 0:
            say(np.eye(2 * n)[at + n], 0.0)
        elif whole == every:
            say(np.eye(2 * n)[at + n] - np.eye(2 * n)[at], 0.0)
    totals = released.totals.set_index("community")
    for offset, name in ((0, "elders_60"), (n, "elders_60_covered")):
        for community in totals.index:
            if not totals.loc[community, f"{name}_suppressed"]:
                weights = np.zeros(2 * n)
                weights[offset : offset + n] = (table["community"] == community).to_numpy()
                say(weights, float(table.loc[table["community"] == community, name].sum()))
        if not released.overall[f"{name}_suppressed"]:
            weights = np.zeros(2 * n)
            weights[offset : offset + n] = 1.0
            say(weights, float(table[name].sum()))
    return np.array(rows), np.array(right)


@given(st.integers(0, 2**32 - 1), st.sampled_from([6, 15, 40, 200]))
def test_no_small_figure_can_be_computed(seed, most):
    table = coverage(seed, most=most)
    released = release_coverage(table, k=K, group="community")
    rows, _ = equations(table, released)
    n = len(table)
    basis = np.linalg.svd(rows)[2][np.linalg.matrix_rank(rows) :] if len(rows) else np.eye(2 * n)
    mixed = (table["elders_60_whole"] > 0) & (table["elders_60_whole"] < table["buildings"])
    for at in range(n):
        all_, covered = int(table["elders_60"][at]), int(table["elders_60_covered"][at])
        parts = [(np.eye(2 * n)[at], all_)]
        if mixed[at]:
            parts += [(np.eye(2 * n)[at + n], covered), (np.eye(2 * n)[at] - np.eye(2 * n)[at + n], all_ - covered)]
        for weights, value in parts:
            if value < K:
                assert np.abs(basis @ weights).max(initial=0.0) > 1e-9, (at, value)


def test_what_is_no_secret_is_shown():
    table = coverage(1).assign(elders_60=100, elders_60_covered=lambda t: np.where(t["elders_60_whole"] > 0, 50, 0))
    table["elders_60_covered"] = np.where(
        table["elders_60_whole"] == table["buildings"], 100, table["elders_60_covered"]
    )
    released = release_coverage(table, k=K, group="community")
    assert not released.table["elders_60_covered_suppressed"].any()
    assert released.table["households_covered"].tolist() == table["households_covered"].tolist()
    assert released.overall["elders_60_covered"] == table["elders_60_covered"].sum()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.drop(columns="buildings"), "column-missing"),
        (lambda t: t.assign(elders_60_covered=t["elders_60"] + 1), "covered-too-many"),
        (lambda t: t.assign(elders_60=-1), "figure-impossible"),
    ],
)
def test_what_cannot_be_released(change, code):
    with pytest.raises(InputError) as told:
        release_coverage(change(coverage(3)), k=K, group="community")
    assert told.value.code == code
    with pytest.raises(InputError):
        release_coverage(coverage(3), k=1, group="community")
