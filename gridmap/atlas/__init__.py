"""Sheets for walls and hands: the poster of a grid, community and wall maps, the leaflet of a change."""

from gridmap.atlas.extent import Extent as Extent
from gridmap.atlas.extent import Surroundings as Surroundings
from gridmap.atlas.leaflet import changes as changes
from gridmap.atlas.scene import Contact as Contact
from gridmap.atlas.scene import Notice as Notice
from gridmap.atlas.scene import Scene as Scene
from gridmap.atlas.scene import posted as posted
from gridmap.atlas.scene import scene as scene
from gridmap.atlas.write import Order as Order
from gridmap.atlas.write import sheets as sheets
from gridmap.atlas.write import write as write

__all__ = [
    "Contact",
    "Extent",
    "Notice",
    "Order",
    "Scene",
    "Surroundings",
    "changes",
    "posted",
    "scene",
    "sheets",
    "write",
]
