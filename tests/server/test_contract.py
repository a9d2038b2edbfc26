"""The contract: whatever may be sent, the server answers as its definition says, and never with an error of its own.

The number of cases a route is small here; `make prove` raises it by GRIDMAP_CASES.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance

CASES = int(os.environ.get("GRIDMAP_CASES", "3"))
SEED = int(os.environ.get("GRIDMAP_SEED", "1"))
LEFT_OUT = ("/events", "/jobs", "/findings/repair", "/map")
"""Streams do not end; jobs would redraw the city; repairs change what other cases look at; the page is no data."""

KNOWN: dict[str, list[Any]] = {
    "name": ["present", "base", "facilities", "buildings", "grids", "request-0001"],
    "other": ["present"], "item": ["B00100", "141182001001"], "z": [0, 14], "x": [0, 13278], "y": [0, 6356],
    "kind": ["canteen", "care_class", "request", "grid_worker", "assign", "merge", "split", "lock", "rename"],
    "lon": [111.788], "lat": [37.265], "bbox": ["111.7,37.2,111.9,37.3"], "plan": ["present"],
    "payload": [{"buildings": ["B00100"], "grid": "141182001001001"}, {"grid": "141182001001001", "locked": True},
                {"grid": "141182001001001", "other": "141182001001002"}, {"grid": "141182001001001", "name": "x"}],
    "grid": ["141182001001001"], "base": [None, 1], "layer": ["green"], "q": ["鼓楼", "wf"],
    "action": ["dispatch", "answer"], "actor": ["community_worker"],
}  # fmt: skip
"""What exists: with it in place of what is made up, cases get beyond the first refusal."""


@pytest.fixture(scope="module")
def operations(served):
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    found = [one.ok() for one in schema.get_all_operations()]
    return [one for one in found if not any(part in one.path for part in LEFT_OUT)]


def _known(case, draw):
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for key in part:
                if key in KNOWN and draw(st.booleans()):
                    part[key] = draw(st.sampled_from(KNOWN[key]))


def _asking(operation, asked):
    """Return a test that sends an operation what may and what may not be sent to it."""

    @seed(SEED)
    @settings(
        max_examples=CASES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def ask(data):
        case = data.draw(operation.as_strategy())
        if data.draw(st.booleans()):
            _known(case, data.draw)
        response = case.call(timeout=120)
        asked.setdefault(f"{operation.method.upper()} {operation.path}", []).append(response.status_code)
        case.validate_response(response, checks=[not_a_server_error, status_code_conformance])

    return ask


def test_nothing_that_may_be_sent_breaks_the_server(operations):
    asked, failed = {}, []
    # Accounts come last: with the first, whoever has not logged in is nobody.
    for operation in sorted(operations, key=lambda one: "/accounts" in one.path):
        try:
            _asking(operation, asked)()
        except (Exception, FailureGroup) as error:  # noqa: BLE001 - every route is asked before one is blamed
            failed.append(f"{operation.method} {operation.path}: {error}")
    print(sum(map(len, asked.values())), "cases")
    assert not failed, "\n\n".join(failed)
    assert len(asked) == len(operations) > 45
