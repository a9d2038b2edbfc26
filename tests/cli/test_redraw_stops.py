"""A redraw that is stopped: by the clock, it keeps what is drawn and says so; by Ctrl+C, it saves nothing."""

import json
import os
import signal
import threading
import time

import pytest

from gridmap.cli.show import until_interrupted
from gridmap.store.testing import town
from gridmap.workspace import Workspace

WINDOW = ("--min", "100", "--max", "250")


@pytest.fixture
def ws(tmp_path):
    path = tmp_path / "t.gpkg"
    Workspace.create_sample(path, town(), name="t").close()
    return path


def plans(ws):
    with Workspace.open(ws) as opened:
        return {row["name"]: row for row in opened.plans()}


def test_workers_draw_the_same_plan(run, ws):
    alone, shared = (
        json.loads(run("redraw", ws, *WINDOW, "--workers", count, "--json").out)["totals"] for count in (1, 2)
    )
    assert {**alone, "seconds": 0} == {**shared, "seconds": 0}


def test_a_time_limit_leaves_the_rest_as_it_is_and_marks_the_plan(run, ws):
    ran = run("redraw", ws, *WINDOW, "--time-limit", 0, "--save", "none", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["interrupted"]
    with Workspace.open(ws) as opened:
        assert (opened.plan("none").grid_of == opened.plan("present").grid_of).all()
    assert plans(ws)["none"]["note"].startswith("interrupted")
    assert not json.loads(run("redraw", ws, *WINDOW, "--time-limit", 600, "--save", "all", "--json").out)["interrupted"]
    assert plans(ws)["all"]["note"] == ""


def test_ctrl_c_saves_nothing(run, ws):
    def press():
        usual = signal.getsignal(signal.SIGINT)
        while signal.getsignal(signal.SIGINT) is usual:
            time.sleep(0.0005)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    ran = run("redraw", ws, *WINDOW)
    thread.join()
    assert ran.code == 130
    assert "Nothing is saved" in ran.err
    assert list(plans(ws)) == ["present"]


@pytest.fixture
def _interruptible():
    """Take Ctrl+C as a terminal's programs do, whatever the tests were started by."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_a_second_ctrl_c_ends_at_once():
    with pytest.raises(KeyboardInterrupt), until_interrupted() as stopped:  # noqa: PT012 - the first press must not raise
        assert not stopped()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("words", [("--workers", 2), ("--time-limit", 5), ("--certificates",)])
def test_what_belongs_to_one_plan_is_refused_with_several(run, ws, words):
    ran = run("redraw", ws, "--frontier", *words)
    assert ran.code == 2
    assert words[0] in ran.err
