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
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city.check_records import REFERENCES
from gridmap.city.check_shapes import tidy
from gridmap.city.city import City
from gridmap.city.cleaning import clean_code, clean_name
from gridmap.city.draft import SHAPE, Block, Change, Draft, changes_of
from gridmap.city.findings import Finding
from gridmap.city.schema import LAYERS
from gridmap.settings import DEFAULT, Settings

__all__ = ["Change", "Repair", "mend", "offered"]


@dataclass(frozen=True, eq=False)
class Repair:
    """What mends a finding: `area_m2` is the ground that changes hands or shape, `households` those whose place does.

    `consent` says that somebody has to decide: two places claim the same, and one of them loses it.
    """

    finding: str
    rule: str
    text: str
    blocks: tuple[Block, ...]
    area_m2: float
    households: int
    consent: bool = False

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes, one a row and column."""
        return tuple(changes_of(self.blocks))

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
            "changes": sum(len(block.rows) for block in self.blocks),
        }


_Made = tuple[str, list[Block], float, int, bool]
_Mender = Callable[[Draft, Finding], "_Made | None"]


def offered(city: City, findings: Sequence[Finding], *, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    """Return findings that say how each can be repaired by itself, with the area and households that would change."""
    draft, told = Draft(city, settings), []
    for one in findings:
        made = _repair(draft, one)
        if made is not None:
            safe = made.safe(settings)
            told.append(replace(one, repair=made.text, safe=safe, area_m2=made.area_m2, households=made.households))
        else:
            told.append(one)
    return tuple(told)


def mend(
    city: City, findings: Iterable[Finding], *, give: Iterable[str] = (), settings: Settings = DEFAULT
) -> tuple[tuple[Repair, ...], tuple[Change, ...]]:
    """Return the repairs of findings made one after another, and the values that they leave, one a row and column.

    Findings that cannot be repaired, or no longer need to be after the ones before them, have no repair. Ground that
    two places claim, or that lies between them, goes to the one whose code or id is in `give`, where one is.
    """
    draft = Draft(city, settings, give=give)
    made: list[Repair] = []
    last: dict[tuple[str, int, str], Change] = {}
    for one in findings:
        repair = _repair(draft, one)
        if repair is not None:
            draft.lay(repair.blocks)
            made.append(repair)
            last |= {(change.layer, change.row, change.column): change for change in repair.changes}
    return tuple(made), tuple(last[key] for key in sorted(last))


def _repair(draft: Draft, found: Finding) -> Repair | None:
    mender = _MENDERS.get(found.rule)
    made = None if mender is None or found.rows is None else mender(draft, found)
    if made is None or not made[1]:
        return None
    text, blocks, area, households, consent = made
    return Repair(found.id, found.rule, text, tuple(blocks), area, households, consent)


def _block(layer: str, column: str, rows: Sequence[int], values: Sequence[Any]) -> list[Block]:
    """Return values for rows as a block, none where there are no rows."""
    if not len(rows):
        return []
    held = np.empty(len(rows), object)
    held[:] = values
    return [Block(layer, column, np.asarray(rows, np.intp), held)]


def _fill(draft: Draft, found: Finding) -> _Made | None:
    """Give a gap to the neighbour with the longest border on it."""
    gap, rows = found.shape, found.rows
    if gap is None or rows is None or not len(rows):
        return None
    near = shapely.buffer(gap, max(draft.settings.coverage_tolerance_m, 1e-6), quad_segs=1)
    shapes = [draft.shape(found.layer, int(row)) for row in rows]
    borders = [shapely.intersection(shape.boundary, near).length for shape in shapes]
    asked = _asked(draft, found.layer, rows)
    best = int(np.argmax(borders)) if asked is None else asked
    row, grown = int(rows[best]), _overlay(shapely.union, shapes[best], gap)
    if not _sound(grown, shapes[best]):
        return None
    inside = draft.buildings_in(gap)
    moved = draft.households(inside[draft.city.building_community[inside] != row])
    why = "as asked" if asked is not None else f"which has the longest border on it ({borders[best]:,.1f} m)"
    text = f"Fill it to {_key(draft, found.layer, row)}, {why}."
    return text, _block(found.layer, SHAPE, [row], [grown]), float(gap.area), moved, False


def _asked(draft: Draft, layer: str, rows: NDArray[np.intp]) -> int | None:
    """Return which of the rows is to keep or get what is in question, None where nobody says."""
    keys = draft.column(layer, LAYERS[layer].key)
    asked = [at for at, row in enumerate(rows.tolist()) if keys[row] in draft.give]
    return asked[0] if len(asked) == 1 else None


def _trim(draft: Draft, found: Finding) -> _Made | None:
    """Leave ground that two places claim to the one that has more of the households there; the other loses it."""
    shared, rows = found.shape, found.rows
    if shared is None or rows is None or len(rows) != 2:
        return None
    inside = draft.buildings_in(shared)
    of = draft.city.building_compound if found.layer == "compounds" else draft.city.building_community
    counts = [(draft.households(mine := inside[of[inside] == row]), len(mine)) for row in rows]
    asked = _asked(draft, found.layer, rows)
    keeper = int(counts[1] > counts[0]) if asked is None else asked
    row, kept = int(rows[1 - keeper]), int(rows[keeper])
    before = draft.shape(found.layer, row)
    after = _overlay(shapely.difference, before, shared)
    if not _sound(after, before):
        return None
    moved = counts[1 - keeper][0]
    text = f"Leave it to {_key(draft, found.layer, kept)}; {_key(draft, found.layer, row)} loses it."
    return text, _block(found.layer, SHAPE, [row], [after]), float(shared.area), moved, True


def _sliver(draft: Draft, found: Finding) -> _Made | None:
    """Mend a sliver as the overlap or the gap that it is. A narrow overlap needs nobody's consent."""
    if found.shape is None or found.rows is None:
        return None
    point = shapely.point_on_surface(found.shape)
    covers = [bool(shapely.intersects(draft.shape(found.layer, int(row)), point)) for row in found.rows]
    if sum(covers) < 2:
        return _fill(draft, found)
    made = _trim(draft, found)
    return None if made is None else (*made[:4], False)


