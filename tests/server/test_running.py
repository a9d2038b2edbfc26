"""The server as a process: started, asked, told to stop; what it logs; several workers; what it refuses."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest

from gridmap.errors import InputError
from gridmap.server import serve

GREEN = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"id": "g1"},
         "geometry": {"type": "Polygon",
                      "coordinates": [[[111.78, 37.26], [111.79, 37.26], [111.79, 37.27], [111.78, 37.26]]]}}
    ],
}  # fmt: skip


@pytest.fixture
def started(sample_file, tmp_path):
    """Return a function that starts a server process and gives it with its address and the lines of its log."""
    made, readers = [], []

    def start(*words):
        path = tmp_path / "city.gpkg"
        shutil.copy(sample_file, path)
        command = [sys.executable, "-m", "gridmap", "serve", str(path), "--port", "0", *words]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        made.append(process)
        lines = []
        first = process.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", first)[0]
        readers.append(threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True))
        readers[-1].start()
        end = time.monotonic() + 60
        while True:
            try:
                if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                    return process, url, lines
            except httpx.TransportError:
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)

    yield start
    for process in made:
        process.kill()
        process.wait()
    for reader in readers:
        reader.join(10)
    for process in made:
        process.stderr.close()


def test_it_stops_when_told_finishing_what_is_under_way(started, until):
    process, url, lines = started()
    plan = httpx.post(f"{url}/api/v1/plans", json={"name": "秘密13877741177"}, timeout=60)
    assert plan.status_code == 201
    heard = []

    def listen():
        with httpx.stream("GET", f"{url}/api/v1/plans/present/events", timeout=60) as stream:
            heard.extend(stream.iter_lines())
        heard.append("ended")

    answers = []
    threads = [threading.Thread(target=listen)]
    threads += [
        threading.Thread(target=lambda: answers.append(httpx.get(f"{url}/api/v1/plans/present/grids", timeout=60)))
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert process.wait(30) in (0, -signal.SIGTERM)
    assert answers[0].status_code == 200
    assert len(answers[0].json()["features"]) == 300
    assert heard[-1] == "ended"
    assert not any("Traceback" in line for line in lines)


def test_each_line_of_the_log_is_an_object_that_names_nobody(started, until):
    _, url, lines = started()
    httpx.get(f"{url}/api/v1/search?q=13877741177", timeout=60)
    httpx.get(f"{url}/api/v1/where?lon=111.78812345&lat=37.265", timeout=60)
    httpx.get(f"{url}/api/v1/plans/秘密13877741177", timeout=60)
    until(lambda: any("/api/v1/plans/{name}" in line for line in lines))
    told = [json.loads(line) for line in lines]
    assert {"at", "level", "log", "message", "method", "route", "status", "ms"} == set(told[-1])
    assert not any(secret in line for line in lines for secret in ("13877741177", "秘密", "111.788"))


def test_several_workers_answer_as_one(started, until):
    process, url, _ = started("--workers", "2")
    with httpx.Client(base_url=url, timeout=60) as http:
        made = http.post("/api/v1/plans", json={"name": "shared"})
    assert made.status_code == 201
    sent = httpx.post(
        f"{url}/api/v1/uploads?name=a.geojson&layer=green&crs=EPSG:4326", content=json.dumps(GREEN).encode(), timeout=60
    )
    job = httpx.post(f"{url}/api/v1/jobs", json={"kind": "redraw", "save": "r1"}, timeout=60).json()["id"]
    for _ in range(8):
        assert httpx.get(f"{url}/api/v1/jobs/{job}", timeout=60).json()["kind"] == "redraw"
        again = httpx.post(f"{url}/api/v1/uploads/{sent.json()['id']}/propose", json={}, timeout=60)
        assert again.json()["rows"] == 1
    httpx.delete(f"{url}/api/v1/jobs/{job}", timeout=60)
    until(lambda: httpx.get(f"{url}/api/v1/jobs/{job}", timeout=60).json()["state"] in ("cancelled", "done"))
    for _ in range(6):  # each on a connection of its own, so that both are asked
        assert httpx.get(f"{url}/api/v1/plans/shared", timeout=60).json()["revision"] == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) in (0, -signal.SIGTERM)


def test_a_port_that_is_taken_is_said(looked):
    port = int(looked.url.rsplit(":", 1)[1])
    with pytest.raises(InputError) as caught:
        serve(looked.path, port=port, say=print)
    assert caught.value.code == "port-taken"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])  # noqa: S104 - what is refused
def test_an_address_that_others_reach_is_refused_without_accounts(sample_file, host):
    with pytest.raises(InputError) as caught:
        serve(sample_file, host=host, say=print)
    assert caught.value.code == "accounts-missing"
