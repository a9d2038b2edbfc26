"""The editor as a widget: it shows a plan with its balance, and what is edited in it comes back as a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import uuid4

import traitlets

from gridmap import plan as planning
from gridmap.errors import GridmapError, InputError
from gridmap.handles import PlanHandle
from gridmap.maps.assets import asset
from gridmap.notebook import pack
from gridmap.notebook.session import Session
from gridmap.plan import Edit, Plan
from gridmap.redraw.repair import Repaired, repair
from gridmap.results import BalanceHandle, plan_card

try:
    import anywidget
except ImportError:
    raise GridmapError(
        "anywidget-missing",
        "The editor in a notebook needs the package anywidget.",
        "Install it: python -m pip install 'gridmap[notebook]'.",
    ) from None

__all__ = ["Editor"]

_RENEWED = 20
"""After so many changes the whole plan is sent again, for editors that are opened later."""


class Editor(anywidget.AnyWidget):
    """A plan to edit in a notebook, by mouse and by code alike.

    `plan` is the plan as it is edited: read it to go on with it, set it to show another plan of the same city at once.
    Whatever the mouse does is there in the next cell. Nothing is saved unless `editor.plan.save(…)` says so.

    `plan` may be a plan of a workspace, or a bare `gridmap.plan.Plan` with both limits given, which has no base map.
    `height` is in pixels; `language` is that of the browser if None.
    """

    cells = traitlets.Bytes().tag(sync=True)
    base = traitlets.Bytes().tag(sync=True)
    layout_of = traitlets.Bytes().tag(sync=True)
    log: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    facts = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        plan: PlanHandle | Plan,
        *,
        min_households: int | None = None,
        max_households: int | None = None,
        height: int = 600,
        language: Literal["zh", "en"] | None = None,
    ) -> None:
        self._handle = plan if isinstance(plan, PlanHandle) else None
        value = plan.value if isinstance(plan, PlanHandle) else plan
        city = None if self._handle is None else self._handle.owner.city
        self._limits = self._window(min_households, max_households)
        self._session = Session(value, repair=self._repaired)
        self._sent = 0
        # Each editor has a module of its own, for that is where its state lives in the browser.
        self._esm = f"{asset('editor.js', of='gridmap.notebook')}\n// editor {uuid4().hex}\n"
        low, high = self._limits
        facts = {
            "plan": value.name,
            "window": {"min": low, "max": high},
            "basis": city.households_basis if city else "",
            "as_of": city.households_as_of if city else "",
            "sample": bool(city and city.sample),
            "height": height,
            "language": language,
        }
        super().__init__(cells=pack.cells(value), base=pack.base(city), layout_of=pack.layout(value, 0), facts=facts)
        self.observe(self._hear, "said")

    def __repr__(self) -> str:
        return f"<editor of {self._session.plan.name or 'a plan'}: {self._session.revision} changes>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        made: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**kwargs)
        if made is None or self._handle is None:
            return made
        # Where no widget can run, such as a page made of the notebook, the plan's card stands in its place.
        card = plan_card(self._session.plan.name, self.balance(), sample=self.facts["sample"])
        return {**made[0], "text/html": card}, made[1]

    @property
    def plan(self) -> Any:
        """The plan as it is now: a plan of the workspace if one was given, else a `gridmap.plan.Plan`."""
        now = self._session.plan
        return now if self._handle is None else self._handle.handle_of(now)

    @plan.setter
    def plan(self, plan: PlanHandle | Plan) -> None:
        self._session.take(plan.value if isinstance(plan, PlanHandle) else plan, kind="redraw")
        self._show()

    @property
    def changes(self) -> int:
        """How many changes were made since the editor was opened; what was undone counts too."""
        return self._session.revision

    def balance(self) -> BalanceHandle:
        """Measure each grid of the plan as it is now; only for a plan of a workspace."""
        if self._handle is None:
            raise InputError("no-workspace", "This plan is of no workspace.", "Use gridmap.plan.balance.")
        low, high = self._limits
        measured: BalanceHandle = self.plan.balance(min_households=low, max_households=high)
        return measured

    def apply(self, edit: Edit) -> None:
        """Make an edit, as those of `gridmap.plan` return it."""
        self._session.edit(edit)
        self._show()

    def assign(self, buildings: Sequence[str], grid: str) -> None:
        """Give buildings to another grid of their community."""
        self.apply(planning.assign(self._session.plan, buildings, grid)[1])

    def undo(self) -> None:
        """Take back the last change, whoever made it."""
        self._session.undo()
        self._show()

    def redo(self) -> None:
        """Make again what was taken back last."""
        self._session.redo()
        self._show()

    def _window(self, low: int | None, high: int | None) -> tuple[int, int]:
        if self._handle is not None:
            return self._handle.owner.workspace.window(low, high)
        if low is None or high is None:
            raise InputError(
                "window-missing", "This plan is of no workspace.", "Name min_households and max_households."
            )
        return planning.window_limits((low, high))

    def _repaired(self, plan: Plan, grid: str) -> Repaired:
        low, high = self._limits
        if self._handle is None:
            return repair(plan, [grid], min_households=low, max_households=high)
        return self._handle.owner.workspace.repair(plan, [grid], min_households=low, max_households=high)

    def _hear(self, change: Any) -> None:
        said = change["new"]
        if not said:
            return
        told = self._session.ask(said)
        self._show({"client": said.get("client"), "number": said.get("number"), **told})

    def _show(self, answer: dict[str, Any] | None = None) -> None:
        """Send what has changed; the log goes before the answer."""
        session = self._session
        with self.hold_sync():
            if session.revision - self._sent >= _RENEWED:
                self._sent = session.revision
                self.layout_of = pack.layout(session.plan, session.revision)
            self.log = session.log
            if answer is not None:
                self.answer = answer