def _vertices(draft: Draft, found: Finding) -> _Made | None:
    """Take out repeated vertices and spikes."""
    rows, shapes, area = [], [], 0.0
    for row in found.rows.tolist() if found.rows is not None else ():
        before = draft.shape(found.layer, row)
        after = tidy(before, width_m=draft.settings.coverage_tolerance_m)
        if after is not before:
            area += abs(after.area - before.area)
            rows.append(row)
            shapes.append(after)
    return "Take the vertices out.", _block(found.layer, SHAPE, rows, shapes), area, 0, False


def _make_valid(draft: Draft, found: Finding) -> _Made | None:
    """Make a polygon valid by its structure; not where nothing would be left of it."""
    row = int(found.rows[0]) if found.rows is not None else 0
    before = draft.shape(found.layer, row)
    after = shapely.make_valid(before, method="structure", keep_collapsed=False)
    if after.is_empty or after.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    # The area of an invalid ring counts what it winds round twice as often; what changes is told against that.
    area = abs(after.area - before.area)
    points = draft.city.building_points
    lost = shapely.intersects(before.envelope, points) & ~shapely.intersects(after, points)
    rows = np.flatnonzero(lost) if found.layer != "buildings" else np.empty(0, np.intp)
    moved = draft.households(rows[_named(draft, found.layer, row, rows)])
    text = f"Make it valid: {before.area:,.1f} m² become {after.area:,.1f} m²."
    return text, _block(found.layer, SHAPE, [row], [after]), area, moved, False


