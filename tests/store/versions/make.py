"""Make a workspace of an older schema version that `test_migrations.py` opens: run with the code of that version.

Version 1 is of commit cdeec3e, 2 of e6be405, 3 of f3cc1f2.

git archive cdeec3e gridmap | tar -x -C FOLDER
PYTHONPATH=FOLDER python tests/store/versions/make.py tests/store/versions/v1.gpkg
"""

import sqlite3
import sys
from pathlib import Path

import pandas as pd

from gridmap.plan import assign
from gridmap.store.testing import town
from gridmap.workspace import Workspace


def make(place: Path) -> None:
    place.unlink(missing_ok=True)
    with Workspace.create(place, name="旧城") as ws:
        for layer in ("communities", "buildings", "streets"):
            ws.import_layer(layer, town()[layer].iloc[:: 2 if layer == "buildings" else 1])
        ws.import_layer("grids", town()["grids"])
        plan = ws.plan("imported")
        grids = [grid.id for grid in plan.grids if grid.kind == "resident"]
        moved = assign(plan, [str(plan.fabric.cell_ids[plan.cells_of(grids[0])[0]])], grids[1])[1]
        ws.edit("imported", moved)
        ws.import_records(
            {
                "persons": pd.DataFrame([{"id": "p1", "name": "甲"}]),
                "duties": pd.DataFrame(
                    [{"id": "d1", "kind": "grid_worker", "person": "p1", "places": "grid:141182001001001"}]
                ),
            }
        )
    # The cells are made again when they are asked for.
    with sqlite3.connect(place, isolation_level=None) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.execute("DELETE FROM fabric_cache")
        raw.execute("PRAGMA page_size = 1024")  # a small file: most tables are empty
        raw.execute("VACUUM")
        raw.execute("PRAGMA journal_mode = WAL")
    raw.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
