"""The metric frame is the right one, and whatever may not enter it is refused with the reason."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import CrsError, GeometryError
from gridmap.geo.frames import Frame, frame_for, metric_frame, require_metric, swap_axes, to_frame
from gridmap.geo.shifts import bd09_from_wgs84, gcj02_from_wgs84

FENYANG = (111.788, 37.265)


def layer(points: list[tuple[float, float]], crs: object = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": range(len(points))}, geometry=[shapely.Point(p) for p in points], crs=crs)


@pytest.mark.parametrize(
    ("name", "lon", "lat", "epsg"),
    [
        ("Fenyang", 111.788, 37.265, 4546),
        ("Kashgar", 75.99, 39.47, 4534),
        ("Khorgos", 80.42, 44.21, 4536),
        ("Lhasa", 91.1, 29.65, 4539),
        ("Beijing", 116.4, 39.9, 4548),
        ("Manzhouli", 117.4, 49.6, 4548),
        ("Mohe", 122.5, 53.0, 4550),
        ("Heihe", 127.5, 50.25, 4552),
        ("Hunchun", 130.36, 42.87, 4552),
        ("Fuyuan", 134.3, 48.36, 4554),
        ("Sanya", 109.5, 18.25, 4546),
        ("Sansha", 112.34, 16.83, 4546),
        ("Ruili", 97.85, 24.01, 4542),
        ("Dongxing", 107.97, 21.54, 4545),
        ("Singapore", 103.85, 1.33, 32648),
        ("Olemps", 2.55, 44.35, 32631),
        ("Sydney", 151.2, -33.9, 32756),
        ("Bergen", 5.3, 60.4, 32632),
        ("Longyearbyen", 15.6, 78.2, 32633),
        ("Suva", 178.4, -18.1, 32760),
        ("Ulaanbaatar", 106.9, 47.9, 32648),
        ("Hanoi", 105.85, 21.03, 32648),
        ("Seoul", 127.0, 37.55, 32652),
        ("Vladivostok", 131.9, 43.1, 32652),
        ("Almaty", 76.9, 43.25, 32643),
        ("Kathmandu", 85.3, 27.7, 32645),
        ("Pyongyang", 125.75, 39.03, 32651),
        ("Tokyo", 139.7, 35.7, 32654),
    ],
)
def test_a_city_gets_its_zone(name: str, lon: float, lat: float, epsg: int) -> None:
    assert metric_frame(lon, lat) == Frame(epsg)


@given(st.floats(-180, 180), st.floats(-80, 84))
def test_frames_are_metric_and_near(lon: float, lat: float) -> None:
    frame = metric_frame(lon, lat)
    require_metric(frame.crs, name="")
    x, y = frame.from_lonlat(lon, lat)
    # A thousandth of a degree north is about 111 m in a frame that measures rightly.
    _, there = frame.from_lonlat(lon, lat + 0.001)
    assert 110.0 < abs(float(there - y)) < 112.0
    back = frame.to_lonlat(x, y)
    assert abs((float(back[0]) - lon + 180) % 360 - 180) < 1e-8
    assert float(back[1]) == pytest.approx(lat, abs=1e-8)


@pytest.mark.parametrize("place", [(0.0, 89.0), (200.0, 10.0), (float("nan"), 0.0)])
def test_where_no_zone_is_there_is_no_frame(place: tuple[float, float]) -> None:
    with pytest.raises(CrsError) as error:
        metric_frame(*place)
    assert error.value.code == "frame-none"


@pytest.mark.parametrize("crs", [4326, 4490, 3857, 2263])
def test_nothing_is_measured_in_degrees_feet_or_web_mercator(crs: int) -> None:
    with pytest.raises(CrsError, match=r"roads\.shp"):
        require_metric(crs, name="roads.shp")


def test_a_layer_comes_into_the_frame() -> None:
    given_ = layer([FENYANG, (111.79, 37.27)])
    placed = to_frame(given_, Frame(4546), name="a.geojson")
    assert placed.crs == Frame(4546).crs
    assert placed["id"].tolist() == [0, 1]
    assert placed.geometry.iloc[0].x == pytest.approx(500_000 + 69_900, abs=100)
    assert given_.crs.to_epsg() == 4326


def test_web_mercator_may_come_in() -> None:
    there = layer([FENYANG]).to_crs(3857)
    placed = to_frame(there, frame_for(there))
    assert placed.distance(to_frame(layer([FENYANG]), Frame(4546)).geometry.iloc[0]).max() < 1e-3


@pytest.mark.parametrize(("crs", "shift"), [("gcj02", gcj02_from_wgs84), ("BD-09", bd09_from_wgs84)])
def test_shifted_coordinates_come_back_in_place(crs: str, shift: object) -> None:
    lon, lat = shift(*FENYANG)  # type: ignore[operator]  # either of two functions of one signature
    placed = to_frame([shapely.Point(lon, lat)], Frame(4546), crs=crs)
    right = to_frame(layer([FENYANG]), Frame(4546))
    assert placed.distance(right.geometry.iloc[0]).max() < 0.01


def test_heights_are_dropped_and_empty_shapes_stay() -> None:
    shapes = gpd.GeoSeries([shapely.Point(*FENYANG, float("nan")), None, shapely.Point()], crs=4326)
    placed = to_frame(shapes, Frame(4546))
    assert not placed.has_z.any()
    assert placed.geometry.iloc[1] is None
    assert placed.geometry.iloc[2].is_empty


def test_coordinates_in_the_frame_are_left_as_they_are() -> None:
    there = to_frame(layer([FENYANG]), Frame(4546))
    assert to_frame(there, Frame(4546)).geometry.iloc[0].equals_exact(there.geometry.iloc[0], 0.0)


def refusal(shapes: gpd.GeoDataFrame, frame: Frame, **options: object) -> CrsError | GeometryError:
    with pytest.raises((CrsError, GeometryError)) as error:
        to_frame(shapes, frame, name="houses.geojson", **options)  # type: ignore[arg-type]  # options by name
    assert error.value.message.startswith("houses.geojson: ")
    return error.value


def test_no_crs_is_refused() -> None:
    error = refusal(layer([FENYANG], crs=None), Frame(4546))
    assert error.code == "crs-missing"
    assert "--crs" in error.hint


def test_an_unknown_crs_is_refused() -> None:
    assert refusal(layer([FENYANG]), Frame(4546), crs="EPSG:nonsense").code == "crs-unknown"


@pytest.mark.parametrize(("place", "frame"), [(FENYANG, 4546), ((103.85, 1.33), 32648), ((2.55, 44.35), 32631)])
def test_swapped_degrees_are_recognised(place: tuple[float, float], frame: int) -> None:
    error = refusal(layer([place[::-1]]), Frame(frame))
    assert error.code == "axes-swapped"
    assert "--swap-axes" in error.hint
    mended = to_frame(layer([place[::-1]]), Frame(frame), swap=True)
    assert mended.distance(to_frame(layer([place]), Frame(frame)).geometry.iloc[0]).max() == 0.0


def test_swapped_metres_are_recognised() -> None:
    there = to_frame(layer([FENYANG]), Frame(4546))
    assert refusal(swap_axes(there), Frame(4546)).code == "axes-swapped"


def test_a_zone_number_in_the_easting_is_recognised() -> None:
    there = layer([FENYANG]).to_crs(4525).set_crs(4546, allow_override=True)
    error = refusal(there, Frame(4546))
    assert error.code == "outside-area-of-use"
    assert "EPSG:4525" in error.hint


def test_degrees_called_metres_are_refused() -> None:
    error = refusal(layer([FENYANG], crs=4546), Frame(4546))
    assert error.code == "outside-area-of-use"
    assert "degrees" in error.hint


def test_metres_called_degrees_are_refused() -> None:
    error = refusal(layer([(569_900.0, 4_126_000.0)]), Frame(4546))
    assert error.code == "outside-area-of-use"
    assert "metres" in error.hint


def test_a_row_elsewhere_is_named() -> None:
    error = refusal(layer([FENYANG, FENYANG, (0.0, 0.0)]), Frame(4546))
    assert error.code == "outside-frame"
    assert "row 3" in error.message


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_coordinates_that_are_no_numbers_are_refused_by_row(bad: float) -> None:
    shapes = gpd.GeoDataFrame(geometry=[shapely.Point(FENYANG), shapely.Point(bad, 37.0)], crs=4326)
    error = refusal(shapes, Frame(4546))
    assert error.code == "coordinates-not-finite"
    assert "row 2" in error.message


def test_an_empty_layer_has_no_frame() -> None:
    with pytest.raises(GeometryError) as error:
        frame_for(layer([]), name="empty.shp")
    assert error.value.code == "layer-empty"
    assert len(to_frame(layer([]), Frame(4546))) == 0


@pytest.mark.real_data
@pytest.mark.parametrize(("file", "epsg"), [("singapore_toapayoh_punggol", 32648), ("olemps", 32631)])
def test_real_cities_get_their_frames(real_data: object, file: str, epsg: int) -> None:
    source = gpd.read_file(f"{real_data}/{file}.gpkg", layer="communities")
    frame = frame_for(source, name=file)
    assert frame.epsg == epsg
    areas = to_frame(source, frame, name=file).area.to_numpy()
    assert np.allclose(areas, source.area.to_numpy(), rtol=1e-3)
