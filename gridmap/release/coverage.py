"""Release who is covered: figures about people split into covered and not, so that neither part can be computed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.release.released import _TOKEN, COUNTS, PERSONAL, Released, _counts, _figures, _notes, joined
from gridmap.release.sight import Sight
from gridmap.release.suppress import Suppression, suppress

__all__ = ["release_coverage"]

Bools = NDArray[np.bool_]
_OPEN = (
    "grid", "code", "name", "kind", "community", "buildings", "buildings_covered", "unknown_buildings",
    "unknown_covered", "share",
)  # fmt: skip


def release_coverage(
    table: pd.DataFrame, *, k: int, group: str, basis: str = "", as_of: str = "", sight: Sight | None = None
) -> Released:
    """Release a table of coverage: of each column of people all and the covered, `<column>` and `<column>_covered`.

    What is held back of all is decided by itself, as in `release`. The covered are held back wherever they, those not
    covered or all of them have to be: then covered and not covered are unknown in the same places, of which each group
    has two or more. What still follows from all sums together is kept from following by holding back totals. Zeros
    where no building is covered are no secret. Households and residents pass, but outside a `sight` (groups are
    communities then): there they are held back likewise, and with them the share. `<column>_some` and `<column>_whole`
    count buildings of which some and all are covered: geometry. InputError for k below 2, a missing column, or more
    covered than there are.
    """
    if sight is None or sight.everywhere:
        return _release(table, k=k, group=group, basis=basis, as_of=as_of)
    public = _release(table, k=k, group=group, basis=basis, as_of=as_of, public=True)
    if sight.nowhere:
        return public
    return joined(public, _release(table, k=k, group=group, basis=basis, as_of=as_of), sight=sight)


def _release(table: pd.DataFrame, *, k: int, group: str, basis: str, as_of: str, public: bool = False) -> Released:
    if k < 2:
        raise InputError("k-too-small", f"k = {k} protects nobody.", "Use 2 or more; the profile's k is 10.")
    figures = [name for name in (*COUNTS, *PERSONAL) if name in table and f"{name}_covered" in table]
    needed = {group, "buildings", *(f"{name}_{part}" for name in figures for part in ("some", "whole"))}
    missing = needed - set(table.columns)
    if missing:
        raise InputError("column-missing", f"There is no column {min(missing)}.", "Release a table of coverage.")
    labels, index = np.unique(table[group].fillna("").astype(str), return_inverse=True)
    rows = table[[name for name in _OPEN if name in table]].reset_index(drop=True)
    totals, overall = pd.DataFrame({group: labels.astype(object)}), dict[str, object]()
    for name in figures:
        whole, part, cells, groups, every = _split(
            table, name, index, len(labels), k if public or name in PERSONAL else 0
        )
        for column, done, held, held_groups, held_all in (
            (name, whole, whole.cells, whole.groups, whole.all),
            (f"{name}_covered", part, cells, groups, every),
        ):
            rows[column] = _figures(_counts(table, column), held)
            rows[f"{column}_suppressed"] = held
            totals[column] = _figures(done.group_total, held_groups)
            totals[f"{column}_suppressed"] = held_groups
            overall[column] = None if held_all or np.isnan(done.total) else int(done.total)
            overall[f"{column}_suppressed"] = held_all
    if public and "share" in rows and "households" in figures:
        told = ~(rows["households_suppressed"] | rows["households_covered_suppressed"])
        rows["share"] = rows["share"].where(told)
    columns = tuple(column for name in figures for column in (name, f"{name}_covered"))
    held_columns = [column for column in columns if public or column.removesuffix("_covered") in PERSONAL]
    return Released(
        rows, totals, MappingProxyType(overall), group, columns, k, basis, as_of, public,
        _notes(rows, held_columns, k=k), token=_TOKEN,
    )  # fmt: skip


def _split(
    table: pd.DataFrame, name: str, index: NDArray[np.intp], groups: int, k: int
) -> tuple[Suppression, Suppression, Bools, Bools, bool]:
    """Decide what to hold back of all, and of the covered: cells, totals of groups, and the total of all."""
    all_, covered = _counts(table, name), _counts(table, f"{name}_covered")
    rest = all_ - covered
    if (rest < 0).any():
        raise InputError("covered-too-many", f"More {name} are covered than there are.", "Measure the coverage anew.")
    every = table["buildings"].to_numpy(float)
    none, full = table[f"{name}_some"].to_numpy(float) == 0, table[f"{name}_whole"].to_numpy(float) == every
    whole = suppress(all_, index, groups=groups, k=k, open_zero=(all_ == 0) & (every == 0))
    # Where no building is covered, or each is, the covered are none or all: as open as all are, and they hide no one.
    part = suppress(covered, index, groups=groups, k=k, open_zero=none | (full & ~whole.cells), also=whole)
    other = suppress(rest, index, groups=groups, k=k, open_zero=full | (none & ~whole.cells), also=whole)
    mixed = ~none & ~full
    cells = part.cells | ((other.cells | whole.cells) & mixed)
    held_groups = whole.groups | part.groups | other.groups
    held_all = whole.all or part.all or other.all
    known = _Known(index, whole, np.where(cells & mixed)[0], np.where(whole.cells)[0], full)
    small = (all_ < k, covered < k, rest < k)
    # Both columns together may tell what neither does alone: then totals of the covered are held back, step by step.
    while not (held_groups.all() and held_all):
        told = known.told(held_groups, held_all, small)
        if not told.any():
            break
        if not (told <= held_groups).all():
            held_groups = held_groups | told
        elif not held_all:
            held_all = True
        else:
            held_groups = np.ones(groups, bool)
    return whole, part, cells, held_groups, held_all


@dataclass(frozen=True, eq=False)
class _Known:
    """What a reader knows who adds and subtracts: which cells are held back, and which sums of them are shown.

    Where each building is covered, the covered are all; where none is, they are none.
    """

    index: NDArray[np.intp]
    whole: Suppression
    parts: NDArray[np.intp]
    alls: NDArray[np.intp]
    full: Bools

    def told(self, held_groups: Bools, held_all: bool, small: tuple[Bools, Bools, Bools]) -> Bools:  # noqa: FBT001
        """Return the groups in which a small figure of all, of the covered or of the others follows from the sums."""
        alls, parts, size = self.alls, self.parts, len(self.alls) + len(self.parts)
        at_all, at_part = {int(row): at for at, row in enumerate(alls)}, len(alls) + np.arange(len(parts))
        of_all, of_part = np.zeros((len(self.index), size)), np.zeros((len(self.index), size))
        of_all[alls, np.arange(len(alls))] = 1.0
        of_part[parts, at_part] = 1.0
        of_part[self.full] = of_all[self.full]
        sums = []
        for number, held in enumerate(held_groups):
            inside = self.index == number
            sums += [of_all[inside].sum(axis=0)] if not self.whole.groups[number] else []
            sums += [of_part[inside].sum(axis=0)] if not held else []
        sums += [of_all.sum(axis=0)] if not self.whole.all else []
        sums += [of_part.sum(axis=0)] if not held_all else []
        targets = [(row, of_all[row]) for row in at_all if small[0][row]]
        targets += [(int(row), of_part[row]) for row in parts if small[1][row]]
        targets += [(int(row), of_all[row] - of_part[row]) for row in parts if small[2][row]]
        found = np.zeros(len(held_groups), bool)
        if not targets:
            return found
        table = np.array(sums).reshape(-1, size)
        free = np.linalg.svd(table)[2][np.linalg.matrix_rank(table) :] if len(table) else np.eye(size)
        loose = np.abs(free @ np.array([weights for _, weights in targets]).T).max(axis=0, initial=0.0)
        found[self.index[[row for row, _ in targets]][loose < 1e-9]] = True
        return found
