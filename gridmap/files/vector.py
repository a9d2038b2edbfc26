"""Formats that GDAL reads, with one driver each; tables of Shapefiles are read by our own reader."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError, LimitError
from gridmap.files import osm
from gridmap.files.arrow import columns_of, shapes_of
from gridmap.files.database import is_live, layer_names
from gridmap.files.dbf import Dbf, open_dbf
from gridmap.files.encodings import Encoding
from gridmap.files.sniff import NAMES
from gridmap.files.source import Head, SourceLayer, Table, broken
from gridmap.files.staging import Staged
from gridmap.settings import Settings

__all__ = ["head", "layers", "load"]

T = TypeVar("T")
Tell = Callable[[int, int], None]
_DRIVERS = {
    "gpkg": "GPKG", "geojson": "GeoJSON", "geojsonseq": "GeoJSONSeq", "shp": "ESRI Shapefile", "topojson": "TopoJSON",
    "fgb": "FlatGeobuf", "gml": "GML", "osm": "OSM",
}  # fmt: skip
_NO_CRS = "The CRS (.prj) of this Shapefile is none that is known here and is not used."
_NAMED = ("topojson", "gml")
"""Formats of several layers whose names GDAL tells."""


def layers(staged: Staged) -> tuple[SourceLayer, ...]:
    """List the layers of a file with their shapes and rows."""
    if staged.format == "osm":
        return tuple(SourceLayer(name, part.shape) for name, part in osm.LAYERS.items())
    if staged.shapes:
        names = list(staged.shapes)
    elif staged.format == "gpkg":
        names = list(_contents(staged))
    elif staged.format in _NAMED:
        names = _guarded(staged, lambda: _listed(_opened(staged, "")))
    else:
        names = [staged.file.rpartition(".")[0]]
    found = [(name, _info(staged, name)) for name in names]
    return tuple(SourceLayer(name, _shape(info["geometry_type"]), int(info["features"])) for name, info in found)


def _listed(opened: str) -> list[str]:
    import pyogrio

    return [str(name) for name, _ in pyogrio.list_layers(opened)]


def _contents(staged: Staged) -> tuple[str, ...]:
    names = layer_names(staged.path)
    if names is None:
        raise broken(staged.file, NAMES["gpkg"])
    return names


def head(staged: Staged, layer: str, *, encoding: str | None) -> Head:
    """Tell columns, rows, CRS and encoding of a layer."""
    how = Encoding(encoding, "given") if encoding and staged.format != "gpkg" else Encoding("utf-8", "standard")
    if staged.format == "osm":
        part = osm.LAYERS[layer]
        rows = len(_read(staged, layer, ["osm_id"], shapes=False)[1])
        return Head(osm.columns_of_part(part), rows, "EPSG:4326", shaped=True, encoding=how)
    info = _info(staged, layer)
    crs, shaped = _crs(info["crs"]), info["geometry_type"] is not None
    if not staged.shapes:
        notes = (
            ("GeoPackages are always in UTF-8; the encoding given is not used.",)
            if encoding and staged.format == "gpkg"
            else ()
        )
        if staged.format != "gpkg" and crs == "OGC:CRS84":
            crs = "EPSG:4326"
        return Head(tuple(map(str, info["fields"])), int(info["features"]), crs, shaped, how, notes=notes)
    table = _dbf(staged, layer, encoding)
    odd = (_NO_CRS,) if crs is None and layer in staged.known.get("says", ()) else ()
    if table is None:
        note = "The table (.dbf) of this Shapefile is missing: it has shapes only."
        return Head((), int(info["features"]), crs, shaped, Encoding("utf-8", "standard"), notes=(note, *odd))
    return Head(
        table.names,
        int(info["features"]),
        crs,
        shaped,
        table.encoding,
        preview=table.preview(),
        cut=table.cut,
        notes=(*table.notes, *odd),
    )


def load(
    staged: Staged,
    layer: str,
    columns: Sequence[str],
    *,
    encoding: str | None,
    settings: Settings,
    tell: Tell | None = None,
) -> Table:
    """Read the rows of a layer, with these of its columns; `tell` hears of rows read and of how many there are."""
    if staged.format == "osm":
        part = osm.LAYERS[layer]
        meta, table = _read(staged, layer, osm.columns_in_file(part))
    else:
        check_rows(staged, int(_info(staged, layer)["features"]), settings)
        meta, table = _read(staged, layer, [] if staged.shapes else list(columns), tell=tell)
    # By position: the names of row numbers and shapes may be those of columns as well.
    names = list(map(str, meta["fields"]))
    start = 1 if staged.shapes else 0
    shaped = table.num_columns > start + len(names)
    shapes, bad = np.full(table.num_rows, None, dtype=object), np.zeros(0, dtype=np.int64)
    if shaped:
        shapes, bad = shapes_of(table.column(table.num_columns - 1), file=staged.file, settings=settings)
    if staged.shapes:
        fids = np.asarray(table.column(0).to_numpy(), dtype=np.int64)
        return _with_dbf(staged, layer, columns, encoding, fids, shapes, bad)
    found = {name: table.column(at) for at, name in enumerate(names)}
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    whole = Table(found, rows, shapes if shaped else None, bad)
    if staged.format != "osm":
        return whole
    found = columns_of(table.select(range(len(names))).rename_columns(names), file=staged.file)
    whole = osm.finish(found, Table({}, rows, shapes, bad), part)
    return Table({name: whole.columns[name] for name in columns}, whole.rows, whole.shapes, whole.broken, whole.notes)


def _read(
    staged: Staged, layer: str, columns: list[str], *, shapes: bool = True, tell: Tell | None = None
) -> tuple[dict[str, Any], Any]:
    opened, options = _opened(staged, layer), _options(staged, layer)
    if staged.format == "osm":
        options["where"] = osm.LAYERS[layer].where
    options |= {"columns": columns, "return_fids": bool(staged.shapes), "read_geometry": shapes}
    total = 0 if staged.format == "osm" or tell is None else int(_info(staged, layer)["features"])
    return _guarded(staged, lambda: _batches(opened, total, tell, options), layer=layer)


def _batches(opened: str, total: int, tell: Tell | None, options: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Read a layer as Arrow, some rows at a time."""
    import pyarrow as pa
    from pyogrio import raw

    with raw.open_arrow(opened, use_pyarrow=True, **options) as (meta, reader):
        found, done = [], 0
        for batch in reader:
            found.append(batch)
            done += batch.num_rows
            if tell is not None and total:
                tell(done, total)
        return meta, pa.Table.from_batches(found, schema=reader.schema)


