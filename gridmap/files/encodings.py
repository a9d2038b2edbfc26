"""Which encoding text is in: as declared, as given, or as detected from the bytes, and always said."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gridmap.errors import EncodingError

__all__ = ["Encoding", "codec", "decide", "detect", "try_decode"]

_ALIASES = {
    "ansi 936": "gbk", "936": "gbk", "cp936": "gbk", "gb2312": "gbk", "gb_2312": "gbk", "gb18030": "gb18030",
    "ansi 950": "big5", "950": "big5", "big-5": "big5", "ansi 932": "cp932", "932": "cp932", "shift_jis": "cp932",
    "shiftjis": "cp932", "sjis": "cp932", "949": "cp949", "ansi 949": "cp949", "65001": "utf-8", "utf8": "utf-8",
    "88591": "iso8859-1", "8859_1": "iso8859-1", "koi8r": "koi8_r",
}  # fmt: skip
_MULTI = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
_SINGLE = ["cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1256", "cp874", "iso8859_7"]
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding, how it was found, and what to tell about it."""

    name: str
    how: Literal["standard", "declared", "given", "detected"]
    note: str = ""


def codec(name: str, *, file: str = "") -> str:
    """Return Python's name for an encoding as files and people write it; EncodingError if there is none.

    >>> codec("ANSI 936"), codec("UTF8"), codec("1251")
    ('gbk', 'utf-8', 'cp1251')
    """
    plain = name.strip().lower()
    wanted = _ALIASES.get(plain, plain)
    for candidate in (wanted, f"cp{wanted.removeprefix('ansi').strip()}", wanted.replace(" ", "")):
        try:
            return _text_codec(candidate)
        except LookupError:
            continue
    raise EncodingError(
        "encoding-unknown",
        f"{file + ': ' if file else ''}{name!r} is not an encoding that is known here.",
        "Use --encoding with utf-8, gbk, gb18030, big5, shift_jis or another of Python's names.",
    )


def _text_codec(name: str) -> str:
    try:
        found = codecs.lookup(name)
        "a".encode(name)
    except (ValueError, TypeError):
        raise LookupError(name) from None
    return found.name


def try_decode(samples: Iterable[bytes], encoding: str) -> str | None:
    """Decode all samples, joined by line ends; None if one of them cannot be."""
    try:
        return "\n".join(sample.decode(encoding) for sample in samples)
    except (UnicodeDecodeError, UnicodeError):
        return None


def decide(
    samples: Sequence[bytes],
    *,
    given: str | None,
    declared: str | None,
    declared_by: str,
    file: str,
    decode: Callable[[Sequence[bytes], str], str | None] = try_decode,
) -> Encoding:
    """Choose the encoding of `samples`: the one given, else the one declared if it decodes them, else as detected.

    `decode` returns the decoded samples or None, `declared_by` says who declares (`the .cpg`). A declaration that the
    bytes refute is overridden with a note. The one given is returned unchecked: the reader names field and row.
    Raises EncodingError if nothing fits.
    """
    if given:
        return Encoding(codec(given, file=file), "given")
    note = ""
    if declared:
        try:
            name = codec(declared)
        except EncodingError:
            note = f"{declared_by} names {declared!r}, which is no encoding."
        else:
            if decode(samples, name) is not None:
                return Encoding(name, "declared")
            note = f"{declared_by} says {declared}, but the text is not in it."
    found = detect(samples, decode=decode)
    if found is None:
        raise EncodingError(
            "encoding-undetected", f"{file}: the encoding of its text cannot be told.", "Name it with --encoding."
        )
    return Encoding(found, "detected", note)


def detect(
    samples: Sequence[bytes], *, decode: Callable[[Sequence[bytes], str], str | None] = try_decode
) -> str | None:
    """Tell the encoding of short texts, such as names in a table; None if nothing fits.

    UTF-8 if it is valid; else the East Asian encoding whose common characters the text has most of, Chinese first
    where two fit alike; one-byte encodings only where high bytes stand alone among letters, or where nothing else fits.
    General detectors need longer texts than a table of names has, so they only choose among the one-byte encodings.
    """
    special = [sample for sample in samples if not sample.isascii()]
    if not special:
        return "utf-8"
    if decode(special, "utf-8") is not None:
        return "utf-8"
    scores = {}
    for name in _MULTI:
        text = decode(special, name)
        if text is not None:
            scores[name] = _COMMON[name](text)
    alone = _alone(special)
    best = max(scores, key=lambda name: scores[name], default="")
    if best and scores[best] >= (0.75 if alone else 0.5):
        return _narrowest(special, best, decode)
    if "gb18030" in scores and not alone:
        return _narrowest(special, "gb18030", decode)  # rare characters of Chinese names
    return _one_byte(special, decode, alone=alone) or (best and _narrowest(special, best, decode)) or None


