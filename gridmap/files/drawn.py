"""Features of files that our own readers walk through, gathered into layers whose rows have shapes of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import LimitError
from gridmap.files.source import Table, objects
from gridmap.settings import Settings

__all__ = ["Drawing", "ring_of"]

_KINDS = {0: "points", 1: "lines", 3: "areas", 4: "points", 5: "lines", 6: "areas"}


@dataclass
class Drawing:
    """Features as they come: `add` them, then take them as `tables`. Raises LimitError beyond the settings' limits."""

    file: str
    settings: Settings
    crs: str | None = None
    notes: tuple[str, ...] = ()
    _rows: dict[tuple[str, str], list[tuple[dict[str, Any], Any, bool]]] = field(default_factory=dict)
    _vertices: int = 0
    _count: int = 0

    def add(self, layer: str, values: dict[str, Any], shape: Any, *, bad: bool = False) -> None:
        """Add a feature; `bad` says that its shape is not as in the file: closed by us, or None for unbuildable."""
        kind = _KINDS.get(int(shapely.get_type_id(shape)), "areas" if bad else "none")
        self._rows.setdefault((layer, kind), []).append((values, shape, bad))
        self._count += 1
        self._vertices += int(shapely.get_num_coordinates(shape))
        if self._vertices > self.settings.max_vertices or self._count > self.settings.max_rows:
            what = "vertices" if self._vertices > self.settings.max_vertices else "rows"
            raise LimitError(
                f"too-many-{what}",
                f"{self.file}: it has more {what} than the limit.",
                "Split the file, or raise the limit.",
            )

    def tables(self) -> dict[str, Table]:
        """Return the layers by name; one of several kinds of shape is several, called `name (lines)` and so on."""
        names = [layer for layer, _ in self._rows]
        found: dict[str, Table] = {}
        for (layer, kind), rows in self._rows.items():
            name = layer if names.count(layer) == 1 else f"{layer} ({kind})"
            columns = list(dict.fromkeys(key for values, _, _ in rows for key in values))
            found[name] = Table(
                {column: objects(values.get(column) for values, _, _ in rows) for column in columns},
                np.arange(1, len(rows) + 1, dtype=np.int64),
                objects(shape for _, shape, _ in rows),
                np.flatnonzero([bad for _, _, bad in rows]),
                self.notes,
            )
        return found


def ring_of(points: NDArray[np.float64]) -> tuple[Any, bool]:
    """Return a ring of points, None if they are too few; and whether they did not end where they begin."""
    if len(points) < 3:
        return None, True
    is_open = not np.array_equal(points[0], points[-1])
    if len(points) == 3 and not is_open:
        return None, True
    return shapely.linearrings(points), is_open


def merge(values: Mapping[str, str | None]) -> dict[str, Any]:
    """Return values without those that are not there."""
    return {name: value for name, value in values.items() if value is not None}
