"""Work per building."""

from dataclasses import replace

import numpy as np
import pytest

from gridmap.errors import InputError
from gridmap.plan import workload
from gridmap.plan.testing import chequered


def test_kinds_are_summed_by_their_weights() -> None:
    fabric = chequered(5, 4, communities=1, seed=1)
    work = workload(fabric, {"households": 1.0, "elders_60": 2.0, "shops": 3.0}, counts={"shops": {"b0003": 4}})
    expected = fabric.households + 2.0 * fabric.elders_60
    expected[3] += 12
    np.testing.assert_allclose(work, expected)
    assert not workload(fabric, {}).any()


def test_unknown_buildings_count_as_an_average_one() -> None:
    fabric = chequered(6, 5, unknown=0.3, households=(10, 20), seed=2)
    unknown = ~fabric.known
    assert unknown.any()
    work = workload(fabric, {"households": 1.0})
    np.testing.assert_allclose(work[unknown], fabric.households[fabric.known].mean())
    nobody = replace(fabric, elders_80=np.full(len(fabric), np.nan))
    assert not workload(nobody, {"elders_80": 1.0}).any()


def test_what_is_not_counted_is_refused() -> None:
    fabric = chequered(2, 2)
    for weights, counts, code in (
        ({"dogs": 1.0}, {}, "workload-unknown"),
        ({"households": -1.0}, {}, "workload-negative"),
        ({"households": float("nan")}, {}, "workload-negative"),
        ({"shops": 1.0}, {"shops": {"x": 1}}, "building-unknown"),
    ):
        with pytest.raises(InputError) as caught:
            workload(fabric, weights, counts=counts)
        assert caught.value.code == code
