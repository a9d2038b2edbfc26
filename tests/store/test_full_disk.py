"""PostgreSQL on a disk that is full: a clear error that says what to do, and a store that is as it was."""

import os
import shutil
import subprocess
import uuid
from contextlib import contextmanager, suppress

import psycopg
import pytest

from gridmap.errors import StoreError
from gridmap.plan import rename
from gridmap.store import back_up, restore, state_of, testing
from gridmap.workspace import Workspace

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted, which only root may do")
SIZE_MIB = 48
"""An empty database with PostGIS takes some 15 of them."""


@contextmanager
def small_disk(folder):
    """Mount a small file system that PostgreSQL may write to."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", folder], check=True)
    try:
        shutil.chown(folder, "postgres", "postgres")
        for above in (folder, *folder.parents):  # the folders of tests are their owner's alone
            above.chmod(above.stat().st_mode | 0o011)
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def place(postgres, tmp_path):
    """Give a database that lies on a small disk."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with small_disk(tmp_path / "disk") as folder:
        with psycopg.connect(postgres.address("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
            admin.execute(f"CREATE DATABASE {name} TEMPLATE empty TABLESPACE {name}")
        yield postgres.address(name)
        with psycopg.connect(postgres.address("postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            admin.execute(f"DROP TABLESPACE {name}")


def told(ws):
    """Return what must stay as it was, read anew."""
    with Workspace.open(ws) as found:
        assert found._store.verify() == []
        assert found.audit_verify().faults == ()
        plan = state_of(found.plan("imported")).to_json()
        return plan, found.plans(), len(found.city().buildings), found.city().revision, len(found.audit_entries())


def refused(doing):
    with pytest.raises(StoreError) as caught:
        doing()
    assert (caught.value.code, "space" in caught.value.hint) == ("disk-full", True)


def test_an_import_an_edit_and_a_restore_on_a_full_disk(place, tmp_path):
    with Workspace.create(place, name="t", sample=True) as ws:
        for layer, rows in testing.town().items():
            ws.import_layer(layer, rows)
        back_up(place, tmp_path / "b.backup")
        before, plan = told(place), ws.plan("imported")
        large = testing.buildings(columns=1000, rows=120)
        fill(place)
        refused(lambda: ws.import_layer("buildings", large))
        assert told(place) == before
        for number in range(10_000):  # what was refused has left a little room
            try:
                ws.edit("imported", rename(plan, plan.grids[0].id, f"{number} " * 400)[1])
            except StoreError as error:
                last = error
                break
            plan = ws.plan("imported")
        assert (last.code, "space" in last.hint) == ("disk-full", True)
        after = told(place)
        assert after[0] == state_of(plan).to_json(), "what was acknowledged is there, what was refused is not"
        refused(lambda: restore(tmp_path / "b.backup", place, force=True))
        assert told(place) == after
        with psycopg.connect(place, autocommit=True) as raw:
            raw.execute("DROP TABLE filling")
        ws.edit("imported", rename(plan, plan.grids[0].id, "there is room again")[1])


def fill(place):
    """Take up the space there is, to the last page."""
    rows = "SELECT string_agg(md5(random()::text || a || b), '') FROM generate_series(1, 40) a"
    with psycopg.connect(place, autocommit=True) as raw:
        raw.execute("CREATE TABLE filling (text text)")
        for many in (1000, 100, 10, 1):
            with suppress(psycopg.errors.DiskFull):
                for _ in range(100_000):
                    raw.execute(f"INSERT INTO filling SELECT ({rows}) FROM generate_series(1, {many}) b")  # noqa: S608
