"""Single values as people type them: numbers, dates, yes and no, codes. Text in, exact values out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from functools import cache

from gridmap.rules import table

__all__ = ["Number", "half_width", "is_unknown", "key", "parse_boolean", "parse_date", "parse_month", "parse_number"]

# Full-width forms of ASCII, the ideographic space, no-break spaces and the minus sign. Not Unicode's compatibility
# forms: they would turn the footnote mark of 1200① into another digit.
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x202F: 0x20,
    0x2009: 0x20,
    0x2212: 0x2D,
}

_NUMBER = re.compile(
    r"""(?P<about>大约|大概|约|将近|接近|近|~|≈|about|approx\.?|ca\.?)?\s*
    (?P<number>[+-]?
        (?:[0-9]{1,3}(?:,[0-9]{3})+ | [0-9]{1,3}(?:\ [0-9]{3})+ | [0-9]+ | (?=\.[0-9]))
        (?:\.[0-9]+)? (?:e[+-]?[0-9]{1,3})?)\s*
    (?P<wan>万)?\s*(?P<more>余|多)?\s*
    (?P<unit>常住户|户|人|层|楼|栋|幢|座|个|间|家|套|单元|年|岁|平方米|平米|㎡|m²|m2|households?|units?|persons?)?\s*
    (?P<after>左右|上下|余|多)?""",
    re.VERBOSE,
)

_NUMERALS = {
    sign: digit
    for digit, signs in enumerate(("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for sign in signs
}
_SPELLED = re.compile(
    r"(?P<number>[零〇一二两三四五六七八九十百千万]+)(?:常住户|户|人|层|楼|栋|幢|座|个|间|家|套|单元|年|岁)?"
)
_PLACES = {"十": 10, "百": 100, "千": 1000}

_DATE = re.compile(r"(?P<y>[0-9]{4})(?P<s>[-/.年])(?P<m>[0-9]{1,2})(?:[-/.月])(?P<d>[0-9]{1,2})日?(?:[T ].*)?")
_COMPACT_DATE = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")


class Number:
    """What a text says as a number: its exact value, whether the text only says about, and whether in numerals."""

    __slots__ = ("about", "value", "words")

    def __init__(self, value: Decimal, *, about: bool, words: bool = False) -> None:
        self.value = value
        self.about = about
        self.words = words


def half_width(text: str) -> str:
    """Turn full-width letters, digits, signs and spaces into plain ones, and trim.

    >>> half_width("　１２Ａ－")
    '12A-'
    """
    return text.translate(_HALF).strip()


def key(text: str) -> str:
    """Reduce a name to what is compared: half width, one case, letters and digits only.

    >>> key("NB_Logts"), key(" 户　数 "), key("总户数（户）")
    ('nblogts', '户数', '总户数户')
    """
    plain = unicodedata.normalize("NFC", half_width(text)).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


@cache
def _words(section: str, name: str) -> frozenset[str]:
    return frozenset(half_width(word).casefold() for word in table("aliases")[section][name])


def is_unknown(text: str) -> bool:
    """Tell whether a cell says that its value is not known, by an empty cell, a dash, 无, NULL and the like.

    >>> [is_unknown(t) for t in ("", "——", "NULL", "0", "无")]
    [True, True, True, False, True]
    """
    return half_width(text).casefold() in _words("unknown", "words")


def parse_number(text: str) -> Number | None:
    """Read a number as people type it, exactly; None if the text says unknown.

    Full-width digits, thousands in groups of three, a counting word (户, 人, 层 …), 万, 约 or 左右, and numerals
    (三百二十户) are understood. Raises ValueError for anything else, such as ranges.

    >>> parse_number("１,２００户").value, parse_number("约300").about, parse_number("1.2万").value
    (Decimal('1200'), True, Decimal('12000'))
    """
    plain = half_width(text).casefold()
    if is_unknown(plain):
        return None
    if spelled := _SPELLED.fullmatch(plain):
        return Number(Decimal(_spelled(spelled["number"])), about=False, words=True)
    found = _NUMBER.fullmatch(plain)
    if not found:
        raise ValueError(text)
    value = Decimal(re.sub(r"[, ]", "", found["number"]))
    if found["wan"]:
        value = value * 10_000
    if value == value.to_integral_value():
        value = value.quantize(Decimal(1)) if abs(value) < Decimal(10) ** 20 else value
    return Number(value, about=bool(found["about"] or found["more"] or found["after"]))


def _spelled(run: str) -> int:
    """Return the value of numerals; ValueError for a run that is none, such as 百十千.

    >>> [_spelled(run) for run in ("三百", "一千零五", "十二", "二万三千", "二〇二三")]
    [300, 1005, 12, 23000, 2023]
    """
    if not any(sign in _PLACES or sign == "万" for sign in run):
        return int("".join(str(_NUMERALS[sign]) for sign in run))
    high, joint, low = run.rpartition("万")
    if joint and not high:
        raise ValueError(run)
    if joint:
        return _below_myriad(high) * 10_000 + (_below_myriad(low) if low else 0)
    return _below_myriad(run)


def _below_myriad(run: str) -> int:
    total, last, place = 0, None, 10_000
    for sign in run:
        if sign in _PLACES:
            if _PLACES[sign] >= place or (last is None and (sign != "十" or total)):
                raise ValueError(run)
            place = _PLACES[sign]
            total, last = total + (1 if last is None else last) * place, None
        elif sign in "零〇":
            last = None
        elif sign not in _NUMERALS or last is not None:
            raise ValueError(run)
        else:
            last = _NUMERALS[sign]
    return total + (last or 0)


def parse_date(text: str) -> str | None:
    """Read a day and return it as YYYY-MM-DD; None if the text says unknown. Raises ValueError for anything else.

    Only orders that begin with the year are read: 05/06/2020 is two different days in two countries.

    >>> parse_date("2023年1月5日"), parse_date("20231231"), parse_date("2022-05-16 17:06:46")
    ('2023-01-05', '2023-12-31', '2022-05-16')
    """
    plain = half_width(text)
    if is_unknown(plain) or plain in {"00000000", "0"}:
        return None
    found = _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)
    if not found:
        raise ValueError(text)
    return dt.date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()


def parse_boolean(text: str) -> bool | None:
    """Read yes or no in any of the table's words; None if the text says unknown. Raises ValueError for anything else.

    >>> parse_boolean("是"), parse_boolean("N"), parse_boolean("无"), parse_boolean("—")
    (True, False, False, None)
    """
    plain = half_width(text).casefold()
    if plain in _words("boolean", "yes"):
        return True
    if plain in _words("boolean", "no"):
        return False
    if is_unknown(plain):
        return None
    raise ValueError(text)


_MONTH = re.compile(r"(?P<y>[0-9]{4})(?:[-/.年](?P<m>[0-9]{1,2})月?|年|(?P<c>[0-9]{2}))")


def parse_month(text: str) -> str | None:
    """Read a day, a month or a year and return its first day as YYYY-MM-DD; None if the text says unknown.

    Raises ValueError for anything else.

    >>> [parse_month(text) for text in ("2024年3月", "1951.08", "195108", "1951年", "1951-8-9")]
    ['2024-03-01', '1951-08-01', '1951-08-01', '1951-01-01', '1951-08-09']
    """
    plain = half_width(text)
    found = _MONTH.fullmatch(plain) or re.fullmatch(r"(?P<y>(?:19|20)[0-9]{2})", plain)
    if not found:
        return parse_date(text)
    parts = found.groupdict()
    return dt.date(int(parts["y"]), int(parts.get("m") or parts.get("c") or 1), 1).isoformat()
