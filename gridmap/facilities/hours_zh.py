"""Opening hours in Chinese words: days, intervals and exceptions as notices write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gridmap.facilities.hours_osm import span
from gridmap.facilities.week import DAY, Rule, unclear

__all__ = ["chinese_rules"]

_WEEKDAY = {sign: at for at, sign in enumerate("一二三四五六日")} | {"天": 6, "末": -1}
_DAY = r"(?:(?:周|星期|礼拜)[一二三四五六日天])"
_RANGE = rf"{_DAY}(?:[至到~-](?:周|星期|礼拜)?[一二三四五六日天])?"
_HALF = r"(?:上午|下午|早上|早|中午|晚上|晚|午)"
_TIME = r"(?:\d{1,2}(?::\d{2}|[点时](?:半|\d{1,2}分?)?))"
_SPAN = rf"{_HALF}?{_TIME}[至到~-](?:次日|第二天|{_HALF})?{_TIME}"
_TOKEN = re.compile(
    rf"(?P<days>{_RANGE}(?:[、,及和]{_RANGE})*)"
    r"|(?P<all_days>每天|每日|天天|全周|全年)|(?P<workdays>工作日)|(?P<weekend>周末|双休日|周六日|周六周日)"
    r"|(?P<except>(?:法定)?(?:节假日|节日|假日)(?:除外|休息|不开放|不营业|闭馆|停止开放))"
    r"|(?P<holidays>(?:法定)?(?:节假日|节日|假日))"
    r"|(?P<all_hours>全天(?:24小时)?|24小时|二十四小时)"
    r"|(?P<closed>休息|不开放|不营业|闭馆|停止开放|关闭|休馆)"
    rf"|(?P<span>{_SPAN})"
    r"|(?P<word>开放|营业|服务|时间|开门|照常|为)|(?P<stop>[;。])|(?P<mark>[,、:()和及])"
)
_WHO = frozenset({"days", "all_days", "workdays", "weekend", "holidays"})
_FULL = str.maketrans("：；，（）～—–－０１２３４５６７８９　", ":;,()~---0123456789 ")


@dataclass
class _Reader:
    """The rule that is being read: for which days, its intervals, and whether anything was said of them yet."""

    text: str
    rules: list[Rule] = field(default_factory=list)
    exceptions: list[Rule] = field(default_factory=list)
    who: list[Rule] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    spoken: bool = False

    def finish(self) -> None:
        """End a rule; days of which nothing is said are not understood."""
        if self.who and not self.spoken:
            raise unclear(self.text, self.text)
        if self.spoken:
            spans = tuple(sorted(self.spans))
            self.rules.extend(replace(rule, spans=spans) for rule in self.who or [Rule(())])
        self.who, self.spans, self.spoken = [], [], False

    def read(self, kind: str, word: str) -> None:
        """Take in one word."""
        if kind in _WHO:
            if self.spoken:  # days after times begin the next rule
                self.finish()
            self.who.append(_who(self.text, kind, word))
        elif kind == "except":
            self.exceptions.append(Rule((), holiday=True))
        elif kind == "stop":
            self.finish()
        elif kind in {"all_hours", "closed", "span"}:
            if kind != "span" and self.spoken:
                raise unclear(self.text, word)
            self.spoken = True
            if kind != "closed":
                self.spans.append((0, DAY) if kind == "all_hours" else _span(self.text, word))


def chinese_rules(text: str) -> list[Rule]:
    """Return the rules of hours in Chinese words; InputError `hours-unclear`."""
    reader = _Reader(text)
    for kind, word in _tokens(text):
        reader.read(kind, word)
    reader.finish()
    if not reader.rules:
        raise unclear(text, text)
    # On holidays the rules of holidays decide, wherever they stand.
    return sorted(reader.rules, key=lambda rule: rule.holiday) + reader.exceptions


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a text by kind; InputError at the first that is none."""
    plain = re.sub(r"\s+", "", text.translate(_FULL))
    at = 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None or match.lastgroup is None:
            raise unclear(text, plain[at : at + 12])
        yield match.lastgroup, match.group()
        at = match.end()


def _who(text: str, kind: str, word: str) -> Rule:
    if kind == "all_days":
        return Rule(())
    if kind == "workdays":
        return Rule((), workday=True)
    if kind == "holidays":
        return Rule((), holiday=True)
    if kind == "weekend":
        return Rule((), frozenset({5, 6}))
    days: set[int] = set()
    for one in re.split(r"[、,及和]", word):
        ends = [_WEEKDAY[sign] for sign in re.sub("周|星期|礼拜|[至到~-]", "", one)]
        if len(ends) > 2:
            raise unclear(text, one)
        days.update((ends[0] + step) % 7 for step in range((ends[-1] - ends[0]) % 7 + 1))
    return Rule((), frozenset(days))


def _span(text: str, word: str) -> tuple[int, int]:
    first, second = re.split(r"[至到~-]", word, maxsplit=1)
    begin, half = _clock(text, first, "")
    end, _ = _clock(text, second, half)
    next_day = "次日" in second or "第二天" in second
    written = f"{begin // 60}:{begin % 60:02}-{end // 60}:{end % 60:02}"
    made = span(text, written)
    if made[1] > DAY and not next_day and half in {"上午", "早上", "早"}:
        raise unclear(text, word)
    return made


def _clock(text: str, word: str, half: str) -> tuple[int, str]:
    """Read a time as minutes of the day, with the half of the day that it names or, where it names none, `half`."""
    match = re.fullmatch(
        rf"(?P<half>次日|第二天|{_HALF})?(?P<hour>\d{{1,2}})(?::(?P<minute>\d{{2}})|[点时](?P<rest>.*))", word
    )
    if match is None:
        raise unclear(text, word)
    rest = (match["rest"] or "").rstrip("分")
    minute = 30 if rest == "半" else int(match["minute"] or rest or 0)
    hour, said = int(match["hour"]), match["half"] or half
    if said in {"下午", "晚上", "晚"} and hour < 12:
        hour += 12
    if said == "中午" and hour < 6:
        hour += 12
    if minute > 59 or hour > 24:
        raise unclear(text, word)
    return hour * 60 + minute, said if said in {"上午", "早上", "早", "下午", "晚上", "晚"} else ""
