"""The sample city: Fenyang 汾阳 by name and published figures, invented by geometry (虚构示例).

>>> from gridmap import sample
>>> sample.NAME
'汾阳市（虚构示例）'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.city import City

__all__ = ["EPSG", "NAME", "SEED", "city", "layers", "records"]

NAME = "汾阳市（虚构示例）"
EPSG = 4546
"""The metric frame of the sample: CGCS2000, 3-degree Gauss–Krüger, central meridian 111° E."""

SEED = 141182


def layers(seed: int = SEED) -> dict[str, GeoDataFrame]:
    """Make the layers of the sample city, `grids` (the present ones) among them, in metres of EPSG:4546.

    The published figures hold for the default seed; other seeds give other towns of about the same size. The same seed
    gives the same coordinates, to the centimetre, on every machine.
    """
    from gridmap.sample.build import make
    from gridmap.sample.tables import tables

    return tables(make(seed))


def city(seed: int = SEED) -> City:
    """Build the sample city as a City, without its grids."""
    from gridmap.city import City
    from gridmap.geo.frames import Frame
    from gridmap.rules import profile

    made = layers(seed)
    made.pop("grids")
    return City.build(made, frame=Frame(EPSG), profile=profile("cn"), name=NAME, sample=True)


def records(layers: Mapping[str, GeoDataFrame], *, on: dt.date, seed: int = SEED) -> dict[str, DataFrame]:
    """Make the sample's persons, organisations, duties, matters and their events, a year of them up to a day.

    In the published numbers, all invented. The same layers, day and seed give the same records on every machine.
    """
    import numpy as np

    from gridmap.sample.happenings import happenings
    from gridmap.sample.registers import registers

    answering = registers(layers, np.random.default_rng([seed, 20]), on=on).tables()
    happened = happenings(layers, answering["organisations"], np.random.default_rng([seed, 21]), on=on)
    return {**answering, **happened.tables()}
