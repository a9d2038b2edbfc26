"""A week of opening hours: intervals by weekday, with exceptions for public holidays, working days and months."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from gridmap.errors import InputError
from gridmap.rules.calendar import is_holiday, is_workday

__all__ = ["DAY", "OpeningHours", "Rule", "Spans", "unclear"]

DAY = 24 * 60
_HORIZON_DAYS = 370

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Rule:
    """What holds on some days: `spans` are minutes of the day, [begin, end), an end past 1440 runs into the next day.

    `days` are weekdays, Monday 0. With `holiday` the rule is for public holidays instead, with `workday` for working
    days as the calendar has them, shifted ones among them. `months` (1–12, empty: all) limits it. No spans means
    closed. `adds` says that the rule is added to those before it instead of taking their place.
    """

    spans: Spans
    days: frozenset[int] = frozenset(range(7))
    holiday: bool = False
    workday: bool = False
    months: frozenset[int] = frozenset()
    adds: bool = False

    def holds(self, day: date) -> bool:
        """Whether the rule speaks of a day."""
        if self.months and day.month not in self.months:
            return False
        if self.holiday:
            return is_holiday(day)
        return is_workday(day) if self.workday else day.weekday() in self.days


@dataclass(frozen=True)
class OpeningHours:
    """Opening hours as they were written (`text`) and as they are understood: of each day the last rule decides."""

    text: str
    rules: tuple[Rule, ...]

    def spans(self, day: date) -> Spans:
        """Return the intervals that begin on a day, in minutes from its midnight."""
        found: list[tuple[int, int]] = []
        for rule in self.rules:
            if rule.holds(day):
                found = [*found, *rule.spans] if rule.adds else list(rule.spans)
        return tuple(sorted(found))

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at a moment of local time; at the minute of closing it is shut."""
        minute = at.hour * 60 + at.minute + (at.second + at.microsecond / 1e6) / 60
        today, before = self.spans(at.date()), self.spans(at.date() - timedelta(days=1))
        return any(begin <= minute < end for begin, end in today) or any(minute < end - DAY for _, end in before)

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the moment itself where it is open then, else when it opens next; None: not within a year."""
        if self.is_open(at):
            return at
        for ahead in range(_HORIZON_DAYS):
            day = at.date() + timedelta(days=ahead)
            for begin, _ in self.spans(day):
                opening = datetime.combine(day, time.min, at.tzinfo) + timedelta(minutes=begin)
                if opening > at:
                    return opening
        return None

    def extended(self, *, earlier_min: int = 0, later_min: int = 0) -> OpeningHours:
        """Return hours in which each interval begins earlier and ends later by so many minutes."""
        if earlier_min < 0 or later_min < 0:
            raise InputError("extension-negative", "Hours are extended by minutes of 0 or more.", "Give such a number.")

        def longer(spans: Spans) -> Spans:
            made = ((max(begin - earlier_min, 0), min(end + later_min, begin + DAY)) for begin, end in spans)
            return merged(made)

        text = f"{self.text} (+{earlier_min}/+{later_min} min)"
        return OpeningHours(text, tuple(replace(rule, spans=longer(rule.spans)) for rule in self.rules))


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """Unite intervals that meet."""
    done: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if done and begin <= done[-1][1]:
            done[-1] = (done[-1][0], max(done[-1][1], end))
        else:
            done.append((begin, end))
    return tuple(done)


def unclear(text: str, part: str) -> InputError:
    """Return the error of hours that are not understood, naming the part that is not."""
    return InputError(
        "hours-unclear",
        f"Opening hours {text!r}: {part!r} is not understood.",
        "Write them as 'Mo-Fr 08:30-11:30,14:00-17:30; PH off' or as '周一至周五8:30-11:30，14:00-17:30'.",
    )
