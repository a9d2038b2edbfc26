"""The first use on a machine: the loops are compiled in two processes at once, and their machine code kept on disk."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np

from gridmap.redraw.problem import Ints, Problem
from gridmap.redraw.search import Effort, Search

__all__ = ["compile_loops", "compile_rest"]

ATOMS = 4


@cache
def compile_loops() -> None:
    """Have the loops ready, half of them compiled by a second process where there is no machine code on disk.

    Done once a process. What the other process could not compile is compiled by the first call, as always.
    """
    from gridmap.redraw import kernels

    if kernels.on_disk():
        return
    code = "from gridmap.redraw.compiling import compile_rest; compile_rest()"
    try:
        other = subprocess.Popen(  # noqa: S603 - this interpreter, and a text that stands here
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return
    try:
        search = _search()
        labels = search.divided()
        kernels.recombine(*_annealed(search, labels))
    finally:
        other.wait()


def compile_rest() -> None:
    """Compile the loops that `compile_loops` leaves to a second process."""
    from gridmap.redraw import kernels

    search = _search()
    labels = np.arange(ATOMS) // 2
    kernels.flips(*_annealed(search, labels))
    search.cover(search.zones(labels))


def _annealed(search: Search, labels: Ints) -> tuple[Any, ...]:
    """Return the arguments of a loop that anneals for one step, of the types that a search gives it."""
    return (search.graph, search.zones(labels), search.room, search.rule, search.random, 1.0, 0.5, 1, search.wet)


def _search() -> Search:
    """Return the search for two zones in a row of atoms."""
    none = np.zeros(ATOMS - 1)
    row = Problem(
        households=np.full(ATOMS, 10),
        area_m2=np.ones(ATOMS),
        outer_m=np.ones(ATOMS),
        i=np.arange(ATOMS - 1),
        j=np.arange(1, ATOMS),
        shared_m=none + 1.0,
        barrier_m=none,
        street_m=none,
        previous=np.full(ATOMS, -1, np.int64),
        lo=10,
        hi=30,
        grids=2,
    )
    return Search(row, 2, 0, Effort(covers=1))
