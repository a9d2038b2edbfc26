"""Backups made while others write, and put back: the same city, plans, logs, records and accounts, or nothing."""

import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gridmap.errors import InputError, StoreError
from gridmap.plan import rename
from gridmap.settings import DEFAULT
from gridmap.store import apply_change, back_up, restore, state_of, testing
from gridmap.store.plans import entry, read_state
from gridmap.store.restricted import restricted_records
from gridmap.workspace import Workspace

EAST = "141182001001"
PASSWORD = "correct horse battery"  # noqa: S105 - of an account of a test
QUICK = replace(DEFAULT, argon2_rounds=1, argon2_memory_kib=64)
KILLS = int(os.environ.get("GRIDMAP_KILLS", "15")) // 5


def records(number):
    """A duty that everybody may see and one that is restricted; both are there or neither is."""
    return {
        "persons": pd.DataFrame([{"id": f"p{number}", "name": f"王{number}"}]),
        "duties": pd.DataFrame(
            [
                {"id": f"w{number}", "kind": "grid_worker", "person": f"p{number}", "places": f"{EAST}001"},
                {"id": f"r{number}", "kind": "pairing", "person": f"p{number}", "places": f"{EAST}:h{number}"},
            ]
        ),
    }


def told(place):
    """Return all that must be the same after a restore, for people to compare; the log of it must hold together."""
    with Workspace.open(place) as ws:
        assert ws._store.verify() == []
        assert ws.audit_verify().faults == ()
        with ws._store.reading() as connection:
            logs = {}
            for row in ws._desk.rows():
                logs[row.name] = [entry(connection, row, rev) for rev in range(1, row.head + 1)]
                state = read_state(connection, row, rev=1)
                for one in logs[row.name][1:]:
                    state = apply_change(state, one.payload["change"])
                assert state == read_state(connection, row) == state_of(ws.plan(row.name))
        audit = [one.to_dict() for one in ws.audit_entries() if one.action != "workspace restored"]
        duties = ws.records.table("duties")
        sealed = sum(restricted_records(ws._store).counts().values())
        assert sealed == len(duties), "restricted records are of the same moment as the others"
        layers = {name: frame.to_wkt().to_csv() for name, frame in ws.city().layers.items()}
        people = [one.to_dict() for one in ws.people(QUICK).accounts()]
        plans = [{**row, "revision": row["revision"]} for row in ws.plans()]
        return {
            "logs": logs,
            "audit": audit,
            "duties": duties.to_csv(),
            "layers": layers,
            "people": people,
            "plans": plans,
        }


@pytest.fixture
def place(databases):
    place = databases.fresh()
    with Workspace.create(place, name="汾阳", sample=True) as made:
        for layer, rows in testing.town().items():
            made.import_layer(layer, rows, source="t")
        made.import_records(records(0), source="t")
        made.people(QUICK).add("wang", PASSWORD, role="planner", scope=())
    return place


def edit(ws, text):
    plan = ws.plan("imported")
    ws.edit("imported", rename(plan, plan.grids[0].id, text)[1])


def test_a_backup_of_a_store_at_work_is_of_one_moment(databases, place, tmp_path):
    stop, turns, failures = threading.Event(), threading.Semaphore(0), []

    def write():
        try:
            with Workspace.open(place, pooled=True) as ws:
                number = 0
                while not stop.is_set():
                    number += 1
                    edit(ws, f"第{number}次")
                    if number % 3 == 0:
                        ws.import_records(records(number), source=str(number))
                    turns.release()
        except Exception as error:  # noqa: BLE001 - told to the thread that waits
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [tmp_path / f"{number}.backup" for number in range(3)]
        made = []
        for file in files:
            for _ in range(2):
                assert turns.acquire(timeout=60)
            made.append(back_up(place, file))
    finally:
        stop.set()
        writer.join()
    assert failures == []
    after = told(place)
    assert len(after["logs"]["imported"]) > 3
    for file, said in zip(files, made, strict=True):
        back = databases.fresh()
        assert restore(file, back)["head"] == said["head"]
        found = told(back)
        for name, log in found["logs"].items():
            assert log == after["logs"][name][: len(log)], "an acknowledged edit is there, and none that came later"
        assert found["audit"] == after["audit"][: len(found["audit"])]
        assert len(found["audit"]) == said["entries"]
        assert (found["layers"], found["people"]) == (after["layers"], after["people"])
        with Workspace.open(back) as ws:
            assert ws.people(QUICK).login("wang", PASSWORD, address="::1")
            edit(ws, "es geht weiter")


