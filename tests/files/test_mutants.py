"""Broken files of every format: read or refused with one clear error, by a reader that never does more than read."""

import importlib.util
import os
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("mutants.py"))
mutants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)

COUNT = int(os.environ.get("GRIDMAP_MUTANTS", "1000"))


@pytest.mark.parametrize("ending", mutants.ENDINGS)
def test_mutants_are_read_or_refused(ending, tmp_path, request):
    seed = request.config.getoption("--hypothesis-seed") or 0
    each = -(-COUNT // len(mutants.ENDINGS))
    codes, wrong = mutants.assault([ending], each, seed, tmp_path)
    assert wrong == []
    assert sum(codes.values()) == each
    # A reader that tries to reach the network or to start a program is ended by the kernel, one that hangs by its time.
    assert codes["reader-forbidden"] == 0
    assert codes["reader-late"] == 0
    assert codes["reader-failed"] == 0
    assert not [code for code in codes if " " in code]
    assert len(codes) > 1, "mutations should lead to more than one outcome"
