"""Which column of a file is which of ours, by the table `rules/aliases.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.files.heading import JOINT, forms
from gridmap.files.values import key
from gridmap.rules import table

__all__ = ["Match", "layer_key", "match_columns", "match_coordinates"]

How = Literal["given", "name", "alias", "constant", "row number", "other field", "missing"]
COORDINATES = ("wkt", "x", "y")
_NOWHERE = {"", "-"}


@dataclass(frozen=True, slots=True)
class Match:
    """Where one of our columns comes from.

    `columns` are the file's columns (several are joined by a space), `how` says how they were found: `given` by the
    user, by our `name` for it, as an `alias`, a `constant` given by the user (`value`), the `row number`, the column of
    an `other field`, or `missing`. `basis` is the basis of household counts that the alias implies. `repeats` allows
    equal values in a key.
    """

    field: str
    columns: tuple[str, ...]
    how: How
    basis: str = ""
    repeats: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True)
class _Alias:
    keys: tuple[str, ...]
    basis: str = ""
    repeats: bool = False


@cache
def _aliases(layer: str, field: str) -> tuple[_Alias, ...]:
    found = []
    for entry in table("aliases")["fields"].get(layer, {}).get(field, ()):
        if isinstance(entry, str):
            found.append(_Alias((key(entry),)))
        else:
            names = entry.get("names") or [entry["name"]]
            found.append(_Alias(tuple(map(key, names)), entry.get("basis", ""), entry.get("repeats", False)))
    return tuple(found)


@cache
def _own_names(layer: str, field: str) -> tuple[str, ...]:
    short = table("aliases")["short"].get(field, field)
    return tuple(dict.fromkeys(key(name) for name in (field, LAYERS[layer].field(field).zh, short)))


@cache
def layer_key(layer: str) -> frozenset[str]:
    """Return the names, reduced to keys, by which a file may call one of our layers."""
    names = [layer, LAYERS[layer].zh, *table("aliases")["layers"].get(layer, ())]
    return frozenset(key(name) for name in names)


class _Index:
    """A file's columns by key. Columns that were cut to 10 bytes also answer to longer names that begin like them."""

    def __init__(self, columns: Sequence[str], cut: Iterable[str]) -> None:
        self.columns = columns
        self._by_key: dict[str, str] = {}
        for column in columns:
            self._by_key.setdefault(key(column), column)
            loose = key(column.partition("(")[0].partition("（")[0])
            if loose and loose != key(column) and JOINT not in column:
                self._by_key.setdefault(loose, column)
        for column in columns:
            for form in forms(column):
                self._by_key.setdefault(key(form), column)
        self._cut = {key(column): column for column in cut if len(key(column)) >= 3}

    def find(self, name: str) -> str | None:
        found = self._by_key.get(name)
        if found is not None:
            return found
        return next((column for start, column in self._cut.items() if name.startswith(start)), None)

    def find_all(self, names: Iterable[str]) -> tuple[str, ...] | None:
        found = [self.find(name) for name in names]
        return None if None in found else tuple(column for column in found if column is not None)


