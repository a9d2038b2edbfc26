"""What the layers were on a day: rows that change or vanish are kept with their days, on both stores."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from sqlalchemy import select, text

from gridmap.errors import InputError
from gridmap.store import testing, today
from gridmap.store.model import layer_history
from gridmap.workspace import Workspace

YESTERDAY = today() - dt.timedelta(days=1)


@pytest.fixture
def ws(databases):
    with Workspace.create(databases.fresh(), name="汾阳", profile="cn") as made:
        for layer in ("communities", "buildings", "streets"):
            made.import_layer(layer, testing.town()[layer])
        yield made


def past(ws):
    """Return what is kept of rows that ended: key, first and last day."""
    with ws._store.reading() as connection:
        asked = select(layer_history.c.key, layer_history.c.valid_from, layer_history.c.valid_to)
        return [tuple(row) for row in connection.execute(asked.order_by(layer_history.c.fid))]


def changed(**columns):
    """Return the town's buildings with other values: by column, those of some ids."""
    frame = testing.town()["buildings"]
    for name, values in columns.items():
        for key, value in values.items():
            frame.loc[frame["id"] == key, name] = value
    return frame


def households(city, key):
    return city.buildings.set_index("id")["households"][key]


def test_a_row_that_changes_holds_until_the_day_before(ws):
    before = ws.city()
    ws.import_layer("buildings", changed(households={"b000": 99}), valid_from="2025-03-01")
    ws.import_layer("buildings", changed(households={"b000": 120}), valid_from=dt.date(2026, 1, 15))
    assert past(ws) == [("b000", None, "2025-02-28"), ("b000", "2025-03-01", "2026-01-14")]
    days = ["1990-01-01", "2025-02-28", "2025-03-01", "2026-01-14", "2026-01-15", today()]
    assert [households(ws.city(at=day), "b000") for day in days] == [10, 10, 99, 99, 120, 120]
    assert [len(ws.city(at=day).buildings) for day in days] == [120] * 6
    then = ws.city(at="2024-06-01").buildings.sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(then.drop(columns="geometry"), before.buildings.drop(columns="geometry"))
    assert (then.geometry.to_wkb() == before.buildings.geometry.to_wkb()).all()


def test_rows_that_come_and_go_hold_in_between(ws):
    rows = testing.town()["buildings"]
    ws.import_layer("buildings", rows.iloc[1:].assign(id=[*rows["id"][1:-1], "new"]), valid_from="2025-03-01")
    there = {day: set(ws.city(at=day).buildings["id"]) for day in ("2025-02-28", "2025-03-01")}
    assert there["2025-02-28"] - there["2025-03-01"] == {"b000", "b119"}
    assert there["2025-03-01"] - there["2025-02-28"] == {"new"}
    assert set(past(ws)) == {("b000", None, "2025-02-28"), ("b119", None, "2025-02-28")}


def test_a_day_that_is_not_named_is_today(ws):
    ws.import_layer("buildings", changed(name={"b001": "东楼"}))
    assert past(ws) == [("b001", None, YESTERDAY.isoformat())]
    assert ws.city(at=YESTERDAY).buildings.set_index("id")["name"]["b001"] == "1号楼"
    report = ws.import_layer("buildings", changed(name={"b001": "西楼"}))
    assert len(past(ws)) == 1, "the east name never was in force at the end of a day"
    assert not report.notes


def test_rows_that_stay_cost_nothing(ws):
    report = ws.import_layer("buildings", testing.town()["buildings"].sample(frac=1, random_state=3))
    assert past(ws) == []
    assert report.notes == ()
    rounded = testing.town()["buildings"]
    rounded["geometry"] = shapely.reverse(shapely.transform(rounded.geometry.to_numpy(), lambda xy: xy + 1e-5))
    ws.import_layer("buildings", rounded, valid_from="2025-03-01")
    assert past(ws) == [], "a hundredth of a millimetre is no change"
    rounded["geometry"] = rounded.geometry.translate(0.5)
    assert ws.import_layer("buildings", rounded, valid_from="2025-03-01").notes[-1].startswith("120 rows changed")
    assert len(past(ws)) == 120


def test_the_first_rows_hold_from_the_day_that_is_named(databases):
    with Workspace.create(databases.fresh(), name="汾阳", profile="cn") as ws:
        ws.import_layer("communities", testing.town()["communities"], valid_from="2025-03-01")
        assert len(ws.city(at="2025-02-28").communities) == 0
        assert len(ws.city(at="2025-03-01").communities) == 2


def test_days_that_cannot_be_are_refused(ws):
    ws.import_layer("buildings", changed(households={"b000": 99}), valid_from="2025-03-01")
    before, revision = past(ws), ws.meta.city_revision
    with pytest.raises(InputError, match="b000 is as it is since 2025-03-01"):
        ws.import_layer("buildings", changed(households={"b000": 98}), valid_from="2025-02-28")
    with pytest.raises(InputError, match="to come"):
        ws.import_layer("buildings", changed(), valid_from=today() + dt.timedelta(days=1))
    with pytest.raises(InputError, match="no day"):
        ws.import_layer("buildings", changed(), valid_from="March")
    with pytest.raises(InputError, match="becomes a plan"):
        ws.import_layer("grids", testing.town()["grids"], valid_from="2025-03-01")
    with pytest.raises(InputError, match="no day"):
        ws.city(at="last year")
    assert (past(ws), ws.meta.city_revision) == (before, revision), "nothing was done"
    ws.import_layer("buildings", changed(households={"b000": 97}), valid_from="2025-03-01")
    assert past(ws) == before, "on the same day it is a correction"


