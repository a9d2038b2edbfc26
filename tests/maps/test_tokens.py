"""The tokens of the front end are those of look.toml."""

from gridmap.maps.tokens import TOKENS_TS, main, tokens_ts
from gridmap.rules import table


def test_the_generated_file_is_fresh() -> None:
    assert main(["--check"]) == 0, "write it anew: python -m gridmap.maps.tokens"


def test_every_colour_reaches_the_front_end() -> None:
    written = TOKENS_TS.read_text("utf-8")
    assert written == tokens_ts()
    for status in table("look")["status"].values():
        assert status["light"] in written
        assert status["sign"] in written
