"""What may leave the tool of figures about people."""

from gridmap.release.blocks import blocks, shown_city, shown_fabric, shown_plan, spread
from gridmap.release.coverage import release_coverage
from gridmap.release.released import (
    COUNTS,
    PERSONAL,
    SUPPRESSED_SIGN,
    UNKNOWN_SIGN,
    Released,
    release,
    release_balance,
)
from gridmap.release.services import CoverageFigures, bands_of, coverage_figures
from gridmap.release.sight import EVERYWHERE, NOWHERE, OWN, Sight
from gridmap.release.suppress import Suppression, suppress

__all__ = [
    "COUNTS",
    "EVERYWHERE",
    "NOWHERE",
    "OWN",
    "PERSONAL",
    "SUPPRESSED_SIGN",
    "UNKNOWN_SIGN",
    "CoverageFigures",
    "Released",
    "Sight",
    "Suppression",
    "bands_of",
    "blocks",
    "coverage_figures",
    "release",
    "release_balance",
    "release_coverage",
    "shown_city",
    "shown_fabric",
    "shown_plan",
    "spread",
    "suppress",
]
