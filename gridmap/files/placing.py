"""Where a proposed layer would lie: its candidates of reference systems, and doubts about what the file says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.files.candidates import Candidate, Reference, Rows, crs_candidates, doubt
from gridmap.files.columns import to_text
from gridmap.files.proposal import Proposal
from gridmap.files.worker import ask
from gridmap.settings import Settings

if TYPE_CHECKING:
    from gridmap.files.source import Table

__all__ = ["placed"]


def placed(proposal: Proposal, reference: Reference | None, *, settings: Settings) -> Proposal:
    """Return a proposal with its candidates: where no CRS is named, or where what the file says can be checked.

    What a person gives is not doubted. A system that the file declares, and that another one fits clearly better, makes
    the proposal doubtful: `read` refuses it until somebody says which one it is.
    """
    checked = proposal.crs_how in ("declared", "standard") and reference is not None
    if proposal.crs is not None and not checked:
        return proposal
    if proposal.rows > settings.placed_rows and proposal.crs is not None:
        note = f"The CRS is as the file says; with more than {settings.placed_rows:,} rows it is not compared."
        return replace(proposal, notes=(*proposal.notes, note))
    try:
        rows = _rows(proposal, settings)
    except InputError:  # what is wrong with the rows is told when they are read
        return proposal
    found = crs_candidates(rows, reference, declared=proposal.crs)
    if proposal.crs is None:
        same = bool(found) and reference is not None and not any(one.telling for one in found)
        note = (
            "Nothing tells the candidates apart: they lie in the city's extent, and so would others. Ask for the CRS."
        )
        return replace(proposal, candidates=found, notes=(*proposal.notes, note) if same else proposal.notes)
    better = doubt(found, proposal.crs, swap_axes=proposal.swap_axes)
    if better is None:
        return proposal
    own = next((one for one in found if one.crs == proposal.crs and one.swap_axes == proposal.swap_axes), None)
    return replace(
        proposal, candidates=found, crs_how="doubtful", notes=(*proposal.notes, _said(proposal, own, better))
    )


def _said(proposal: Proposal, own: Candidate | None, better: Candidate) -> str:
    where = "is nowhere near the city" if own is None or own.offset_m is None else f"lies {own.offset_m:,.0f} m off"
    return f"As {proposal.crs}, which the file says, it {where}; it fits as {better.name} ({better.options})."


def _rows(proposal: Proposal, settings: Settings) -> Rows:
    layer = LAYERS[proposal.layer]
    named = {match.field: match.columns[0] for match in proposal.mapping if len(match.columns) == 1}
    wanted = {field: named[field] for field in (layer.key, "name", "community") if field in named}
    given = proposal.encoding.name if proposal.encoding.how in ("given", "detected", "declared") else None
    table: Table = ask(
        "load",
        Path(proposal.path),
        settings,
        encoding=given,
        layer=proposal.source_layer,
        columns=sorted(set(wanted.values())),
        at=list(proposal.coordinates),
        place=proposal.place,
    )
    shapes = np.full(len(table.rows), None, dtype=object) if table.shapes is None else table.shapes

    def column(field: str) -> NDArray[np.object_] | None:
        return _text(table, wanted[field], proposal.place) if field in wanted else None

    return Rows(proposal.layer, shapes, column(layer.key), column("name"), column("community"))


def _text(table: Table, name: str, place: str) -> NDArray[np.object_] | None:
    try:
        found: Any = to_text(table.columns[name], table.rows, place=place, code=True)[0]
    except InputError:  # told when the layer is read
        return None
    return np.asarray(found, dtype=object)
