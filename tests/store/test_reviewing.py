"""Plans on their way into force: which step leads where, who may take it, what a plan under review refuses."""

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import text

from gridmap.errors import ConflictError, InputError, PermissionDenied, StoreError
from gridmap.plan import assign, merge, rename, split
from gridmap.plan.testing import chequered, striped
from gridmap.rules import profile
from gridmap.store import ReviewDesk, Store
from gridmap.store.audit import entries, verify_chain

FABRIC = chequered(10, 6, communities=2, specials=1)
PLAN = replace(striped(FABRIC, 5), name="p")
CN = profile("cn")

LEADS = {
    ("draft", "submit"): "submitted",
    ("submitted", "withdraw"): "draft",
    ("submitted", "approve"): "reviewed",
    ("submitted", "return"): "draft",
    ("reviewed", "return"): "draft",
    ("filed", "return"): "draft",
    ("reviewed", "file"): "filed",
    ("filed", "publish"): "in_force",
}
"""Every step that leads on. All others are refused."""

WAY = {"draft": (), "submitted": ("submit",), "reviewed": ("submit", "approve")}
WAY |= {"filed": (*WAY["reviewed"], "file"), "in_force": (*WAY["reviewed"], "file", "publish")}


def desk_on(store, user="li", fabric=FABRIC, revision=1):
    return ReviewDesk(store, user=user, fabric=lambda _: fabric, revision=lambda: revision, window=lambda: (100, 300))


@pytest.fixture
def store(databases):
    with Store.create(databases.fresh(), profile="cn", frame_epsg=4546) as opened:
        yield opened


@pytest.fixture
def desk(store):
    made = desk_on(store)
    made.create(PLAN, "p")
    return made


def take(desk, step, name="p"):
    if step == "file":
        desk.file(name, profile=CN)
    elif step == "publish":
        desk.put_in_force(name, profile=CN, at_once=False)
    else:
        desk.step(name, step, note=f"{step}!", other=step == "approve")
    return desk.row(name).state


def residents(plan):
    return [grid.id for grid in plan.grids if grid.resident]


@pytest.mark.parametrize("state", WAY)
def test_each_step_leads_on_from_its_states_alone(store, desk, state):
    wang = desk_on(store, "wang")
    for k, step in enumerate(("submit", "withdraw", "approve", "return", "file", "publish")):
        name = f"p{k}"
        desk.create(PLAN, name)
        for before in WAY[state]:
            take(desk if before == "submit" else wang, before, name)
        assert desk.row(name).state == state
        told = len(desk.steps(name))
        if (state, step) in LEADS:
            assert take(wang, step, name) == LEADS[state, step]
            assert len(desk.steps(name)) == told + 1
        else:
            with pytest.raises(ConflictError) as caught:
                take(wang, step, name)
            assert caught.value.code == "plan-step"
            assert (desk.row(name).state, len(desk.steps(name))) == (state, told)


def test_who_took_each_step_and_when_is_kept_in_the_plan_and_in_the_audit_log(store, desk):
    wang = desk_on(store, "wang")
    for who, step in ((desk, "submit"), (wang, "return"), (desk, "submit"), (wang, "approve")):
        take(who, step)
    told = wang.steps("p")
    assert [(one.step, one.state, one.user, one.note, one.revision) for one in told] == [
        ("submit", "submitted", "li", "submit!", 1),
        ("return", "draft", "wang", "return!", 1),
        ("submit", "submitted", "li", "submit!", 1),
        ("approve", "reviewed", "wang", "approve!", 1),
    ]
    assert all(one.at <= two.at for one, two in itertools.pairwise(told))
    with store.reading() as connection:
        logged = [(one.action, one.user, one.subject) for one in entries(connection)]
        assert verify_chain(connection).faults == ()
    assert logged == [
        ("plan created", "li", "p"), ("plan submitted", "li", "p"), ("plan returned", "wang", "p"),
        ("plan submitted", "li", "p"), ("plan approved", "wang", "p"),
    ]  # fmt: skip


