"""What a planner types to choose among plans."""

import geopandas as gpd
import pytest

import gridmap
from gridmap import handles
from gridmap.choosing import ChoicesHandle
from gridmap.errors import InputError
from gridmap.handles import PlanHandle
from gridmap.store.testing import town
from gridmap.workspace import Workspace

WINDOW = {"min_households": 100, "max_households": 250}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Return the present plan of the town."""
    path = tmp_path_factory.mktemp("choosing") / "t.gpkg"
    Workspace.create_sample(path, town(), name="t").close()
    with gridmap.open(path) as opened:
        yield opened.current_plan()


def test_redraw_gives_one_plan_or_several(plan):
    one = plan.redraw(**WINDOW)
    assert isinstance(one, PlanHandle)
    swept = plan.redraw(frontier=True, staying=(0.0, 1.0), **WINDOW)
    offered = plan.redraw(alternatives=2, at_least=0.0, **WINDOW)
    for found in (swept, offered):
        assert isinstance(found, ChoicesHandle)
        assert [handle.value for handle in found] == [choice.plan for choice in found.value]
        assert isinstance(found.plan(1), PlanHandle)
        assert found.plan(1).owner is plan.owner
        assert len(found.table) == len(found) + 1 == len(found.to_dict()["choices"]) + 1
        assert repr(found).startswith("<")
        assert "<table" in found._repr_html_()
    assert len(offered) == 2
    assert swept.plot(title="题").axes[0].get_title(loc="left") == "题"


def test_a_community_may_have_another_number_of_grids_and_work_may_count(plan):
    code = plan.value.grids[0].community
    new = plan.redraw(grids={code: 6}, work={"households": 1.0, "residents": 0.5}, **WINDOW)
    assert (new.balance().table["community"] == code).sum() == 6


def test_a_repair_gives_a_handle_with_what_it_moved(plan):
    grid, other = [one.id for one in plan.value.grids if one.resident][:2]
    painted = plan.value.fabric.cell_ids[plan.value.cells_of(grid)[-14:]].tolist()
    edited = plan.assign(painted, other)
    done = edited.repair(grid, other, min_households=250, max_households=450)
    assert done.to_dict()["households_moved"] > 0
    assert done.plan.value is done.value.plan
    assert "move" in repr(done)
    assert done.plan.save("repaired").name == "repaired"


def test_micro_grids_are_written_as_a_layer(plan, tmp_path):
    made = plan.micro_grids()
    count = plan.export_micro_grids(made, tmp_path / "micro.gpkg")
    layer = gpd.read_file(tmp_path / "micro.gpkg")
    assert len(layer) == count == len(made)
    assert layer["code"].tolist() == [one.code for one in made.micro_grids]
    with pytest.raises(InputError, match="workspace"):
        plan.export_micro_grids(made, plan.owner.workspace.path)


def test_explanations_and_crossings_are_forwarded(plan):
    name = str(plan.value.fabric.cell_ids[40])
    assert plan.explain(name).id == name
    assert len(plan.crossings()) == 0
    with pytest.raises(InputError):
        plan.explain(compound="nowhere")


def test_handles_still_have_all_the_verbs_of_choice():
    verbs = {"alternatives", "crossings", "explain", "frontier", "micro_grids", "redraw", "repair"}
    assert verbs <= set(dir(handles.PlanHandle))
