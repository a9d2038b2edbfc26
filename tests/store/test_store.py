"""Opening, refusing, and staying whole: whatever the file is or the disk does, one clear StoreError."""

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from gridmap.errors import StoreError
from gridmap.store import SCHEMA_VERSION, Store


@pytest.fixture
def made(path):
    Store.create(path, name="汾阳", profile="cn", frame_epsg=4546).close()
    return path


def refused(path, code):
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert caught.value.code == code
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_new_workspace_says_what_it_is(made):
    with Store.open(made) as store:
        meta = store.meta()
        assert (meta.schema_version, meta.name, meta.profile, meta.frame_epsg) == (SCHEMA_VERSION, "汾阳", "cn", 4546)
        assert (meta.city_revision, meta.sample) == (0, False)
        assert store.verify() == []
    assert list(made.parent.iterdir()) == [made], "nothing is left beside a closed workspace"


def test_a_file_is_never_overwritten(made):
    state = made.read_bytes()
    with pytest.raises(StoreError, match="already") as caught:
        Store.create(made)
    assert caught.value.code == "workspace-exists"
    assert made.read_bytes() == state


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StoreError):
        Store.create(tmp_path / "no" / "w.gpkg")


def test_no_file(path):
    refused(path, "workspace-missing")
    assert not path.exists()


def test_a_folder(tmp_path):
    refused(tmp_path, "workspace-unreadable")


@pytest.mark.parametrize("content", [b"", b"not a database", b"\0" * 5000])
def test_something_else(path, content):
    path.write_bytes(content)
    refused(path, "not-a-workspace")


def test_a_database_of_something_else(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    refused(path, "not-a-workspace")


def test_a_newer_format(made):
    connection = sqlite3.connect(made)
    connection.execute("UPDATE gridmap_meta SET schema_version = ?", (SCHEMA_VERSION + 1,))
    connection.commit()
    connection.close()
    refused(made, "workspace-newer")


@pytest.mark.parametrize("statement", ["DROP TABLE plan_edits", "DELETE FROM gridmap_meta"])
def test_a_part_is_missing(made, statement):
    connection = sqlite3.connect(made)
    connection.execute(statement)
    connection.commit()
    connection.close()
    refused(made, "workspace-corrupt")


def test_damaged_pages(made):
    data = bytearray(made.read_bytes())
    data[100:8000] = b"\xa5" * 7900
    made.write_bytes(data)
    refused(made, "workspace-corrupt")


def test_cut_short(made):
    made.write_bytes(made.read_bytes()[:30_000])
    try:
        with Store.open(made) as store:
            assert store.verify(), "the integrity check sees it if nothing before did"
    except StoreError as error:
        assert error.code == "workspace-corrupt"  # noqa: PT017 - either may happen


def test_a_change_that_fails_leaves_nothing(made):
    with Store.open(made) as store:

        def fail():
            with store.writing() as connection:
                connection.exec_driver_sql("INSERT INTO green (id) VALUES ('g')")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        with store.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM green").scalar() == 0


def test_open_for_reading_only(made):
    with Store.open(made, read_only=True) as store:
        assert store.meta().name == "汾阳"
        with pytest.raises(StoreError) as caught, store.writing():
            pass
    assert caught.value.code == "store-read-only"


def test_a_file_without_the_right_to_write():
    """As a user who may only read: reading works, also where no file may be made beside it; writing is refused."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "w.gpkg"
        Store.create(path, name="汾阳").close()
        path.chmod(0o444)
        folder.chmod(0o555)
        code = """
            import os, sys
            from pathlib import Path
            from gridmap.errors import StoreError
            from gridmap.store import Store
            path = Path(sys.argv[1])
            Store.open(path).close()  # whatever is imported late is imported while it may be read
            if os.geteuid() == 0:
                os.setuid(65534)
            with Store.open(path) as store:
                print(store.meta().name, store.read_only)
                try:
                    with store.writing() as connection:
                        connection.exec_driver_sql("DELETE FROM plans")
                except StoreError as error:
                    print(error.code, bool(error.hint))
        """
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), path], capture_output=True, text=True, check=False
        )
        folder.chmod(0o755)
    assert ran.stdout.split() == ["汾阳", "True", "store-read-only", "True"], ran.stderr


def test_no_space_left_in_the_file(made):
    with Store.open(made) as store:

        def fill():
            with store.writing() as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
                rows = [(str(number), "绿地" * 50) for number in range(20_000)]
                connection.exec_driver_sql("INSERT INTO green (id, name) VALUES (?, ?)", rows)

        with pytest.raises(StoreError) as caught:
            fill()
        assert (caught.value.code, "space" in caught.value.hint) == ("disk-full", True)
        with store.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM green").scalar() == 0
        assert store.verify() == []


def test_the_disk_refuses(made):
    """A limit on the size of files stands in for a full disk: the system refuses the write the same way."""
    state, size = made.read_bytes(), made.stat().st_size

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))

    code = """
        import sys
        from pathlib import Path
        from gridmap.errors import StoreError
        from gridmap.store import Store
        with Store.open(Path(sys.argv[1])) as store:
            try:
                with store.writing() as connection:
                    rows = [(str(number), "绿" * 50) for number in range(30_000)]
                    connection.exec_driver_sql("INSERT INTO green (id, name) VALUES (?, ?)", rows)
            except StoreError as error:
                print(error.code, "space" in error.hint)
            with store.reading() as connection:
                print(connection.exec_driver_sql("SELECT count(*) FROM green").scalar())
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), made],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert ran.stdout.split() == ["write-failed", "True", "0"], ran.stderr
    assert made.read_bytes() == state


def test_no_space_for_a_new_one(tmp_path):
    path = tmp_path / "w.gpkg"
    code = """
        import sys
        from pathlib import Path
        from gridmap.errors import StoreError
        from gridmap.store import Store
        try:
            Store.create(Path(sys.argv[1]))
        except StoreError as error:
            print(error.code)
    """

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), path],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert ran.stdout.split() in (["write-failed"], ["disk-full"]), ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_program_holds_the_file(made, monkeypatch):
    monkeypatch.setattr("gridmap.store.engine._BUSY_S", 0.05)
    other = sqlite3.connect(made)
    other.execute("BEGIN IMMEDIATE")
    with Store.open(made) as store:
        with pytest.raises(StoreError) as caught, store.writing():
            pass
        assert (caught.value.code, "QGIS" in caught.value.hint) == ("store-busy", True)
        assert store.meta().name == "汾阳", "readers are not in each other's way"
    other.close()


def test_the_failure_model_is_the_one_we_state(made):
    with Store.open(made) as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    with Store.open(made, synchronous="NORMAL") as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1


def test_rights_are_the_user_s_own(made):
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(made.stat().st_mode) == 0o666 & ~umask
