"""Writing layers: the whole file is made in memory, then appears under its name at once or not at all."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridmap.errors import CrsError, InputError, StoreError
from gridmap.files.atomic import write_bytes, write_files
from gridmap.files.dxf import dxf_bytes
from gridmap.files.kml import kml_bytes
from gridmap.files.shapefile import shapefile_parts
from gridmap.files.sheets import csv_bytes, xlsx_bytes
from gridmap.files.values import key

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["write"]

_SHIFTS = ("gcj02", "bd09")
_DECIMALS = 9
_RING = 2
_FORMATS = ".gpkg, .geojson, .shp, .fgb, .parquet, .kml, .dxf, .csv or .xlsx"


def write(gdf: gpd.GeoDataFrame, path: Path | str, *, layer: str = "", crs: str | None = None) -> int:
    """Write a layer to a file in the format of its ending; returns the number of rows.

    `layer` names the layer where the format has names (default: the file's name), `crs` is what to write the
    coordinates in: pyproj text, gcj02 or bd09; by default the layer's own, for GeoJSON EPSG:4326. The file is written
    whole or not at all, and replaces an older one in one step. The index is not written.

    What comes back when the file is read again:

    - .gpkg, .fgb, .parquet: everything, coordinates bit by bit.
    - .kml: everything, coordinates to the last digit of a degree, always longitude and latitude.
    - .dxf: everything, coordinates bit by bit, in a drawing that names its areas.
    - .geojson: coordinates to 9 decimals of a degree (0.1 mm), always longitude and latitude.
    - .shp: names of columns are short (`<name>_fields.csv` beside it says which is which), empty text is NULL, one kind
      of shape a file. Text longer than 254 bytes is refused.
    - .csv, .xlsx: no CRS (name it when reading), points as x and y, other shapes as WKT. Cells that a spreadsheet would
      take for a formula get a leading apostrophe, which reading takes off again.

    Raises InputError for an ending, a CRS or values that the format cannot hold, StoreError where the disk is full
    (`disk-full`) or the file may not be written.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in _ENCODERS and ending != ".shp":
        raise InputError(
            "format-unknown",
            f"{path.name}: files that end in {ending or 'nothing'} are not written.",
            f"Use {_FORMATS}.",
        )
    degrees = ending in (".geojson", ".json", ".kml")
    if degrees and crs is not None and key(crs) not in (*_SHIFTS, "epsg4326", "4326"):
        name = "KML" if ending == ".kml" else "GeoJSON"
        raise InputError(
            "crs-of-geojson", f"{path.name}: {name} is in EPSG:4326 by its standard, not in {crs}.", "Write .gpkg."
        )
    target = crs or ("EPSG:4326" if degrees else None)
    frame = _placed(gdf, target, path.name)
    name = layer or path.stem
    if ending == ".shp":
        _write_shapefile(frame, path, name)
    else:
        if ending == ".gpkg":
            _refuse_live(path)
        write_bytes(path, _ENCODERS[ending](frame, name, path.name))
    return len(frame)


def _placed(gdf: gpd.GeoDataFrame, crs: str | None, file: str) -> gpd.GeoDataFrame:
    """Bring a layer into a CRS, and its columns into plain ones."""
    frame = gdf.reset_index(drop=True)
    shapes = frame.geometry.to_numpy()
    rings = shapely.get_type_id(shapes) == _RING
    if rings.any():
        # No format has rings by themselves, and GDAL crashes on them.
        lines = shapes.copy()
        lines[rings] = shapely.linestrings([shapely.get_coordinates(shape) for shape in shapes[rings]])
        frame = frame.set_geometry(type(frame.geometry)(lines, crs=frame.crs))
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    if crs is None:
        return frame
    if frame.crs is None:
        raise CrsError("crs-missing", f"{file}: the layer to write has no CRS.", "Set one with set_crs first.")
    shift = key(crs)
    if shift in _SHIFTS:
        from gridmap.geo import shifts

        move = shifts.gcj02_from_wgs84 if shift == "gcj02" else shifts.bd09_from_wgs84
        degrees = frame.geometry.to_crs("EPSG:4326").to_numpy()
        moved = shapely.transform(degrees, lambda points: np.column_stack(move(points[:, 0], points[:, 1])))
        # No CRS says "shifted": the file says nothing rather than something wrong.
        return frame.set_geometry(type(frame.geometry)(moved, crs=None))
    from pyproj.exceptions import CRSError as ProjError

    try:
        return frame.to_crs(int(crs) if crs.isdigit() else crs)
    except (ProjError, ValueError):
        raise CrsError(
            "crs-unknown", f"{file}: {crs!r} is no CRS that is known here.", "Use EPSG:…, gcj02 or bd09."
        ) from None


def _refuse_live(path: Path) -> None:
    """Refuse to replace a database that somebody has open: its journal would be taken for the new file's."""
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise StoreError(
                "in-use",
                f"{path.name}: this GeoPackage is open in another program.",
                "Close it there, or name another.",
            )


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Replace pandas' own missing values by None in columns of objects, which GDAL and Arrow understand."""
    import pandas as pd

    result = frame.copy()
    for name in result.columns:
        if name != "geometry" and result[name].dtype == object:
            result[name] = pd.Series([None if v is pd.NA else v for v in result[name]], dtype=object)
    return result


def _gdal_bytes(frame: gpd.GeoDataFrame, driver: str, file: str, **options: Any) -> bytes:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    stream = io.BytesIO()
    with warnings.catch_warnings():
        # A CRS that is missing on purpose, and mixed single and multi parts, are no news here.
        warnings.simplefilter("ignore")
        try:
            pyogrio.write_dataframe(_plain(frame), stream, driver=driver, **options)
        except (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, ValueError, RuntimeError):
            raise InputError(
                "not-writable-as", f"{file}: the layer cannot be written as {driver}.", "Write it as .parquet instead."
            ) from None
    return stream.getvalue()


def _gpkg(frame: gpd.GeoDataFrame, layer: str, file: str) -> bytes:
    several = frame.geometry.geom_type.str.startswith("Multi")
    kinds = {kind.removeprefix("Multi") for kind in frame.geometry.geom_type.dropna()}
    # A layer of one kind, some of it in several parts, is declared as Unknown: promoting would change the shapes.
    mixed = len(kinds) > 1 or (several.any() and not several.all())
    options = {"geometry_type": "Unknown"} if mixed or not len(frame) else {}
    return _gdal_bytes(frame, "GPKG", file, layer=layer, promote_to_multi=False, **options)


def _flatgeobuf(frame: gpd.GeoDataFrame, layer: str, file: str) -> bytes:
    # With an index the rows would come back in another order; one kind of shape is declared only where all are of it.
    kinds = set(frame.geometry.geom_type)
    options = {"geometry_type": "Unknown"} if len(kinds) != 1 else {}
    return _gdal_bytes(frame, "FlatGeobuf", file, layer=layer, SPATIAL_INDEX="NO", promote_to_multi=False, **options)


def _kml(frame: gpd.GeoDataFrame, layer: str, _file: str) -> bytes:
    return kml_bytes(frame, layer=layer)


def _dxf(frame: gpd.GeoDataFrame, layer: str, file: str) -> bytes:
    return dxf_bytes(frame, layer=layer, file=file)


def _geojson(frame: gpd.GeoDataFrame, layer: str, file: str) -> bytes:
    # RFC 7946: longitude and latitude without a word about the CRS.
    options = {"COORDINATE_PRECISION": _DECIMALS, "RFC7946": "YES", "WRITE_NAME": "NO"}
    bare = frame.set_crs("EPSG:4326", allow_override=True)
    return _gdal_bytes(bare, "GeoJSON", file, layer=layer, **options)


def _parquet(frame: gpd.GeoDataFrame, layer: str, file: str) -> bytes:
    import pyarrow as pa

    stream = io.BytesIO()
    try:
        _plain(frame).to_parquet(stream, index=False)
    except (pa.ArrowException, ValueError, TypeError):
        raise InputError(
            "not-writable-as",
            f"{file}: a column of the layer {layer} holds values of different kinds.",
            "Make it text.",
        ) from None
    return stream.getvalue()


def _csv(frame: gpd.GeoDataFrame, _layer: str, _file: str) -> bytes:
    return csv_bytes(frame)


def _xlsx(frame: gpd.GeoDataFrame, layer: str, file: str) -> bytes:
    return xlsx_bytes(frame, layer=layer, file=file)


_ENCODERS = {
    ".gpkg": _gpkg,
    ".geojson": _geojson,
    ".json": _geojson,
    ".fgb": _flatgeobuf,
    ".kml": _kml,
    ".dxf": _dxf,
    ".parquet": _parquet,
    ".csv": _csv,
    ".xlsx": _xlsx,
}

# What other programs leave beside a Shapefile about its old content.
_STALE = (".sbn", ".sbx", ".qix", ".fbn", ".fbx", ".ain", ".aih", ".atx", ".ixs", ".mxs", ".shp.xml")


def _write_shapefile(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    parts, dictionary = shapefile_parts(frame, file=path.name, layer=layer)
    folder, stem = path.parent, path.stem
    files = {f"{stem}_fields.csv": dictionary}
    # The shapes come last: by them the others are found.
    files |= {f"{stem}{ending}": parts[ending] for ending in (".cpg", ".prj", ".dbf", ".shx") if ending in parts}
    files[path.name] = parts[".shp"]
    write_files(folder, files)
    old = [*_STALE, *(() if ".prj" in parts else (".prj",))]
    for ending in old:
        (folder / f"{stem}{ending}").unlink(missing_ok=True)