def match_columns(
    layer: str,
    columns: Sequence[str],
    *,
    given: Mapping[str, str] | None = None,
    cut: Iterable[str] = (),
    file: str = "",
) -> tuple[tuple[Match, ...], tuple[str, ...]]:
    """Match a file's `columns` with the fields of `layer`; returns the matches in our order, and notes.

    `given` maps ours to theirs and wins: a column of the file, `=text` for a constant, `-` for no column at all.
    `cut` names columns that may have been cut at the end. Raises InputError for names that do not exist.
    """
    given = {ours: theirs for ours, theirs in (given or {}).items() if ours not in COORDINATES}
    _check_fields(layer, given, file)
    index = _Index(columns, cut)
    matches: dict[str, Match] = {ours: _given(layer, ours, theirs, index, file) for ours, theirs in given.items()}
    owned: dict[str, str] = {}
    rivals: dict[str, list[str]] = {}
    for field in LAYERS[layer].names:
        found = [column for name in _own_names(layer, field) if (column := index.find(name))]
        for column in dict.fromkeys(found):
            if owned.setdefault(column, field) == field and field not in matches:
                matches[field] = Match(field, (column,), "name", _basis(layer, field, column))
            elif owned[column] == field and field not in given:
                rivals.setdefault(field, []).append(column)
    for field in LAYERS[layer].names:
        for alias in _aliases(layer, field):
            columns_found = index.find_all(alias.keys)
            # A column with a basis of its own (常住户数) may serve two fields: resident households are households too.
            taken = not alias.basis and any(owned.get(column, field) != field for column in columns_found or ())
            if not columns_found or taken:
                continue
            if field not in matches:
                matches[field] = Match(field, columns_found, "alias", alias.basis, alias.repeats)
            elif field not in given and columns_found != matches[field].columns:
                rivals.setdefault(field, []).extend(columns_found)
    ordered = tuple(matches[name] for name in LAYERS[layer].names if name in matches and matches[name].how != "missing")
    return ordered, tuple(_rival_notes(ordered, rivals))


def match_coordinates(
    columns: Sequence[str], *, given: Mapping[str, str] | None = None, file: str = ""
) -> tuple[str, ...]:
    """Find the columns with a row's place: (wkt,), (x, y) or () if there are none."""
    index = _Index(columns, ())
    named = {}
    for ours in COORDINATES:
        theirs = (given or {}).get(ours)
        if theirs:
            named[ours] = _existing(theirs, index, file)
    found = {ours: named.get(ours) or _first(index, ours) for ours in COORDINATES}
    if named.get("wkt") or (found["wkt"] and not {"x", "y"} & set(named)):
        return (str(found["wkt"]),)
    return (found["x"], found["y"]) if found["x"] and found["y"] else ()


def _first(index: _Index, ours: str) -> str | None:
    return next((column for name in table("aliases")["coordinates"][ours] if (column := index.find(key(name)))), None)


def _basis(layer: str, field: str, column: str) -> str:
    """Return the basis that the table knows a column to count on."""
    return next((a.basis for a in _aliases(layer, field) if a.keys == (key(column),)), "")


def _check_fields(layer: str, given: Mapping[str, str], file: str) -> None:
    wrong = [ours for ours in given if ours not in LAYERS[layer].names]
    if wrong:
        raise InputError(
            "column-unknown",
            f"{file}: the layer {layer} has no column {wrong[0]!r}.",
            f"It has {', '.join(LAYERS[layer].names)}; a place is x, y or wkt.",
        )


def _existing(theirs: str, index: _Index, file: str) -> str:
    found = theirs if theirs in index.columns else index.find(key(theirs))
    if found is None:
        raise InputError(
            "column-missing",
            f"{file}: there is no column {theirs!r}.",
            f"The file has {', '.join(index.columns) or 'no columns at all'}.",
        )
    return found


def _given(layer: str, ours: str, theirs: str, index: _Index, file: str) -> Match:
    if theirs in _NOWHERE:
        return Match(ours, (), "missing")
    if theirs.startswith("="):
        return Match(ours, (), "constant", value=theirs[1:])
    column = _existing(theirs, index, file)
    return Match(ours, (column,), "given", _basis(layer, ours, column))


def _rival_notes(matches: Sequence[Match], rivals: Mapping[str, list[str]]) -> Iterable[str]:
    used = {column for match in matches for column in match.columns}
    for match in matches:
        others = [column for column in dict.fromkeys(rivals.get(match.field, ())) if column not in used]
        if others:
            yield (
                f"{match.field}: read from {' + '.join(match.columns)}; {', '.join(others)} would fit too "
                f"(--column {match.field}={others[0]} takes it instead)."
            )
