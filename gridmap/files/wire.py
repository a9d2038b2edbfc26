"""What the reading process hands over, as bytes that nothing has to be believed of: JSON and Arrow, no pickles.

Shapes go as arrays of coordinates and offsets, so that no parser of shapes meets a stranger's bytes in the process of
the user.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap import errors
from gridmap.errors import GridmapError, InputError
from gridmap.files.arrow import columns_of, plain_column
from gridmap.files.encodings import Encoding
from gridmap.files.source import Head, SourceLayer, Table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["load_answer", "save_answer"]

_MISSING, _NOTHING = -1, -2
_ARROW = "answer-{}.arrow"
_JSON = "answer.json"


def save_answer(folder: Path, value: Any) -> None:
    """Write what was found, or the error that was met, into `folder`."""
    store = _Store(folder)
    text = json.dumps(store.plain(value), ensure_ascii=True, allow_nan=False)
    (folder / _JSON).write_text(text, "ascii")


def load_answer(folder: Path, *, file: str) -> Any:
    """Read what `save_answer` wrote; raises the error that it holds, InputError where it cannot be understood."""
    import pyarrow as pa

    try:
        return _value(json.loads((folder / _JSON).read_text("ascii")), folder, file)
    except GridmapError:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, pa.ArrowException):
        raise _nonsense(file) from None


class _Store:
    """Turns values into JSON, and puts tables beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = 0

    def plain(self, value: Any) -> Any:
        if isinstance(value, GridmapError):
            return {"error": [type(value).__name__, value.code, value.message, value.hint]}
        if isinstance(value, Table):
            return {"table": self._table(value)}
        if isinstance(value, Head):
            return {"head": {**_fields(value), "encoding": _fields(value.encoding)}}
        if isinstance(value, SourceLayer):
            return {"layer": [value.name, value.shape, value.rows]}
        if isinstance(value, (tuple, list)):
            return {"list": [self.plain(item) for item in value]}
        return {"plain": value}

    def _table(self, table: Table) -> dict[str, Any]:
        import pyarrow as pa

        names = list(table.columns)
        columns = [plain_column(table.columns[name]) for name in names]
        found: dict[str, Any] = {"names": names, "notes": list(table.notes), "shaped": table.shapes is not None}
        rows = [pa.array(table.rows, pa.int64()), *columns]
        found["columns"] = self._save(rows)
        found["broken"] = self._save([pa.array(table.broken, pa.int64())])
        if table.shapes is not None:
            found["shapes"] = self._shapes(table.shapes)
        return found

    def _shapes(self, shapes: NDArray[np.object_]) -> dict[str, Any]:
        kinds = _kinds(shapes)
        groups = []
        for kind in np.unique(kinds[kinds >= 0]).tolist():
            _, points, offsets = shapely.to_ragged_array(
                shapes[kinds == kind], include_z=bool(kind & 8), include_m=bool(kind & 16)
            )
            arrays = [points[:, axis] for axis in range(points.shape[1])]
            groups.append([kind, self._save(arrays), [self._save([offset.astype(np.int64)]) for offset in offsets]])
        empty = np.flatnonzero(kinds == _NOTHING)
        return {"kinds": self._save([kinds]), "groups": groups, "empty": shapely.get_type_id(shapes[empty]).tolist()}

    def _save(self, columns: list[Any]) -> int:
        import pyarrow as pa

        table = pa.table({str(at): column for at, column in enumerate(columns)})
        number, self.tables = self.tables, self.tables + 1
        with (
            pa.OSFile(str(self.folder / _ARROW.format(number)), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as to,
        ):
            to.write_table(table)
        return number


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _kinds(shapes: NDArray[np.object_]) -> NDArray[np.int8]:
    """Return type, with 8 for Z and 16 for M, of each shape; −1 for none, −2 for an empty one."""
    kinds = shapely.get_type_id(shapes).astype(np.int8)
    kinds += 8 * shapely.has_z(shapes).astype(np.int8) + 16 * shapely.has_m(shapes).astype(np.int8)
    hollow = shapely.is_empty(shapes)
    # A point of NaN counts as empty in some versions of GEOS; it is a fault that has to be seen, not a shape left out.
    spots = np.flatnonzero(hollow & (shapely.get_type_id(shapes) == 0))
    hollow[spots] = ["EMPTY" in text for text in shapely.to_wkt(shapes[spots])]
    kinds[hollow] = _NOTHING
    kinds[shapely.is_missing(shapes)] = _MISSING
    # Of rings and collections there are none: readers give what layers are made of.
    return kinds


def _value(found: dict[str, Any], folder: Path, file: str) -> Any:
    (kind, value), *more = found.items()
    if more:
        raise _nonsense(file)
    if kind == "error":
        raise _error(*map(str, value))
    if kind == "table":
        return _table(value, folder, file)
    if kind == "head":
        lists = {name: tuple(map(str, value[name])) for name in ("columns", "preview", "cut", "notes")}
        how = Encoding(*(str(value["encoding"][name]) for name in ("name", "how", "note")))  # type: ignore[arg-type]
        crs = None if value["crs"] is None else str(value["crs"])
        return Head(**lists, rows=int(value["rows"]), crs=crs, shaped=bool(value["shaped"]), encoding=how)
    if kind == "layer":
        return SourceLayer(str(value[0]), str(value[1]), int(value[2]))
    if kind == "list":
        return tuple(_value(item, folder, file) for item in value)
    if kind != "plain":
        raise _nonsense(file)
    return value


def _error(kind: str, code: str, message: str, hint: str) -> GridmapError:
    cls = getattr(errors, kind, None)
    if isinstance(cls, type) and issubclass(cls, GridmapError):
        return cls(code, message, hint)
    return InputError(code, message, hint)


def _table(found: dict[str, Any], folder: Path, file: str) -> Table:
    stored = _load(folder, found["columns"])
    names = [str(name) for name in found["names"]]
    rows = stored.column(0).to_numpy().astype(np.int64)
    columns = columns_of(stored.select(range(1, 1 + len(names))).rename_columns(names), file=file)
    bad = _load(folder, found["broken"]).column(0).to_numpy().astype(np.int64)
    shapes = _shapes(found["shapes"], folder) if found["shaped"] else None
    if (shapes is not None and len(shapes) != len(rows)) or (len(bad) and not 0 <= bad.min() <= bad.max() < len(rows)):
        raise _nonsense(file)
    return Table(columns, rows, shapes, bad, tuple(map(str, found["notes"])))


def _shapes(found: dict[str, Any], folder: Path) -> NDArray[np.object_]:
    kinds = _load(folder, found["kinds"]).column(0).to_numpy()
    shapes = np.full(len(kinds), None, dtype=object)
    for kind, points, offsets in found["groups"]:
        of = _load(folder, points)
        # A third number is enough to tell that there are heights or measures, which every layer drops.
        axes = [of.column(axis).to_numpy() for axis in range(min(of.num_columns, 3))]
        flat = np.column_stack(axes).astype(np.float64)
        levels = tuple(_load(folder, at).column(0).to_numpy().astype(np.int64) for at in offsets)
        count = int(np.count_nonzero(kinds == kind))
        _check_offsets(levels, len(flat), count)
        if kind & 7 == 0:  # of a point of NaN, a ragged array makes an empty one
            shapes[kinds == kind] = shapely.points(flat)
        else:
            shapes[kinds == kind] = shapely.from_ragged_array(shapely.GeometryType(kind & 7), flat, levels)
    empty = [_EMPTY[int(code)] for code in found["empty"]]
    shapes[kinds == _NOTHING] = np.array([*empty, None], dtype=object)[:-1]
    return shapes


def _check_offsets(levels: tuple[NDArray[np.int64], ...], points: int, count: int) -> None:
    """See that offsets rise, from 0 to the end of what they point into. Raises ValueError."""
    size = points
    for level in levels:
        if not len(level) or level[0] != 0 or level[-1] != size or (np.diff(level) < 0).any():
            raise ValueError(len(level))
        size = len(level) - 1
    if size != count:
        raise ValueError(size)


_NAMES = (
    "POINT", "LINESTRING", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
)  # fmt: skip
_EMPTY = [shapely.from_wkt(f"{name} EMPTY") for name in _NAMES]


def _load(folder: Path, number: int) -> pa.Table:
    import pyarrow as pa

    with pa.memory_map(str(folder / _ARROW.format(int(number)))) as source:
        table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    return table


def _nonsense(file: str) -> InputError:
    return InputError(
        "reader-failed",
        f"{file}: the reader did not come back with rows.",
        "Export the file again from where it is from.",
    )
