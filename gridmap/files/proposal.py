"""What is proposed before a file is read: which layer, encoding, CRS and columns, for a person to confirm."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gridmap.city.schema import LAYERS
from gridmap.files.encodings import Encoding
from gridmap.files.headers import Match

if TYPE_CHECKING:
    from gridmap.files.candidates import Candidate

__all__ = ["Proposal"]

_HOW = {
    "given": "as given",
    "name": "its own name",
    "alias": "known name",
    "constant": "as given",
    "row number": "made from the row numbers",
    "other field": "for want of a column of its own",
}
_SHOWN = 12
_SHOWN_CANDIDATES = 6


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a file would be read as one of the city's layers: printable, JSON-able (`to_dict`), all that `read` needs.

    `path` and `source_layer` say what is read, `format` and `driver` by which reader, `crs` is pyproj text, `gcj02`,
    `bd09` or None for unknown, `crs_how` is declared, given, standard, missing or doubtful: then `candidates` ranks the
    systems that it may be in. `offset` is added to x and y. `mapping` has our columns with where
    each is from, `unmapped` the file's columns that are not read, `missing` our required columns that nothing was found
    for, `coordinates` the columns with the place of a row: (wkt,), (x, y) or () where rows have shapes.
    """

    path: str
    layer: str
    source_layer: str
    format: str
    driver: str
    encoding: Encoding
    preview: tuple[str, ...]
    crs: str | None
    crs_how: str
    mapping: tuple[Match, ...]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    rows: int
    coordinates: tuple[str, ...] = ()
    swap_axes: bool = False
    notes: tuple[str, ...] = ()
    offset: tuple[float, float] = (0.0, 0.0)
    candidates: tuple[Candidate, ...] = ()

    @property
    def file(self) -> str:
        """The file's name without its folder."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def place(self) -> str:
        """The file and, where it has a name of its own, the layer, for messages."""
        own = self.format in ("gpkg", "xlsx", "shp.zip")
        return f"{self.file}, layer {self.source_layer}" if own else self.file

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal as what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Proposal:
        """Make a proposal of what `to_dict` returned, also after a way through JSON."""
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        plain["encoding"] = Encoding(**data["encoding"])
        from gridmap.files.candidates import Candidate

        plain["candidates"] = tuple(
            Candidate(**{**one, "offset": tuple(one["offset"])}) for one in data.get("candidates", ())
        )
        plain["mapping"] = tuple(Match(**{**m, "columns": tuple(m["columns"])}) for m in data["mapping"])
        return cls(**plain)

    def __str__(self) -> str:
        zh = LAYERS[self.layer].zh
        lines = [
            f"{self.place} → {self.layer} {zh}",
            f"  format    {self.driver}, {self.rows:,} rows",
            f"  encoding  {self._encoding_text()}",
            f"  CRS       {self._crs_text()}{', x and y exchanged' if self.swap_axes else ''}{self._offset_text()}",
            *self._candidate_lines(),
        ]
        if self.coordinates:
            lines.append(f"  place     {', '.join(self.coordinates)}")
        lines.append("  columns   ours ← theirs")
        width = max((len(match.field) for match in self.mapping), default=0)
        for match in self.mapping:
            theirs = " + ".join(match.columns) or (f"“{match.value}”" if match.how == "constant" else "–")
            basis = f", basis {match.basis}" if match.basis else ""
            lines.append(f"            {match.field:<{width}} ← {theirs}  ({_HOW[match.how]}{basis})")
        if self.unmapped:
            more = f" … ({len(self.unmapped)} in all)" if len(self.unmapped) > _SHOWN else ""
            lines.append(f"  not read  {', '.join(self.unmapped[:_SHOWN])}{more}")
        if self.missing:
            lines.append(f"  missing   {', '.join(self.missing)}: name them with --column OURS=THEIRS")
        lines.extend(f"  note      {note}" for note in self.notes)
        return "\n".join(lines)

    def _encoding_text(self) -> str:
        name = {"gbk": "GBK", "utf-8": "UTF-8", "gb18030": "GB18030", "big5": "Big5"}.get(
            self.encoding.name, self.encoding.name
        )
        shown = f", preview: {', '.join(self.preview)}" if self.preview else ""
        return f"{name} ({self.encoding.how}){shown}"

    def _offset_text(self) -> str:
        return f", moved by {self.offset[0]:.2f}, {self.offset[1]:.2f}" if self.offset != (0.0, 0.0) else ""

    def _candidate_lines(self) -> list[str]:
        """Show the candidates, the best first, each with the option that takes it."""
        if not self.candidates:
            return []
        lines = [f"            it may be, judged by {self.candidates[0].by}:"]
        for one in self.candidates[:_SHOWN_CANDIDATES]:
            off = "–" if one.offset_m is None else f"{one.offset_m:,.0f} m"
            fit = f"fit {one.fit:4.0%}, off by {off:>7}" if one.fit else f"at {one.lon:.3f}, {one.lat:.3f}"
            lines.append(f"            {fit}  {one.options}  ({one.name})")
        return lines

    def _crs_text(self) -> str:
        if self.crs is None:
            return "missing: name it with --crs EPSG:…, gcj02 or bd09"
        name = self.crs if len(self.crs) < 40 else self.crs.partition('"')[2].partition('"')[0]
        return f"{name} ({self.crs_how})"
