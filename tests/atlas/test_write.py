"""The PDF: letters embedded, pages in order, nothing lost between processes, bad input refused."""

import datetime as dt
import importlib.util
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from gridmap import atlas
from gridmap.atlas import Notice, Order
from gridmap.cli import main
from gridmap.errors import InputError, PermissionDenied
from gridmap.plan import diff

EAST = "141182001001"


def _text(page):
    return "".join(page.extract_text().split())


def _fonts(page):
    for font in page["/Resources"]["/Font"].values():
        real = font.get_object()
        inner = real["/DescendantFonts"][0].get_object() if "/DescendantFonts" in real else real
        yield str(real["/BaseFont"]), inner["/FontDescriptor"].get_object()


def test_letters_are_embedded_in_part_and_can_be_read(present, pdf):
    grids = [one.id for one in present.plan.grids if one.community == EAST]
    assert atlas.write(present, pdf, Order(grids[:2], [EAST])) == 3
    reader = PdfReader(pdf)
    for page in reader.pages:
        assert float(page.mediabox.width) == pytest.approx(297 / 25.4 * 72, abs=0.1)
        fonts = list(_fonts(page))
        assert fonts
        for name, about in fonts:
            assert name.lstrip("/")[6] == "+", "a subset"
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(about), name
        assert "/XObject" not in page["/Resources"] or not [
            one for one in page["/Resources"]["/XObject"].values() if one.get_object()["/Subtype"] == "/Image"
        ], "vectors only"
    for page, grid in zip(reader.pages, grids[:2], strict=False):
        words = _text(page)
        worker, *_ = present.answering("grid", grid, "grid_worker")
        for wanted in (present.plan.grid(grid).name, grid, worker.name, worker.phone, "四至范围"):
            assert wanted in words, wanted
    assert pdf.stat().st_size < 3_000_000


def test_processes_give_the_same_pages_in_order(present, pdf):
    grids = [one.id for one in present.plan.grids[:12]]
    told = []
    atlas.write(present, pdf, Order(grids), workers=2, progress=lambda *step: told.append(step[1:]))
    assert told == [(10, 12), (12, 12)]
    pages = PdfReader(pdf).pages
    assert len(pages) == 12
    assert all(grid in _text(page) for grid, page in zip(grids, pages, strict=True))


def test_leaflet_lists_every_building_that_changes_grid(sample, scene_of, pdf):
    old, new = sample.plan("present"), sample.plan("redrawn")
    before, after = scene_of(old), scene_of(new)
    changes = atlas.changes(before, after)
    told = diff(old.value, new.value)
    assert sum(len(one.buildings) for one in changes) == told.totals["buildings_moved"] > 0
    assert {one.community for one in changes} == {EAST}
    pages = atlas.write(after, pdf, Order(), before=before)
    words = "".join(_text(page) for page in PdfReader(pdf).pages)
    assert pages == len(PdfReader(pdf).pages)
    assert "调整前" in words
    for one in changes:
        assert before.name(before.plan.grids[one.source]) in words
        assert after.name(after.plan.grids[one.target]) in words
        for row in one.buildings:
            compound = int(after.city.building_compound[row])
            address = str(after.city.buildings["address"].iloc[row])
            known = after.city.compounds["name"].iloc[compound] if compound >= 0 else address.rstrip("0123456789号")
            assert known in words, known


def test_leaflet_goes_on_over_pages(sample, scene_of, monkeypatch):
    from gridmap.atlas import leaflet

    before, after = scene_of(sample.plan("present")), scene_of(sample.plan("redrawn"))
    whole = leaflet.leaflet(before, after, EAST, "A3")
    monkeypatch.setattr(leaflet, "_SIZE", 24.0)
    many = leaflet.leaflet(before, after, EAST, "A3")
    assert len(many) > len(whole)
    phones = [sum(text.get_text() == "联系电话" for text in one.paper.texts) for one in many]
    assert phones == [1] * len(many), "each page has the head of the table"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (Order(["no such grid"]), "grid-unknown"),
        (Order(communities=["141182009999"]), "community-unknown"),
        (Order(wall=True, paper="B5"), "paper-unknown"),
    ],
)
def test_what_is_not_there_is_refused(present, pdf, order, code):
    with pytest.raises(InputError) as error:
        atlas.write(present, pdf, order)
    assert error.value.code == code
    assert error.value.hint
    assert not pdf.exists()


def test_other_endings_and_plans_without_a_change_are_refused(present, pdf):
    with pytest.raises(InputError, match="an atlas is a PDF"):
        atlas.write(present, pdf.with_suffix(".png"), Order(wall=True))
    with pytest.raises(InputError, match="No building changes grid"):
        atlas.write(present, pdf, Order(), before=present)
    assert not pdf.exists()


def test_public_sheets_come_with_a_number_only(sample, pdf):
    ws = sample.workspace
    grid = [sample.current_plan().value.grids[0].id]
    ws.atlas(pdf, Order(grid), on=dt.date(2026, 3, 1))
    assert "内部使用" in _text(PdfReader(pdf).pages[0])
    pdf.unlink()
    for nothing in ("", "  "):
        with pytest.raises(PermissionDenied, match="审图号"):
            ws.atlas(pdf, Order(grid), public=True, approval=nothing)
    assert not pdf.exists()
    ws.atlas(
        pdf, Order(grid), on=dt.date(2026, 3, 1), approval=" 晋S(2026)001号 ", link="https://grid.example/?g={code}"
    )
    words = _text(PdfReader(pdf).pages[0])
    assert "审图号：晋S(2026)001号" in words
    assert "内部使用" not in words


def test_the_command_writes_and_refuses(sample, pdf, capsys, monkeypatch):
    place = str(sample.workspace.path)
    monkeypatch.setattr("sys.argv", ["gridmap", "atlas", place, "--grid", f"{EAST}001", "-o", str(pdf), "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(pdf), "pages": 1}
    for words in (["--paper", "A0"], ["--leaflet", "present", "no-plan"], ["--on", "tomorrow"]):
        monkeypatch.setattr("sys.argv", ["gridmap", "atlas", place, *words, "-o", str(pdf)])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 2
        assert "→" in capsys.readouterr().err


def test_the_canary_reads_what_stands_on_a_page(present, pdf):
    spec = importlib.util.spec_from_file_location("canary", Path(__file__).parents[1] / "canary.py")
    canary = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(canary)
    grid = present.plan.grids[0]
    worker, *_ = present.answering("grid", grid.id, "grid_worker")
    atlas.write(present, pdf, Order([grid.id]))
    assert any(worker.name.encode() in reading for reading in canary.readings(pdf.read_bytes()))


def test_no_link_no_code(present):
    plain = Notice(present.notice.day)
    assert plain.footing == "内部使用"
    assert Notice(present.notice.day, approval="x").footing == "审图号：x"
