"""Reading a layer in two steps: `propose` says how it would be read, `read` reads it as proposed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridmap.city.schema import LAYERS, Layer
from gridmap.errors import CrsError, InputError
from gridmap.files.columns import convert, join_texts, series, to_text
from gridmap.files.headers import COORDINATES, Match, layer_key, match_columns, match_coordinates
from gridmap.files.proposal import Proposal
from gridmap.files.shapes import ACCEPTED, check_shapes
from gridmap.files.sniff import LAYERED, NAMES
from gridmap.files.source import Head, SourceLayer, Table, is_none, objects, rows_text
from gridmap.files.values import key
from gridmap.files.worker import ask
from gridmap.settings import DEFAULT, Settings

if TYPE_CHECKING:
    import geopandas as gpd

    from gridmap.files.candidates import Reference

__all__ = ["Read", "layers_in", "propose", "read"]

Progress = Callable[[str, int, int], None]

_SHIFTS = ("gcj02", "bd09")


@dataclass(frozen=True)
class Read:
    """What was read: `gdf` with exactly the layer's columns, notes, and how its coordinates are shifted.

    The index of `gdf` holds the row numbers of the file, from 1. Coordinates that are shifted have no CRS that pyproj
    knows: then `gdf.crs` is None and `shift` is `gcj02` or `bd09`, so that `to_frame(read.gdf, frame, crs=read.shift)`
    is right in every case and forgetting it is an error, not half a kilometre.
    """

    gdf: gpd.GeoDataFrame
    notes: tuple[str, ...]
    shift: str | None = None


def layers_in(path: Path | str, *, settings: Settings = DEFAULT) -> tuple[SourceLayer, ...]:
    """List a file's layers: name, kind of shape (`table` for none), rows (−1 where they are not counted)."""
    _, found, _ = ask("look", path, settings, head=False)
    return tuple(found)


def propose(
    path: Path | str,
    layer: str,
    *,
    source_layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    swap_axes: bool = False,
    offset: tuple[float, float] = (0.0, 0.0),
    reference: Reference | None = None,
    settings: Settings = DEFAULT,
) -> Proposal:
    """Say how a file would be read as the city's `layer`.

    `source_layer` chooses among the file's layers, `crs` (EPSG:…, gcj02, bd09 or any text that pyproj takes) and
    `encoding` override what the file declares, `columns` maps ours to theirs: a column of the file, `=text` for the
    same text in all rows, `-` for none; x, y and wkt name the place. `swap_axes` exchanges x and y, then `offset` is
    added to them. A CRS that is missing, or that does not fit the `reference` (what the city has already), comes with
    ranked candidates for it; see `crs_candidates`.

    A proposal may lack a CRS or a required column; it says so, and `read` refuses it. Raises InputError for a file that
    cannot be opened, names that do not exist, and a layer that is empty.
    """
    from gridmap.files.placing import placed

    if layer not in LAYERS:
        raise InputError("layer-unknown", f"{layer!r} is no layer of a city.", f"Use one of {', '.join(LAYERS)}.")
    path = Path(path)
    form, found, head = ask("look", path, settings, encoding=encoding, head=True)
    chosen = _choose(found, layer, source_layer, path.name)
    if head is None:
        head = ask("head", path, settings, encoding=encoding, layer=chosen)
    place = f"{path.name}, layer {chosen}" if form in LAYERED else path.name
    if head.rows == 0:
        raise InputError("layer-empty", f"{place}: the layer has no rows.", "Choose another layer, or export it again.")
    at = () if head.shaped else _coordinates(head, columns, place)
    known = [name for name in head.columns if name not in at]
    matches, notes = match_columns(layer, known, given=columns, cut=head.cut, file=place)
    mapping, missing, more = _complete(LAYERS[layer], matches)
    used = {name for match in mapping for name in match.columns}
    named, crs_how, crs_notes = _settle_crs(crs, head, form, place)
    proposal = Proposal(
        path=str(path),
        layer=layer,
        source_layer=chosen,
        format=form,
        driver=NAMES[form],
        encoding=head.encoding,
        preview=head.preview,
        crs=named,
        crs_how=crs_how,
        mapping=mapping,
        unmapped=tuple(name for name in known if name not in used),
        missing=missing,
        rows=head.rows,
        coordinates=at,
        swap_axes=swap_axes,
        notes=(*head.notes, *notes, *more, *crs_notes),
        offset=offset,
    )
    return placed(proposal, reference, settings=settings)


