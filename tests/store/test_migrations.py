"""A workspace of an older version opens: migrated in one transaction where it may be written, as it is where not."""

import shutil
import sqlite3
from pathlib import Path

import psycopg
import pyogrio
import pytest
from sqlalchemy import inspect, text

from gridmap.errors import StoreError
from gridmap.plan import assign
from gridmap.store import migrations
from gridmap.store.audit import verify_chain
from gridmap.store.backend import backend
from gridmap.store.migrations import ADDED
from gridmap.store.model import FEATURES, HISTORY, SCHEMA_VERSION
from gridmap.store.store import Store
from gridmap.store.testing import town
from gridmap.workspace import Workspace

VERSIONS = {int(found.stem[1:]): found for found in Path(__file__).with_name("versions").glob("v*.gpkg")}
OLD = VERSIONS[1]


@pytest.fixture(params=sorted(VERSIONS))
def old(request, tmp_path):
    """Return a copy of a workspace of each older version."""
    return Path(shutil.copy(VERSIONS[request.param], tmp_path / "旧城.gpkg"))


@pytest.fixture
def old_place(databases):
    """Return a workspace of version 1 of each kind: the committed file, and a schema with what came later taken out."""
    place = databases.fresh()
    if isinstance(place, Path):
        shutil.copy(OLD, place)
        return place
    with Workspace.create(place, name="旧城") as made:
        for layer in ("communities", "buildings", "streets", "grids"):
            made.import_layer(layer, town()[layer])
    with psycopg.connect(place) as raw:
        for name in FEATURES:
            raw.execute(f'ALTER TABLE "{name}" DROP COLUMN version_from')
        for name in ("layer_history", "plan_steps", "sessions", "tokens", *sorted(ADDED[2] - {"sessions", "tokens"})):
            raw.execute(f'DROP TABLE "{name}"')
        raw.execute("ALTER TABLE facilities DROP COLUMN functions, DROP COLUMN tenure")
        raw.execute("UPDATE gridmap_meta SET schema_version = 1")
    return place


def kept(path):
    """Return what a migration must leave as it is: triggers, the standard's tables, R-trees."""
    with sqlite3.connect(path) as raw:
        told = {
            "triggers": raw.execute(
                "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
                " AND tbl_name NOT IN ('audit', 'plan_steps') ORDER BY name"
            ).fetchall(),
            **{
                name: [
                    row
                    for row in raw.execute(f"SELECT * FROM {name} ORDER BY 1, 2")  # noqa: S608
                    if row[0] != "layer_history"
                ]
                for (name,) in raw.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                    " AND (name LIKE 'gpkg_%' OR name LIKE 'rtree_%')"
                ).fetchall()
            },
        }
    raw.close()
    return told


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_there_is_a_small_file_of_every_version(version):
    assert VERSIONS[version].stat().st_size < 300_000
    with sqlite3.connect(VERSIONS[version]) as raw:
        assert raw.execute("SELECT schema_version FROM gridmap_meta").fetchall() == [(version,)]
    raw.close()


def test_a_workspace_of_every_version_opens_and_is_whole(old):
    with Workspace.open(old) as ws:
        assert ws.meta.schema_version == SCHEMA_VERSION
        assert len(ws.city().buildings) == 60
        assert ws.plan("imported").grids
        assert not ws._store.verify()
        ws.import_layer("buildings", town()["buildings"])
        assert len(ws.city().buildings) == 120
        assert len(ws.city(at="2020-01-01").buildings) == 60, "what there was holds since the records begin"
    listed = dict(pyogrio.list_layers(old).tolist())
    assert listed["layer_history"] == "Unknown"
    for layer in listed:
        pyogrio.read_dataframe(old, layer=layer)


def test_triggers_and_contents_are_the_same_after_a_migration(old):
    before = kept(old)
    Workspace.open(old).close()
    after = kept(old)
    assert len(before["triggers"]) >= 6 * 9
    assert before == after


def test_it_is_migrated_when_it_is_opened(old_place):
    with Workspace.open(old_place) as ws:
        assert ws.meta.schema_version == SCHEMA_VERSION == 4
        plan = ws.plan("imported")
        grids = [grid.id for grid in plan.grids if grid.kind == "resident"]
        cell = str(plan.fabric.cell_ids[plan.cells_of(grids[0])[0]])
        ws.edit("imported", assign(plan, [cell], grids[1])[1])
        assert ws.city().facilities["functions"].isna().all()
        assert ws.mends() == []
        assert not ws._store.verify()
        with ws._store.reading() as connection:
            assert verify_chain(connection).entries == 4, "three migrations and the edit"
    with Workspace.open(old_place) as again, again._store.reading() as connection:
        assert verify_chain(connection).entries == 4, "once"


def test_it_is_like_a_new_one_after_a_migration(old_place, databases):
    Store.create(fresh := databases.fresh()).close()
    told = []
    for place in (old_place, fresh):
        with Store.open(place) as opened, opened.reading() as connection:
            found = inspect(connection)
            told.append(
                {
                    name: (
                        sorted((one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)),
                        found.get_pk_constraint(name)["constrained_columns"],
                        sorted(str(one["name"]) for one in found.get_indexes(name)),
                        sorted(str(one["column_names"]) for one in found.get_unique_constraints(name)),
                    )
                    for name in frozenset().union(*ADDED.values()) - {HISTORY}  # it has a shape
                }
            )
            told[-1] |= {layer: backend(connection).columns(connection, layer) for layer in (*FEATURES, HISTORY)}
    assert told[0] == told[1]


def test_it_opens_for_reading_as_it_is(old_place):
    with Workspace.open(old_place, read_only=True) as ws:
        assert ws.meta.schema_version == 1
        assert ws.plan("imported").grids
        assert ws.city().facilities["tenure"].isna().all()
        assert ws.mends() == []
        with ws._store.reading() as connection:
            assert verify_chain(connection).entries == 0


def test_a_migration_that_fails_leaves_it_as_it_was(old_place, monkeypatch):
    def broken(op, connection):
        op.add_column("facilities", migrations.v2.Column("half", migrations.v2.Text))
        raise StoreError("disk-full", "there is no space left to write to", "")

    from gridmap.store.migrations import v2

    monkeypatch.setattr(migrations, "_steps", lambda: {2: broken})
    assert v2.upgrade is not broken
    with pytest.raises(StoreError, match="no space"):
        Workspace.open(old_place)
    with Workspace.open(old_place, read_only=True) as ws, ws._store.reading() as connection:
        assert ws.meta.schema_version == 1
        assert "half" not in backend(connection).columns(connection, "facilities")


def test_a_table_that_should_be_there_is_missed(old):
    with sqlite3.connect(old) as raw:
        raw.execute("DROP TABLE imports")
    raw.close()
    with pytest.raises(StoreError, match="imports is missing"):
        Workspace.open(old)


def test_history_of_the_audit_cannot_be_changed(databases):
    with Workspace.create(databases.fresh(), name="汾阳") as ws:
        ws.import_layer("communities", town()["communities"])
        for change in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):
            with pytest.raises(StoreError), ws._store.writing() as connection:
                connection.execute(text(change))
        with ws._store.reading() as connection:
            assert verify_chain(connection).faults == ()
