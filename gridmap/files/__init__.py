"""The outside world's files: what they are, how they would be read, reading them, and writing files that are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridmap.files.atomic import replacing as replacing
from gridmap.files.atomic import write_bytes as write_bytes
from gridmap.files.atomic import write_text as write_text
from gridmap.files.headers import Match as Match
from gridmap.files.ledgers import read_ledger as read_ledger
from gridmap.files.ledgers import read_records as read_records
from gridmap.files.ledgers import workbook as workbook
from gridmap.files.ledgers import write_ledger as write_ledger
from gridmap.files.proposal import Proposal as Proposal
from gridmap.files.read import Read as Read
from gridmap.files.read import layers_in as layers_in
from gridmap.files.read import propose as propose
from gridmap.files.read import read as read
from gridmap.files.releases import read_release as read_release
from gridmap.files.releases import read_totals as read_totals
from gridmap.files.shapes import refuse_overlaps as refuse_overlaps
from gridmap.files.source import SourceLayer as SourceLayer
from gridmap.files.write import write as write

if TYPE_CHECKING:
    from gridmap.files.addresses import LedgerMatch as LedgerMatch
    from gridmap.files.candidates import Candidate as Candidate
    from gridmap.files.candidates import Reference as Reference
    from gridmap.files.candidates import Rows as Rows
    from gridmap.files.candidates import crs_candidates as crs_candidates

__all__ = [
    "Candidate",
    "LedgerMatch",
    "Match",
    "Proposal",
    "Read",
    "Reference",
    "Rows",
    "SourceLayer",
    "crs_candidates",
    "layers_in",
    "propose",
    "read",
    "read_ledger",
    "read_records",
    "read_release",
    "read_totals",
    "refuse_overlaps",
    "replacing",
    "workbook",
    "write",
    "write_bytes",
    "write_ledger",
    "write_text",
]


_HOMES = {
    "Candidate": "candidates",
    "LedgerMatch": "addresses",
    "Reference": "candidates",
    "Rows": "candidates",
    "crs_candidates": "candidates",
}


def __getattr__(name: str) -> Any:
    # These need pandas and GeoPandas, half a second to load; the process that reads files needs neither.
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"gridmap.files.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gridmap.files' has no attribute {name!r}")
