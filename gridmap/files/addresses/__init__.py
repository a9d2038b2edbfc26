"""Addresses in ledgers: taken apart, matched to buildings and compounds, added up a building."""

from gridmap.files.addresses.gazetteer import Gazetteer as Gazetteer
from gridmap.files.addresses.gazetteer import gazetteer as gazetteer
from gridmap.files.addresses.ledger import COUNTS as COUNTS
from gridmap.files.addresses.ledger import Doubt as Doubt
from gridmap.files.addresses.ledger import LedgerKind as LedgerKind
from gridmap.files.addresses.ledger import LedgerMatch as LedgerMatch
from gridmap.files.addresses.ledger import ledger_columns as ledger_columns
from gridmap.files.addresses.ledger import match_ledger as match_ledger
from gridmap.files.addresses.match import Given as Given
from gridmap.files.addresses.match import Matcher as Matcher
from gridmap.files.addresses.match import Outcome as Outcome
from gridmap.files.addresses.parse import Address as Address
from gridmap.files.addresses.parse import parse as parse

__all__ = [
    "COUNTS",
    "Address",
    "Doubt",
    "Gazetteer",
    "Given",
    "LedgerKind",
    "LedgerMatch",
    "Matcher",
    "Outcome",
    "gazetteer",
    "ledger_columns",
    "match_ledger",
    "parse",
]
