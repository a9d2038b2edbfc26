"""Processes that are killed while they import and export: no torn files, no half-imported workspaces."""

import json
import os
import subprocess
import sys
from pathlib import Path

KILLS = int(os.environ.get("GRIDMAP_KILLS", "20"))


def test_killed_imports_and_exports_leave_whole_files(tmp_path, request):
    seed = request.config.getoption("--hypothesis-seed") or 1
    script = Path(__file__).with_name("killing.py")
    ran = subprocess.run(
        [sys.executable, script, tmp_path, str(KILLS), str(seed)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["wrong"] == []
    assert told["kills"] == KILLS
    assert told["export"] > 0
    assert told["import"] > 0