def _with_dbf(
    staged: Staged,
    layer: str,
    columns: Sequence[str],
    encoding: str | None,
    fids: NDArray[np.int64],
    shapes: NDArray[np.object_],
    bad: NDArray[np.int64],
) -> Table:
    table = _dbf(staged, layer, encoding)
    is_bad = np.zeros(len(shapes), dtype=bool)
    is_bad[bad] = True
    if table is None:
        return Table({}, fids + 1, shapes, np.flatnonzero(is_bad))
    if table.n_records < len(fids):
        raise InputError(
            "file-damaged",
            f"{staged.file}: it has {len(fids):,} shapes but its table (.dbf) only {table.n_records:,} rows.",
            "Export it again from where it is from.",
        )
    kept = np.isin(fids, table.rows)
    at = np.searchsorted(table.rows, fids[kept])
    found = {name: table.column(name)[at] for name in columns}
    return Table(found, fids[kept] + 1, shapes[kept], np.flatnonzero(is_bad[kept]))


def check_rows(staged: Staged, rows: int, settings: Settings) -> None:
    """Raise LimitError if there are more rows than the limit."""
    if rows > settings.max_rows:
        raise LimitError(
            "too-many-rows",
            f"{staged.file}: {rows:,} rows are more than the limit of {settings.max_rows:,}.",
            "Split the file, or raise max_rows in the settings.",
        )


