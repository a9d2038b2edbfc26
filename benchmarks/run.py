"""Run ratio benchmarks and write what they say into `benchmarks/results.md`.

Each `bench_*.py` beside this file has `run() -> list[dict]`; a row is whatever it measured, in the order it was put in.
`python -m benchmarks.run NAME …` measures some alone and leaves the parts of the others as they are.
"""

from __future__ import annotations

import importlib
import re
import sys

from benchmarks.report import FOLDER, circumstances, markdown

REPORT = FOLDER / "results.md"
HEAD = (
    "# Benchmarks\n\n`make bench` measures and writes all of it, `python -m benchmarks.run NAME …` some parts; each "
    "says when and at which commit it was measured."
)


def main(names: list[str]) -> None:
    """Run the benchmarks named, or all, and put each into the report as soon as it is done."""
    for path in sorted(FOLDER.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if names and name not in names:
            continue
        module = importlib.import_module(f"benchmarks.{path.stem}")
        measured = circumstances()
        table = markdown(module.run())
        print(f"\n{name}\n{table}", flush=True)
        write(name, f"{(module.__doc__ or '').split(chr(10) * 2)[0].strip()}\n\n{measured}\n\n{table}")


def write(name: str, part: str) -> None:
    """Put a part into the report, in the place of the one of its name; parts of benchmarks that are gone go."""
    text = REPORT.read_text("utf-8") if REPORT.exists() else ""
    parts = dict(re.findall(r"^## (\S+)\n+(.*?)(?=\n## |\Z)", text, re.MULTILINE | re.DOTALL))
    parts[name] = part
    there = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    body = [f"## {one}\n\n{parts[one].strip()}" for one in there if one in parts]
    REPORT.write_text("\n\n".join([HEAD, *body]) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
