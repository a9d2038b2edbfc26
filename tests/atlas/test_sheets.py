"""What stands on the sheets: labels that do not collide, a true scale, nothing that is not posted."""

import datetime as dt
from itertools import combinations

import numpy as np
import pytest
import shapely

from gridmap import atlas
from gridmap.atlas import Notice, Order
from gridmap.atlas.overview import tints
from gridmap.atlas.sheet import PAPERS
from gridmap.release import release_balance

DAY = dt.date(2026, 3, 1)


def _chosen(scene):
    """Return the ids of the most crowded, the smallest, the largest and a special grid."""
    count = np.bincount(scene.building_grid[scene.building_grid >= 0], minlength=len(scene.plan.grids))
    area = shapely.area(scene.shapes)
    special = next(row for row, one in enumerate(scene.plan.grids) if not one.resident)
    return [scene.plan.grids[row].id for row in (int(count.argmax()), int(area.argmin()), int(area.argmax()), special)]


@pytest.fixture(scope="module")
def drawn(present):
    """Return posters of unlike grids, a community's map and the wall map."""
    order = Order(_chosen(present), ["141182003004"], wall=True)
    return list(atlas.sheets(present, order))


def _outline(text, renderer):
    """Return where the letters of a text are, in pixels, as matplotlib measures them."""
    angle = text.get_rotation()
    text.set_rotation(0)
    box = shapely.box(*text.get_window_extent(renderer).extents)
    text.set_rotation(angle)
    return shapely.affinity.rotate(box, angle, origin="centroid")


def _words(sheet):
    return [text.get_text() for text in sheet.paper.texts]


def test_no_text_covers_another_and_all_are_on_the_page(drawn):
    from gridmap.maps.look import chinese_type

    with chinese_type():
        for sheet in drawn:
            renderer = sheet.figure.canvas.get_renderer()
            page = shapely.box(0, 0, *sheet.figure.bbox.size)
            boxes = [_outline(text, renderer) for text in sheet.paper.texts]
            assert len(boxes) > 15
            assert all(page.contains(box) for box in boxes), _words(sheet)[:3]
            near = shapely.STRtree(boxes).query(boxes, predicate="intersects").T
            for a, b in near[near[:, 0] < near[:, 1]]:
                over = boxes[a].intersection(boxes[b]).area / min(boxes[a].area, boxes[b].area)
                assert over < 0.02, (sheet.paper.texts[a].get_text(), sheet.paper.texts[b].get_text(), over)


def test_scale_bar_is_as_long_as_it_says(drawn, present):
    for sheet in drawn:
        bar = next(line for line in sheet.paper.lines if line.get_gid() == "scale-bar")
        words = next(text for text in _words(sheet) if "　1:" in text)
        length, unit = words.split("　")[0].split()
        metres = float(length) * (1000 if unit == "km" else 1)
        ends = sheet.paper.transData.transform(bar.get_xydata()[[0, -1]])
        (chart,) = (ax for ax in sheet.figure.axes if ax is not sheet.paper)
        x = chart.transData.inverted().transform(ends)[:, 0]
        assert abs((x[1] - x[0]) - metres) < metres * 1e-6
        # The scale holds on the real paper, and is the same up and across.
        inches = (ends[1, 0] - ends[0, 0]) / sheet.figure.dpi
        assert abs(metres / (inches * 0.0254) - float(words.split("1:")[1].replace(",", ""))) < 0.5
        west, south = chart.transData.transform((0, 0))
        east, north = chart.transData.transform((100, 100))
        assert abs((east - west) - (north - south)) < 1e-6


def test_a_building_is_drawn_where_it_is(drawn, present):
    """The middle of the first grid, by its coordinates, is inside the map's frame and where its axes put it."""
    sheet, row = drawn[0], present.position(_chosen(present)[0])
    (chart,) = (ax for ax in sheet.figure.axes if ax is not sheet.paper)
    west, south, east, north = present.shapes[row].bounds
    inside = chart.transAxes.inverted().transform(chart.transData.transform([(west, south), (east, north)]))
    assert (inside > 0).all()
    assert (inside < 1).all()


@pytest.mark.parametrize("paper", PAPERS)
def test_type_is_as_large_as_is_asked_on_each_paper(present, paper):
    (sheet,) = atlas.sheets(present, Order([present.plan.grids[0].id], paper=paper))
    scale = PAPERS[paper][0] / 297
    sizes = {text.get_text(): text.get_fontsize() for text in sheet.paper.texts}
    assert sizes[present.plan.grids[0].name] == pytest.approx(72 * scale)
    worker, *_ = present.answering("grid", present.plan.grids[0].id, "grid_worker")
    assert sizes[worker.name] == pytest.approx(36 * scale)
    assert sizes[worker.phone] == pytest.approx(36 * scale)
    assert sheet.figure.get_size_inches() * 25.4 == pytest.approx(PAPERS[paper])


def test_poster_says_what_is_to_be_posted(drawn, present, surroundings):
    code = _chosen(present)[0]
    row = present.position(code)
    words = "".join(_words(drawn[0]))
    assert surroundings.extent(row).words in words
    for wanted in (code, present.households[row], "0358-7220000", "内部使用", "虚构示例", "2026-03-01", "住宅套数"):
        assert wanted in words, wanted
    liaison, *_ = present.answering("grid", code, "cadre_liaison")
    assert liaison.words in words
    names = {one for one in surroundings.extent(row).streets if one in _words(drawn[0])}
    assert len(names) >= 2, "the streets that bound it stand along its boundary"


def test_community_map_lists_its_grids(drawn, present):
    words = _words(drawn[4])
    for row in present.grids_of("141182003004"):
        grid = present.plan.grids[row]
        assert grid.code in words
        assert present.households[row] in words


def test_nobody_is_named_who_is_not_posted(sample, present):
    duties = sample.accounts.duties(on=DAY, contacts=True)
    grid = present.plan.grids[0].id
    hidden = duties["places"].eq(grid) & duties["kind"].isin(["grid_worker", "cadre_liaison"])
    assert hidden.sum() == 2
    duties.loc[hidden, "posted"] = False
    secret = set(duties.loc[hidden, "holder"]) | set(duties.loc[hidden, "contact"])
    contacts = atlas.posted(duties)
    shown = atlas.scene(sample.city, present.plan, sample.current_plan().balance().released, contacts, Notice(DAY))
    (sheet,) = atlas.sheets(shown, Order([grid]))
    words = "".join(_words(sheet))
    assert "待公示" in words
    assert not any(one in words for one in secret)
    (other,) = atlas.sheets(present, Order([grid]))
    assert all(one in "".join(_words(other)) for one in secret), "they stand there when they are posted"


def test_an_approved_sheet_shows_its_number_and_public_figures(sample, present):
    table = sample.current_plan().balance().released.table
    table.loc[0, "households"] = 7
    released = release_balance(table, k=10, public=True)
    notice = Notice(DAY, approval="晋S(2026)001号")
    shown = atlas.scene(sample.city, present.plan, released, present.contacts, notice)
    grid = table["grid"][0]
    (sheet,) = atlas.sheets(shown, Order([grid]))
    words = "".join(_words(sheet))
    assert "审图号：晋S(2026)001号" in words
    assert "内部使用" not in words
    assert "＊ 户" in words
    assert "7 户" not in words


def test_neighbours_have_other_tints(present):
    shapes = np.asarray(present.city.communities.geometry.array, dtype=object)
    shade = tints(shapes)
    for a, b in combinations(range(len(shapes)), 2):
        if shapes[a].intersection(shapes[b]).length > 1:
            assert shade[a] != shade[b]
