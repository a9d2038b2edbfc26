"""Text as it should be written: codes without what spreadsheets and input methods leave in them, names likewise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["clean_code", "clean_name", "unclean_codes", "unclean_names"]

# Digits and letters in full width, the space in full width, what has no width, control characters.
_STRANGE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000\u00a0\u200b-\u200f\u2060\ufeff\x00-\x1f\x7f]")
_CODE = re.compile(r"[\s.'\uff01-\uff5e\u3000\u00a0\u200b-\u200f\u2060\ufeff\x00-\x1f\x7f]")
_NAME = re.compile(f"{_STRANGE.pattern}|^ | $|  |[\u4e00-\u9fff] [\u4e00-\u9fff]")
_NO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
_FLOAT = re.compile(r"(\d{6,})\.0+")


def clean_code(text: str) -> str:
    r"""Return a code in half width, without blanks, without an apostrophe before it or the decimals of a float.

    >>> clean_code("１４１１８２ ００１"), clean_code("'141182001001"), clean_code("141182001001.0")
    ('141182001', '141182001001', '141182001001')
    >>> clean_code("A-1.5")
    'A-1.5'
    """
    plain = re.sub(r"\s+", "", _NO_WIDTH.sub("", unicodedata.normalize("NFKC", text))).lstrip("'")
    whole = _FLOAT.fullmatch(plain)
    return whole[1] if whole else plain


def clean_name(text: str) -> str:
    """Return a name with digits and letters in half width and no blanks but single ones between words not Chinese.

    Punctuation stays as it is: brackets of full width are how Chinese is written.

    >>> clean_name(" 府东 小区　３号楼"), clean_name("Block  A（北）")
    ('府东小区3号楼', 'Block A（北）')
    """
    plain = _STRANGE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), _NO_WIDTH.sub("", text))
    plain = re.sub(r"\s+", " ", plain).strip()
    return re.sub("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff0-9])", "", plain)


def unclean_codes(values: pd.Series) -> NDArray[np.intp]:
    """Return the positions of codes that `clean_code` would change. Sound columns are passed over at once."""
    return _changed(values, _CODE, clean_code)


def unclean_names(values: pd.Series) -> NDArray[np.intp]:
    """Return the positions of names that `clean_name` would change. Sound columns are passed over at once."""
    return _changed(values, _NAME, clean_name)


def _changed(values: pd.Series, suspect: re.Pattern[str], clean: Callable[[str], str]) -> NDArray[np.intp]:
    texts = values.to_numpy(object)
    found = [row for row, text in enumerate(texts) if text is not None and suspect.search(text) and clean(text) != text]
    return np.array(found, np.intp)
