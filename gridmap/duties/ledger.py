"""The columns of the tables of persons, organisations and duties, and what must hold in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from gridmap.city.schema import Field
from gridmap.duties.kinds import duty_kind
from gridmap.errors import InputError

__all__ = ["DUTIES", "ORGANISATIONS", "PERSONS", "check_duties", "places_of"]

PERSONS = (
    Field("id", "text", "编号", "identifier", required=True),
    Field("name", "text", "姓名", "name"),
    Field("organisation", "text", "单位编号", "id of the organisation that the person is of"),
    Field("phone", "text", "电话", "telephone, for use within; what is posted is the contact of a duty"),
    Field("note", "text", "备注", "remark"),
)
ORGANISATIONS = (
    Field("id", "text", "编号", "identifier", required=True),
    Field("name", "text", "名称", "name"),
    Field("kind", "text", "类别", "party_org, department, unit, social_org, committee …"),
    Field("phone", "text", "电话", "telephone"),
    Field("note", "text", "备注", "remark"),
)
DUTIES = (
    Field("id", "text", "编号", "identifier", required=True),
    Field("kind", "text", "类别", "kind of duty, by id or Chinese name", required=True),
    Field("person", "text", "人员编号", "id of the person who holds it"),
    Field("organisation", "text", "单位编号", "id of the organisation that holds it, or that sent the person"),
    Field("role", "text", "角色", "what the holder is there, in words"),
    Field("places", "text", "地点", "codes or ids of the places, of the kind's level, separated by semicolons"),
    Field("valid_from", "date", "开始日期", "first day; empty: since the records begin"),
    Field("valid_to", "date", "结束日期", "last day; empty: still"),
    Field("share", "real", "占比", "share of full time, above 0 and at most 1; empty: 1"),
    Field("contact", "text", "联系方式", "telephone to be called at"),
    Field("posted", "boolean", "公示", "the name and contact stand on the public notice board; empty: no"),
    Field("points", "integer", "积分", "points for service done"),
    Field("note", "text", "备注", "remark"),
)


def places_of(text: str | None) -> tuple[str, ...]:
    """Split a list of codes.

    >>> places_of("C001; C002；C001")
    ('C001', 'C002')
    """
    parts = (text or "").replace("；", ";").replace("、", ";").split(";")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def check_duties(duties: pd.DataFrame, *, persons: Collection[str], organisations: Collection[str]) -> pd.DataFrame:
    """Return canonical duties with kinds as ids and `share` and `posted` filled in; refuse what cannot be.

    InputError names the row: a holder that is missing, of the wrong sort or not in its table; no place, or several
    where a kind has one; a share outside (0, 1]; an end before the beginning; an id that is there twice.
    """
    out = duties.copy()
    doubled = out["id"].duplicated()
    if doubled.any():
        row = int(np.flatnonzero(doubled)[0])
        raise _refused("id-duplicate", row, f"the id {out['id'].iloc[row]} is there twice", "Give each duty its own id")
    kinds = {name: duty_kind(name) for name in out["kind"].unique()}
    out["kind"] = pd.Series([kinds[name].id for name in out["kind"]], dtype=object)
    out["share"] = out["share"].fillna(1.0)
    out["posted"] = out["posted"].fillna(value=False)
    for row, duty in enumerate(_rows(out)):
        kind = kinds[duty.kind] if duty.kind in kinds else duty_kind(duty.kind)
        if not _held(kind.holder, duty.person, duty.organisation):
            raise _refused("holder-missing", row, f"{kind.id} is held by a {kind.holder}", "Name its id")
        for column, value, known in (
            ("person", duty.person, persons),
            ("organisation", duty.organisation, organisations),
        ):
            if value is not None and value not in known:
                raise _refused("holder-unknown", row, f"there is no {column} {value}", f"Add it to {column}s")
        places = places_of(duty.places)
        if not places or (len(places) > 1 and not kind.many):
            count = "one place or more" if kind.many else "exactly one place"
            raise _refused("places-count", row, f"{kind.id} has {count}, not {len(places)}", "Correct places")
        if not 0 < duty.share <= 1:
            raise _refused("share-range", row, f"share is {duty.share:g}", "Write a number above 0 and at most 1")
        if duty.valid_from and duty.valid_to and duty.valid_from > duty.valid_to:
            raise _refused("validity-reversed", row, "it ends before it begins", "Correct valid_from or valid_to")
    return out


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples(index=False))


def _held(holder: str, person: str | None, organisation: str | None) -> bool:
    if holder == "person":
        return person is not None
    return organisation is not None if holder == "organisation" else (person or organisation) is not None


def _refused(code: str, row: int, what: str, hint: str) -> InputError:
    return InputError(code, f"duties, row {row + 1}: {what}.", f"{hint}.")
