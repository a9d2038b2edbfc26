"""Long work and files over HTTP."""

import json

import httpx
import pytest

from gridmap.server.jobs import Jobs

API = "/api/v1"


def _events(served, path):
    with httpx.stream("GET", f"{served.url}{path}", timeout=120) as stream:
        names = [line for line in stream.iter_lines() if line]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in zip(names[::2], names[1::2], strict=True)
    ]


def test_a_redraw_is_submitted_followed_and_fetched(served):
    code = served.json(f"{API}/places")[0]["children"][0]["code"]
    job = served.post(f"{API}/jobs", {"kind": "redraw", "communities": [code], "plan": "present", "save": "r1"}, 202)
    events = _events(served, f"{API}/jobs/{job['id']}/events")
    assert events[-1][0] == "done"
    assert all(name == "progress" for name, _ in events[:-1])
    told = served.json(f"{API}/jobs/{job['id']}/result")
    assert told["saved"] == "r1"
    assert [row["code"] for row in told["communities"]] == [code]
    assert served.json(f"{API}/plans/r1")["base"] == "present"


def test_a_job_that_is_stopped_changes_nothing(served, until):
    before = served.json(f"{API}/plans")
    job = served.post(f"{API}/jobs", {"kind": "redraw", "plan": "present"}, 202)
    until(lambda: served.json(f"{API}/jobs/{job['id']}")["done"])
    assert served.http.delete(f"{API}/jobs/{job['id']}").status_code == 200
    until(lambda: served.json(f"{API}/jobs/{job['id']}")["state"] == "cancelled")
    assert served.json(f"{API}/jobs/{job['id']}/result", 409)["code"] == "job-not-done"
    assert served.json(f"{API}/plans") == before


def test_siting_is_a_job_too(served):
    job = served.post(f"{API}/jobs", {"kind": "site", "site": {"kind": "canteen", "add": 1}}, 202)
    assert _events(served, f"{API}/jobs/{job['id']}/events")[-1][0] == "done"
    at_once = served.post(f"{API}/site", {"kind": "canteen", "add": 1})
    assert served.json(f"{API}/jobs/{job['id']}/result")["sites"] == at_once["sites"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kind": "redraw", "plan": "nope"}, "plan-unknown"),
        ({"kind": "redraw", "save": "present"}, "plan-exists"),
        ({"kind": "site"}, "site-missing"),
        ({"kind": "import", "upload": "../../etc/passwd"}, "upload-unknown"),
        ({"kind": "shell"}, "request-invalid"),
    ],
)
def test_work_that_cannot_be_done_is_refused_at_once(served, asked, code):
    assert served.http.post(f"{API}/jobs", json=asked).json()["code"] == code


def test_a_job_that_fails_says_why_and_one_that_breaks_says_nothing(until):
    jobs = Jobs()

    def fail(job):
        from gridmap.errors import InputError

        raise InputError("too-bad", "It cannot be.", "Try another.")

    def breaks(job):
        raise RuntimeError("secret")

    told = [jobs.submit("x", work, owner="me") for work in (fail, breaks)]
    until(lambda: all(one.ended for one in told))
    assert told[0].to_dict()["error"]["code"] == "too-bad"
    assert "secret" not in json.dumps(told[1].to_dict())
    assert told[1].state == "failed"
    jobs.close()


def test_jobs_are_their_owners_and_not_endless():
    from threading import Event

    from gridmap.errors import InputError, LimitError

    jobs, gate = Jobs(), Event()
    mine = jobs.submit("x", lambda _: gate.wait(10), owner="me")
    with pytest.raises(InputError):
        jobs.get(mine.id, "another")
    for _ in range(15):
        jobs.submit("x", lambda _: None, owner="me")
    with pytest.raises(LimitError):
        jobs.submit("x", lambda _: None, owner="me")
    gate.set()
    jobs.close()


GREEN = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "g1", "name": "园"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[111.78, 37.26], [111.781, 37.26], [111.781, 37.261], [111.78, 37.26]]],
            },
        }
    ],
}


def _send(served, content, name="green.geojson", layer="green"):
    return served.http.post(f"{API}/uploads", params={"name": name, "layer": layer}, content=content)


def test_a_file_is_proposed_then_taken(served):
    sent = _send(served, json.dumps(GREEN).encode())
    assert sent.status_code == 201
    told = sent.json()
    assert (told["rows"], told["layer"], told["crs_how"]) == (1, "green", "standard")
    assert "/" not in json.dumps(told["source_layer"])
    assert "path" not in told
    assert served.json("/ogc/collections/green/items?limit=1000")["numberMatched"] != 1
    again = served.post(f"{API}/uploads/{told['id']}/propose", {"columns": {"name": "id"}})
    assert next(one for one in again["mapping"] if one["field"] == "name")["columns"] == ["id"]
    report = served.post(f"{API}/uploads/{told['id']}/take")
    assert report["rows"] == 1
    green = served.json("/ogc/collections/green/items")
    assert [one["properties"]["name"] for one in green["features"]] == ["g1"]
    assert served.post(f"{API}/uploads/{told['id']}/take", status=404)["code"] == "upload-unknown"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../x.sh", b""),
        ("x.geojson", b""),
        ("x.geojson", b"{"),
        ("x.geojson", b"[" * 100_000),
        ("x.zip", b"PK\x03\x04junk"),
        ("x.geojson", b'<OGRVRTDataset><OGRVRTLayer name="a"/></OGRVRTDataset>'),
    ],
)
def test_files_that_are_none_are_refused(served, name, content):
    answer = _send(served, content, name=name)
    assert answer.status_code in (413, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    folder = served.service.uploads._folder
    assert not list(folder.iterdir())


def test_a_file_that_is_too_large_is_not_kept(served, monkeypatch):
    monkeypatch.setattr(served.service.uploads, "_most", 100)
    assert _send(served, json.dumps(GREEN).encode()).json()["code"] == "file-too-large"
    assert not list(served.service.uploads._folder.iterdir())
