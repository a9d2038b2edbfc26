"""Run every ratio benchmark and write `benchmarks/results.md`.

Each `bench_*.py` beside this file has `run() -> list[dict]`; a row is whatever it measured, in the order it was put in.
"""

from __future__ import annotations

import importlib
import sys

from benchmarks.report import FOLDER, circumstances, markdown


def main(names: list[str]) -> None:
    """Run the benchmarks named, or all; write the report when all were run."""
    parts = ["# Benchmarks", circumstances() + " `make bench` prints and writes them."]
    for path in sorted(FOLDER.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if names and name not in names:
            continue
        module = importlib.import_module(f"benchmarks.{path.stem}")
        table = markdown(module.run())
        parts += [f"## {name}", (module.__doc__ or "").split("\n\n")[0].strip(), table]
        print(f"\n{name}\n{table}", flush=True)
    if not names:
        (FOLDER / "results.md").write_text("\n\n".join(parts) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
