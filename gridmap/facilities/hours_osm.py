"""OpenStreetMap's notation of opening hours: the part of it that facilities use.

Weekdays and their ranges, `PH`, months, several intervals a day, `24/7`, `off` and `closed`, intervals past midnight,
and rules separated by `;` (the later one decides) or `,` (the later one is added).
"""

from __future__ import annotations

import re

from gridmap.facilities.week import DAY, Rule, Spans, unclear

__all__ = ["osm_rules", "span"]

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(?:mo|tu|we|th|fr|sa|su|ph)"
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_TIME = r"\d{1,2}:\d{2}"
_SPAN = rf"{_TIME}\s*-\s*{_TIME}"
_LIST = r"\s*,\s*"
_RULE = re.compile(
    rf"(?:(?P<months>{_MONTH}(?:\s*-\s*{_MONTH})?(?:{_LIST}{_MONTH}(?:\s*-\s*{_MONTH})?)*)\s*:?\s*)?"
    rf"(?:(?P<days>{_DAY}(?:\s*-\s*{_DAY})?(?:{_LIST}{_DAY}(?:\s*-\s*{_DAY})?)*)\s*:?\s*)?"
    rf"(?:(?P<all>24/7)|(?P<off>off|closed)|(?P<open>open)|(?P<spans>{_SPAN}(?:{_LIST}{_SPAN})*))?\s*"
)
_NEXT = re.compile(rf"(?<=[\dfdn]),\s*(?={_MONTH}|{_DAY})")


def osm_rules(text: str) -> list[Rule]:
    """Return the rules of hours in OpenStreetMap's notation; InputError `hours-unclear`."""
    rules: list[Rule] = []
    plain = text.lower().replace("，", ",").replace("；", ";").replace("：", ":").replace("–", "-").replace("—", "-")
    for group in plain.split(";"):
        if not group.strip():
            continue
        for at, part in enumerate(_parts(group)):
            rules += _rules(text, part.strip(), adds=at > 0)
    if not rules:
        raise unclear(text, text)
    return rules


def _parts(group: str) -> list[str]:
    """Divide at commas behind a time or a closing word, before a day or month: they begin a rule that is added."""
    return re.split(_NEXT, group) if re.search(rf"{_TIME}|off|closed", group) else [group]


def _rules(text: str, part: str, *, adds: bool) -> list[Rule]:
    match = _RULE.fullmatch(part)
    if match is None or not part:
        raise unclear(text, part)
    said = match.groupdict()
    if not any(said.values()) or (said["open"] and not said["days"] and not said["months"]):
        raise unclear(text, part)
    spans: Spans = ((0, DAY),)
    if said["off"]:
        spans = ()
    elif said["spans"]:
        spans = tuple(span(text, one) for one in said["spans"].split(","))
    months = _numbers(said["months"], _MONTHS)
    named = [] if not said["days"] else re.split(_LIST, said["days"])
    weekdays = _numbers(",".join(one for one in named if "ph" not in one), _DAYS)
    rules = []
    if weekdays or not named:
        rules.append(
            Rule(spans, weekdays or frozenset(range(7)), months=frozenset(month + 1 for month in months), adds=adds)
        )
    if any("ph" in one for one in named):
        if any(one != "ph" for one in named if "ph" in one):
            raise unclear(text, part)
        rules.append(Rule(spans, holiday=True, months=frozenset(month + 1 for month in months), adds=adds))
    return rules


def _numbers(text: str | None, names: tuple[str, ...]) -> frozenset[int]:
    """Return the positions of names and ranges of names, which may run over the end of the week or year."""
    found: set[int] = set()
    for one in (text or "").split(","):
        ends = [names.index(name.strip()) for name in one.split("-") if name.strip()]
        if len(ends) == 1:
            found.add(ends[0])
        elif ends:
            count = (ends[1] - ends[0]) % len(names)
            found.update((ends[0] + step) % len(names) for step in range(count + 1))
    return frozenset(found)


def span(text: str, written: str) -> tuple[int, int]:
    """Read `8:30-11:30` as minutes; an end at or before the beginning is on the next day."""
    numbers = [int(number) for number in re.findall(r"\d+", written)]
    if len(numbers) != 4:
        raise unclear(text, written)
    begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if numbers[1] > 59 or numbers[3] > 59 or begin >= DAY or end > 2 * DAY or begin == end:
        raise unclear(text, written)
    end = end if end > begin else end + DAY
    if end - begin > DAY:
        raise unclear(text, written)
    return begin, end
