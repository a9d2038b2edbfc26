"""Vector tiles: shapes and plain attributes in, Mapbox Vector Tiles out. Knows nothing of who asks, nor of people."""

from gridmap.tiles.layers import TileLayer as TileLayer
from gridmap.tiles.mercator import Tile as Tile
from gridmap.tiles.mercator import tiles_over as tiles_over
from gridmap.tiles.tileset import TileSet as TileSet

__all__ = ["Tile", "TileLayer", "TileSet", "tiles_over"]