def read(
    proposal: Proposal,
    *,
    accept: Collection[str] = (),
    settings: Settings = DEFAULT,
    progress: Progress | None = None,
) -> Read:
    """Read a layer as proposed: exactly the columns of the schema, in their order, with contract dtypes.

    `accept` consents to repairs: `invalid-geometry`, `empty-geometry` (see `check_shapes`); `overlap` is for
    `refuse_overlaps`, which takes the result in metres. The file is only read, and what is returned depends on nothing
    but the file and the arguments. `progress` is told what is done: rows read, shapes checked, columns read. Raises
    InputError and its kin, naming file, layer and row.
    """
    _check_consent(accept)
    _check_complete(proposal)
    report = progress or (lambda _what, _done, _total: None)
    layer = LAYERS[proposal.layer]
    given = proposal.encoding.name if proposal.encoding.how in ("given", "detected", "declared") else None
    wanted = {name for match in proposal.mapping for name in match.columns}
    table: Table = ask(
        "load",
        proposal.path,
        settings,
        encoding=given,
        layer=proposal.source_layer,
        columns=sorted(wanted),
        at=list(proposal.coordinates),
        place=proposal.place,
        progress=(lambda done, total: report("rows", done, total)) if progress else None,
    )
    if table.shapes is None or not len(table.rows):
        raise InputError("layer-empty", f"{proposal.place}: the layer has no shapes.", "Choose another layer.")
    report("shapes", 0, len(table.rows))
    shapes = check_shapes(
        table.shapes,
        table.broken,
        table.rows,
        layer,
        place=proposal.place,
        crs=str(proposal.crs),
        accept=accept,
    )
    rows = table.rows[shapes.kept]
    if not len(rows):
        raise InputError("layer-empty", f"{proposal.place}: no row is left.", "Choose another layer.")
    report("shapes", len(rows), len(rows))
    data, notes = _columns(table, shapes.kept, rows, proposal, layer, report)
    gdf = _frame(data, shapes.shapes, rows, layer, proposal)
    return Read(
        gdf, (*proposal.notes, *table.notes, *shapes.notes, *notes), proposal.crs if proposal.crs in _SHIFTS else None
    )


def _choose(found: tuple[SourceLayer, ...], layer: str, wanted: str | None, file: str) -> str:
    names = [source.name for source in found]
    if wanted is not None:
        if wanted in names:
            return wanted
        raise InputError(
            "source-layer-missing", f"{file}: there is no layer {wanted!r}.", f"It has {', '.join(names) or 'none'}."
        )
    candidates = [source.name for source in found if source.shape != "table"] or names
    alike = [name for name in candidates if key(name) in layer_key(layer)]
    if len(candidates) == 1 or len(alike) == 1:
        return (alike or candidates)[0]
    if not candidates:
        raise InputError("layer-empty", f"{file}: it has no layers.", "Export it again from where it is from.")
    raise InputError(
        "source-layer-unclear",
        f"{file}: which of its layers is {layer}: {', '.join(candidates)}?",
        "Name it with --source-layer.",
    )


def _coordinates(head: Head, columns: Mapping[str, str] | None, place: str) -> tuple[str, ...]:
    found = match_coordinates(head.columns, given=columns, file=place)
    if found:
        return found
    raise InputError(
        "coordinates-missing",
        f"{place}: no column says where the rows are; it has {', '.join(head.columns) or 'no columns'}.",
        f"Name them with --column {COORDINATES[1]}=… --column {COORDINATES[2]}=… or --column {COORDINATES[0]}=….",
    )


