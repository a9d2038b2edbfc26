"""Figures about people that may be shown: the type `Released`, and the only way to make one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError, PermissionDenied
from gridmap.release.sight import Sight
from gridmap.release.suppress import Suppression, suppress

__all__ = ["SUPPRESSED_SIGN", "UNKNOWN_SIGN", "Released", "release", "release_balance"]

SUPPRESSED_SIGN = "＊"
"""Stands where a figure is held back. Not `<k`: some are held back only to hide others, and are larger."""
UNKNOWN_SIGN = "?"

PERSONAL = tuple(dict.fromkeys(column.name for layer in LAYERS.values() for column in layer.fields if column.personal))
"""Columns of figures about people that are suppressed in every release."""

COUNTS = ("households", "resident_households", "residents")
"""Columns that are suppressed in a public release too."""

_OPEN = frozenset(
    {
        "grid", "code", "name", "kind", "community", "community_name", "locked", "unknown_buildings", "compounds",
        "buildings", "area_m2", "polsby_popper", "status", "distance", "parts",
        *(f"{name}_unknown" for name in (*COUNTS, *PERSONAL)),
    }
)  # fmt: skip
# From each of these the households can be computed.
_TELLS_HOUSEHOLDS = ("distance", "status")

_TOKEN = object()


@dataclass(frozen=True, eq=False)
class Released:
    """A table that may be shown. Made by the functions of `gridmap.release` only.

    `table` has the rows of what was released; `totals` a row per group with the group column, and `overall` the sums of
    all. In each, a figure about people has a second one `<column>_suppressed`, True where it is held back: the figure
    is missing then, as it is, with False, where it is unknown. Totals sum the known figures; their columns of unknowns
    say how many buildings are left out. `k` is the smallest number a
    figure may stand on, `basis` and `as_of` are those of the households, `public` tells a public release from a
    planner's, `notes` say what was done.
    """

    _table: pd.DataFrame
    _totals: pd.DataFrame
    overall: Mapping[str, object]
    group: str
    columns: tuple[str, ...]
    k: int
    basis: str
    as_of: str
    public: bool
    notes: tuple[str, ...] = field(default=())
    token: InitVar[object] = None

    def __post_init__(self, token: object) -> None:
        """Refuse to be made by anybody else: PermissionDenied."""
        if token is not _TOKEN:
            raise PermissionDenied(
                "release-only",
                "Figures about people are released by gridmap.release only.",
                "Call release_balance or release.",
            )

    @property
    def table(self) -> pd.DataFrame:
        """The rows, as a copy."""
        return self._table.copy()

    @property
    def totals(self) -> pd.DataFrame:
        """A row per group, as a copy."""
        return self._totals.copy()

    def shown(self, column: str) -> list[str]:
        """Return a column of figures as it is to be written: digits, or the sign of what is held back or unknown."""
        if column not in self.columns:
            raise InputError(
                "column-not-released", f"{column} is not among the released figures.", "Use one of columns."
            )
        values, held = self._table[column], self._table[f"{column}_suppressed"]
        return [
            SUPPRESSED_SIGN if hide else UNKNOWN_SIGN if pd.isna(value) else f"{value:,}"
            for value, hide in zip(values, held, strict=True)
        ]


def release_balance(
    balance_table: pd.DataFrame,
    *,
    k: int,
    basis: str = "",
    as_of: str = "",
    public: bool = False,
    sight: Sight | None = None,
    also: Sequence[str] = (),
) -> Released:
    """Release the table of a plan's balance: a row per grid, grouped by community, with the columns `also`.

    Likewise any table of plans that has communities and households, such as that of a difference. See `release`.

    With a `sight`, communities within are released as for a planner and the others, with the totals of all, as for the
    public. Its figures have to be those of `shown_plan` then: what is held back could be told from within otherwise.
    """
    if sight is not None and not (sight.everywhere or sight.nowhere):
        parts = [
            release(balance_table, k=k, group="community", basis=basis, as_of=as_of, public=wide, also=also)
            for wide in (True, False)
        ]
        return joined(*parts, sight=sight)
    public = public or (sight is not None and sight.nowhere)
    return release(balance_table, k=k, group="community", basis=basis, as_of=as_of, public=public, also=also)


def joined(public: Released, planner: Released, *, sight: Sight) -> Released:
    """Return two releases of one table as one: the groups within a sight as a planner has them, all else as public."""

    def rows(outer: pd.DataFrame, inner: pd.DataFrame) -> pd.DataFrame:
        inside = sight.inside(outer[public.group])
        made = {
            name: outer[name].where(~inside, inner[name]) if outer[name].dtype == inner[name].dtype
            else outer[name].astype(object).where(~inside, inner[name].astype(object)).infer_objects()
            for name in outer
        }  # fmt: skip
        return pd.DataFrame(made)

    return replace(
        public,
        _table=rows(public.table, planner.table),
        _totals=rows(public.totals, planner.totals),
        notes=public.notes or planner.notes,
        token=_TOKEN,
    )


def release(
    table: pd.DataFrame,
    *,
    k: int,
    group: str,
    basis: str = "",
    as_of: str = "",
    public: bool = False,
    also: Sequence[str] = (),
) -> Released:
    """Release a table of figures about people, with the totals of its groups and of all.

    Elders, children and whatever else the schema calls personal are held back below `k`, and so many more with them
    that none can be computed from the totals of its group (see `suppress`). Households and residents pass, for they are
    what a planner balances; with `public` they are held back too, and with them what tells them: status and distance.
    Zeros of rows without buildings, or without residents where those are shown, are no secret and pass.

    Columns the tool does not know are left out, unless `also` names them: who does so answers for what they tell.
    Rows without a group make one of their own. InputError for k below 2, a missing group column, or a figure that is
    negative, infinite or no number. O(n log n).
    """
    if k < 2:
        raise InputError("k-too-small", f"k = {k} protects nobody.", "Use 2 or more; the profile's k is 10.")
    if group not in table:
        raise InputError("column-missing", f"There is no column {group} to group by.", "Name a column of the table.")
    kept = [name for name in table.columns if name in _OPEN | {group, *also} and name not in (*PERSONAL, *COUNTS)]
    figures = [name for name in table.columns if name in (*COUNTS, *PERSONAL)]
    held = [name for name in figures if public or name in PERSONAL]
    # Columns are put together at the end: to add one to a table costs more than to make it.
    rows: dict[str, Any] = {name: table[name].array for name in kept}
    index, labels = pd.factorize(table[group].astype(object).where(table[group].notna(), "").astype(str), sort=True)
    totals: dict[str, Any] = {group: np.asarray(labels, object)}
    overall: dict[str, object] = {}
    for name in figures:
        values = _counts(table, name)
        if name in held:
            done = suppress(values, index, groups=len(labels), k=k, open_zero=_open_zero(table, values, public=public))
        else:
            done = suppress(values, index, groups=len(labels), k=0, open_zero=np.zeros(len(values), bool))
        rows[name] = _figures(values, done.cells)
        rows[f"{name}_suppressed"] = done.cells
        totals[name] = _figures(done.group_total, done.groups)
        totals[f"{name}_suppressed"] = done.groups
        overall[name] = _overall(done)
        overall[f"{name}_suppressed"] = done.all
    for name in kept:
        if name == "unknown_buildings" or name.endswith("_unknown"):
            totals[name] = np.bincount(index, weights=rows[name], minlength=len(labels)).astype(np.int64)
    if public and "households" in figures:
        for name in set(_TELLS_HOUSEHOLDS) & set(rows):
            shown = np.asarray(rows[name], object).copy()
            shown[rows["households_suppressed"]] = None
            rows[name] = pd.Series(shown, dtype=object)
    return Released(
        pd.DataFrame(rows),
        pd.DataFrame(totals),
        MappingProxyType(overall),
        group,
        tuple(figures),
        k,
        basis,
        as_of,
        public,
        _notes(rows, held, k=k),
        token=_TOKEN,
    )


def _counts(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    try:
        values = table[name].to_numpy(float, na_value=np.nan)
    except (TypeError, ValueError):
        values = np.array([-1.0])
    if (values < 0).any() or np.isinf(values).any():
        raise InputError(
            "figure-impossible",
            f"{name} has a figure that is no number of people.",
            "See the findings of gridmap check.",
        )
    return values


def _open_zero(table: pd.DataFrame, values: NDArray[np.float64], *, public: bool) -> NDArray[np.bool_]:
    """Tell which zeros are no secret: of rows without buildings, or without residents where residents are shown."""
    empty = np.zeros(len(values), bool)
    for name in ("buildings",) if public else ("buildings", "residents"):
        if name in table:
            empty |= table[name].to_numpy(float, na_value=np.nan) == 0
    return np.asarray(empty & (values == 0), bool)


def _figures(values: NDArray[np.float64], held: NDArray[np.bool_]) -> Any:
    """Return figures with those held back and those unknown missing: whole numbers as Int64, others as Float64.

    Nothing of what is missing is left behind in the memory of the column.
    """
    missing = held | np.isnan(values)
    shown = np.where(missing, 0.0, values)
    if (shown % 1 == 0).all():
        return pd.arrays.IntegerArray(shown.astype(np.int64), missing)
    return pd.arrays.FloatingArray(shown, missing)


def _overall(done: Suppression) -> float | int | None:
    if done.all or np.isnan(done.total):
        return None
    return int(done.total) if done.total.is_integer() else done.total


def _notes(rows: Mapping[str, Any] | pd.DataFrame, held: Sequence[str], *, k: int) -> tuple[str, ...]:
    count = int(sum(rows[f"{name}_suppressed"].sum() for name in held))
    if not count:
        return ()
    return (
        f"{count} figures below {k}, or that would reveal one, are held back ({SUPPRESSED_SIGN}).",
        f"少于 {k} 人的数值及可据以推算的数值共 {count} 个已隐去（{SUPPRESSED_SIGN}）。",
    )
