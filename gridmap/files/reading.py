"""What the reading process does: opens a file, lists its layers, describes one, loads its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridmap.files import arrow, tables, vector
from gridmap.files.arrow import columns_of
from gridmap.files.drawn import Drawing
from gridmap.files.dxf import read_dxf
from gridmap.files.encodings import Encoding
from gridmap.files.kml import read_kml
from gridmap.files.source import Head, SourceLayer, Table
from gridmap.files.staging import Staged, staged
from gridmap.settings import Settings

__all__ = ["perform"]

_TABLES = ("csv", "xlsx", "dbf")
_LONGEST_CRS = 20_000
_DRAWN = {"kml": read_kml, "kmz": read_kml, "dxf": read_dxf}
"""Formats that are walked through whole by readers of our own."""


def perform(operation: str, path: Path, parts: list[Path], settings: Settings, options: Mapping[str, Any]) -> Any:
    """Do one of the operations on a file: look, head, load, tables. Raises InputError and its kin."""
    encoding = options.get("encoding")
    with staged(path, settings, encoding=encoding, parts=parts) as ready:
        return _OPERATIONS[operation](ready, settings, options)


def _look(ready: Staged, settings: Settings, options: Mapping[str, Any]) -> Any:
    """Tell the format, the layers and, where there is one layer only and it is wanted, what is known of it."""
    found = _layers(ready, settings)
    head = (
        _head(ready, found[0].name, options.get("encoding"), settings) if options["head"] and len(found) == 1 else None
    )
    return [ready.format, found, head]


def _describe(ready: Staged, settings: Settings, options: Mapping[str, Any]) -> Head:
    return _head(ready, options["layer"], options.get("encoding"), settings)


def _load(ready: Staged, settings: Settings, options: Mapping[str, Any]) -> Table:
    """Load rows with these of their columns; where the place of a row is in columns, with its shape from them."""
    layer, encoding, at = options["layer"], options.get("encoding"), options["at"]
    wanted = sorted({*options["columns"], *at})
    if ready.format in _TABLES:
        table = tables.read_table(ready, layer, encoding=encoding, settings=settings)[1]
    elif ready.format in _DRAWN:
        table = _drawn(ready, settings)[1][layer]
        table = replace(table, columns={name: table.columns[name] for name in wanted})
    elif ready.format == "parquet":
        vector.check_rows(ready, arrow.parquet_head(ready).rows, settings)
        table = arrow.load_parquet(ready, wanted, settings=settings)
    else:
        tell = options.get("tell")
        table = vector.load(ready, layer, wanted, encoding=encoding, settings=settings, tell=tell)
    arrow.check_text(table.columns, file=ready.file)
    if not at:
        return table
    return tables.place(_in_memory(table, ready.file), at, place_of=options["place"], settings=settings)


def _in_memory(table: Table, file: str) -> Table:
    import pyarrow as pa

    if not any(isinstance(values, (pa.Array, pa.ChunkedArray)) for values in table.columns.values()):
        return table
    columns = columns_of(pa.table(dict(table.columns)), file=file)
    return Table(columns, table.rows, table.shapes, table.broken, table.notes)


def _ledger(ready: Staged, settings: Settings, options: Mapping[str, Any]) -> Any:
    """Read all tables of a file that are not empty: name, what is known of it, rows."""
    from gridmap.errors import InputError

    if ready.format not in ("xlsx", "csv"):
        raise InputError("ledger-format", f"{ready.file}: this is no ledger.", "Give an .xlsx or a .csv file.")
    found = []
    for sheet in tables.sheets(ready):
        try:
            head, table = tables.read_table(ready, sheet.name, encoding=options.get("encoding"), settings=settings)
        except InputError as error:
            if error.code == "layer-empty":
                continue
            raise
        found.append([sheet.name, head, table])
    return found


_OPERATIONS: dict[str, Callable[[Staged, Settings, Mapping[str, Any]], Any]] = {
    "look": _look,
    "head": _describe,
    "load": _load,
    "ledger": _ledger,
}


def _drawn(ready: Staged, settings: Settings) -> tuple[Drawing, dict[str, Table]]:
    """Walk through a file once, however often it is asked for."""
    if "drawn" not in ready.known:
        drawing = _DRAWN[ready.format](ready, settings)
        ready.known["drawn"] = drawing, drawing.tables()
    found: tuple[Drawing, dict[str, Table]] = ready.known["drawn"]
    return found


def _layers(ready: Staged, settings: Settings) -> tuple[SourceLayer, ...]:
    if ready.format in _TABLES:
        return tables.sheets(ready)
    if ready.format in _DRAWN:
        named = _drawn(ready, settings)[1].items()
        return tuple(SourceLayer(name, _shape_of(table), len(table.rows)) for name, table in named)
    if ready.format == "parquet":
        head = arrow.parquet_head(ready)
        return (SourceLayer(ready.file.rpartition(".")[0], "shapes" if head.shaped else "table", head.rows),)
    return vector.layers(ready)


def _shape_of(table: Table) -> str:
    shape = next((shape for shape in table.shapes if shape is not None), None) if table.shapes is not None else None
    return "table" if shape is None else str(shape.geom_type).removeprefix("Multi")


def _head(ready: Staged, layer: str, encoding: str | None, settings: Settings) -> Head:
    """Tell what is known of a layer. A CRS that is none is none: only text that PROJ takes leaves this process."""
    head = _told(ready, layer, encoding, settings)
    if head.crs is None:
        return head
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_user_input(head.crs if len(head.crs) <= _LONGEST_CRS else "")
    except CRSError:
        note = f"The CRS that the file declares is none that is known here: {head.crs[:60]}."
        return replace(head, crs=None, notes=(*head.notes, note))
    return head


def _told(ready: Staged, layer: str, encoding: str | None, settings: Settings) -> Head:
    if ready.format in _TABLES:
        return tables.read_table(ready, layer, encoding=encoding, settings=settings)[0]
    if ready.format in _DRAWN:
        drawing, found = _drawn(ready, settings)
        table = found[layer]
        how = Encoding("utf-8", "standard")
        return Head(tuple(table.columns), len(table.rows), drawing.crs, shaped=True, encoding=how)
    if ready.format == "parquet":
        return arrow.parquet_head(ready)
    return vector.head(ready, layer, encoding=encoding)
