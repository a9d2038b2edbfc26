"""What can be mended of what is found: by which changes of which rows, and the ground and the households they move.

A repair is offered with a finding and made only when somebody asks. Repairs asked for together are worked out one after
another, each on what the ones before it left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.check_records import REFERENCES
from gridmap.city.check_shapes import tidy
from gridmap.city.city import City
from gridmap.city.cleaning import clean_code, clean_name
from gridmap.city.findings import Finding
from gridmap.city.schema import LAYERS
from gridmap.settings import DEFAULT, Settings

__all__ = ["Change", "Repair", "mend", "offered"]

SHAPE = "geometry"
"""The column of a change that gives a row another shape."""


@dataclass(frozen=True, eq=False)
class Change:
    """A value put in place of another in a row of a layer; the column `geometry` is the shape."""

    layer: str
    row: int
    column: str
    value: Any


@dataclass(frozen=True, eq=False)
class Repair:
    """What mends a finding: `area_m2` is the ground that changes hands or shape, `households` those whose place does.

    `consent` says that somebody has to decide: two places claim the same, and one of them loses it.
    """

    finding: str
    rule: str
    text: str
    changes: tuple[Change, ...]
    area_m2: float
    households: int
    consent: bool = False

    def safe(self, settings: Settings = DEFAULT) -> bool:
        """Whether no household's place changes, and less ground than the settings say."""
        return not self.consent and not self.households and self.area_m2 < settings.repair_area_m2

    def to_dict(self) -> dict[str, Any]:
        """Return the repair as JSON has it, without the values themselves."""
        return {
            "finding": self.finding,
            "rule": self.rule,
            "repair": self.text,
            "area_m2": round(self.area_m2, 3),
            "households": self.households,
            "changes": len(self.changes),
        }


class _Draft:
    """A city with changes laid over it."""

    def __init__(self, city: City, settings: Settings) -> None:
        self.city = city
        self.settings = settings
        self._laid: dict[tuple[str, int, str], Any] = {}

    def value(self, layer: str, row: int, column: str) -> Any:
        """Return the value that stands in a row now."""
        key = (layer, row, column)
        return self._laid[key] if key in self._laid else self.city.layers[layer][column].iat[row]

    def shape(self, layer: str, row: int) -> Any:
        """Return the shape of a row now."""
        return self.value(layer, row, SHAPE)

    def column(self, layer: str, column: str) -> NDArray[np.object_]:
        """Return the values of a column as they stand now."""
        values = np.array(self.city.layers[layer][column].to_numpy(object), dtype=object)
        for (name, row, field), value in self._laid.items():
            if (name, field) == (layer, column):
                values[row] = value
        return values

    def lay(self, changes: Iterable[Change]) -> None:
        """Put changes in place."""
        for one in changes:
            self._laid[one.layer, one.row, one.column] = one.value

    @cached_property
    def xy(self) -> NDArray[np.float64]:
        """The places of the buildings, float64[n, 2]."""
        return np.asarray(shapely.get_coordinates(self.city.building_points))

    def buildings_in(self, shape: Any) -> NDArray[np.intp]:
        """Return the rows of buildings whose place lies in a shape."""
        x, y = self.xy.T
        left, low, right, top = shape.bounds
        near = np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= top))
        return np.asarray(near[shapely.intersects_xy(shape, x[near], y[near])])

    def households(self, rows: NDArray[np.intp]) -> int:
        """Return the known households of buildings."""
        return int(self.city.buildings["households"].iloc[rows].fillna(0).sum())


_Made = tuple[str, list[Change], float, int, bool]
_Mender = Callable[[_Draft, Finding], "_Made | None"]