def test_rows_that_say_themselves_when_they_hold_are_believed(ws):
    gone = changed(valid_to={"b000": "2024-12-31"}, valid_from={"b001": "2025-06-01"})
    ws.import_layer("buildings", gone, valid_from="2020-01-01")
    assert "b000" in set(ws.city(at="2024-12-31").buildings["id"])
    assert "b000" not in set(ws.city(at="2025-01-01").buildings["id"])
    assert "b001" not in set(ws.city(at="2025-05-31").buildings["id"])


def test_a_repair_is_a_change_and_its_undo_takes_that_back(ws):
    buildings = changed(community={"b000": "141182001099"})
    ws.import_layer("buildings", buildings, valid_from="2025-03-01")
    kept, rows = past(ws), dump(ws)
    assert ws.mend(all_safe=True).repairs
    assert past(ws)[len(kept) :] == [("b000", "2025-03-01", YESTERDAY.isoformat())]
    assert ws.city(at=YESTERDAY).buildings.set_index("id")["community"]["b000"] == "141182001099"
    ws.undo_mend()
    assert (past(ws), dump(ws)) == (kept, rows)


def dump(ws):
    with ws._store.reading() as connection:
        return [
            connection.execute(text(f"SELECT * FROM {table} ORDER BY fid")).all()  # noqa: S608 - fixed names
            for table in ("communities", "buildings", "layer_history")
        ]


def test_what_was_not_valid_is_shown_as_good_as_it_can_be(ws, databases):
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    bow = shapely.transform(bow, lambda xy: xy + np.array([testing.X0 + 20, testing.Y0 + 20]))
    ws.import_layer("buildings", changed(), valid_from="2025-03-01")
    with ws._store.writing() as connection:  # as another program leaves it
        from gridmap.store.backend import backend

        value = backend(connection).to_values(np.array([bow], object), 4546)[0]
        table = layer_history.metadata.tables["buildings"]
        connection.execute(table.update().where(table.c.id == "b000").values(geom=value))
        backend(connection).touch(connection, "buildings")
    ws.import_layer("buildings", changed(households={"b001": 5}), valid_from="2025-06-01")
    then = ws.city(at="2025-05-31").buildings.set_index("id").geometry["b000"]
    assert then.is_valid
    assert then.area == pytest.approx(50)


def test_where_and_export_are_of_the_day(ws):
    ws.import_layer("grids", testing.town()["grids"])
    moved = testing.town()["buildings"].iloc[1:]
    ws.import_layer("buildings", moved, valid_from="2025-03-01")
    lon, lat = ws.city().frame.to_lonlat([testing.X0 + 25], [testing.Y0 + 25])
    found = [ws.where(lon[0], lat[0], at=day) for day in ("2025-02-28", "2025-03-01", None)]
    assert [one["building"] and one["building"]["code"] for one in found] == ["b000", None, None]
    assert {one["grid"]["code"] for one in found} == {"141182001001001"}
    assert [len(ws.layer("buildings", at=day)) for day in ("2025-02-28", "2025-03-01", None)] == [120, 119, 119]
    assert len(ws.layer("grids", at="2025-02-28")) == 5


def test_gdal_reads_what_was(tmp_path):
    place = tmp_path / "w.gpkg"
    with Workspace.create(place, profile="cn") as ws:
        for layer in ("communities", "buildings"):
            ws.import_layer(layer, testing.town()[layer])
        ws.import_layer("buildings", changed(households={"b000": 99}), valid_from="2025-03-01")
    found = pyogrio.read_dataframe(place, layer="layer_history")
    assert found[["layer", "key"]].to_numpy().tolist() == [["buildings", "b000"]]
    assert str(found["valid_to"][0])[:10] == "2025-02-28"
    assert found.geometry[0].equals(testing.town()["buildings"].geometry[0])
    since = pyogrio.read_dataframe(place, layer="buildings").set_index("id")["version_from"]
    assert str(since["b000"])[:10] == "2025-03-01"
    assert since.drop("b000").isna().all()


def test_an_older_workspace_that_is_only_read_is_as_it_was_all_along(tmp_path):
    import shutil
    from pathlib import Path

    old = shutil.copy(Path(__file__).with_name("versions") / "v3.gpkg", tmp_path / "old.gpkg")
    with Workspace.open(old, read_only=True) as ws:
        assert len(ws.city(at="2020-01-01").buildings) == len(ws.city().buildings)


def test_another_frame_of_rows_is_the_same_layer(ws):
    """A file in degrees that is read twice gives the same corners to a millimetre, and no history."""
    degrees = testing.town()["buildings"].to_crs("EPSG:4490")
    ws.import_layer("buildings", gpd.GeoDataFrame(degrees), valid_from="2025-03-01")
    assert past(ws) == []
