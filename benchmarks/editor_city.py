"""A made city as the editor is sent it: grids of 336 buildings in rows, every other one under range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDE, HIGH = 16, 21
"""Buildings across and up in a grid: 336, of 300 grids 100,800."""
CELL_M = 30.0
MIDDLE = (111.788, 37.265)
M_PER_DEGREE = 111_320
E7 = 1e7
IN_COMMUNITY = 4
"""Grids across and up in a community."""


def _steps(values: NDArray[Any]) -> list[int]:
    return np.diff(np.rint(values * E7).astype(np.int64), prepend=0).tolist()


def _corners(across: int, up: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes of the corners, float64[up + 1, across + 1], a little off their rows."""
    shake = np.random.default_rng(1).uniform(-0.2, 0.2, (2, up + 1, across + 1))
    x = (np.arange(across + 1)[None, :] - across / 2 + shake[0]) * CELL_M
    y = (np.arange(up + 1)[:, None] - up / 2 + shake[1]) * CELL_M
    return MIDDLE[0] + x / M_PER_DEGREE / np.cos(np.radians(MIDDLE[1])), MIDDLE[1] + y / M_PER_DEGREE


def made(columns: int, rows: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fabric and the layout of `columns` by `rows` grids, as `/fabric` and `/layout` answer them."""
    across, up = columns * WIDE, rows * HIGH
    cell = np.arange(across * up).reshape(up, across)
    row, column = np.divmod(cell.ravel(), across)
    grid = row // HIGH * columns + column // WIDE
    gx, gy = grid % columns, grid // columns
    places = -(-columns // IN_COMMUNITY)
    community = gy // IN_COMMUNITY * places + gx // IN_COMMUNITY
    lon, lat = _corners(across, up)
    ring = np.stack([(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)], axis=1)
    corner_lon, corner_lat = lon[ring[0], ring[1]], lat[ring[0], ring[1]]
    pairs = np.r_[np.c_[cell[:, :-1].ravel(), cell[:, 1:].ravel()], np.c_[cell[:-1].ravel(), cell[1:].ravel()]]
    pairs = pairs[community[pairs[:, 0]] == community[pairs[:, 1]]]
    low = (gx + gy) % 2 == 1
    codes = [f"14118200{k:04}" for k in range(int(community.max()) + 1)]
    size = len(grid)
    fabric = {
        "ids": [f"b{k:06}" for k in range(size)],
        "x_e7": _steps(corner_lon.mean(axis=0)),
        "y_e7": _steps(corner_lat.mean(axis=0)),
        "community": community.tolist(),
        "communities": [{"code": code, "name": code[-3:], "open": True} for code in codes],
        "compound": np.where(cell.ravel() % 5 == 0, grid, -1).tolist(),
        "compounds": [{"id": f"c{k}", "name": f"c{k}"} for k in range(columns * rows)],
        "special": [-1] * size,
        "households": np.where(low & ((row + column) % 2 == 0), 0, 1).tolist(),
        "area_m2": [CELL_M**2] * size,
        "perimeter_m": [4 * CELL_M] * size,
        "i": pairs[:, 0].tolist(),
        "j": pairs[:, 1].tolist(),
        "shared_m": [CELL_M] * len(pairs),
        "barrier_m": [0.0] * len(pairs),
        "corners_e7": np.c_[_steps(corner_lon.T.ravel()), _steps(corner_lat.T.ravel())].ravel().tolist(),
        "rings": [4] * size,
        "ring_cell": list(range(size)),
    }
    records = [
        {"id": f"g{k}", "name": f"g{k}", "kind": "resident", "community": codes[community[np.argmax(grid == k)]],
         "locked": False, "code": ""}
        for k in range(columns * rows)
    ]  # fmt: skip
    return fabric, {"revision": 1, "grid": grid.tolist(), "grids": records, "bridges": []}