def test_restore_puts_back_the_same_and_asks_before_it_replaces(databases, place, tmp_path):
    file = tmp_path / "b.backup"
    back_up(place, file)
    assert file.stat().st_mode & 0o777 == 0o600
    before = told(place)
    with Workspace.open(place) as ws:
        ws.people(QUICK).set_password("wang", PASSWORD[::-1])
        ws.import_records(records(1), source="t")
        edit(ws, "later")
    changed = told(place)
    assert changed != before
    with pytest.raises(StoreError) as caught:
        restore(file, place)
    assert (caught.value.code, "--force" in caught.value.hint) == ("workspace-exists", True)
    assert told(place) == changed
    restore(file, place, force=True)
    assert told(place) == before
    with Workspace.open(place) as ws:
        last = ws.audit_entries()[-1]
        assert ws.people(QUICK).login("wang", PASSWORD, address="::1")
        assert (last.action, json.loads(last.detail)["replaced"]) == (
            "workspace restored",
            changed["audit"][-1]["hash"],
        )


def test_who_has_the_workspace_open_goes_on_with_what_was_put_back(place, tmp_path):
    """Also where the plan comes to a revision again that it had before, with another change."""
    file = tmp_path / "b.backup"
    with Workspace.open(place, pooled=True) as ws:
        edit(ws, "kept")
        back_up(place, file)
        edit(ws, "lost")
        ws.import_records(records(1), source="t")
        assert len(ws.records.table("duties")) == 2
        row, city = ws._desk.row("imported"), ws.city()
        session = ws.people(QUICK).login("wang", PASSWORD, address="::1")
        assert session
        restore(file, place, force=True)
        assert ws.plan("imported").grids[0].name == "kept"
        assert ws.city().revision > city.revision, "nothing that is held for a revision is taken for another"
        assert len(ws.records.table("duties")) == 1
        edit(ws, "anew")
        assert ws._desk.row("imported").head == row.head
        ws.import_records(records(2), source="t")
        assert set(ws.records.table("duties")["id"]) == {"w0", "w2"}
        ws.undo("imported")
        assert ws.plan("imported").grids[0].name == "kept"
        ws.undo("imported")
        assert ws.plan("imported").grids[0].name != "kept"
        assert [entry.kind for entry in ws._desk.history("imported")].count("reimport") == 0


def test_nobody_is_logged_in_after_a_restore(place, tmp_path):
    with Workspace.open(place) as ws:
        secret = ws.people(QUICK).login("wang", PASSWORD, address="::1").id
        assert ws.people(QUICK).session(secret)
    back_up(place, tmp_path / "b.backup")
    restore(tmp_path / "b.backup", place, force=True)
    with Workspace.open(place) as ws:
        assert ws.people(QUICK).session(secret) is None


def test_the_key_is_not_in_it(place, tmp_path):
    back_up(place, tmp_path / "b.backup")
    with zipfile.ZipFile(tmp_path / "b.backup") as packed:
        inside = b"".join(packed.read(name) for name in packed.namelist())
    assert os.environ["GRIDMAP_KEY"].encode() not in inside
    assert f"{EAST}:h0".encode() not in inside
    assert "王0".encode() in inside, "what everybody may see is looked for in the right way"


KILLED = """
import sys
from pathlib import Path
from gridmap.store import restore, where
print("ready", flush=True)
sys.stdin.readline()
restore(Path(sys.argv[1]), where(sys.argv[2]), force=True)
print("done", flush=True)
"""


