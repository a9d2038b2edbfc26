"""Matters: machines as data, each driven through every move; deadlines in working days; admission; matching."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gridmap.errors import InputError, LimitError, PermissionDenied
from gridmap.files.ledgers import canonical_table
from gridmap.matters import (
    EVENTS,
    MATTERS,
    Matter,
    advance,
    catalogue,
    check_matters,
    city_date,
    due_date,
    is_workday,
    match_needs,
    matter_kind,
    matter_kinds,
    open_matter,
    replay,
    require_admitted,
    workdays_between,
)
from gridmap.matters.kinds import read_kind
from gridmap.rules import table

AT = dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)


def made(kind="request", **values):
    about = matter_kind(kind)
    topic = about.topics[0] if about.topics else "patrol" if about.admitted else None
    matter = Matter("m1", kind, about.start, about.levels[0], "x1", "2026-03-02", AT, topic=topic)
    return open_matter(matter, user="u", actor="grid_worker", **values)


def test_kinds_are_those_of_the_account_and_say_where_they_are_from():
    assert set(matter_kinds()) == {
        "request", "need", "resource", "project", "renovation", "activity", "training", "service_month", "task",
        "task_admission",
    }  # fmt: skip
    for kind in matter_kinds().values():
        assert kind.source
        assert kind.verified is False
        reached, front = {kind.start}, [kind.start]
        while front:
            fresh = {move.to for move in kind.moves_from(front.pop())} - reached
            reached |= fresh
            front += fresh
        assert reached == set(kind.stages), f"{kind.id}: stages that cannot be reached"
        for stage in kind.stages.values():
            assert stage.final is (not kind.moves_from(stage.id))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": "nowhere"}, "not there"),
        ({"moves": [{"action": "a", "zh": "", "from": ["rated"], "to": "found", "actors": []}]}, "final stage"),
        ({"moves": [{"action": "a", "zh": "", "from": ["found"], "to": s, "actors": []} for s in ("found", "rated")]},
         "twice"),
        ({"moves": [{"action": "a"}]}, "missing"),
    ],
)  # fmt: skip
def test_a_kind_that_contradicts_itself_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        read_kind("request", {**table("matters")["kinds"]["request"], **change})


class Machine(RuleBasedStateMachine):
    """Any action by any actor at any time: legal ones move, others change nothing."""

    @initialize(kind=st.sampled_from(sorted(matter_kinds())))
    def begin(self, kind):
        self.kind = matter_kind(kind)
        self.matter, event = made(kind)
        self.events = [event]

    @rule(
        action=st.sampled_from(sorted({move.action for kind in matter_kinds().values() for move in kind.moves})),
        actor=st.sampled_from(
            ["grid_worker", "community_worker", "department", "resident", "unit", "subdistrict", "city"]
        ),
        hours=st.integers(0, 60),
        said=st.booleans(),
    )
    def act(self, action, actor, hours, said):
        legal = [move for move in self.kind.moves_from(self.matter.stage) if move.action == action]
        about = {"organisation": "o1", "rating": 4, "link": "m2"} if said else {}
        at = self.matter.changed + dt.timedelta(hours=hours)
        try:
            matter, event = advance(self.matter, action, actor=actor, user="u", at=at, **about)
        except (InputError, PermissionDenied):
            assert not legal or actor not in legal[0].actors or (legal[0].needs and not said)
            return
        assert legal
        assert actor in legal[0].actors
        assert matter.stage == legal[0].to
        self.matter = matter
        self.events.append(event)

    @invariant()
    def history_is_complete(self):
        assert [event.revision for event in self.events] == list(range(1, self.matter.revision + 1))
        assert replay(self.kind, self.events) == self.matter.stage
        assert self.events[-1].to_stage == self.matter.stage

    @invariant()
    def deadline_is_in_working_days(self):
        stage = self.kind.stages[self.matter.stage]
        assert (self.matter.closed is not None) is stage.final
        if stage.final or stage.days is None:
            assert self.matter.due is None
            return
        begun = city_date(self.matter.changed)
        due = dt.date.fromisoformat(self.matter.due)
        assert is_workday(due)
        assert workdays_between(begun, due) == stage.days

    @invariant()
    def a_history_that_was_tampered_with_is_refused(self):
        if len(self.events) > 1:
            with pytest.raises(InputError):
                replay(self.kind, self.events[1:])
            with pytest.raises(InputError):
                replay(self.kind, [*self.events[:-1], self.events[0]])


TestMachine = Machine.TestCase


@given(st.dates(dt.date(2025, 1, 1), dt.date(2026, 10, 1)), st.integers(1, 20))
def test_due_date_is_the_nth_working_day_after(start, days):
    due = due_date(start, days)
    assert is_workday(due)
    assert workdays_between(start, due) == days
    assert workdays_between(start, due - dt.timedelta(days=1)) == days - 1


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2025-01-26", True),   # a Sunday worked for the Spring Festival
        ("2025-10-08", False),  # a Wednesday of the National Day holidays
        ("2026-02-14", True),   # a Saturday worked for the Spring Festival
        ("2026-02-18", False),
        ("2026-03-07", False),  # a plain Saturday
        ("2026-03-09", True),
    ],
)  # fmt: skip
def test_calendar_knows_holidays_and_days_worked_for_them(day, worked):
    assert is_workday(dt.date.fromisoformat(day)) is worked


def test_calendar_refuses_years_it_does_not_know():
    with pytest.raises(LimitError, match="2060"):
        due_date(dt.date(2059, 12, 31), 3)
    with pytest.raises(LimitError, match="1999"):
        is_workday(dt.date(1999, 1, 4))


def test_a_day_begins_at_midnight_in_china():
    assert city_date(dt.datetime(2026, 3, 1, 15, 59, tzinfo=dt.UTC)) == dt.date(2026, 3, 1)
    assert city_date(dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC)) == dt.date(2026, 3, 2)


def test_illegal_moves_say_what_is_legal():
    matter, _ = made()
    with pytest.raises(InputError, match="no rate from the stage found") as caught:
        advance(matter, "rate", actor="resident", user="u", at=AT)
    assert "dispatch" in caught.value.hint
    with pytest.raises(PermissionDenied, match="dispatch is not for resident"):
        advance(matter, "dispatch", actor="resident", user="u", at=AT, organisation="o")
    with pytest.raises(InputError, match="needs the organisation"):
        advance(matter, "dispatch", actor="community_worker", user="u", at=AT)
    with pytest.raises(InputError, match="before its last event"):
        advance(matter, "settle", actor="grid_worker", user="u", at=AT - dt.timedelta(hours=1))
    handled, _ = advance(matter, "settle", actor="grid_worker", user="u", at=AT)
    with pytest.raises(InputError, match="from 1 to 5"):
        advance(handled, "rate", actor="resident", user="u", at=AT, rating=6)


def test_overdue_is_from_the_day_after_the_deadline():
    matter, _ = made()
    due = dt.date.fromisoformat(matter.due)
    assert [matter.overdue(due), matter.overdue(due + dt.timedelta(days=1))] == [False, True]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"level": "city"}, "level"),
        ({"code": ""}, "no place"),
        ({"rating": 9}, "from 1 to 5"),
        ({"quantity": -1}, "negat"),
    ],
)
def test_matters_that_cannot_be_are_refused(values, says):
    about = {"id": "m", "kind": "request", "stage": "", "level": "grid", "code": "g", "opened": "2026-03-02", **values}
    with pytest.raises(InputError, match=says):
        open_matter(Matter(changed=AT, **about), user="u")


# ---- tables ---------------------------------------------------------------------------------------------------------


def tables(matters, events=()):
    return check_matters(
        canonical_table(pd.DataFrame(matters), MATTERS, table="matters"),
        canonical_table(pd.DataFrame(list(events)), EVENTS, table="matter_events"),
        user="u",
    )


ROW = {"id": "m1", "kind": "居民诉求", "level": "grid", "code": "g1", "opened": "2026-03-02"}


def event(revision, action, to, before=None, actor="community_worker", at="2026-03-02T09:00"):
    names = {"matter": "m1", "revision": revision, "action": action, "from_stage": before, "to_stage": to}
    return {**names, "actor": actor, "at": at}


def test_a_matter_without_events_is_opened_or_recorded():
    opened, history = tables([ROW])
    assert (opened[0].stage, opened[0].due, history[0].action) == ("found", "2026-03-03", "open")
    ended, history = tables([{**ROW, "stage": "居民已评价", "closed": "2026-03-10", "rating": 5}])
    assert (ended[0].stage, ended[0].closed, ended[0].due) == ("rated", "2026-03-10", None)
    assert (history[0].action, history[0].from_stage, history[0].to_stage) == ("record", None, "rated")


def test_a_history_is_replayed():
    steps = [event(1, "open", "found"), event(2, "dispatch", "dispatched", "found")]
    done, history = tables([ROW], steps)
    assert (done[0].stage, done[0].revision, len(history)) == ("dispatched", 2, 2)


@pytest.mark.parametrize(
    ("matters", "events", "says"),
    [
        ([ROW, ROW], [], "row 2: the id m1 is there twice"),
        ([{**ROW, "stage": "flying"}], [], "row 1: request has no stage"),
        ([{**ROW, "kind": "renovation", "level": "compound", "topic": "pool"}], [], "no topic"),
        ([ROW], [event(1, "open", "found"), event(2, "rate", "rated", "found", "resident")], "does not lead"),
        ([ROW], [event(1, "open", "found"), event(3, "dispatch", "dispatched", "found")], "does not follow"),
        ([ROW], [event(1, "open", "handled")], "opened at found"),
        ([ROW], [event(1, "open", "found"), event(2, "dispatch", "dispatched", "found", "resident")], "is not for"),
        ([ROW], [event(1, "open", "found", at="noon")], "no moment"),
        ([ROW], [{**event(1, "open", "found"), "matter": "m9"}], "no matter m9"),
        ([{**ROW, "stage": "rated"}], [event(1, "open", "found")], "lead to found"),
    ],
)
def test_tables_that_cannot_be_are_refused_by_row(matters, events, says):
    with pytest.raises(InputError, match=says):
        tables(matters, events)


# ---- admission ------------------------------------------------------------------------------------------------------


def test_only_admitted_tasks_go_to_grids():
    require_admitted("patrol", catalogue())
    with pytest.raises(PermissionDenied, match="enforcement"):
        require_admitted("enforcement", catalogue())
    with pytest.raises(InputError, match="not in the catalogue"):
        require_admitted("gardening", catalogue())
    with pytest.raises(PermissionDenied):
        require_admitted("gardening", catalogue([("gardening", "refused")]))
    with pytest.raises(InputError):
        require_admitted("gardening", catalogue([("gardening", "reviewed")]))
    require_admitted("gardening", catalogue([("gardening", "admitted")]))
    with pytest.raises(PermissionDenied):
        require_admitted("patrol", catalogue([("patrol", "admitted"), ("patrol", "removed")]))


# ---- matching -------------------------------------------------------------------------------------------------------


def best_of_all(topics, want, other, have, costs, max_s):
    """Try every integer transport plan: most met first, then least walking."""
    pairs = [
        (a, b) for a in range(len(want)) for b in range(len(have)) if topics[a] == other[b] and costs[a, b] <= max_s
    ]
    best = (0, 0.0)
    for amounts in itertools.product(*(range(min(want[a], have[b]) + 1) for a, b in pairs)):
        used = np.zeros((len(want), len(have)), int)
        for (a, b), amount in zip(pairs, amounts, strict=True):
            used[a, b] = amount
        if (used.sum(1) <= want).all() and (used.sum(0) <= have).all():
            cost = float((used * np.where(np.isfinite(costs), costs, 0)).sum())
            best = max(best, (int(used.sum()), -cost))
    return best[0], -best[1]


@given(st.data())
def test_matching_meets_most_at_the_least_walking(data):
    n, m = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 3))
    topic = st.sampled_from(["road", "health"])
    topics, other = [data.draw(topic) for _ in range(n)], [data.draw(topic) for _ in range(m)]
    want, have = [data.draw(st.integers(0, 3)) for _ in range(n)], [data.draw(st.integers(0, 3)) for _ in range(m)]
    walk = st.integers(0, 900) | st.just(np.inf)
    costs = np.array([[data.draw(walk) for _ in range(m)] for _ in range(n)], float)
    found = match_needs((topics, want), (other, have), costs, max_s=600)
    met, cost = best_of_all(topics, np.array(want), other, np.array(have), costs, 600)
    assert (int(found.amount.sum()), found.cost_s) == (met, cost)
    assert int(found.unmet.sum()) == sum(want) - met


def test_matching_refuses_what_does_not_fit():
    with pytest.raises(InputError, match="no table"):
        match_needs((["a"], [1]), (["a"], [1]), np.zeros((2, 1)))
    with pytest.raises(InputError, match="negative"):
        match_needs((["a"], [-1]), (["a"], [1]), np.zeros((1, 1)))