def test_nobody_approves_what_they_submitted(store, desk):
    take(desk, "submit")
    with pytest.raises(PermissionDenied, match="li submitted") as caught:
        take(desk, "approve")
    assert caught.value.code == "own-plan"
    desk.step("p", "return")
    take(desk_on(store, "wang"), "submit")
    assert take(desk, "approve") == "reviewed", "it is who submitted last that counts"


@pytest.mark.parametrize("state", ["submitted", "reviewed", "filed"])
def test_a_plan_under_review_is_not_changed(store, desk, state):
    wang = desk_on(store, "wang")
    _, plan = desk.open("p")
    desk.edit("p", rename(plan, residents(plan)[0], "东")[1])
    for step in WAY[state]:
        take(desk if step == "submit" else wang, step)
    row, plan = desk.open("p")
    one, two = residents(plan)[:2]
    for change in (
        lambda: desk.edit("p", merge(plan, one, two)[1]),
        lambda: desk.revert("p", "undo"),
        lambda: desk.advance(row, plan, rename(plan, one, "西")[0], kind="redraw"),
    ):
        with pytest.raises(ConflictError, match="cannot be changed") as caught:
            change()
        assert caught.value.code == "plan-under-review"
        assert ("Withdraw" if state == "submitted" else "Return") in caught.value.hint
    assert desk.open("p")[1] == plan
    wang.step("p", "return")
    assert desk.edit("p", merge(plan, one, two)[1]) != plan


def test_what_is_handed_in_while_somebody_edits_is_one_or_the_other(store, desk):
    """The edit has looked at a draft when the plan is submitted: it is refused, not slipped in."""
    row, plan = desk.open("p")
    take(desk_on(store, "wang"), "submit")
    with pytest.raises(ConflictError) as caught:
        desk.advance(row, plan, rename(plan, residents(plan)[0], "东")[0], kind="rename")
    assert caught.value.code == "plan-changed"
    assert (desk.row("p").head, desk.row("p").state) == (1, "submitted")


def test_a_review_is_of_a_revision(store, desk):
    _, plan = desk.open("p")
    desk.edit("p", rename(plan, residents(plan)[0], "东")[1])
    with pytest.raises(ConflictError, match="since revision 1"):
        desk.step("p", "submit", base=1)
    assert desk.step("p", "submit", base=2).state == "submitted"


def test_an_import_is_logged_under_review_too(store, desk):
    take(desk, "submit")
    later = desk_on(store, fabric=chequered(10, 8, communities=2), revision=2)
    row, plan = later.open("p")
    assert (row.state, row.head, len(plan.fabric)) == ("submitted", 2, 80)


def test_codes_are_given_when_a_plan_is_filed_and_stay_in_force(store, desk):
    wang = desk_on(store, "wang")
    plan = desk.open("p")[1]
    cells = [str(FABRIC.cell_ids[cell]) for cell in plan.cells_of(residents(plan)[0])[:2]]
    desk.edit("p", split(plan, residents(plan)[0], cells, "draft-1")[1])
    for step in WAY["reviewed"]:
        take(desk if step == "submit" else wang, step)
    before = desk.open("p")[1]
    assert "" in {grid.code for grid in before.grids if grid.resident}
    take(wang, "file")
    filed = desk.open("p")[1]
    assert all(grid.code for grid in filed.grids)
    take(wang, "publish")
    assert desk.open("p")[1] == filed
    assert desk.row("p").head == 3, "to put it in force changes no grid"