def _dbf(staged: Staged, layer: str, encoding: str | None) -> Dbf | None:
    parts = staged.shapes[layer]
    if ".dbf" not in parts:
        return None
    declared = None
    if ".cpg" in parts:
        declared = parts[".cpg"].read_bytes()[:64].decode("latin-1").strip(" \t\r\n\0ï»¿") or None
    return open_dbf(parts[".dbf"], file=staged.file, given=encoding, declared=declared)


def _opened(staged: Staged, layer: str) -> str:
    if staged.shapes:
        shp = staged.shapes[layer][".shp"]
        # GDAL sees shapes, index and CRS only: with the table beside them it would decode it and drop deleted rows.
        alone = shp.parent / f"shapes-{shp.stem}"
        if not alone.exists():
            alone.mkdir()
            for ending in (".shp", ".shx", ".prj"):
                part = staged.shapes[layer].get(ending)
                if part is not None:
                    part.rename(alone / part.name)
                    staged.shapes[layer][ending] = alone / part.name
            if _says_crs(staged.shapes[layer]):
                staged.known.setdefault("says", set()).add(layer)
            _drop_nonsense(staged.shapes[layer])
        return str(staged.shapes[layer][".shp"])
    # The prefix keeps every other driver that reads JSON from looking at the file.
    prefix = {"geojson": "GeoJSON:", "geojsonseq": "GeoJSONSeq:"}.get(staged.format, "")
    return f"{prefix}{staged.path}"


def _says_crs(parts: dict[str, Path]) -> bool:
    return ".prj" in parts and bool(parts[".prj"].read_bytes()[:64].strip())


def _drop_nonsense(parts: dict[str, Path]) -> None:
    """Take the CRS (.prj) from a Shapefile if it is none: then it has no CRS, and everything else is as it was."""
    import pyogrio
    from pyogrio.errors import CRSError, DataSourceError

    if ".prj" in parts:
        try:
            pyogrio.read_info(parts[".shp"])
        except CRSError:
            parts.pop(".prj").unlink()
        except (DataSourceError, ValueError, RuntimeError, IndexError):
            return


def _options(staged: Staged, layer: str) -> dict[str, Any]:
    if staged.format == "osm":
        return osm.options_of(staged, osm.LAYERS[layer])
    if staged.format in _NAMED:
        return {"layer": layer} if layer else {}
    if staged.format != "gpkg":
        return {}
    # Immutable: nothing is written beside the file. Not where another process may be writing to it.
    return {"layer": layer} if is_live(staged.path) else {"layer": layer, "IMMUTABLE": "YES"}


def _info(staged: Staged, layer: str) -> dict[str, Any]:
    import pyogrio

    if layer in staged.known:
        found: dict[str, Any] = staged.known[layer]
        return found
    opened, options = _opened(staged, layer), _options(staged, layer)
    info: dict[str, Any] = _guarded(
        staged, lambda: pyogrio.read_info(opened, force_feature_count=True, **options), layer=layer
    )
    staged.known[layer] = info
    wanted = "shp" if staged.shapes else staged.format
    if info["driver"] != _DRIVERS[wanted]:
        raise broken(staged.file, NAMES[wanted])
    return info


def _guarded(staged: Staged, work: Callable[[], T], *, layer: str = "") -> T:
    """Run GDAL; its warnings are ours to find again in the data, its errors become one of ours."""
    from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    place = f"{staged.file}, layer {layer}" if layer and not staged.shapes else staged.file
    kind = NAMES["shp" if staged.shapes else staged.format]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return work()
        except (CRSError, DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, RuntimeError):
            raise broken(place, kind) from None
        except (UnicodeDecodeError, ValueError, OSError, OverflowError, IndexError):
            raise broken(place, kind) from None


def _crs(text: str | None) -> str | None:
    if not text or "Undefined" in text[:60] or text.startswith("LOCAL_CS"):
        return None
    return str(text)


def _shape(kind: str | None) -> str:
    return "table" if kind is None else kind
