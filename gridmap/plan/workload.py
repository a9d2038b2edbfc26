"""The work of a grid worker, building by building: a weighted sum of what there is to look after."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan.fabric import PEOPLE, Fabric

__all__ = ["workload"]

_OWN = ("households", *PEOPLE)


def workload(
    fabric: Fabric, weights: Mapping[str, float], *, counts: Mapping[str, Mapping[str, float]] | None = None
) -> NDArray[np.float64]:
    """Return what each building asks of a grid worker, float64[n_cells], in households' worth.

    `weights` say how many households' worth of work one of a kind is: of `households` themselves, `residents`,
    `elders_60`, `elders_80`, `children`, and of the kinds in `counts`, which has a number per building id for each
    kind, such as open requests or shops. An unknown number counts as the average of the known buildings that have some,
    so that nobody's work vanishes. Raises InputError: workload-unknown, workload-negative, building-unknown.

    >>> from gridmap.plan.testing import chequered
    >>> fabric = chequered(2, 2, households=(10, 10))
    >>> workload(fabric, {"households": 1, "requests": 5}, counts={"requests": {"b0001": 2}}).tolist()
    [10.0, 20.0, 10.0, 10.0]
    """
    counts = counts or {}
    total = np.zeros(len(fabric))
    for kind, weight in weights.items():
        if kind not in (*_OWN, *counts):
            known = ", ".join((*_OWN, *sorted(counts)))
            raise InputError("workload-unknown", f"Nothing is counted as {kind!r}.", f"Use one of {known}.")
        if not (np.isfinite(weight) and weight >= 0):
            raise InputError("workload-negative", f"The weight of {kind} is {weight}.", "Give 0 or more.")
        total += weight * (_own(fabric, kind) if kind in _OWN else _counted(fabric, counts[kind]))
    return total


def _own(fabric: Fabric, kind: str) -> NDArray[np.float64]:
    """Return a figure of the fabric, with an average in the place of what is unknown."""
    if kind == "households":
        values = np.where(fabric.known, fabric.households, np.nan).astype(np.float64)
    else:
        values = np.array(getattr(fabric, kind), np.float64)
    unknown = np.isnan(values) & (fabric.building >= 0)
    lived_in = ~np.isnan(values) & (values > 0)
    average = float(values[lived_in].mean()) if lived_in.any() else 0.0
    return np.where(unknown, average, np.nan_to_num(values))


def _counted(fabric: Fabric, numbers: Mapping[str, float]) -> NDArray[np.float64]:
    values = np.zeros(len(fabric))
    for building, number in numbers.items():
        if building not in fabric.cell_of:
            raise InputError("building-unknown", f"There is no building {building!r}.", "Use an id of the buildings.")
        values[fabric.cell_of[building]] += number
    return values
