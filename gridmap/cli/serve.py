"""The command that serves a workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from gridmap.cli.show import say


def serve(
    workspace: Annotated[str, typer.Argument(metavar="WS", help="The workspace: a GeoPackage, or postgresql://…")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen at; 0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
) -> None:
    """Serve the map and the API until Ctrl+C; the log goes to standard error, a JSON object a line."""
    from gridmap.server import serve as run

    run(workspace, host=host, port=port, workers=workers, say=say)
