"""The city's layers, what they mean, and what is wrong with them."""

from gridmap.city.check import STEPS as CHECK_STEPS
from gridmap.city.check import check, check_raw
from gridmap.city.check_ledgers import CODED, check_codes, check_retired, check_totals, retired_by
from gridmap.city.city import City, require_unique
from gridmap.city.codes import code_fault, code_text, grid_code, next_free, parse_grid_code, spatial_order
from gridmap.city.dictionary import data_dictionary
from gridmap.city.findings import Finding, FindingRule, finding, finding_rules
from gridmap.city.findings_table import findings_table
from gridmap.city.lineage import lineage, retired_between
from gridmap.city.place import Place, PlaceRef
from gridmap.city.repairs import Change, Repair, mend
from gridmap.city.schema import LAYERS, Field, Layer

__all__ = [
    "CHECK_STEPS",
    "CODED",
    "LAYERS",
    "Change",
    "City",
    "Field",
    "Finding",
    "FindingRule",
    "Layer",
    "Place",
    "PlaceRef",
    "Repair",
    "check",
    "check_codes",
    "check_raw",
    "check_retired",
    "check_totals",
    "code_fault",
    "code_text",
    "data_dictionary",
    "finding",
    "finding_rules",
    "findings_table",
    "grid_code",
    "lineage",
    "mend",
    "next_free",
    "parse_grid_code",
    "require_unique",
    "retired_between",
    "retired_by",
    "spatial_order",
]
