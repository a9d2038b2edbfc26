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


FULL = """
import json, os, resource, signal, sys
sys.path.insert(0, sys.argv[2])
import killing
from gridmap.errors import StoreError
from gridmap.plan import rename
from gridmap.workspace import Workspace

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then the write fails, as on a full disk
path = sys.argv[1]
with Workspace.open(path) as ws:
    desk = killing.desk_on(ws._store)
    desk.open("p")
    size = os.path.getsize(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, size + 200_000))
    told = []
    for number in range(100_000):
        row, plan = desk.open("p")
        try:
            desk.edit("p", rename(plan, plan.grids[0].id, f"{number} " * 400)[1])
        except StoreError as error:
            told.append([error.code, error.hint])
            break
    after = desk.open("p")[0].head
    print(json.dumps({"told": told, "before": row.head, "after": after, "number": number}))
"""


def test_a_full_disk_is_told_and_loses_nothing(tmp_path):
    """A limit on the size of files stands in for a full disk, for root too; the system refuses the write alike."""
    path, here = tmp_path / "w.gpkg", Path(__file__).parent
    prepare = "import sys; sys.path.insert(0, sys.argv[1]); import killing; from pathlib import Path; "
    subprocess.run([sys.executable, "-c", f"{prepare} killing.main(Path(sys.argv[2]), 0, 1)", here, path], check=True)
    ran = subprocess.run(
        [sys.executable, "-c", FULL, path, here], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert [(code in ("disk-full", "write-failed"), "space" in hint) for code, hint in report["told"]] == [(True, True)]
    assert report["number"] > 0, "there was room for some"
    assert report["after"] == report["before"]
    look = f"{prepare} print(killing.look(Path(sys.argv[2]), {{}}) + killing.foreign(sys.argv[2]))"
    after = subprocess.run([sys.executable, "-c", look, here, path], capture_output=True, text=True, check=True)
    assert after.stdout.strip() == "[]"
