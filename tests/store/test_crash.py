"""Nothing acknowledged is lost and nothing is there by halves, whenever the process is killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyogrio

# The count of `make test`; `make prove` sets 1,000.
KILLS = int(os.environ.get("GRIDMAP_KILLS", "15"))


def test_killed_in_the_midst_of_imports_and_edits(databases):
    path = databases.fresh()
    script = Path(__file__).with_name("killing.py")
    ran = subprocess.run(
        [sys.executable, script, path, str(KILLS), "1"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["wrong"] == []
    assert report["kills"] == KILLS
    assert report["edits"] >= KILLS, "the kills hit a process at work"
    assert report["imports"] > 0
    print(report["kills"], "kills,", report["edits"], "edits and", report["imports"], "imports acknowledged")
    if not isinstance(path, Path):
        return
    for layer, _ in pyogrio.list_layers(path).tolist():
        pyogrio.read_dataframe(path, layer=layer)
