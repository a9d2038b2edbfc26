"""The command that serves a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.show import say
from gridmap.errors import InputError


def serve(
    workspace: Annotated[str, typer.Argument(metavar="WS", help="The workspace: a GeoPackage, or postgresql://…")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen at; 0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate, as PEM, for TLS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key, as PEM.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy on this machine does TLS and tells who asks.")
    ] = False,
) -> None:
    """Serve the map and the API until Ctrl+C; the log goes to standard error, a JSON object a line."""
    from gridmap.server import serve as run

    if (tls_cert is None) != (tls_key is None):
        raise InputError("tls-half", "A certificate needs its key.", "Give both --tls-cert and --tls-key.")
    tls = None if tls_cert is None or tls_key is None else (tls_cert, tls_key)
    run(workspace, host=host, port=port, workers=workers, tls=tls, behind_proxy=behind_proxy, say=say)
