"""The compiled inner loops of the engine, which imports them on its first search: that takes half a second."""

from gridmap.redraw.kernels.base import Graph as Graph
from gridmap.redraw.kernels.base import Room as Room
from gridmap.redraw.kernels.base import Zones as Zones
from gridmap.redraw.kernels.base import on_disk as on_disk
from gridmap.redraw.kernels.covers import ATOMS as ATOMS
from gridmap.redraw.kernels.covers import Cluster as Cluster
from gridmap.redraw.kernels.covers import cover as cover
from gridmap.redraw.kernels.flips import flips as flips
from gridmap.redraw.kernels.trees import divide as divide
from gridmap.redraw.kernels.trees import recombine as recombine

__all__ = ["ATOMS", "Cluster", "Graph", "Room", "Zones", "cover", "divide", "flips", "on_disk", "recombine"]
