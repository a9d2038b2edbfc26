"""A model of a planner at work: any edits, undo and redo in any order, against a plain dictionary."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gridmap.errors import InputError
from gridmap.plan import Edit, apply, assign, balance, lock, merge, rename, split
from gridmap.plan.testing import chequered, striped


class Editing(RuleBasedStateMachine):
    """Keeps the plan, its undo and redo stacks, and for each moment which building was in which grid."""

    @initialize(seed=st.integers(0, 99), communities=st.integers(1, 2), specials=st.integers(0, 1))
    def begin(self, seed, communities, specials):
        fabric = chequered(5, 4, communities=communities, specials=specials, seed=seed, unknown=0.1)
        self.plan = striped(fabric, 2)
        self.done, self.undone = [], []
        self.model = {
            str(one): self.plan.grids[at].id for one, at in zip(fabric.cell_ids, self.plan.grid_of, strict=True)
        }
        self.locked, self.count = set(), 0

    def pick(self, number):
        return self.plan.grids[number % len(self.plan.grids)]

    def do(self, verb, *arguments, **more):
        """Do an edit if it is allowed; say whether it was. A refused one must change nothing."""
        before, refused = self.plan, None
        try:
            self.plan, edit = verb(before, *arguments, **more)
        except InputError as error:
            refused = error.code
        if refused:
            assert refused in {"grid-locked", "grid-special", "other-community", "grid-same", "split-whole"}
            assert self.plan == before
            return False
        self.done.append((Edit.from_json(edit.to_json()), dict(self.model), set(self.locked)))
        self.undone.clear()
        return True

    @rule(cells=st.sets(st.integers(0, 19), max_size=6), number=st.integers(0, 20))
    def paint(self, cells, number):
        grid = self.pick(number)
        if self.do(assign, sorted(cells), grid.id):
            self.model |= {str(self.plan.fabric.cell_ids[cell]): grid.id for cell in cells}

    @rule(one=st.integers(0, 20), other=st.integers(0, 20))
    def merge(self, one, other):
        a, b = self.pick(one).id, self.pick(other).id
        if self.do(merge, a, b):
            self.model = {name: a if grid == b else grid for name, grid in self.model.items()}

    @rule(number=st.integers(0, 20), data=st.data())
    def split(self, number, data):
        grid = self.pick(number)
        own = self.plan.cells_of(grid.id).tolist()
        if own:
            cells = data.draw(st.lists(st.sampled_from(own), min_size=1, unique=True))
            self.count += 1
            if self.do(split, grid.id, cells, f"{grid.community}~{self.count}"):
                new = f"{grid.community}~{self.count}"
                self.model |= {str(self.plan.fabric.cell_ids[cell]): new for cell in cells}

    @rule(number=st.integers(0, 20), locked=st.booleans())
    def lock(self, number, locked):
        grid = self.pick(number)
        if self.do(lock, grid.id, locked):
            self.locked = self.locked | {grid.id} if locked else self.locked - {grid.id}

    @rule(number=st.integers(0, 20), name=st.text(max_size=4))
    def rename(self, number, name):
        self.do(rename, self.pick(number).id, name)

    @precondition(lambda self: self.done)
    @rule()
    def undo(self):
        edit, model, locked = self.done.pop()
        self.undone.append((edit, self.model, self.locked))
        self.plan = apply(self.plan, edit.inverse())
        self.model, self.locked = model, locked

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self):
        edit, model, locked = self.undone.pop()
        self.done.append((edit, self.model, self.locked))
        self.plan = apply(self.plan, edit)
        self.model, self.locked = model, locked

    @invariant()
    def plan_is_the_model(self):
        if hasattr(self, "plan"):
            names = [self.plan.grids[at].id for at in self.plan.grid_of]
            assert dict(zip(self.plan.fabric.cell_ids, names, strict=True)) == self.model
            assert {grid.id for grid in self.plan.grids if grid.locked} == self.locked

    @invariant()
    def balance_is_the_models(self):
        if hasattr(self, "plan"):
            found = balance(self.plan, window=(100, 300))
            fabric = self.plan.fabric
            sums = dict.fromkeys((grid.id for grid in self.plan.grids), 0)
            for name, households in zip(fabric.cell_ids, fabric.households, strict=True):
                sums[self.model[name]] += households
            assert found.table.set_index("grid")["households"].to_dict() == sums
            assert found.totals["households"] == fabric.households.sum()
            assert found.table["area_m2"].sum() == pytest.approx(fabric.area_m2.sum())
            assert found.table["parts"].tolist() == self.plan.parts.tolist()
            assert (self.plan.fabric.special[self.plan.grid_of >= 0] < 0).sum() == np.sum(fabric.special < 0)


TestEditing = Editing.TestCase
TestEditing.settings = settings(settings.default, stateful_step_count=25)
