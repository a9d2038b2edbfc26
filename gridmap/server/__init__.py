"""The map in the browser, on this machine."""

from gridmap.server.app import create_app, serve

__all__ = ["create_app", "serve"]
