"""The city over HTTP: an API, vector tiles, OGC API Features, and the map."""

from gridmap.server.app import create_app
from gridmap.server.running import serve

__all__ = ["create_app", "serve"]
