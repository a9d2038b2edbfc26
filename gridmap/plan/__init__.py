"""Plans - atoms, immutable plans, edits with inverses, balance and differences."""

from gridmap.plan.atoms import Atoms as Atoms
from gridmap.plan.atoms import atoms as atoms
from gridmap.plan.atoms import expand as expand
from gridmap.plan.atoms import previous_labels as previous_labels
from gridmap.plan.balance import Balance as Balance
from gridmap.plan.balance import Window as Window
from gridmap.plan.balance import balance as balance
from gridmap.plan.balance import polsby_popper as polsby_popper
from gridmap.plan.balance import window_limits as window_limits
from gridmap.plan.barriers import barrier_lengths as barrier_lengths
from gridmap.plan.barriers import walled as walled
from gridmap.plan.check import check as check
from gridmap.plan.check import check_layer as check_layer
from gridmap.plan.contiguity import components as components
from gridmap.plan.contiguity import island_bridges as island_bridges
from gridmap.plan.crosswalk import conflicts as conflicts
from gridmap.plan.crosswalk import crosswalk as crosswalk
from gridmap.plan.crosswalk import merge_systems as merge_systems
from gridmap.plan.diff import Difference as Difference
from gridmap.plan.diff import carry_codes as carry_codes
from gridmap.plan.diff import diff as diff
from gridmap.plan.diff import file_codes as file_codes
from gridmap.plan.diff import kept_households as kept_households
from gridmap.plan.diff import match as match
from gridmap.plan.diff import moves as moves
from gridmap.plan.diff import prune as prune
from gridmap.plan.edit import Edit as Edit
from gridmap.plan.edits import apply as apply
from gridmap.plan.edits import assign as assign
from gridmap.plan.edits import lock as lock
from gridmap.plan.edits import merge as merge
from gridmap.plan.edits import redrawn as redrawn
from gridmap.plan.edits import rename as rename
from gridmap.plan.edits import split as split
from gridmap.plan.edits import unlock as unlock
from gridmap.plan.fabric import Fabric as Fabric
from gridmap.plan.fabric import fabric as fabric
from gridmap.plan.grid import Grid as Grid
from gridmap.plan.grid import SpecialGrid as SpecialGrid
from gridmap.plan.layer import specials_from_layer as specials_from_layer
from gridmap.plan.plan import Plan as Plan
from gridmap.plan.touched import communities_touched as communities_touched
from gridmap.plan.workload import workload as workload

__all__ = [
    "Atoms",
    "Balance",
    "Difference",
    "Edit",
    "Fabric",
    "Grid",
    "Plan",
    "SpecialGrid",
    "Window",
    "apply",
    "assign",
    "atoms",
    "balance",
    "barrier_lengths",
    "carry_codes",
    "check",
    "check_layer",
    "communities_touched",
    "components",
    "conflicts",
    "crosswalk",
    "diff",
    "expand",
    "fabric",
    "file_codes",
    "island_bridges",
    "kept_households",
    "lock",
    "match",
    "merge",
    "merge_systems",
    "moves",
    "polsby_popper",
    "previous_labels",
    "prune",
    "redrawn",
    "rename",
    "specials_from_layer",
    "split",
    "unlock",
    "walled",
    "window_limits",
    "workload",
]
