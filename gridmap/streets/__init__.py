"""The walking network: build it from streets, put points on it, and measure ways on foot exactly.

>>> import geopandas as gpd
>>> from shapely import LineString
>>> from gridmap.geo.frames import Frame
>>> from gridmap.streets import distances, network, snap
>>> cross = [LineString([(500_000, 0), (500_200, 0)]), LineString([(500_100, -100), (500_100, 100)])]
>>> net = network(gpd.GeoDataFrame(geometry=cross, crs=32649), frame=Frame(32649))
>>> points = snap(net, [500_000, 500_105], [5, 90])
>>> float(distances(net, points.take([0]), points.take([1]))[0, 0])
200.0
"""

from gridmap.streets.build import network as network
from gridmap.streets.build import network_of as network_of
from gridmap.streets.gates import Gates as Gates
from gridmap.streets.isochrones import Isochrone as Isochrone
from gridmap.streets.isochrones import isochrone as isochrone
from gridmap.streets.network import Network as Network
from gridmap.streets.osm import network_from_pbf as network_from_pbf
from gridmap.streets.routes import Route as Route
from gridmap.streets.routes import Targets as Targets
from gridmap.streets.routes import nearest as nearest
from gridmap.streets.routes import route as route
from gridmap.streets.routes import targets as targets
from gridmap.streets.snapping import REASONS as REASONS
from gridmap.streets.snapping import Snapped as Snapped
from gridmap.streets.snapping import Snapper as Snapper
from gridmap.streets.snapping import snap as snap
from gridmap.streets.sweeping import Labels as Labels
from gridmap.streets.sweeping import at_points as at_points
from gridmap.streets.sweeping import distances as distances
from gridmap.streets.sweeping import sweep as sweep
from gridmap.streets.turns import Leg as Leg

__all__ = [
    "REASONS", "Gates", "Isochrone", "Labels", "Leg", "Network", "Route", "Snapped", "Snapper", "Targets", "at_points",
    "distances", "isochrone", "nearest", "network", "network_from_pbf", "network_of", "route", "snap", "sweep",
    "targets",
]  # fmt: skip
