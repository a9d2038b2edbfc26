"""What is wrong with a workspace: its layers, its plan, its records, and how it differs from what others say of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gridmap import city as cities
from gridmap import facilities, store
from gridmap import plan as planning
from gridmap.city import City, Finding
from gridmap.workspace.choices import ChoiceVerbs
from gridmap.workspace.repairs import RepairVerbs
from gridmap.workspace.state import Progress

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["CheckVerbs"]

_STEPS = ("read", *cities.CHECK_STEPS, "facilities", "plan", "")

_SEVERITIES = ("error", "warning", "note")


class CheckVerbs(RepairVerbs, ChoiceVerbs):
    """Findings, the worst first."""

    def check(
        self,
        *,
        totals: DataFrame | None = None,
        codes: DataFrame | None = None,
        source: str = "",
        progress: Progress | None = None,
    ) -> tuple[Finding, ...]:
        """Return what is wrong with the city and with its current plan, and what a new import changed in the plan.

        `totals` (`code`, `households`) are compared with the buildings, `codes` (`code`, `name`), another release of
        them, with the city's; what the city has given up of that release is remembered as retired, from `source`, where
        the workspace may be written to. While there are invalid polygons, nothing else can be judged: then these alone.
        `progress` is told each step as it begins.
        """
        begin = _counted(progress)
        begin("read")
        city, judged = self.judged(begin=begin)
        if any(one.rule == "shape-invalid" for one in judged):
            return judged
        begin("facilities")
        found = [*judged, *facilities.check(city)]
        if totals is not None:
            found += cities.check_totals(city, totals)
        told = () if codes is None else cities.check_codes(city, codes)
        if codes is not None and not self._store.read_only:
            self._remember(city, codes, source)
        found += [*told, *self._reused(city, told)]
        begin("plan")
        if len(city.communities) and len(city.buildings):
            if self._desk.rows():  # without a plan there is nothing to judge, and no need to lay the city into cells
                plan = self.current_plan()
                found += planning.check(plan, city)
                found += self.crossings(plan).findings()
                found += self._desk.findings(plan)
            found += self._accounts.findings()
        begin("")
        return tuple(sorted(found, key=lambda one: _SEVERITIES.index(one.severity)))

    def _remember(self, city: City, codes: DataFrame, source: str) -> None:
        lost = {layer: places for layer, places in cities.retired_by(city, codes).items() if len(places)}
        if lost:
            with self._lock, self._store.writing() as connection:
                for layer, places in lost.items():
                    store.remember_retired(connection, layer, places, source=source)

    def _reused(self, city: City, told: tuple[Finding, ...]) -> list[Finding]:
        """Return the codes that are used again after an import or a release retired them, unless that is told."""
        known = {(one.layer, one.feature) for one in told if one.rule == "code-reused"}
        with self._store.reading() as connection:
            retired = store.retired_places(connection)
        return [one for one in cities.check_retired(city, retired) if (one.layer, one.feature) not in known]


def _counted(progress: Progress | None) -> Callable[[str], None]:
    """Return what is called as each of the steps begins; the last one is the end."""

    def begin(step: str) -> None:
        if progress is not None:
            progress(step, _STEPS.index(step), len(_STEPS) - 1)

    return begin