def _complete(layer: Layer, matches: tuple[Match, ...]) -> tuple[tuple[Match, ...], tuple[str, ...], tuple[str, ...]]:
    """Find something for required columns that the file has not; what nothing can be found for is missing."""
    found = {match.field: match for match in matches}
    notes: list[str] = []
    if layer.key not in found:
        if layer.key == "code" and "name" in found:
            found["code"] = replace(found["name"], field="code", how="other field", repeats=False)
            notes.append("There is no column of codes: the names serve as codes.")
        elif layer.key == "id" or layer.name == "grids":
            found[layer.key] = Match(layer.key, (), "row number")
            notes.append(f"There is no column for {layer.key}: the rows are numbered.")
    needs_name = any(field.name == "name" and field.required for field in layer.fields)
    if needs_name and "name" not in found and found.get("code"):
        found["name"] = replace(found["code"], field="name", how="other field")
        notes.append("There is no column of names: the codes serve as names.")
    missing = tuple(field.name for field in layer.fields if field.required and field.name not in found)
    return tuple(found[name] for name in layer.names if name in found), missing, tuple(notes)


def _settle_crs(given: str | None, head: Head, form: str, place: str) -> tuple[str | None, str, tuple[str, ...]]:
    if given is None:
        if head.crs is None:
            return None, "missing", ()
        standard = form in ("geojson", "geojsonseq") and head.crs == "EPSG:4326"
        return head.crs, "standard" if standard else "declared", ()
    plain = key(given)
    named = plain if plain in _SHIFTS else _known_crs(given, place)
    if head.crs is not None and head.crs != named:
        shown = head.crs if len(head.crs) < 40 else "another CRS"
        return named, "given", (f"The file declares {shown}; {given} is used, as given.",)
    return named, "given", ()