def offered(city: City, findings: Sequence[Finding], *, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    """Return findings that say how each can be repaired by itself, with the area and households that would change."""
    draft, told = _Draft(city, settings), []
    for one in findings:
        made = _repair(draft, one)
        if made is not None:
            safe = made.safe(settings)
            told.append(replace(one, repair=made.text, safe=safe, area_m2=made.area_m2, households=made.households))
        else:
            told.append(one)
    return tuple(told)


def mend(
    city: City, findings: Iterable[Finding], *, settings: Settings = DEFAULT
) -> tuple[tuple[Repair, ...], tuple[Change, ...]]:
    """Return the repairs of findings made one after another, and the values that they leave, one a row and column.

    Findings that cannot be repaired, or no longer need to be after the ones before them, have no repair.
    """
    draft = _Draft(city, settings)
    made: list[Repair] = []
    last: dict[tuple[str, int, str], Change] = {}
    for one in findings:
        repair = _repair(draft, one)
        if repair is not None:
            draft.lay(repair.changes)
            made.append(repair)
            last |= {(change.layer, change.row, change.column): change for change in repair.changes}
    return tuple(made), tuple(last[key] for key in sorted(last))


def _repair(draft: _Draft, found: Finding) -> Repair | None:
    mender = _MENDERS.get(found.rule)
    made = None if mender is None or found.rows is None else mender(draft, found)
    if made is None or not made[1]:
        return None
    text, changes, area, households, consent = made
    return Repair(found.id, found.rule, text, tuple(changes), area, households, consent)


def _fill(draft: _Draft, found: Finding) -> _Made | None:
    """Give a gap to the neighbour with the longest border on it."""
    gap, rows = found.shape, found.rows
    if gap is None or rows is None or not len(rows):
        return None
    near = shapely.buffer(gap, max(draft.settings.coverage_tolerance_m, 1e-6), quad_segs=1)
    shapes = [draft.shape(found.layer, int(row)) for row in rows]
    borders = [shapely.intersection(shape.boundary, near).length for shape in shapes]
    best = int(np.argmax(borders))
    row, grown = int(rows[best]), _overlay(shapely.union, shapes[best], gap)
    if not _sound(grown, shapes[best]):
        return None
    inside = draft.buildings_in(gap)
    moved = draft.households(inside[draft.city.building_community[inside] != row])
    text = f"Fill it to {_key(draft, found.layer, row)}, which has the longest border on it ({borders[best]:,.1f} m)."
    return text, [Change(found.layer, row, SHAPE, grown)], float(gap.area), moved, False


def _trim(draft: _Draft, found: Finding) -> _Made | None:
    """Leave ground that two places claim to the one that has more of the households there; the other loses it."""
    shared, rows = found.shape, found.rows
    if shared is None or rows is None or len(rows) != 2:
        return None
    inside = draft.buildings_in(shared)
    of = draft.city.building_compound if found.layer == "compounds" else draft.city.building_community
    counts = [(draft.households(mine := inside[of[inside] == row]), len(mine)) for row in rows]
    keeper = int(counts[1] > counts[0])
    row, kept = int(rows[1 - keeper]), int(rows[keeper])
    before = draft.shape(found.layer, row)
    after = _overlay(shapely.difference, before, shared)
    if not _sound(after, before):
        return None
    moved = counts[1 - keeper][0]
    text = f"Leave it to {_key(draft, found.layer, kept)}; {_key(draft, found.layer, row)} loses it."
    return text, [Change(found.layer, row, SHAPE, after)], float(shared.area), moved, True


def _sliver(draft: _Draft, found: Finding) -> _Made | None:
    """Mend a sliver as the overlap or the gap that it is. A narrow overlap needs nobody's consent."""
    if found.shape is None or found.rows is None:
        return None
    point = shapely.point_on_surface(found.shape)
    covers = [bool(shapely.intersects(draft.shape(found.layer, int(row)), point)) for row in found.rows]
    if sum(covers) < 2:
        return _fill(draft, found)
    made = _trim(draft, found)
    return None if made is None else (*made[:4], False)


def _vertices(draft: _Draft, found: Finding) -> _Made | None:
    """Take out repeated vertices and spikes."""
    changes, area = [], 0.0
    for row in found.rows if found.rows is not None else ():
        before = draft.shape(found.layer, int(row))
        after = tidy(before, width_m=draft.settings.coverage_tolerance_m)
        if after is not before:
            area += abs(after.area - before.area)
            changes.append(Change(found.layer, int(row), SHAPE, after))
    return "Take the vertices out.", changes, area, 0, False


def _make_valid(draft: _Draft, found: Finding) -> _Made | None:
    """Make a polygon valid by its structure; not where nothing would be left of it."""
    row = int(found.rows[0]) if found.rows is not None else 0
    before = draft.shape(found.layer, row)
    after = shapely.make_valid(before, method="structure", keep_collapsed=False)
    if after.is_empty or after.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    # The area of an invalid ring counts what it winds round twice as often; what changes is told against that.
    area = abs(after.area - before.area)
    points = shapely.point_on_surface(np.asarray(draft.city.buildings.geometry.array, dtype=object))
    lost = shapely.intersects(before.envelope, points) & ~shapely.intersects(after, points)
    rows = np.flatnonzero(lost) if found.layer != "buildings" else np.empty(0, np.intp)
    moved = draft.households(rows[_named(draft, found.layer, row, rows)])
    text = f"Make it valid: {before.area:,.1f} m² become {after.area:,.1f} m²."
    return text, [Change(found.layer, row, SHAPE, after)], area, moved, False


def _named(draft: _Draft, layer: str, row: int, buildings: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which buildings name a place."""
    column = {"communities": "community", "compounds": "compound"}.get(layer)
    if column is None:
        return np.zeros(len(buildings), bool)
    key = draft.value(layer, row, LAYERS[layer].key)
    named: NDArray[np.bool_] = draft.city.buildings[column].iloc[buildings].to_numpy(object) == key
    return named


def _parent(draft: _Draft, found: Finding, *, consent: bool = False) -> _Made | None:
    """Fill in the parent: the one meant by an unclean code, else the one that holds the row by geometry."""
    column, target = _parent_of(found)
    if target is None or found.rows is None:
        return None
    city, rows = draft.city, found.rows
    layer = city.layers[found.layer]
    middle = shapely.point_on_surface(np.asarray(layer.geometry.array, dtype=object)[rows])
    held = city.rows_at(target, shapely.get_x(middle), shapely.get_y(middle))
    keys = draft.column(target, LAYERS[target].key)
    known = set(keys.tolist())
    changes, placed = [], []
    for row, at in zip(rows.tolist(), held.tolist(), strict=True):
        before = draft.value(found.layer, row, column)
        meant = clean_code(before) if isinstance(before, str) else ""
        value = meant if meant in known and not consent else keys[at] if at >= 0 else None
        if value is not None and value != before:
            changes.append(Change(found.layer, row, column, value))
            placed.append(row)
    moved = 0
    if found.layer == "buildings":
        of = city.building_compound if column == "compound" else city.building_community
        moved = draft.households(np.array([row for row in placed if of[row] < 0], np.intp))
    said = changes[0].value if len(changes) == 1 else f"that of each of {len(changes)} rows"
    return f"Enter the {column} that holds it: {said}.", changes, 0.0, moved, consent


def _parent_by_consent(draft: _Draft, found: Finding) -> _Made | None:
    return _parent(draft, found, consent=True)


def _parent_of(found: Finding) -> tuple[str, str | None]:
    column = found.column or {"building-outside-compound": "compound"}.get(found.rule, "community")
    targets = {(name, field): target for name, field, target in REFERENCES}
    return column, targets.get((found.layer, column))


def _code(draft: _Draft, found: Finding) -> _Made | None:
    """Clean codes, and whatever names them; not where the clean one is somebody else's."""
    key = LAYERS[found.layer].key
    taken = set(draft.column(found.layer, key))
    changes: list[Change] = []
    for row in found.rows.tolist() if found.rows is not None else ():
        before = draft.value(found.layer, row, key)
        after = clean_code(before)
        if not after or after == before or after in taken:
            continue
        taken.add(after)
        changes.append(Change(found.layer, row, key, after))
        for name, column, target in REFERENCES:
            if target == found.layer:
                naming = np.flatnonzero(draft.column(name, column) == before)
                changes += [Change(name, int(at), column, after) for at in naming]
    codes = [one for one in changes if (one.layer, one.column) == (found.layer, key)]
    said = codes[0].value if len(codes) == 1 else f"{len(codes)} codes"
    return f"Write {said}, here and where it is named.", changes, 0.0, 0, False


def _name(draft: _Draft, found: Finding) -> _Made | None:
    """Clean names."""
    changes = []
    for row in found.rows.tolist() if found.rows is not None else ():
        before = draft.value(found.layer, row, "name")
        if (after := clean_name(before)) and after != before:
            changes.append(Change(found.layer, row, "name", after))
    said = changes[0].value if len(changes) == 1 else f"{len(changes)} names"
    return f"Write {said}.", changes, 0.0, 0, False


def _overlay(operation: Callable[..., Any], one: Any, other: Any) -> Any:
    """Overlay two shapes; where the last digits confuse the exact way, on a grid of a micrometre."""
    try:
        return operation(one, other)
    except shapely.errors.GEOSException:
        return operation(one, other, grid_size=1e-6)


def _sound(after: Any, before: Any) -> bool:
    """Tell whether a polygon may take the place of another: it is one, valid, and not in more parts."""
    return bool(
        after.geom_type in ("Polygon", "MultiPolygon")
        and not after.is_empty
        and after.is_valid
        and shapely.get_num_geometries(after) <= shapely.get_num_geometries(before)
    )


def _key(draft: _Draft, layer: str, row: int) -> str:
    name, key = draft.value(layer, row, "name"), draft.value(layer, row, LAYERS[layer].key)
    return f"{name} ({key})" if name else str(key)


_MENDERS: Mapping[str, _Mender] = MappingProxyType(
    {
        "community-gap": _fill,
        "community-sliver": _sliver,
        "community-overlap": _trim,
        "compound-overlap": _trim,
        "shape-vertices": _vertices,
        "shape-invalid": _make_valid,
        "reference-unknown": _parent,
        "parent-missing": _parent,
        "building-outside-community": _parent_by_consent,
        "building-outside-compound": _parent_by_consent,
        "code-unclean": _code,
        "name-unclean": _name,
    }
)
"""Which rules have a repair, and what makes it."""
