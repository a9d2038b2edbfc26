"""Codes that places gave up: what each was called, so that a code that comes back as another place is found.

The table is made when the first code is given up. Each function works inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd
from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from gridmap.city import CODED, retired_between
from gridmap.store.backend import upsert
from gridmap.store.model import FEATURES
from gridmap.store.types import Instant

__all__ = ["remember_retired", "retire_missing", "retired_places"]

retired = Table(
    "retired_places",
    MetaData(),
    Column("layer", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("retired_at", Instant(), nullable=False),
)

_COLUMNS = ("layer", "code", "name")


def retired_places(connection: Connection) -> pd.DataFrame:
    """Return `layer`, `code` and `name` of what was given up, the first first; empty where nothing was."""
    rows = []
    if inspect(connection).has_table(retired.name):
        wanted = select(*(retired.c[name] for name in _COLUMNS)).order_by(retired.c.retired_at, retired.c.code)
        rows = [tuple(row) for row in connection.execute(wanted)]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)


def remember_retired(connection: Connection, layer: str, places: pd.DataFrame, *, source: str) -> int:
    """Remember places (`code`, `name`) that gave up their code, and return how many were not known yet."""
    known = retired_places(connection)
    there = set(known.loc[known["layer"] == layer, ["code", "name"]].itertuples(index=False, name=None))
    new = [pair for pair in places[["code", "name"]].itertuples(index=False, name=None) if pair not in there]
    if new:
        retired.metadata.create_all(connection, checkfirst=True)
        now = dt.datetime.now(dt.UTC)
        rows = [
            {"layer": layer, "code": code, "name": name, "source": source, "retired_at": now}
            for code, name in dict.fromkeys(new)
        ]
        connection.execute(upsert(connection, retired).on_conflict_do_nothing(), rows)
    return len(new)


def retire_missing(connection: Connection, layers: Mapping[str, pd.DataFrame], sources: Mapping[str, str]) -> None:
    """Remember what layers that are about to be replaced have and the new rows give up."""
    for layer in CODED:
        if layer in layers:
            table = FEATURES[layer]
            rows = connection.execute(select(table.c.code, table.c.name)).all()
            old = pd.DataFrame([tuple(row) for row in rows], columns=["code", "name"], dtype=object)
            lost = retired_between(old[old["code"].notna()], layers[layer][["code", "name"]])
            if len(lost):
                remember_retired(connection, layer, lost, source=sources.get(layer, ""))
