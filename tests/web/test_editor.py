"""Planners draw in real browsers: what the page says is what the command says, and nothing that was drawn is lost."""

import importlib.util
import itertools
import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gridmap.cli import app


def _loaded(name):
    spec = importlib.util.spec_from_file_location(f"{name}_of_editors", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


web, planner = _loaded("phone"), _loaded("planner")

pytestmark = pytest.mark.browser

PEOPLE = {"li": "planner", "wang": "planner", "zhao": "reviewer", "boss": "admin"}
WINDOW = (300, 500)
_number = itertools.count(1)


@pytest.fixture(scope="module")
def served(site, tmp_path_factory):
    with web.site(tmp_path_factory.mktemp("editor"), PEOPLE, sample=site.path) as made:
        yield made


@pytest.fixture(scope="module")
def browser(chromium):
    return chromium


@pytest.fixture
def draft(served):
    """Return the name of a draft of its own."""
    name = f"plan-{next(_number)}"
    ws = served.service.ws
    ws.save_plan(ws.plan("present"), name)
    return name


@contextmanager
def editing(browser, served, plan, name="li", **options):
    """Open the editor on a plan, as somebody."""
    address = f"/?mode=edit&plan={plan}&lang=zh#{planner.ZOOM}/37.265/111.788"
    with web.phone(browser, served, address, wide=True, name=name, granted=False, **options) as page:
        yield planner.Planner(page, served, plan)


def test_a_stroke_changes_the_balance_as_the_command_does(served, browser, draft):
    with editing(browser, served, draft) as hand:
        hand.agrees()
        before = hand.rows()
        source, target = planner.harmless(hand.plan, WINDOW, seed=1)
        grid = hand.plan.grids[hand.plan.grid_of[source]].id
        hand.brush(source, target)
        hand.saved(2)
        assert hand.plan.grids[hand.plan.grid_of[target]].id == grid
        hand.agrees()
        after = hand.rows()
        assert after != before

        # The command says the same.
        told = CliRunner().invoke(app, ["balance", str(served.path), "--plan", draft, "--json"])
        rows = {row["grid"]: row for row in json.loads(told.stdout)["grids"]}
        shown = {grid: row["households"] for grid, row in rows.items() if not row["households_suppressed"]}
        assert len(shown) > 250
        assert {grid: after[grid][0] for grid in shown} == shown

        hand.page.keyboard.press("Control+z")
        hand.saved(3)
        assert hand.rows() == before
        hand.page.keyboard.press("Control+y")
        hand.saved(4)
        assert hand.rows() == after
        hand.agrees()


def test_nothing_is_lost_on_a_reload_in_mid_edit(served, browser, draft):
    with editing(browser, served, draft, dropped=True) as hand:
        page = hand.page
        page.route("**/edits", lambda route: route.abort())
        source, target = planner.harmless(hand.plan, WINDOW, seed=2)
        grid = hand.plan.grids[hand.plan.grid_of[source]].id
        hand.brush(source, target)
        hand.waiting(1)
        drawn = hand.rows()
        page.reload()
        hand = planner.Planner(page, served, draft)
        hand.waiting(1)
        assert hand.rows() == drawn
        assert hand.revision == 1  # the server has nothing of it yet
        page.unroute("**/edits")
        hand.saved(2)
        assert hand.plan.grids[hand.plan.grid_of[target]].id == grid
        hand.agrees()

        # A stroke that waits for an answer waits again.
        source, target = next(
            (one, two) for one, two, change in planner.moves(hand.plan, WINDOW) if change["contiguity_breaks"] > 0
        )
        hand.brush(source, target)
        page.get_by_role("alertdialog").wait_for()
        page.reload()
        hand = planner.Planner(page, served, draft)
        asked = page.get_by_role("alertdialog")
        asked.wait_for()
        assert "不再连片" in asked.inner_text()
        page.keyboard.press("Escape")
        asked.wait_for(state="detached")
        hand.agrees()
        assert hand.revision == 2


def test_two_see_each_other_and_a_conflict_is_told(served, browser, draft):
    with editing(browser, served, draft, "li", dropped=True) as li, editing(browser, served, draft, "wang") as wang:
        first = planner.harmless(li.plan, WINDOW, seed=3)
        li.brush(*first)
        li.saved(2)
        wang.saved(2)
        seen = wang.page.locator("[data-testid=seen]")
        assert seen.get_attribute("data-revision") == "2"
        assert "li 刚改了" in seen.inner_text()
        assert wang.rows() == li.rows()
        wang.agrees()

        # Both draw on the same grids while one of them has no connection; other grids do not stand in the way.
        plan = li.plan
        source, target = planner.harmless(plan, WINDOW, seed=4)
        grids = {plan.grid_of[source], plan.grid_of[target]}
        pairs = (planner.harmless(plan, WINDOW, seed=seed) for seed in range(5, 50))
        apart = next(pair for pair in pairs if not grids & set(plan.grid_of[list(pair)]))
        li.page.context.set_offline(True)
        li.brush(source, target)
        li.brush(*apart)
        li.waiting(2)
        wang.brush(target, source)
        if wang.page.get_by_role("alertdialog").count():
            wang.page.get_by_role("button", name="保留").click()
        wang.saved(3)
        li.page.context.set_offline(False)
        conflict = li.page.locator("[data-testid=conflict]")
        conflict.wait_for(timeout=60_000)
        said = conflict.inner_text()
        assert "冲突：wang" in said
        assert "调整楼栋" in said
        assert all(plan.grids[grid].name in said for grid in grids)
        li.saved(4)
        li.agrees()
        now = li.plan
        assert now.grid_of[apart[1]] == now.grid_of[apart[0]]
        assert now.grid_of[source] == now.grid_of[target] == plan.grid_of[target]

        # Unanswered it is still there after a reload.
        li.page.reload()
        li = planner.Planner(li.page, served, draft)
        conflict = li.page.locator("[data-testid=conflict]")
        conflict.wait_for()
        conflict.get_by_role("button", name="不要了").click()
        conflict.wait_for(state="detached")


def test_a_plan_is_submitted_reviewed_filed_and_put_in_force_by_three(served, browser, draft):
    with editing(browser, served, draft, "li") as li:
        source, target = planner.harmless(li.plan, WINDOW, seed=6)
        li.brush(source, target)
        li.saved(2)
        _step(li.page, "提交审核", "submitted", note="东关社区已核对")
        assert li.page.locator(".gm-edit-bar").get_attribute("inert") is not None
        assert li.page.get_by_role("button", name="审核通过").count() == 0

        with _reviewing(browser, served, draft, "zhao") as page:
            assert "东关社区已核对" in page.locator(".gm-edit-steps").inner_text()
            assert page.get_by_role("button", name="启用方案").count() == 0
            _step(page, "退回修改", "draft", note="再看西门社区")
        li.until(lambda: "再看西门社区" in li.page.locator("[data-testid=life]").inner_text())
        assert li.page.locator(".gm-edit-bar").get_attribute("inert") is None
        _step(li.page, "提交审核", "submitted")

        with _reviewing(browser, served, draft, "zhao") as page:
            _step(page, "审核通过", "reviewed")
        with web.phone(
            browser, served, f"/?mode=edit&plan={draft}&lang=zh", wide=True, name="boss", granted=False
        ) as page:
            page.wait_for_selector("[data-testid=life][data-state=reviewed]", timeout=60_000)
            _step(page, "备案编码", "filed")
            page.get_by_role("button", name="启用方案").click()
            page.get_by_role("dialog").get_by_role("button", name="启用方案").click()
            page.locator(".gm-notice", has_text="已启用").wait_for()
    rows = {row["name"]: row["state"] for row in served.service.ws.plans()}
    assert rows[draft] == "in_force"
    assert served.service.ws.current_plan().name == draft


@contextmanager
def _reviewing(browser, served, plan, name):
    address = f"/?mode=edit&plan={plan}&lang=zh"
    with web.phone(browser, served, address, wide=True, name=name, granted=False) as page:
        page.wait_for_selector("[data-testid=life]", timeout=60_000)
        yield page


def _step(page, label, state, *, note=""):
    if note:
        page.locator(".gm-edit-note").fill(note)
    page.locator("[data-testid=life]").get_by_role("button", name=label).click()
    page.wait_for_selector(f"[data-testid=life][data-state={state}]", timeout=30_000)
