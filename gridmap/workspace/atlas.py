"""Sheets for walls and hands, of what a workspace holds."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from gridmap import atlas as sheets
from gridmap import plan as planning
from gridmap import store
from gridmap.errors import PermissionDenied
from gridmap.plan import Plan
from gridmap.release import NOWHERE, release_balance, shown_city, shown_fabric, shown_plan
from gridmap.workspace.state import OpenWorkspace, Progress

__all__ = ["AtlasVerbs"]


class AtlasVerbs(OpenWorkspace):
    """Posters, maps and leaflets as PDF."""

    def atlas(
        self, path: Path, order: sheets.Order | None = None, *, plan: str | None = None,
        leaflet: tuple[str, str] | None = None, on: dt.date | None = None, approval: str = "", supervision: str = "",
        link: str = "", public: bool = False, workers: int | None = None, progress: Progress | None = None,
    ) -> int:  # fmt: skip
        """Write sheets of a plan (the current one) to a PDF; returns the number of pages. See `gridmap.atlas.write`.

        `leaflet` names an old and a new plan and adds who changes grid between them; the new one is drawn then. Only
        who is posted publicly on the day `on` (today) is named. With an `approval` number, figures are released as for
        the public, by blocks (see `gridmap.release.blocks`); without, each sheet says that it is for internal use, and
        what is to be `public` is refused: PermissionDenied.
        """
        if public and not approval.strip():
            raise PermissionDenied(
                "approval-missing",
                "A map for the public needs a map approval number 审图号.",
                "Give it with --approval, or draw the sheets for internal use.",
            )
        notice = sheets.Notice(on or store.today(), approval.strip(), supervision.strip(), link.strip())
        before = self._scene(self.plan(leaflet[0]), notice) if leaflet else None
        name = leaflet[1] if leaflet else plan
        shown = self.current_plan() if name is None else self.plan(name)
        return sheets.write(
            self._scene(shown, notice),
            path,
            order or sheets.Order(),
            before=before,
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )

    def _scene(self, plan: Plan, notice: sheets.Notice) -> sheets.Scene:
        city = self.city()
        counted = plan
        if notice.approval:  # sheets of other plans must not tell a building by their difference
            counted = shown_plan(plan, shown_fabric(plan.fabric, shown_city(city, NOWHERE)))
        measured = planning.balance(counted, window=self.window(None, None))
        released = release_balance(
            measured.table,
            k=city.profile.suppression.k,
            basis=city.households_basis,
            as_of=city.households_as_of,
            public=bool(notice.approval),
        )
        posted = sheets.posted(self._accounts.duties(on=notice.day))
        return sheets.scene(city, plan, released, posted, notice)
