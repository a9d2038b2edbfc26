"""Which reference system a layer may be in: the right one comes first, with the metres that the others are off."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gridmap import files, sample
from gridmap.errors import CrsError
from gridmap.files.systems import systems
from gridmap.geo import shifts
from gridmap.geo.frames import Frame

FRAME = Frame(sample.EPSG)


@pytest.fixture(scope="module")
def layers():
    return sample.layers()


@pytest.fixture(scope="module")
def reference(layers):
    return files.Reference(FRAME, {name: layers[name] for name in ("communities", "streets")})


def shapes_in(layer, system):
    """Return shapes as a file in that system has them."""
    if system in ("gcj02", "bd09"):
        move = shifts.gcj02_from_wgs84 if system == "gcj02" else shifts.bd09_from_wgs84
        degrees = np.asarray(layer.geometry.to_crs(4326).array, dtype=object)
        return shapely.transform(degrees, lambda points: np.column_stack(move(points[:, 0], points[:, 1])))
    return np.asarray(layer.geometry.to_crs(system).array, dtype=object)


def swapped(shapes):
    return shapely.transform(shapes, lambda points: points[:, ::-1])


@pytest.mark.parametrize(
    ("layer", "system"),
    [("buildings", "EPSG:4326"), ("buildings", "gcj02"), ("grids", "bd09"), ("buildings", "EPSG:4546")]
    + [("grids", system) for system in ("EPSG:4525", "EPSG:4498", "EPSG:4547", "EPSG:2413", "EPSG:3857")],
)
def test_the_right_system_comes_first(layers, reference, layer, system):
    found = files.crs_candidates(files.Rows(layer, shapes_in(layers[layer], system)), reference)
    assert (found[0].crs, found[0].swap_axes, found[0].offset) == (system, False, (0.0, 0.0))
    assert found[0].fit >= 0.9
    assert (found[0].offset_m or 0.0) < 20
    assert [one.fit for one in found[1:] if (one.offset_m or 0.0) > 100] == sorted(
        (one.fit for one in found[1:] if (one.offset_m or 0.0) > 100), reverse=True
    )


@pytest.mark.parametrize("system", ["gcj02", "EPSG:4546"])
def test_axes_that_are_exchanged(layers, reference, system):
    found = files.crs_candidates(files.Rows("buildings", swapped(shapes_in(layers["buildings"], system))), reference)
    assert (found[0].crs, found[0].swap_axes) == (system, True)


def test_the_offset_is_that_of_the_shift(layers, reference):
    """Shifted coordinates taken as they are lie as far off as the shift is at Fenyang."""
    found = files.crs_candidates(files.Rows("buildings", shapes_in(layers["buildings"], "gcj02")), reference)
    off = {one.crs: one.offset_m for one in found}
    assert abs(off["EPSG:4326"] - 574) < 15
    found = files.crs_candidates(files.Rows("buildings", shapes_in(layers["buildings"], "bd09")), reference)
    assert abs({one.crs: one.offset_m for one in found}["EPSG:4326"] - 1349) < 20


def test_an_origin_of_its_own_is_estimated(layers, reference):
    moved = shapely.transform(
        shapes_in(layers["grids"], "EPSG:4546"), lambda points: points - [571_234.5, 4_124_321.25]
    )
    (found,) = files.crs_candidates(files.Rows("grids", moved), reference)
    assert found.crs == "EPSG:4546"
    assert np.hypot(found.offset[0] - 571_234.5, found.offset[1] - 4_124_321.25) < 3


def test_rows_that_the_city_has_already_tell_the_origin_exactly(layers):
    reference = files.Reference(FRAME, {"compounds": layers["compounds"]})
    moved = shapely.transform(shapes_in(layers["compounds"], "EPSG:4546"), lambda points: points - [571_000, 4_124_000])
    names = layers["compounds"]["name"].to_numpy(object)
    found = files.crs_candidates(files.Rows("compounds", moved, names=names), reference)
    assert found[0].offset == (571_000.0, 4_124_000.0)
    assert "already" in found[0].by


def test_communities_that_rows_name_tell_shifts_apart(layers):
    """A few facilities lie in no pattern, but they say which community they are in."""
    reference = files.Reference(FRAME, {"communities": layers["communities"]})
    rows = files.Rows(
        "facilities",
        shapes_in(layers["facilities"], "bd09"),
        communities=layers["facilities"]["community"].to_numpy(object),
    )
    found = files.crs_candidates(rows, reference)
    assert found[0].crs == "bd09"
    assert "communities named" in found[0].by


def test_without_a_layer_to_compare_with_nothing_is_claimed(layers):
    found = files.crs_candidates(files.Rows("buildings", shapes_in(layers["buildings"], "gcj02")))
    assert {one.crs for one in found} >= {"EPSG:4326", "gcj02", "bd09"}
    assert all(one.fit == 0 and one.offset_m is None and "numbers only" in one.by for one in found)
    assert files.crs_candidates(files.Rows("buildings", np.full(3, None, dtype=object))) == ()


def test_every_system_is_what_it_is_called():
    for x in (571_000.0, 37_571_000.0, 19_571_000.0):
        for one in systems(np.array([x, 4_125_000.0]), FRAME, declared=None):
            lon, lat = one.lonlat(np.array([[x, 4_125_000.0]]))[0]
            assert abs(lat - 37.25) < 1.2
            assert abs(lon - 111.5) < 3.5
            assert ("number in x" in one.name) == (x > 1_000_000 or "no number" in one.name)


def test_a_file_that_lies_is_refused_until_somebody_says_which(layers, reference, tmp_path):
    path = tmp_path / "buildings.geojson"
    files.write(layers["buildings"], path, crs="gcj02")
    proposal = files.propose(path, "buildings", reference=reference)
    assert proposal.crs_how == "doubtful"
    assert proposal.candidates[0].options == "--crs gcj02"
    assert "574 m" in str(proposal)
    assert files.Proposal.from_dict(proposal.to_dict()) == proposal
    with pytest.raises(CrsError) as caught:
        files.read(proposal)
    assert caught.value.code == "crs-doubtful"
    assert "--crs gcj02" in caught.value.hint
    kept = files.propose(path, "buildings", crs="EPSG:4326", reference=reference)
    assert (kept.crs_how, kept.candidates) == ("given", ())
    files.write(layers["buildings"], path)
    right = files.propose(path, "buildings", reference=reference)
    assert (right.crs_how, right.candidates) == ("standard", ())


def test_an_offset_is_added_after_the_axes_are_exchanged(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("id,x,y\nb1,25.5,12.25\n", "utf-8")
    proposal = files.propose(path, "buildings", crs="EPSG:4546", swap_axes=True, offset=(571_000.0, 4_125_000.0))
    assert files.read(proposal).gdf.geometry.item() == shapely.Point(571_012.25, 4_125_025.5)
    assert "moved by 571000.00, 4125000.00" in str(proposal)
    assert files.read(replace(proposal, offset=(0.0, 0.0))).gdf.geometry.item() == shapely.Point(12.25, 25.5)


@pytest.mark.parametrize("system", ["gcj02", "bd09", "EPSG:4326"])
def test_streets_alone_tell_compounds_apart_that_none_of_them_crosses(layers, system):
    reference = files.Reference(FRAME, {"streets": layers["streets"]})
    found = files.crs_candidates(files.Rows("compounds", shapes_in(layers["compounds"], system)), reference)
    assert found[0].crs == system
    assert found[0].telling
    assert found[0].by == "streets that cross"
    assert found[1].fit <= found[0].fit - 0.5
    shift = {("gcj02", "EPSG:4326"): 574, ("bd09", "EPSG:4326"): 1349, ("EPSG:4326", "gcj02"): 574}
    off = {one.crs: one.offset_m for one in found[1:]}
    assert all(abs(off[other] - metres) < 15 for (right, other), metres in shift.items() if right == system)


def test_where_nothing_tells_candidates_apart_nothing_is_claimed(layers, tmp_path):
    """Points anywhere in the city fit as WGS 84 as well as shifted: no candidate is recommended, and a note says so."""
    reference = files.Reference(FRAME, {"streets": layers["streets"]})
    west, south, east, north = layers["streets"].to_crs(4326).total_bounds
    rng = np.random.default_rng(5)
    x, y = rng.uniform(west + 0.02, east - 0.02, 12), rng.uniform(south + 0.02, north - 0.02, 12)
    path = tmp_path / "places.csv"
    path.write_text(
        "id,kind,x,y\n" + "".join(f"f{k},school,{a},{b}\n" for k, (a, b) in enumerate(zip(x, y, strict=True)))
    )
    proposal = files.propose(path, "facilities", reference=reference)
    assert proposal.crs is None
    assert len(proposal.candidates) > 1
    assert not any(one.telling for one in proposal.candidates)
    assert "Nothing tells the candidates apart" in proposal.notes[-1]
    with pytest.raises(CrsError) as caught:
        files.read(proposal)
    assert caught.value.code == "crs-missing"
    assert "best candidate" not in caught.value.hint
