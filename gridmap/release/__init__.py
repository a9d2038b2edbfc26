"""What may leave the tool of figures about people."""

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
from gridmap.release.suppress import Suppression, suppress

__all__ = [
    "COUNTS",
    "PERSONAL",
    "SUPPRESSED_SIGN",
    "UNKNOWN_SIGN",
    "CoverageFigures",
    "Released",
    "Suppression",
    "bands_of",
    "coverage_figures",
    "release",
    "release_balance",
    "release_coverage",
    "suppress",
]
