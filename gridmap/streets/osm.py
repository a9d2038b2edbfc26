"""The walking network of an OpenStreetMap extract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError, LimitError
from gridmap.files.worker import ask
from gridmap.geo.frames import Frame, frame_for, to_frame
from gridmap.settings import DEFAULT, Settings
from gridmap.streets.build import network
from gridmap.streets.network import Network

__all__ = ["network_from_pbf", "walkable"]

_NOT_FOR_WALKING = frozenset(
    {
        "motorway", "motorway_link", "trunk", "trunk_link", "construction", "proposed", "planned", "abandoned",
        "disused", "razed", "platform", "raceway", "bus_guideway", "busway", "escape", "rest_area", "services", "no",
        "emergency_bay",
    }
)  # fmt: skip
_TAGS = ["name", "highway", "foot", "access", "sidewalk", "area"]
_MAY = frozenset({"yes", "designated", "permissive", "official", "destination", "customers"})
_MAY_NOT = frozenset({"no", "private", "use_sidepath", "military", "forestry", "agricultural"})


def walkable(lines: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which lines of an extract may be walked: by `highway`, and what `foot`, `access`, `area` say in the tags.

    What `foot` says goes before `access`; trunk roads are walked only where it allows it or there is a sidewalk.
    """
    highway = lines["highway"].fillna("").to_numpy(str)
    foot, access = tag(lines, "foot"), tag(lines, "access")
    sidewalk = ~np.isin(tag(lines, "sidewalk"), ("", "no", "none"))
    allowed = np.isin(foot, list(_MAY))
    kind = ~np.isin(highway, list(_NOT_FOR_WALKING))
    kind |= np.isin(highway, ("trunk", "trunk_link")) & (allowed | sidewalk)
    refused = np.isin(foot, list(_MAY_NOT)) | (np.isin(access, list(_MAY_NOT)) & ~allowed)
    result: NDArray[np.bool_] = (highway != "") & kind & ~refused & (tag(lines, "area") != "yes")
    return result


def tag(lines: pd.DataFrame, key: str) -> NDArray[np.str_]:
    """Return the value of a tag of each line, "" for none: a column, or a part of `other_tags`."""
    if key in lines:
        return lines[key].fillna("").to_numpy(str)
    if "other_tags" not in lines:
        return np.full(len(lines), "", dtype=str)
    found = lines["other_tags"].str.extract(rf'(?:^|,)"{re.escape(key)}"=>"((?:[^"\\]|\\.)*)"', expand=False)
    return found.fillna("").to_numpy(str)


def network_from_pbf(
    path: str | Path,
    *,
    frame: Frame | None = None,
    factors: Mapping[str, float] | None = None,
    settings: Settings = DEFAULT,
) -> Network:
    """Make the walking network of an OpenStreetMap extract (.osm.pbf, .osm); `frame` is chosen by place if not given.

    Ways meet where they share a node, as they do in OpenStreetMap, so bridges and tunnels need no care. Classes are the
    values of `highway`. InputError for a file that cannot be read or has no street.
    """
    lines = _read(Path(path), settings)
    lines = lines[walkable(lines) & (shapely.get_type_id(lines.geometry.to_numpy()) == 1)]
    if lines.empty:
        raise InputError(
            "streets-missing", f"{Path(path).name}: there is no walkable street.", "Use an extract that has highways."
        )
    where = frame or frame_for(lines, name=Path(path).name)
    streets = to_frame(lines.reset_index(drop=True), where, name=Path(path).name)
    streets = streets.rename(columns={"highway": "class"})[["class", "name", "geometry"]]
    return network(streets, frame=where, factors=factors, noded=True, settings=settings)


def _read(path: Path, settings: Settings) -> gpd.GeoDataFrame:
    """Read the lines that have a highway, by the process that reads files of strangers."""
    if not path.is_file():
        raise InputError("file-missing", f"{path.name}: there is no such file.", "Give the path of an .osm.pbf file.")
    try:
        table = ask("load", path, settings, layer="streets", columns=_TAGS, at=[], place=path.name)
    except LimitError:
        raise
    except InputError:
        raise InputError(
            "osm-unreadable",
            f"{path.name}: this is no OpenStreetMap extract that can be read.",
            "Download the extract again as .osm.pbf.",
        ) from None
    return gpd.GeoDataFrame(dict(table.columns), geometry=gpd.GeoSeries(table.shapes, crs="EPSG:4326"), crs="EPSG:4326")
