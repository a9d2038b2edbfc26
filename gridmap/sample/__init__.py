"""The sample city: Fenyang 汾阳 by name and published figures, invented by geometry (虚构示例).

>>> from gridmap import sample
>>> sample.NAME
'汾阳市（虚构示例）'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gridmap.city import City

__all__ = ["EPSG", "NAME", "SEED", "city", "layers"]

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
