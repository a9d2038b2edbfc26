"""The records of the sample city: the published account row by row, its contradictions, what is never in it."""

import base64
import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array

from gridmap import sample
from gridmap.city import LAYERS
from gridmap.duties import DUTIES, ORGANISATIONS, PERSONS
from gridmap.matters import EVENTS, MATTERS
from gridmap.sample.account import ACCOUNT, page
from gridmap.store.placing import neighbours, walks
from gridmap.workspace import Workspace

ON = dt.date(2026, 9, 30)
DOC = Path(__file__).parents[2] / "docs" / "published-account.md"


@pytest.fixture(scope="module")
def records(layers):
    return sample.records(layers, on=ON)


@pytest.fixture(scope="module")
def ws(layers, records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_KEY", base64.urlsafe_b64encode(b"s" * 32).decode())
        with Workspace.create_sample(folder / "s.gpkg", layers, name=sample.NAME, records=records) as made:
            yield made


@pytest.fixture(scope="module")
def values(ws):
    return {figure.id: figure.value for figure in ws.accounts.figures(on=ON)}


@pytest.mark.parametrize("line", ACCOUNT, ids=lambda line: line.figure)
def test_the_published_figure_is_counted_from_the_records(values, line):
    assert line.holds(values[line.figure]), f"{line.item}: {line.told} published, {values[line.figure]} counted"


def test_the_document_is_what_is_counted(values):
    assert DOC.read_text("utf-8") == page(values), "the account or the sample has changed: write page(values) there"


def test_every_figure_says_its_basis_and_source(ws):
    for figure in ws.accounts.figures(on=ON):
        assert figure.basis
        assert figure.as_of
        assert figure.source


def test_the_same_day_gives_the_same_records(layers, records):
    again = sample.records(layers, on=ON)
    assert all(again[name].equals(records[name]) for name in records)
    assert not sample.records(layers, on=ON, seed=7)["persons"].equals(records["persons"])


def test_everything_is_marked_invented_and_no_telephone_is_anybodys(records):
    for name in ("persons", "organisations", "duties", "matters"):
        assert set(records[name]["note"]) == {"虚构示例"}
    # No Chinese mobile number begins with 100.
    assert records["persons"]["phone"].str.fullmatch(r"1000\d{7}").all()
    assert records["duties"]["contact"].dropna().str.fullmatch(r"1000\d{7}").all()
    assert records["persons"]["phone"].is_unique


def test_the_remarks_of_the_account_are_made(ws):
    said = {one.feature: one.message for one in ws.check() if one.rule.startswith("figures-")}
    for remark, words in {
        "workers-for-grids": "289 grid workers for 292 resident grids + 8 special grids, short 11",
        "cadres-for-grids": "279 community cadres for 292 resident grids, short 13. With 31 subdistrict cadres",
        "leaders-for-communities": "27 city leaders for 32 communities, short 5",
        "workers-for-residents": "18 per 10,000 × 207,473 residents = 373",
        "postings-a-grid": "= 6.6",
        "households-a-building": "4,101 renovation households / 145 renovation buildings = 28.3",
        "classes-a-community": "32 care classes / 32 communities = 1.0",
        "compounds-or-grids": "292 told, 224 compounds counted",
        "households-basis": "142,063 family households",
    }.items():
        assert words in said[remark]


def test_duties_stand_where_places_are(ws):
    assert [one.message for one in ws.check() if one.rule == "record-place-unknown"] == []
    vacant = ws.accounts.vacancies("grid_worker", on=ON)
    assert (vacant.places, vacant.holders, len(vacant.vacant), len(vacant.shared)) == (300, 289, 4, 14)
    assert ws.accounts.vacancies("cadre_liaison", on=ON).vacant == tuple(
        grid.code for grid in ws.current_plan().grids if grid.kind == "special"
    )
    assert ws.accounts.vacancies("leader_liaison", on=ON).vacant == ()
    assert ws.accounts.coverage("party_org", on=ON).headline == "224 of 224 by 175"


def test_what_happens_has_a_history_and_a_grid(ws, records):
    requests = ws.records.find(kind="request")
    assert all(one.grid and one.community for one in requests)
    rated = [one for one in requests if one.stage == "rated"]
    assert all(1 <= one.rating <= 5 for one in rated)
    events = records["matter_events"].groupby("matter")["action"].agg(list)
    rounds = [events[one.id] for one in rated]
    assert sum(actions == ["open", "dispatch", "answer", "handle", "rate"] for actions in rounds) > 200
    for action in ("return", "escalate", "reopen", "settle"):
        assert any(action in actions for actions in rounds)
    late = [one for one in requests if one.overdue(ON)]
    assert 0 < len(late) < len([one for one in requests if one.closed is None]) / 2


def test_nobodys_religion_or_attendance_can_be_stored():
    names = {field.name for fields in (PERSONS, ORGANISATIONS, DUTIES, MATTERS, EVENTS) for field in fields}
    names |= {field.name for layer in LAYERS.values() for field in layer.fields}
    words = ("religi", "faith", "belief", "attend", "participant", "visitor", "worship", "信仰", "宗教")
    assert [name for name in names if any(word in name for word in words)] == []
    assert "person" not in {field.name for field in (*MATTERS, *EVENTS)}


def test_restricted_records_are_nowhere_in_clear(ws, records):
    secret = records["duties"].query("kind in ('pairing', 'report_in')")
    mine = set(records["persons"]["id"]) & set(secret.query("kind == 'report_in'")["person"])
    assert len(mine) == 5_126
    shown = set(ws.records.table("persons")["id"])
    assert not mine & shown
    folder = ws.path.parent
    phones = {text.encode() for text in records["persons"].set_index("id").loc[sorted(mine), "phone"]}
    households = {text.encode() for text in secret.query("kind == 'pairing'")["places"]}
    assert len(households) == 1_156
    assert {path.suffix for path in folder.iterdir()} >= {".gpkg", ".sqlite"}
    for path in folder.iterdir():
        data = path.read_bytes()
        # Only whole numbers are telephones: longer ones hold the same digits by chance.
        assert not phones & set(re.findall(rb"(?<!\d)1000\d{7}(?!\d)", data)), path.name
        assert not households & set(re.findall(rb"\d{12}:H\d{5}", data)), path.name


def test_289_workers_for_300_grids_are_assigned_at_least_cost(ws):
    """An independent bound: the linear programme by HiGHS, its prices made feasible for every choice there is."""
    proposed = ws.accounts.assign(on=ON)
    plan, held = ws.current_plan(), ws.accounts.duties("grid_worker", on=ON)
    codes = [grid.code for grid in plan.grids]
    own = [[codes.index(code) for code in text.split(";")] for text in held["places"]]
    middle = [(p.x, p.y) for p in (shape.representative_point() for shape in plan.polygons())]
    between = walks(ws.city(), middle, middle)
    walk = np.array([between[grids].min(axis=0) for grids in own])
    today = np.full(len(codes), -1)
    for worker, grids in enumerate(own):
        today[grids] = worker
    changed = (today[None, :] != np.arange(len(own))[:, None]) & (today[None, :] >= 0)
    single = np.minimum(walk, 1e7) + 1_800.0 * changed
    pairs = np.array(neighbours(plan))
    cost = np.hstack([single, single[:, pairs[:, 0]] + single[:, pairs[:, 1]]])
    assert (proposed.figures.vacant, proposed.figures.shared) == (0, 11)
    bound = _bound(cost, pairs, len(codes))
    total = sum(
        single[list(held["person"]).index(row.person), at] for at, row in enumerate(proposed.table.itertuples())
    )
    assert bound <= total + 1
    assert total - bound < 300, "costs are whole seconds each; the rest is rounding"
    assert proposed.figures.optimal


def _bound(cost, pairs, grids):
    """Solve over the cheapest choices of each worker, then lower the workers' prices until no choice is too cheap."""
    workers = len(cost)
    cheap = np.zeros_like(cost, bool)
    np.put_along_axis(cheap, np.argsort(cost, axis=1)[:, :40], values=True, axis=1)
    np.put_along_axis(cheap, np.argsort(cost, axis=0)[:4], values=True, axis=0)
    w, c = np.nonzero(cheap)
    members = [[k] for k in range(grids)] + pairs.tolist()
    rows = np.concatenate([w, *[[workers + g for g in members[choice]] for choice in c.tolist()]])
    columns = np.concatenate([np.arange(len(w)), np.repeat(np.arange(len(w)), [len(members[k]) for k in c.tolist()])])
    matrix = coo_array((np.ones(len(rows)), (rows, columns)), shape=(workers + grids, len(w))).tocsc()
    found = linprog(cost[w, c], A_eq=matrix, b_eq=np.ones(workers + grids), method="highs")
    assert found.status == 0
    prices = found.eqlin.marginals[workers:]
    paid = np.array([prices[list(of)].sum() for of in members])
    # Any prices of the grids bound from below: each worker takes what is cheapest to them at these prices.
    return float((cost - paid[None, :]).min(axis=1).sum() + prices.sum())
