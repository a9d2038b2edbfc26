"""Run the property and crash tests at the large counts, resumably, and write `benchmarks/proof.md`.

A proof is a group of tests run in chunks, each with its own seed. What is done is remembered under `.cache/` with the
commit it was done at, so a run that was stopped goes on where it was. `python -m benchmarks.prove tests/redraw …` runs
the named groups alone; the report lists every chunk that is remembered, with its commit.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.report import FOLDER, circumstances, commit, markdown

ROOT = FOLDER.parent
PROOFS = {
    "cells tile any area": ("tests/geo", 3),
    "every edit has an exact inverse; households are conserved": ("tests/plan", 3),
    "no redraw breaks a hard rule, on any instance; certificates hold": ("tests/redraw/test_properties.py", 5),
    "the same seed gives the same plan; proofs, choices and repairs hold": ("tests/redraw", 1),
    "files are read or refused, whatever is wrong with them": ("tests/files", 3),
    "released tables give nothing away": ("tests/release", 3),
    "distances are those of the streets": ("tests/streets", 1),
    "a facility more never uncovers": ("tests/facilities", 1),
    "answers for places, and stages of matters, hold their rules": ("tests/test_duties.py tests/test_matters.py", 1),
    "nothing that may be sent breaks the server": ("tests/server/test_contract.py", 1),
    "a killed process loses nothing; of many writers none loses an edit": ("tests/store", 2),
}
EXAMPLES = 2_000
KILLS = 1_000  # for the stores; of each seed of the files a fifth
MUTANTS = 6_700
PROCESSES = os.environ.get("GRIDMAP_PROCESSES", "2")
COUNTS = {
    "GRIDMAP_HYPOTHESIS": "prove",
    "GRIDMAP_KILLS": str(KILLS),
    "GRIDMAP_MUTANTS": str(MUTANTS),
    "GRIDMAP_WRITERS": "64",
    "GRIDMAP_EDITS": "1000",
    "GRIDMAP_UNDOS": "10000",
    "GRIDMAP_CASES": "250",
}


def _counts(folder: str) -> dict[str, str]:
    return COUNTS | ({"GRIDMAP_KILLS": str(KILLS // 5)} if folder == "tests/files" else {})


def _chunk(folder: str, seed: int) -> dict[str, object]:
    start = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *folder.split(), "-q", "-n", PROCESSES, f"--hypothesis-seed={seed}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **_counts(folder)},
    )
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", run.stdout)}
    failed = counts.get("failed", 0) + counts.get("error", 0) + (run.returncode not in (0, 1))
    if failed:
        print(run.stdout[-20000:], run.stderr[-2000:])
    seconds = round(time.monotonic() - start)
    return {"commit": commit(), "passed": counts.get("passed", 0), "failed": failed, "seconds": seconds}


def main(wanted: Sequence[str]) -> int:
    """Run what is not yet proven at this commit, of the wanted groups or of all; return the number of failures."""
    memory = ROOT / ".cache" / "prove.json"
    memory.parent.mkdir(exist_ok=True)
    known = json.loads(memory.read_text("utf-8")) if memory.exists() else {}
    rows: list[dict[str, object]] = []
    for title, (folder, chunks) in PROOFS.items():
        for seed in range(1, chunks + 1):
            key = f"{folder}#{seed}"
            asked = not wanted or folder in wanted
            if asked and known.get(key, {}).get("commit") != commit():
                known[key] = _chunk(folder, seed)
                memory.write_text(json.dumps(known), "utf-8")
            if key in known:
                rows.append({"what": title, "tests": f"`{folder}`", "seed": seed, **known[key]})
                print(rows[-1], flush=True)
    kills = f"{KILLS:,} kills a store, {KILLS // 5} a seed of files"
    counts = f"{EXAMPLES:,} examples a seed, {kills}, {MUTANTS:,} broken files a seed"
    said = f"{circumstances()} Each property at {counts} (`make prove`); each row at the commit it names."
    text = f"# Proof\n\n{said}\n\n{markdown(rows)}\n"
    (FOLDER / "proof.md").write_text(text, "utf-8")
    return sum(int(str(row["failed"])) for row in rows)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
