"""How much the exact solver may do. Apart from it, so that its compiled loops are loaded only when it is asked."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_ATOMS", "Limits"]

MOST_ATOMS = 60
"""Most atoms of a problem whose sets are listed: they are bits of a word."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Work of the exact solver, counted in steps: a problem that needs more stays open.

    `sets` are listed at most, `looks` looked at for it, `solves` is CP-SAT's deterministic time for one question.
    """

    sets: int = 1_500_000
    looks: int = 60_000_000
    solves: float = 20.0
