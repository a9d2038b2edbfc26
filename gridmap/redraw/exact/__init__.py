"""Exact division of small problems: optima and impossibilities, proven."""

from gridmap.redraw.exact.optimum import Limits as Limits
from gridmap.redraw.exact.optimum import Optimum as Optimum
from gridmap.redraw.exact.optimum import best_division as best_division

__all__ = ["Limits", "Optimum", "best_division"]