def _named(draft: Draft, layer: str, row: int, buildings: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which buildings name a place."""
    column = {"communities": "community", "compounds": "compound"}.get(layer)
    if column is None:
        return np.zeros(len(buildings), bool)
    key = draft.column(layer, LAYERS[layer].key)[row]
    named: NDArray[np.bool_] = draft.column("buildings", column)[buildings] == key
    return named


def _parent(draft: Draft, found: Finding, *, consent: bool = False) -> _Made | None:
    """Fill in the parent: the one meant by an unclean code, else the one that holds the row by geometry."""
    column, target = _parent_of(found)
    if target is None or found.rows is None:
        return None
    city, rows = draft.city, found.rows
    before = draft.column(found.layer, column)[rows]
    held = draft.held(found.layer, target)[rows]
    values = draft.column(target, LAYERS[target].key)[held]
    values[held < 0] = None
    if not consent:
        known = draft.keys(target)
        named, texts = pd.factorize(before)
        clean = [clean_code(text) for text in texts]
        meant = np.array([*(text if text in known else None for text in clean), None], object)[named]
        values = np.where(pd.isna(meant), values, meant)
    told = np.flatnonzero(~pd.isna(values) & (values != before))
    blocks = _block(found.layer, column, rows[told].tolist(), values[told].tolist())
    moved = 0
    if found.layer == "buildings":
        of = city.building_compound if column == "compound" else city.building_community
        moved = draft.households(rows[told][of[rows[told]] < 0])
    said = values[told[0]] if len(told) == 1 else f"that of each of {len(told)} rows"
    return f"Enter the {column} that holds it: {said}.", blocks, 0.0, moved, consent


def _parent_by_consent(draft: Draft, found: Finding) -> _Made | None:
    return _parent(draft, found, consent=True)


def _parent_of(found: Finding) -> tuple[str, str | None]:
    column = found.column or {"building-outside-compound": "compound"}.get(found.rule, "community")
    targets = {(name, field): target for name, field, target in REFERENCES}
    return column, targets.get((found.layer, column))


def _code(draft: Draft, found: Finding) -> _Made | None:
    """Clean codes, and whatever names them; not where the clean one is somebody else's."""
    if found.rows is None:
        return None
    key = LAYERS[found.layer].key
    taken = set(draft.keys(found.layer))
    clean: dict[str, str] = {}
    rows = []
    for row in found.rows.tolist():
        before = draft.column(found.layer, key)[row]
        after = clean_code(before)
        if not after or after == before or after in taken:
            continue
        taken.add(after)
        clean[before] = after
        rows.append(row)
    codes = draft.column(found.layer, key)[rows]
    blocks = _block(found.layer, key, rows, [clean[one] for one in codes])
    for name, column, target in REFERENCES:
        if target == found.layer:
            values = draft.column(name, column)
            naming = np.flatnonzero(pd.Series(values).isin(clean).to_numpy(bool))
            blocks += _block(name, column, naming.tolist(), [clean[one] for one in values[naming]])
    if found.layer == "compounds":
        blocks += _served(draft, clean)
    said = clean[codes[0]] if len(rows) == 1 else f"{len(rows)} codes"
    return f"Write {said}, here and where it is named.", blocks, 0.0, 0, False


def _served(draft: Draft, clean: Mapping[str, str]) -> list[Block]:
    """Clean the codes of compounds among those that facilities serve."""
    rows, values = [], []
    for row, text in enumerate(draft.column("facilities", "serves")):
        names = [] if text is None else [one.strip() for one in text.split(";")]
        if any(one in clean for one in names):
            rows.append(row)
            values.append(";".join(clean.get(one, one) for one in names))
    return _block("facilities", "serves", rows, values)


def _name(draft: Draft, found: Finding) -> _Made | None:
    """Clean names."""
    if found.rows is None:
        return None
    before = draft.column(found.layer, "name")[found.rows]
    after = [clean_name(one) for one in before]
    pairs = [(row, new) for row, old, new in zip(found.rows.tolist(), before, after, strict=True) if new and new != old]
    said = pairs[0][1] if len(pairs) == 1 else f"{len(pairs)} names"
    blocks = _block(found.layer, "name", [row for row, _ in pairs], [new for _, new in pairs])
    return f"Write {said}.", blocks, 0.0, 0, False


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


def _key(draft: Draft, layer: str, row: int) -> str:
    name, key = draft.column(layer, "name")[row], draft.column(layer, LAYERS[layer].key)[row]
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
