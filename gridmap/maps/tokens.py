"""Write `web/src/tokens.ts` from `rules/look.toml`: `python -m gridmap.maps.tokens`.

With `--check` nothing is written; the exit code is 1 when the file is stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gridmap.rules import table

__all__ = ["TOKENS_TS", "tokens_ts"]

TOKENS_TS = Path(__file__).parents[2] / "web" / "src" / "tokens.ts"
"""The generated file in a source checkout; an installed package has none."""


def tokens_ts() -> str:
    """Return the TypeScript module that holds every token of `look.toml`."""
    body = json.dumps(table("look"), ensure_ascii=False, indent=2)
    return (
        "// Generated from gridmap/rules/look.toml by `python -m gridmap.maps.tokens`. Do not edit.\n\n"
        f"export const tokens = {body} as const;\n\n"
        "export type Tokens = typeof tokens;\n"
    )


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` only compare it."""
    wanted = tokens_ts()
    if arguments == ["--check"]:
        return int(not TOKENS_TS.exists() or TOKENS_TS.read_text("utf-8") != wanted)
    TOKENS_TS.write_text(wanted, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
