"""Long work and files over HTTP."""

import json

import httpx
import pytest

from gridmap.server.jobs import Jobs

API = "/api/v1"


def _events(served, path):
    with httpx.stream("GET", f"{served.url}{path}", timeout=120) as stream:
        names = [line for line in stream.iter_lines() if line and not line.startswith(":")]  # no beats
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


def test_siting_is_compared_with_other_answers_step_by_step(served):
    body = {"kind": "site", "compare": True, "site": {"kind": "canteen", "add": 1, "minutes": 15}}
    job = served.post(f"{API}/jobs", body, 202)
    *steps, last = _events(served, f"{API}/jobs/{job['id']}/events")
    assert last[0] == "done"
    done = [one["done"] for _, one in steps]
    assert done == sorted(done)
    assert (last[1]["done"], last[1]["total"], last[1]["at"]) == (4, 5, "second")
    told = served.json(f"{API}/jobs/{job['id']}/result")
    ways = {one["id"]: one for one in told["alternatives"]}
    assert list(ways) == ["present", "mclp", "p_median", "p_center", "second"]
    assert ways["present"]["households_covered"] == told["before"]
    assert ways["mclp"]["households_covered"] == told["after"]
    assert ways["mclp"]["sites"] == told["sites"]
    assert ways["p_median"]["mean_minutes"] <= ways["mclp"]["mean_minutes"]
    assert ways["present"]["unserved"] == sum(
        not row["households_covered"] for row in served.json(f"{API}/coverage?kind=canteen&minutes=15")["communities"]
    )


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


def _green(served):
    """Return the green land of the city as a file, each piece with another name."""
    told = served.json("/ogc/collections/green/items?limit=1000")
    for one in told["features"]:
        one["properties"]["name"] = f"园{one['id']}"
    return json.dumps({"type": "FeatureCollection", "features": told["features"]}).encode()


def _send(served, content, name="green.geojson", layer="green"):
    return served.http.post(f"{API}/uploads", params={"name": name, "layer": layer}, content=content)


def test_a_file_is_proposed_then_taken(served):
    before = served.json("/ogc/collections/green/items?limit=1000")["features"]
    sent = _send(served, _green(served))
    assert sent.status_code == 201
    told = sent.json()
    assert (told["rows"], told["layer"], told["crs_how"]) == (len(before), "green", "standard")
    assert "path" not in told
    assert served.json("/ogc/collections/green/items?limit=1000")["features"] == before
    again = served.post(f"{API}/uploads/{told['id']}/propose", {"columns": {"name": "id"}})
    assert next(one for one in again["mapping"] if one["field"] == "name")["columns"] == ["id"]
    served.post(f"{API}/uploads/{told['id']}/propose", {})
    report = served.post(f"{API}/uploads/{told['id']}/take")
    assert report["rows"] == len(before)
    after = served.json("/ogc/collections/green/items?limit=1000")["features"]
    assert [one["properties"]["name"] for one in after] == [f"园{one['id']}" for one in before]
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
    folder = served.service.uploads._folder
    before = set(folder.iterdir())
    answer = _send(served, content, name=name)
    assert answer.status_code in (413, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(folder.iterdir()) == before


def test_a_file_that_is_too_large_is_not_kept(served, monkeypatch):
    monkeypatch.setattr(served.service.uploads, "_most", 100)
    before = set(served.service.uploads._folder.iterdir())
    assert _send(served, _green(served)).json()["code"] == "file-too-large"
    assert set(served.service.uploads._folder.iterdir()) == before