def _known_crs(text: str, place: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError as ProjError

    try:
        crs = CRS.from_user_input(int(text) if text.isdigit() else text)
    except (ProjError, ValueError, OverflowError):
        raise CrsError(
            "crs-unknown", f"{place}: {text!r} is no CRS that is known here.", "Use --crs EPSG:…, gcj02 or bd09."
        ) from None
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(crs.to_wkt())


def _check_consent(accept: Collection[str]) -> None:
    wrong = sorted(set(accept) - set(ACCEPTED))
    if wrong:
        raise InputError(
            "consent-unknown", f"There is nothing called {wrong[0]!r} to accept.", f"Use {', '.join(ACCEPTED)}."
        )


def _check_complete(proposal: Proposal) -> None:
    if proposal.missing:
        name = proposal.missing[0]
        theirs = ", ".join(proposal.unmapped) or "no other columns"
        constant = f" (or --column {name}==canteen if all rows are of one kind)" if name == "kind" else ""
        raise InputError(
            "column-missing",
            f"{proposal.place}: {proposal.layer} need {', '.join(proposal.missing)}, and no column was found for it; "
            f"the file has {theirs}.",
            f"Name the column with --column {name}=…{constant}.",
        )
    if proposal.crs is None:
        raise CrsError(
            "crs-missing",
            f"{proposal.place}: it does not say in which CRS its coordinates are.",
            f"The best candidate is {proposal.candidates[0].options} ({proposal.candidates[0].name})."
            if proposal.candidates and proposal.candidates[0].telling
            else "Name it with --crs EPSG:…, --crs gcj02 or --crs bd09.",
        )
    if proposal.crs_how == "doubtful":
        raise CrsError(
            "crs-doubtful",
            f"{proposal.place}: {proposal.notes[-1]}",
            f"Take {proposal.candidates[0].options}, or --crs {proposal.crs} to keep to what the file says.",
        )


def _columns(
    table: Table, kept: NDArray[np.bool_], rows: NDArray[np.int64], proposal: Proposal, layer: Layer, report: Progress
) -> tuple[dict[str, Any], list[str]]:
    data: dict[str, Any] = {}
    notes: list[str] = []
    for number, match in enumerate(proposal.mapping):
        report("columns", number, len(proposal.mapping))
        field = layer.field(match.field)
        place = f"{proposal.place}, column {' + '.join(match.columns)}"
        if match.how == "row number":
            values: Any = objects(map(str, rows.tolist()))
        elif match.how == "constant":
            values = objects([match.value] * len(rows))
        elif len(match.columns) == 1:
            values = table.columns[match.columns[0]][kept]
        else:
            parts = [to_text(table.columns[name][kept], rows, place=place)[0] for name in match.columns]
            values = join_texts(parts)
        data[match.field], more = convert(values, layer.name, field, rows, place=place)
        notes.extend(more)
    notes.extend(_fill_required(data, proposal, layer, rows))
    if "households" in layer.names:
        notes.extend(_fill_basis(data, proposal, rows))
    return data, notes


def _fill_required(data: dict[str, Any], proposal: Proposal, layer: Layer, rows: NDArray[np.int64]) -> list[str]:
    """See that keys are there and differ, and that no required cell is empty."""
    notes = []
    keys = data[layer.key]
    empty = is_none(keys)
    if empty.any():
        raise InputError(
            "key-empty",
            f"{proposal.place}, {rows_text(rows[empty])}: there is no {layer.key}.",
            f"Fill it in, or number the rows with --column {layer.key}=-." if layer.key == "id" else "Fill it in.",
        )
    match = next(match for match in proposal.mapping if match.field == layer.key)
    notes.extend(_tell_apart(data, layer.key, rows, repeats=match.repeats, proposal=proposal))
    for field in layer.fields:
        if field.required and field.name != layer.key:
            values = data[field.name]
            empty = is_none(values)
            if empty.any():
                values[empty] = data["code"][empty] if field.name == "name" else "other"
                what = "the code is taken" if field.name == "name" else "“other” is taken"
                notes.append(f"{field.name}: empty in {rows_text(rows[empty])}; {what}.")
    return notes


def _tell_apart(
    data: dict[str, Any], name: str, rows: NDArray[np.int64], *, repeats: bool, proposal: Proposal
) -> list[str]:
    import pandas as pd

    keys = pd.Series(data[name], dtype=object)
    again = keys.duplicated(keep=False).to_numpy()
    if not again.any():
        return []
    if repeats:
        numbers = (keys.groupby(keys).cumcount() + 1).to_numpy()
        data[name] = objects(f"{k}-{n}" if a else k for k, n, a in zip(keys, numbers, again, strict=True))
        if not pd.Series(data[name], dtype=object).duplicated().any():
            return [f"{name}: {int(again.sum()):,} rows share theirs with others and get -1, -2 … as endings."]
    shared = keys[again].drop_duplicates().tolist()
    shown = [f"{k!r} ({rows_text(rows[(keys == k).to_numpy()])})" for k in shared[:3]]
    more = f" … ({len(shared):,} in all)" if len(shared) > len(shown) else ""
    raise InputError(
        "duplicate-ids",
        f"{proposal.place}: more than one row has the {name} {', '.join(shown)}{more}.",
        f"Correct them, or take another column with --column {name}=….",
    )


def _fill_basis(data: dict[str, Any], proposal: Proposal, rows: NDArray[np.int64]) -> list[str]:
    """State the basis of the households: what the file says, what its column's name implies, or that it is unstated."""
    if "households" not in data:
        return []
    match = next(match for match in proposal.mapping if match.field == "households")
    basis = match.basis or "unstated"
    known = ~np.asarray(data["households"].isna())
    given = data.get("households_basis", np.full(len(rows), None, dtype=object))
    data["households_basis"] = np.where(known & is_none(given), basis, given)
    return [] if "households_basis" in {m.field for m in proposal.mapping} else [f"households: the basis is {basis}."]


def _frame(
    data: dict[str, Any], shapes: NDArray[np.object_], rows: NDArray[np.int64], layer: Layer, proposal: Proposal
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd
    import shapely

    index = pd.Index(rows, name="row")
    empty = {"integer": pd.array([pd.NA] * len(rows), dtype="Int64"), "real": np.full(len(rows), np.nan)}
    empty["boolean"] = pd.array([pd.NA] * len(rows), dtype="boolean")
    nothing = np.full(len(rows), None, dtype=object)
    columns = {
        field.name: series(data.get(field.name, empty.get(field.kind, nothing)), index) for field in layer.fields
    }
    if proposal.swap_axes:
        shapes = shapely.transform(shapes, lambda points: points[:, ::-1])
    if proposal.offset != (0.0, 0.0):
        shapes = shapely.transform(shapes, lambda points: points + np.array(proposal.offset))
    crs = None if proposal.crs in _SHIFTS else proposal.crs
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, index=index, crs=crs))
