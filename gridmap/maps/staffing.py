"""Who answers for the grids, as a view of a page of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridmap.duties import duty_kinds
from gridmap.maps.topic import Class, Layer, ListOf, Row, Said, View, counted

if TYPE_CHECKING:
    from gridmap.duties import Vacancies
    from gridmap.maps.record_items import GridRecords
    from gridmap.store import Answers

__all__ = ["staffing_layer", "staffing_view"]

_MOST = 15


def staffing_view(answers: Answers, grids: GridRecords) -> View:
    """Return the view of who answers: workers for grids, then every other kind, then the grids without."""
    workers = next((one for one in answers.vacancies if one.kind == "grid_worker"), None)
    rows = [_kind(one) for one in answers.vacancies]
    if answers.staffing is not None:
        found = answers.staffing
        zh, en = f"每万人 {found.per_10000:g} 名", f"{found.per_10000:g} per 10,000"
        unchecked = ("", "") if found.verified else ("（未核实 ⚠）", " (not verified ⚠)")
        rows.append(
            Row(-1, ("社区工作者配备", "Community workers needed"), f"{found.present:,} / {found.needed:,}",
                (_gap(found.gap)[0] + "，" + zh + unchecked[0], f"{_gap(found.gap)[1]}, {en}{unchecked[1]}"))
        )  # fmt: skip
    sections = [ListOf(("在岗 / 应有", "Present / wanted"), rows)] if rows else []
    vacant = list(workers.vacant) if workers else []
    shared = list(workers.shared) if workers else []
    at = {code: row for row, code in enumerate(grids.codes)}
    listed = [(code, 2) for code in vacant] + [(code, 1) for code in shared]
    words: dict[int, tuple[str, str]] = {
        2: ("网格员空缺", "no grid worker"),
        1: ("与他格共用网格员", "shares its worker"),
    }
    looks = {2: "staffing-vacant", 1: "staffing-shared"}
    gone = [
        Row(at[code], grids.names[code], "", words[state], "!" if state == 2 else "÷", looks[state])
        for code, state in listed if code in at
    ]  # fmt: skip
    if gone:
        more = len(gone) - _MOST
        foot: Said = (f"另有 {more:,} 个网格", f"{more:,} more grids") if more > 0 else ""
        sections.append(ListOf(("没有专职网格员的网格", "Grids without a worker of their own"), gone[:_MOST], foot))
    if workers is None:
        caption: Said = ("还没有责任记录", "There are no records of duties yet")
        return View(name=("力量", "Who answers"), figure="–", caption=caption, sections=sections, hide=("heat",))
    short: Said = (
        (f"缺 {workers.short:,} 名", f"short {workers.short:,}") if workers.short else ("不缺员", "none missing")
    )
    told: Said = (
        f"空缺 {len(vacant):,} 格，共用 {len(shared):,} 格", f"{len(vacant):,} grids vacant, {len(shared):,} shared"
    )  # fmt: skip
    return View(
        name=("力量", "Who answers"), figure=counted(workers.holders), of=counted(workers.places),
        caption=("名专职网格员 / 网格", "grid workers for grids"),
        notes=[short, told],
        sections=sections, hide=("heat",),
    )  # fmt: skip


def staffing_layer(grids: GridRecords, view: int) -> Layer:
    """Return the grids by who answers for them."""
    looks = [
        (("有专职网格员", "own worker"), "staffing-held", False),
        (("与他格共用", "shared worker"), "staffing-shared", True),
        (("空缺", "vacant"), "staffing-vacant", False),
        (("无记录", "no record"), "status-unknown", True),
    ]
    used = [state for state in range(len(looks)) if (grids.staffed == state).any()]
    classes = [
        Class(looks[state][0], looks[state][1], counted(int((grids.staffed == state).sum())), alpha=0.7,
              hatched=looks[state][2])
        for state in used
    ]  # fmt: skip
    of = np.searchsorted(used, grids.staffed)
    return Layer(
        "staffing", ("网格员配备", "Grid workers"), "polygons", grids.shapes, classes, of=of,
        item=np.arange(len(grids.items)), views=(view,), width=1.2,
    )  # fmt: skip


def _kind(found: Vacancies) -> Row:
    kind = duty_kinds()[found.kind]
    covered = found.places - len(found.vacant)
    # One organisation may serve several places and one leader several communities: only workers are one each.
    alone = found.kind == "grid_worker" and found.short
    zh = [f"缺 {found.short:,}"] if alone else []
    zh += [f"空缺 {len(found.vacant):,}"] if found.vacant else []
    en = [f"short {found.short:,}"] if alone else []
    en += [f"{len(found.vacant):,} vacant"] if found.vacant else []
    about: Said = (
        "，".join(zh) or f"覆盖 {covered:,} / {found.places:,}",
        ", ".join(en) or f"covers {covered:,} of {found.places:,}",
    )
    return Row(-1, (kind.zh, kind.en), f"{found.holders:,} / {found.places:,}", about)


def _gap(gap: int) -> tuple[str, str]:
    return (f"缺 {gap:,}", f"short {gap:,}") if gap > 0 else ("已足额", "enough")
