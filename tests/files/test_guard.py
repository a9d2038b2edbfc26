"""The walls around the reading process, tried from within."""

import errno
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading

import pytest

from gridmap.files import guard, worker
from gridmap.settings import DEFAULT

pytestmark = pytest.mark.skipif(not guard.walls().calls or not guard.walls().files, reason="needs Landlock and seccomp")


def behind(code, own, *, files=(), memory=1 << 30):
    """Run code behind the walls in a process of its own; returns how it ended and what it printed."""
    head = f"""
        import os, socket, sys, threading, subprocess
        from pathlib import Path
        from gridmap.files import guard
        guard.limit(memory={memory}, seconds=5)
        files = [Path(f) for f in {[*map(str, files)]!r}]
        assert guard.fence_files(Path({str(own)!r}), files, [Path(p) for p in sys.path if p])
        assert guard.fence_calls()
    """
    text = textwrap.dedent(head) + textwrap.dedent(code)
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout.strip(), ran.stderr


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socketpair()",
        "os.execv('/bin/true', ['true'])",
        "socket.create_connection(('127.0.0.1', 1))",
    ],
)
def test_sockets_and_programs_end_the_process(tmp_path, code):
    assert behind(code, tmp_path)[0] == -signal.SIGSYS


def test_other_processes_cannot_be_made_or_signalled_but_threads_can(tmp_path):
    code = """
        found = []
        for work in (os.fork, lambda: os.kill(os.getppid(), 0), lambda: os.pidfd_open(1)):
            try:
                work()
            except OSError as error:
                found.append(error.errno)
        thread = threading.Thread(target=lambda: found.append("thread"))
        thread.start()
        thread.join()
        print(found)
    """
    ended, said, errors = behind(code, tmp_path)
    assert ended == 0, errors
    assert said == str([errno.EPERM, errno.EPERM, errno.EPERM, "thread"])


def test_only_the_file_and_the_own_folder_can_be_opened(tmp_path):
    own, given, other = tmp_path / "own", tmp_path / "given.csv", tmp_path / "other.csv"
    own.mkdir()
    given.write_text("a")
    other.write_text("b")
    (own / "link").symlink_to(other)
    code = f"""
        def attempt(work):
            try:
                return str(work())
            except OSError as error:
                return error.errno
        given, other, own = Path({str(given)!r}), Path({str(other)!r}), Path({str(own)!r})
        print([attempt(work) for work in (
            given.read_text, lambda: (own / "new").write_text("c"), (own / "new").read_text, other.read_text,
            lambda: given.write_text("d"), (own / "link").read_text, lambda: os.listdir(other.parent),
            lambda: os.listdir("/etc"), lambda: Path("/etc/passwd").read_text(),
            lambda: (own.parent / "x").write_text("x"), lambda: os.rename(own / "new", own.parent / "y"),
        )])
    """
    ended, said, errors = behind(code, own, files=[given])
    assert ended == 0, errors
    assert said == str(["a", "1", "c", *[errno.EACCES] * 8])
    assert given.read_text() == "a"


def test_memory_and_time_are_bounded(tmp_path):
    assert "MemoryError" in behind("x = bytearray(2 << 30)", tmp_path)[2]
    assert behind("while True: pass", tmp_path)[0] == -signal.SIGXCPU


def test_a_file_of_much_memory_is_refused_and_the_next_is_read(tmp_path):
    """The cells of a table need more than a small limit; the process that is asked next is as good as new."""
    from dataclasses import replace

    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "1,2\n" * 300_000)
    small = worker.run("look", path, replace(DEFAULT, reader_memory_bytes=1 << 20), head=True)
    assert small.error is not None
    assert small.error.code in ("reader-memory", "reader-crashed")
    assert "a.csv" in str(small.error)
    assert worker.run("look", path, DEFAULT, head=True).error is None


def test_a_reader_that_hangs_is_ended(tmp_path):
    from dataclasses import replace

    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "1,2\n" * 3_000_000)
    late = worker.run("look", path, replace(DEFAULT, reader_seconds=0.05, reader_seconds_per_mib=0.0), head=True)
    assert late.ended == "late"
    assert late.error.code == "reader-late"


def test_threads_read_side_by_side(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "1,2\n" * 1000)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(worker.run("look", path, DEFAULT, head=True).value))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(value == found[0] for value in found)
    assert found[0] is not None


def test_a_process_that_was_forked_has_readers_of_its_own(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    worker.ask("look", path, DEFAULT, head=True)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(write, worker.ask("look", path, DEFAULT, head=True)[0].encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b"csv"
    os.waitpid(child, 0)
    assert worker.ask("look", path, DEFAULT, head=True)[0] == "csv"


def test_no_connection_comes_of_a_file_that_asks_for_one(tmp_path):
    """A virtual dataset under each ending that GDAL reads, which asks for a file at a server that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        vrt = f"""<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1:{port}/a.geojson
            </SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""
        for ending in (
            ".geojson",
            ".json",
            ".gpkg",
            ".shp",
            ".fgb",
            ".topojson",
            ".kml",
            ".osm",
            ".csv",
            ".dxf",
            ".vrt",
        ):
            path = tmp_path / f"a{ending}"
            path.write_text(vrt)
            assert worker.run("look", path, DEFAULT, head=True).error is not None
        with pytest.raises(TimeoutError):
            server.accept()