def test_two_filed_plans_have_no_new_code_in_common_and_the_later_is_filed_anew(store, desk):
    wang = desk_on(store, "wang")
    for step in WAY["in_force"]:
        take(desk if step == "submit" else wang, step)
    plan = desk.open("p")[1]
    old = {grid.code for grid in plan.grids}
    for name, grid in (("q", residents(plan)[0]), ("r", residents(plan)[0])):
        cells = [str(FABRIC.cell_ids[cell]) for cell in plan.cells_of(grid)[: 2 if name == "q" else 3]]
        new = split(plan, grid, cells, f"draft-{name}")[0]
        desk.create(rename(new, f"draft-{name}", f"{name}的新格")[0], name)
        for step in WAY["filed"]:
            take(desk if step == "submit" else wang, step, name)
    codes = {name: {grid.code for grid in desk.open(name)[1].grids} - old for name in "qr"}
    assert len(codes["q"]) == len(codes["r"]) == 1
    assert codes["q"].isdisjoint(codes["r"])
    take(wang, "publish", "q")
    assert [(one.name, one.state) for one in desk.rows()] == [("p", "superseded"), ("q", "in_force"), ("r", "filed")]
    assert desk.steps("p")[-1].step == "supersede"
    with pytest.raises(ConflictError) as caught:
        take(wang, "publish", "r")
    assert caught.value.code == "plan-outdated"
    wang.step("r", "return")
    for step in (*WAY["filed"], "publish"):
        take(desk if step == "submit" else wang, step, "r")
    last = desk.open("r")[1]
    assert len({grid.code for grid in last.grids}) == len(last.grids)


def test_a_number_that_falls_free_goes_to_no_other_grid(store, desk):
    wang = desk_on(store, "wang")
    desk.put_in_force("p", profile=CN)
    plan = desk.open("p")[1]
    kept, gone = residents(plan)[-2:]  # the highest number falls free: the next, were it not taken
    cells = [str(FABRIC.cell_ids[cell]) for cell in plan.cells_of(gone)[:2]]
    desk.create(split(merge(plan, kept, gone)[0], kept, cells, "draft-1")[0], "q")
    for step in (*WAY["filed"], "publish"):
        take(desk if step == "submit" else wang, step, "q")
    codes = {grid.code for grid in desk.open("q")[1].grids}
    assert gone not in codes
    assert len(codes - {grid.code for grid in plan.grids}) == 1


def test_a_new_grid_keeps_its_name_when_it_is_filed_twice(store, desk):
    wang = desk_on(store, "wang")
    desk.put_in_force("p", profile=CN)
    plan = desk.open("p")[1]
    cells = [str(FABRIC.cell_ids[cell]) for cell in plan.cells_of(residents(plan)[0])[:2]]
    new = rename(split(plan, residents(plan)[0], cells, "draft-1")[0], "draft-1", "新格")[0]
    desk.create(new, "q")
    for step in (*WAY["filed"], "return", *WAY["filed"]):
        take(desk if step == "submit" else wang, step, "q")
    filed = desk.open("q")[1]
    fresh = {grid.code: grid.name for grid in filed.grids if grid.code not in {one.code for one in plan.grids}}
    assert list(fresh.values()) == ["新格"]


def test_whoever_is_alone_puts_any_plan_in_force_at_once(desk):
    desk.put_in_force("p", profile=CN)
    assert [one.step for one in desk.steps("p")] == ["file", "publish"]
    assert desk.row("p").state == "in_force"


def test_the_database_keeps_the_steps(store, desk):
    take(desk, "submit")
    for change in ("UPDATE plan_steps SET note = 'x'", "DELETE FROM plan_steps"):
        with pytest.raises(StoreError), store.writing() as connection:
            connection.execute(text(change))
    with pytest.raises(InputError, match="no plan"):
        desk.step("nothing", "submit")


def test_an_edit_that_is_refused_by_the_state_leaves_it_to_the_next(desk):
    _, plan = desk.open("p")
    first, second = residents(plan)[:2]
    edit = assign(plan, [str(FABRIC.cell_ids[plan.cells_of(first)[0]])], second)[1]
    take(desk, "submit")
    with pytest.raises(ConflictError):
        desk.edit("p", edit)
    take(desk, "withdraw")
    assert desk.edit("p", edit) != plan
