"""Records follow places whose code was cleaned: duties that name them, matters in them, and their counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, func, select, update

from gridmap.duties import duty_kinds, places_of
from gridmap.store.backend import upsert
from gridmap.store.records import duties, has_records, matters, tally

__all__ = ["RECORDS", "RecordRow", "named_in_records", "write_records"]

RECORDS = {"duties": duties, "matters": matters}
RecordRow = tuple[str, str, str, str, str]
"""Table, id, column, before, after."""

_LAYERS = {"subdistrict": "subdistricts", "community": "communities", "compound": "compounds", "building": "buildings"}


def named_in_records(connection: Connection, names: Mapping[str, Mapping[str, str]]) -> list[RecordRow]:
    """Return what records say of places that have another code now; `names` has the new by the old, by layer. O(rows).

    Restricted records stay as they are: their counts follow when they are read, see `figures.of_places_now`.
    """
    if not any(names.values()) or not has_records(connection):
        return []
    rows: list[RecordRow] = []
    levels = {name: names.get(_LAYERS.get(kind.level, ""), {}) for name, kind in duty_kinds().items()}
    kinds = [kind for kind, new in levels.items() if new]
    found = select(duties.c.id, duties.c.kind, duties.c.places).where(duties.c.kind.in_(kinds)).order_by(duties.c.id)
    for name, kind, text in connection.execute(found):
        places, new = places_of(text), levels[kind]
        if any(place in new for place in places):
            rows.append(("duties", name, "places", text, ";".join(new.get(place, place) for place in places)))
    for column, layers in (("code", _LAYERS), ("community", {"": "communities"})):
        for level, layer in layers.items():
            for old, code in names.get(layer, {}).items():
                there = matters.c[column] == old
                if level:
                    there = there & (matters.c.level == level)
                ids = connection.execute(select(matters.c.id).where(there).order_by(matters.c.id)).scalars()
                rows += [("matters", name, column, old, code) for name in ids]
    return rows


def write_records(connection: Connection, rows: Sequence[RecordRow], *, back: bool = False) -> None:
    """Write what records say now, `back` what they said before; a record that somebody changed since is left alone."""
    touched = False
    for table, name, column, before, after in rows:
        old, new = (after, before) if back else (before, after)
        held = RECORDS[table]
        connection.execute(update(held).where((held.c.id == name) & (held.c[column] == old)).values({column: new}))
        touched = touched or (table, column) == ("matters", "community")
    if touched:
        _count({code for table, _, column, *codes in rows if column == "community" for code in codes}, connection)


def _count(communities: Iterable[str], connection: Connection) -> None:
    """Count the matters of communities anew."""
    names = sorted(communities)
    connection.execute(delete(tally).where(tally.c.community.in_(names)))
    keys = (matters.c.kind, matters.c.community, matters.c.stage, matters.c.due)
    counted = connection.execute(
        select(*keys, func.count()).where(matters.c.community.in_(names)).group_by(*keys)
    ).all()
    if counted:
        columns = [*(key.name for key in keys), "n"]
        connection.execute(upsert(connection, tally), [dict(zip(columns, row, strict=True)) for row in counted])
