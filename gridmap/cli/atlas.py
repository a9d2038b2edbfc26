"""The command that prints: atlas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, progress, say
from gridmap.cli.words import day_of


def draw(
    workspace: Workspace,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.pdf", help="The PDF to write.")],
    grid: Annotated[list[str], typer.Option(metavar="CODE", help="A grid whose poster to draw; repeat.")] = [],  # noqa: B006
    community: Annotated[
        list[str], typer.Option(metavar="CODE", help="A community whose map (with --leaflet, leaflet) to draw; repeat.")
    ] = [],  # noqa: B006
    wall: Annotated[bool, typer.Option("--wall", help="Draw the wall map of the city.")] = False,
    leaflet: Annotated[
        tuple[str, str] | None, typer.Option(metavar="OLD NEW", help="Draw who changes grid between two plans.")
    ] = None,
    plan: Annotated[str, typer.Option(help="The plan to draw; the one in force if left out.")] = "",
    paper: Annotated[str, typer.Option(metavar="A4|A3|A1", help="The paper: A3, for the wall map A1.")] = "",
    approval: Annotated[
        str, typer.Option(metavar="NO", help="The map approval number 审图号; without it a sheet is for internal use.")
    ] = "",
    public: Annotated[bool, typer.Option("--public", help="For the public: refused without --approval.")] = False,
    supervision: Annotated[str, typer.Option(metavar="PHONE", help="The supervision telephone 监督电话.")] = "",
    link: Annotated[
        str, typer.Option(metavar="URL", help="Address of a grid for a QR code; {code} stands for its code.")
    ] = "",
    on: Annotated[str, typer.Option(metavar="DATE", help="The day of the sheets and of who answers; today.")] = "",
    json: Json = False,
) -> None:
    """Draw posters of grids (all, if nothing is named), maps of communities, the wall map, the leaflet of a change."""
    from gridmap import handles
    from gridmap.atlas import Order

    order = Order(grid, community, wall=wall, paper=paper or None)
    with handles.open(workspace) as ws, progress("Drawing the atlas") as report:
        pages = ws.atlas(
            output, order, plan=plan or None, leaflet=leaflet, on=day_of(on), approval=approval,
            supervision=supervision, link=link, public=public, progress=report,
        )  # fmt: skip
    if json:
        as_json({"file": str(output), "pages": pages})
    say(f"{pages} pages are in {output}.")