def _narrowest(samples: Sequence[bytes], name: str, decode: Callable[[Sequence[bytes], str], str | None]) -> str:
    """Call GB18030 by the name people know where that is enough."""
    return "gbk" if name == "gb18030" and decode(samples, "gbk") is not None else name


def _one_byte(
    samples: Sequence[bytes], decode: Callable[[Sequence[bytes], str], str | None], *, alone: bool
) -> str | None:
    from charset_normalizer import from_bytes

    for name in _SINGLE[:2] if alone else ():
        text = decode(samples, name)
        if text is not None and all(sign.isascii() or sign.isalpha() or sign in "°±–—‘’“”… " for sign in text):
            return name
    best = from_bytes(b"\n".join(samples), cp_isolation=_SINGLE, threshold=0.6).best()
    if best is not None and decode(samples, best.encoding) is not None:
        return str(best.encoding)
    return next((name for name in _SINGLE if decode(samples, name) is not None), None)


def _alone(samples: Sequence[bytes]) -> bool:
    """Tell whether most runs of high bytes are one byte long, as accents among Latin letters are."""
    runs, single, length = 0, 0, 0
    for byte in b" ".join(samples) + b" ":
        if byte >= 0x80:
            length += 1
        elif length:
            runs, single, length = runs + 1, single + (length == 1), 0
    return runs > 0 and single / runs >= 0.5


def _share(text: str, common: Callable[[str], bool]) -> float:
    special = [sign for sign in text if not sign.isascii()]
    return sum(map(common, special)) / len(special) if special else 0.0


def _lead(sign: str, encoding: str) -> int:
    try:
        raw = sign.encode(encoding)
    except UnicodeEncodeError:
        return 0
    return raw[0] if len(raw) == 2 else 0


def _chinese(text: str) -> float:
    # Level 1 of GB 2312 (3,755 characters, sorted by sound) and its punctuation.
    return _share(text, lambda sign: 0xB0 <= (lead := _lead(sign, "gb2312")) <= 0xD7 or 0xA1 <= lead <= 0xA3)


def _traditional(text: str) -> float:
    return _share(text, lambda sign: 0xA4 <= (lead := _lead(sign, "big5")) <= 0xC6 or 0xA1 <= lead <= 0xA3)


def _is_kana(sign: str) -> bool:
    return "぀" <= sign <= "ヿ"


def _japanese(text: str) -> float:
    # Level 1 of JIS X 0208. Half-width kana are what one-byte text looks like, so they count as uncommon.
    share = _share(text, lambda sign: _is_kana(sign) or 0x88 <= _lead(sign, "cp932") <= 0x97)
    return share if any(map(_is_kana, text)) else share * 0.9


def _japanese_euc(text: str) -> float:
    # Its bytes are those of GB 2312 as well; only kana tell, which Chinese hardly uses.
    kana = _share(text, _is_kana)
    return 1.01 if kana >= 0.15 else 0.0


def _korean(text: str) -> float:
    # Hangul occupies the first half of the rows that Chinese fills evenly, so a longer text within them is Korean.
    hangul = _share(text, lambda sign: 0xB0 <= _lead(sign, "euc_kr") <= 0xC8)
    return 1.01 if hangul == 1.0 and sum(not sign.isascii() for sign in text) >= 8 else 0.0


_COMMON: dict[str, Callable[[str], float]] = {
    "gb18030": _chinese,
    "big5": _traditional,
    "cp932": _japanese,
    "euc_jp": _japanese_euc,
    "cp949": _korean,
}


def sniff_text(data: bytes) -> str | None:
    """Return the encoding that a byte order mark, or the zeros of UTF-16, give away; None if there are none."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    head = data[:4096]
    if len(head) >= 4:
        even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
        if odd > 0.3 and even < 0.05:
            return "utf-16-le"
        if even > 0.3 and odd < 0.05:
            return "utf-16-be"
    return None