def test_killed_in_the_midst_of_a_restore(place, tmp_path):
    file = tmp_path / "b.backup"
    back_up(place, file)
    with Workspace.open(place) as ws:
        ws.import_records(records(1), source="t")
        edit(ws, "later")
    old, kept = told(place), 0
    began = time.monotonic()
    restore(file, place, force=True)
    lasts = time.monotonic() - began
    restored = told(place)
    for number in range(KILLS):
        if told(place)["duties"] == restored["duties"]:
            with Workspace.open(place) as ws:
                ws.import_records(records(1), source="t")
                edit(ws, "later")
            old = told(place)
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, file, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "ready\n"
        child.stdin.write("go\n")
        child.stdin.flush()
        time.sleep(lasts * number / KILLS)
        child.kill()
        done = child.communicate()[0]
        if not isinstance(place, Path):
            with Workspace.open(place) as ws, ws._store.writing():
                pass  # the server may still be at what the killed process sent it: this waits for its end
        found = told(place)
        assert found in (old, restored)
        assert found == restored or not done
        kept += found == old
    assert kept, "the kills hit a restore under way"


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_damaged_backup_changes_nothing(databases, place, tmp_path, share):
    file = tmp_path / "b.backup"
    back_up(place, file)
    before, data = told(place), bytearray(file.read_bytes())
    at = int(len(data) * share)
    for spoilt in (data[:at], data[:at] + bytes(64) + data[at + 64 :], data[:at] + data[at + 64 :]):
        file.write_bytes(spoilt)
        for target, force in ((place, True), (fresh := databases.fresh(), False)):
            with pytest.raises((StoreError, InputError)) as caught:
                restore(file, target, force=force)
            assert caught.value.code in ("backup-damaged", "not-a-backup")
        with pytest.raises(StoreError):
            Workspace.open(fresh)
    assert told(place) == before


def test_what_is_inside_is_checked_beyond_its_sums(place, tmp_path):
    """A log that was changed and packed anew is found by its own chain."""
    file, spoilt = tmp_path / "b.backup", tmp_path / "c.backup"
    back_up(place, file)
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(spoilt, "w") as other:
        said = json.loads(packed.read("manifest.json"))
        for name in said["members"]:
            other.writestr(name, packed.read(name))
        other.writestr("manifest.json", json.dumps(said | {"head": "0" * 64}))
    before = told(place)
    with pytest.raises(StoreError) as caught:
        restore(spoilt, place, force=True)
    assert caught.value.code == "backup-damaged"
    assert told(place) == before


def test_what_cannot_be_restored_is_told(place, tmp_path):
    file = tmp_path / "b.backup"
    back_up(place, file)
    other = "postgresql://127.0.0.1:1/none" if isinstance(place, Path) else tmp_path / "x.gpkg"
    cases = [(file, other, "backup-other-kind"), (tmp_path / "none", place, "backup-missing")]
    (tmp_path / "text").write_text("text")
    with zipfile.ZipFile(tmp_path / "zip", "w") as packed:
        packed.writestr("a", "b")
    cases += [(tmp_path / name, place, "not-a-backup") for name in ("text", "zip")]
    with zipfile.ZipFile(tmp_path / "newer", "w") as packed:
        packed.writestr("manifest.json", json.dumps({"format": 99, "gridmap": "9.0"}))
    for source, target, code in [*cases, (tmp_path / "newer", place, "backup-newer")]:
        with pytest.raises((InputError, StoreError)) as caught:
            restore(source, target, force=True)
        assert (caught.value.code, bool(caught.value.hint)) == (code, True)
    with pytest.raises(InputError) as caught:
        back_up(place, tmp_path / "text")
    assert caught.value.code == "file-exists"
    assert (tmp_path / "text").read_text() == "text"
    back_up(place, file)  # an earlier backup may be replaced
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.backup", "newer", "text", "zip"]


def test_a_backup_never_takes_the_workspace_s_own_place(tmp_path):
    path = tmp_path / "w.gpkg"
    Workspace.create(path).close()
    for name in ("w.gpkg", "w.restricted.sqlite"):
        with pytest.raises(InputError) as caught:
            back_up(path, tmp_path / name)
        assert caught.value.code == "file-exists"
