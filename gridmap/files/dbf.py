"""dBase tables (.dbf): the attribute half of a Shapefile, decoded with an encoding that is known and said.

GDAL takes tables without a declared encoding for ISO-8859-1, which garbles every Chinese one; so they are read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import EncodingError, InputError
from gridmap.files.encodings import Encoding, decide

__all__ = ["Dbf", "open_dbf"]

# The language driver byte: only the values that name one encoding. 0x57 (the machine's own) and 0x03 are what Chinese
# programs leave there, too.
_LANGUAGES = {
    0x13: "cp932", 0x7B: "cp932", 0x4D: "gbk", 0x7A: "gbk", 0x4E: "cp949", 0x79: "cp949", 0x4F: "big5", 0x78: "big5",
    0x57: None, 0x58: "cp1252", 0x59: "cp1252", 0xC8: "cp1250", 0xC9: "cp1251", 0xCB: "cp1253", 0x65: "cp866",
}  # fmt: skip
_SAMPLE_ROWS = 20_000
_LONGEST_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class _Field:
    raw: bytes
    kind: str
    width: int
    offset: int


@dataclass(frozen=True)
class Dbf:
    """An open table: columns by name, rows that are not deleted, and the encoding of its text."""

    file: str
    encoding: Encoding
    names: tuple[str, ...]
    cut: tuple[str, ...]
    rows: NDArray[np.int64]
    """Positions (from 0) of the rows that are not deleted."""
    n_records: int
    notes: tuple[str, ...]
    _fields: tuple[_Field, ...]
    _records: NDArray[np.void]

    def column(self, name: str) -> NDArray[np.object_]:
        """Return a column as text, None where it is empty or NULL, for the rows that are not deleted.

        Numbers and dates stay text, so that no digit is lost. Raises EncodingError for text that cannot be decoded.
        """
        at = self.names.index(name)
        field = self._fields[at]
        raw = self._records[f"f{at}"][self.rows]
        if field.kind in "IO+":
            return _binary(raw, field.kind)
        values, where = _unique(raw)
        texts = np.empty(len(values), dtype=object)
        for i, value in enumerate(values):
            try:
                texts[i] = _text(value, field, self.encoding.name)
            except UnicodeError:
                row = int(self.rows[int(np.argmax(where == i))]) + 1
                raise EncodingError(
                    "encoding-wrong",
                    f"{self.file}, field {name}, row {row}: the text is not in {self.encoding.name}.",
                    "Name another with --encoding, such as gbk.",
                ) from None
        found: NDArray[np.object_] = texts[where]
        return found

    def preview(self, count: int = 3) -> tuple[str, ...]:
        """Return a few decoded texts, those with other than plain letters first."""
        shown: list[str] = []
        for name, field in zip(self.names, self._fields, strict=True):
            if field.kind == "C" and len(shown) < count:
                try:
                    values = self.column(name)[:_SAMPLE_ROWS]
                except EncodingError:
                    continue
                shown.extend([v for v in dict.fromkeys(values) if v and not v.isascii()][: count - len(shown)])
        return tuple(shown)


def open_dbf(path: Path, *, file: str, given: str | None = None, declared: str | None = None) -> Dbf:
    """Open a table and settle its encoding: `given`, else `declared` by a .cpg, else by the header, else detected.

    Raises InputError for a damaged table and EncodingError where nothing fits.
    """
    header = path.read_bytes()[:32] if path.stat().st_size < 32 else _head(path, 32)
    start, width = int.from_bytes(header[8:10], "little"), int.from_bytes(header[10:12], "little")
    if len(header) < 32 or start < 33 or width < 1 or start > path.stat().st_size:
        raise _damaged(file)
    fields = _fields(_head(path, start), width, file)
    promised = int.from_bytes(header[4:8], "little")
    count = min(promised, (path.stat().st_size - start) // width)
    records = _records(path, start, count, width, fields)
    kept = np.flatnonzero(records["deleted"] != b"*") if count else np.zeros(0, dtype=np.int64)
    samples = _samples(records, fields)
    language = _LANGUAGES.get(header[29])
    by, said = ("the .cpg", declared) if declared else ("the table's header", language)
    encoding = decide(
        samples,
        given=given,
        declared=said,
        declared_by=by,
        file=file,
        decode=_decode_samples,
    )
    names, cut, notes = _names(fields, encoding, file)
    if count < promised:
        notes.append(f"The table ends after {count:,} of {promised:,} rows.")
    if count - len(kept):
        notes.append(f"{count - len(kept):,} rows are marked as deleted and left out.")
    if encoding.note:
        notes.append(encoding.note)
    return Dbf(file, encoding, tuple(names), tuple(cut), kept, count, tuple(notes), tuple(fields), records)


def _damaged(file: str) -> InputError:
    return InputError("file-damaged", f"{file}: its table (.dbf) is damaged.", "Export it again from where it is from.")


def _head(path: Path, length: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(length)


def _fields(head: bytes, width: int, file: str) -> list[_Field]:
    fields, offset = [], 1
    for at in range(32, len(head) - 31, 32):
        if head[at] in (0x0D, 0x00):
            break
        kind, size = chr(head[at + 11]), head[at + 16]
        if kind == "C" and head[at + 17]:
            # Clipper wrote wide text fields so; others leave a number there that makes the row too wide.
            wide = size + 256 * head[at + 17]
            size = wide if offset + wide <= width else size
        if not size:
            continue
        if offset + size > width:
            raise _damaged(file)
        fields.append(_Field(head[at : at + 11], kind, size, offset))
        offset += size
    return fields


def _records(path: Path, start: int, count: int, width: int, fields: Sequence[_Field]) -> NDArray[np.void]:
    dtype = np.dtype(
        {
            "names": ["deleted", *(f"f{i}" for i in range(len(fields)))],
            "formats": ["S1", *(f"V{f.width}" if f.kind in "IO+" else f"S{f.width}" for f in fields)],
            "offsets": [0, *(f.offset for f in fields)],
            "itemsize": width,
        }
    )
    if not count:
        return np.zeros(0, dtype=dtype)
    return np.memmap(path, dtype=dtype, mode="r", offset=start, shape=(count,))


def _samples(records: NDArray[np.void], fields: Sequence[_Field]) -> list[bytes]:
    """Collect what there is to tell the encoding by: field names and different texts beyond ASCII."""
    samples = [_trim_name(f.raw) for f in fields]
    for i, field in enumerate(fields):
        if field.kind == "C":
            values, _ = _unique(records[f"f{i}"][:_SAMPLE_ROWS])
            samples.extend(value for value in values if not value.isascii())
    return [sample for sample in samples if sample and not sample.isascii()]


def _trim_name(raw: bytes) -> bytes:
    return raw.partition(b"\0")[0].strip()


def _decode_samples(samples: Sequence[bytes], encoding: str) -> str | None:
    """Decode samples; names of full length and long texts may end within a character."""
    texts = [_decode(sample, encoding, cut=len(sample) in (10, 11) or len(sample) > 200) for sample in samples]
    return None if None in texts else "\n".join(text for text in texts if text is not None)


def _decode(value: bytes, encoding: str, *, cut: bool) -> str | None:
    for drop in range(_LONGEST_CHARACTER if cut else 1):
        try:
            return value[: len(value) - drop].decode(encoding)
        except (UnicodeDecodeError, UnicodeError):
            continue
    return None


def _names(fields: Sequence[_Field], encoding: Encoding, file: str) -> tuple[list[str], list[str], list[str]]:
    names: list[str] = []
    cut: list[str] = []
    notes: list[str] = []
    for number, field in enumerate(fields, 1):
        raw = _trim_name(field.raw)
        name = _decode(raw, encoding.name, cut=len(raw) >= 10)
        if name is None and encoding.how == "given":
            raise EncodingError(
                "encoding-wrong",
                f"{file}: the name of column {number} is not in {encoding.name}.",
                "Name another with --encoding, such as gbk.",
            )
        if name is None:
            # A name that does not decode hides no data: the column is called by its number.
            name, note = f"column {number}", f"The name of column {number} cannot be decoded."
            notes.append(note)
        name = name.strip().replace("\0", "") or f"column {number}"
        whole = name
        again = 2
        while name in names:
            name, again = f"{whole} ({again})", again + 1
        if name != whole:
            notes.append(f"The column {whole} is there more than once; the next is called {name}.")
        names.append(name)
        if len(raw) >= 10:
            cut.append(name)
    return names, cut, notes


def _unique(raw: NDArray[np.bytes_]) -> tuple[list[bytes], NDArray[np.int64]]:
    import pandas as pd

    where, values = pd.factorize(raw.astype(object))
    return [bytes(value) for value in values], np.asarray(where, dtype=np.int64)


def _text(value: bytes, field: _Field, encoding: str) -> str | None:
    """Return a cell as text; UnicodeError if it cannot be decoded."""
    trimmed = value.strip(b" \0")
    if field.kind in "NFD":
        plain = trimmed.decode("ascii", "replace")
        return None if not plain.strip("*") else plain
    if field.kind == "L":
        return None if trimmed in (b"?", b"") else trimmed.decode("ascii", "replace")
    if field.kind in "MGPB":
        return None
    text = _decode(trimmed, encoding, cut=len(value) == field.width)
    if text is None:
        raise UnicodeError(encoding)
    return text.strip().replace("\0", "") or None


def _binary(raw: NDArray[np.void], kind: str) -> NDArray[np.object_]:
    kinds = {"I": "<i4", "+": "<i4", "O": "<f8"}
    if raw.dtype.itemsize != np.dtype(kinds[kind]).itemsize:
        return np.full(len(raw), None, dtype=object)
    numbers = np.frombuffer(np.ascontiguousarray(raw).tobytes(), dtype=kinds[kind])
    return np.array([str(number) for number in numbers.tolist()], dtype=object)
