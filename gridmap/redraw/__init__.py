"""The optimiser that draws the grids."""

from gridmap.redraw.engine import Effort as Effort
from gridmap.redraw.problem import Weights as Weights
from gridmap.redraw.redraw import redraw as redraw
from gridmap.redraw.report import CommunityReport as CommunityReport
from gridmap.redraw.report import Fix as Fix
from gridmap.redraw.report import GridException as GridException
from gridmap.redraw.report import Redrawn as Redrawn

__all__ = ["CommunityReport", "Effort", "Fix", "GridException", "Redrawn", "Weights", "redraw"]
