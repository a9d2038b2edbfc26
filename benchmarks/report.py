"""What the reports of benchmarks and proofs share: the commit, the machine, a Markdown table."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent


def commit() -> str:
    """Return the hash of the commit that is checked out, with a plus sign where the work tree differs from it."""

    def git(*words: str) -> str:
        run = subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=FOLDER)
        return run.stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain") else "")


def circumstances() -> str:
    """Say when, on which commit and on what something was measured."""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at commit {commit()}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, two cores."
    )


def markdown(rows: Sequence[dict[str, object]]) -> str:
    """Write rows as a Markdown table; columns in the order of their first use."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(column, "")) for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value).replace("|", "\\|")
