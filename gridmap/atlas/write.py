"""Writing an atlas: its sheets drawn in several processes, in one PDF with the letters that it uses."""

from __future__ import annotations

import io
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_pdf import PdfPages

from gridmap import files
from gridmap.atlas.extent import Surroundings
from gridmap.atlas.leaflet import changes, leaflet
from gridmap.atlas.overview import community_map, wall_map
from gridmap.atlas.poster import poster
from gridmap.atlas.scene import Scene
from gridmap.atlas.sheet import Sheet, require_paper
from gridmap.errors import InputError
from gridmap.maps.look import chinese_type

__all__ = ["Order", "sheets", "write"]

Progress = Callable[[str, int, int], None]

_TOGETHER = 10
"""Sheets that a process draws into one part: their letters are embedded once."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which sheets: posters of grids and maps of communities by code, the wall map, the leaflet from another plan.

    The leaflet has every community in which somebody changes grid, or those of `communities` then. Where nothing is
    named, every grid has its poster. `paper` is A4, A3 or A1; the wall map is A1 where it is None, all else A3.
    """

    grids: Sequence[str] = ()
    communities: Sequence[str] = ()
    wall: bool = False
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    kind: str
    code: str
    paper: str


class _Desk:
    """What a process draws from."""

    def __init__(self, scene: Scene, before: Scene | None) -> None:
        self.scene, self.before = scene, before
        self.surroundings = Surroundings(scene)

    def draw(self, page: _Page) -> list[Sheet]:
        if page.kind == "grid":
            row = self.scene.position(page.code)
            return [poster(self.scene, row, page.paper, surroundings=self.surroundings)]
        if page.kind == "community":
            return [community_map(self.scene, page.code, page.paper)]
        if page.kind == "wall" or self.before is None:
            return [wall_map(self.scene, page.paper)]
        return leaflet(self.before, self.scene, page.code, page.paper)


_desk: _Desk | None = None


def _begin(scene: Scene, before: Scene | None) -> None:
    global _desk
    _desk = _Desk(scene, before)


def _part(pages: Sequence[_Page]) -> tuple[bytes, int]:
    """Draw pages into a PDF of their own; returns it and the number of its pages."""
    if _desk is None:
        raise RuntimeError("the process was not begun")
    buffer = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}), chinese_type():
        about = {"Creator": "gridmap", "Producer": None, "CreationDate": None}
        with PdfPages(buffer, metadata=about) as pdf:
            for page in pages:
                for sheet in _desk.draw(page):
                    pdf.savefig(sheet.figure)
            count = pdf.get_pagecount()
    return buffer.getvalue(), count


def sheets(scene: Scene, order: Order, *, before: Scene | None = None) -> Iterator[Sheet]:
    """Draw the sheets of an order one after the other, in Chinese type. InputError as `write`."""
    desk = _Desk(scene, before)
    with chinese_type():
        for page in _pages(scene, order, before):
            yield from desk.draw(page)


def write(
    scene: Scene, path: Path, order: Order, *, before: Scene | None = None, workers: int = 1,
    progress: Progress | None = None,
) -> int:  # fmt: skip
    """Write an atlas to a PDF file, whole or not at all; returns the number of its pages.

    `before` is the plan that the leaflet starts from. InputError for codes and paper that are not there, a file that is
    no PDF, and a leaflet of two plans between which nobody changes grid.
    """
    if path.suffix.lower() != ".pdf":
        raise InputError("atlas-ending", f"{path}: an atlas is a PDF.", "End its name in .pdf.")
    pages = _pages(scene, order, before)
    parts = [pages[at : at + _TOGETHER] for at in range(0, len(pages), _TOGETHER)]
    made, count = [], 0
    for number, (part, drawn) in enumerate(_drawn(scene, before, parts, min(workers, len(parts)))):
        made.append(part)
        count += drawn
        if progress is not None:
            progress(scene.place, min((number + 1) * _TOGETHER, len(pages)), len(pages))
    files.write_bytes(path, _joined(made))
    return count


def _pages(scene: Scene, order: Order, before: Scene | None) -> list[_Page]:
    """Return the pages of an order; everything that can be refused is refused here."""
    paper = require_paper(order.paper or "A3")
    grids = [scene.plan.grids[scene.position(code)].id for code in order.grids]
    communities = [scene.require_community(code) for code in dict.fromkeys(order.communities)]
    if not (grids or communities or order.wall or before is not None):
        rows = [row for code in scene.city.communities["code"] for row in scene.grids_of(code)]
        grids = [scene.plan.grids[row].id for row in rows]
    pages = [_Page("grid", code, paper) for code in dict.fromkeys(grids)]
    if before is None:
        pages += [_Page("community", code, paper) for code in communities]
    else:
        changed = list(dict.fromkeys(one.community for one in changes(before, scene)))
        if still := [code for code in communities if code not in changed]:
            message = f"No building of community {still[0]} changes grid."
            raise InputError("nothing-changes", message, f"Name one of {', '.join(changed[:5])}.")
        pages += [_Page("leaflet", code, paper) for code in communities or changed]
    if order.wall:
        pages.append(_Page("wall", "", require_paper(order.paper or "A1")))
    return pages


def _drawn(
    scene: Scene, before: Scene | None, parts: Sequence[Sequence[_Page]], workers: int
) -> Iterator[tuple[bytes, int]]:
    """Yield the parts in order, with the number of pages of each."""
    if workers <= 1:
        _begin(scene, before)
        yield from map(_part, parts)
        return
    # A fork is quick and shares what is loaded, but only a process of one thread may be forked.
    alone = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if alone else "spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(scene, before)) as pool:
        yield from pool.map(_part, parts)


def _joined(parts: Sequence[bytes]) -> bytes:
    """Return one PDF of several."""
    if len(parts) == 1:
        return parts[0]
    from pypdf import PdfReader, PdfWriter  # only where something is joined

    writer = PdfWriter()
    for part in parts:
        writer.append(PdfReader(io.BytesIO(part)), import_outline=False)
    writer.add_metadata({"/Creator": "gridmap"})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
