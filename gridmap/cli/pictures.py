"""Commands that show: map, matters map, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.plans import print_redraw
from gridmap.cli.show import progress, say, table, write_page
from gridmap.cli.words import day_of


def draw(
    workspace: Workspace,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.html", help="The page to write.")],
    plan: Annotated[str, typer.Option(help="The plan to show; the latest if left out.")] = "",
    before: Annotated[str, typer.Option(help="The plan to compare with; the one in force if left out.")] = "",
) -> None:
    """Write the map as one page that needs no network: the plan in force and the latest draft, before and after."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        ws.map(output, plan=plan or None, before=before or None)
    say(f"The map is in {output}; open it in a browser.")


def draw_matters(
    workspace: Workspace,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.html", help="The page to write.")],
    plan: Annotated[str, typer.Option(help="The plan whose grids to show; the one in force if left out.")] = "",
    on: Annotated[str, typer.Option(metavar="DATE", help="The day; today if left out.")] = "",
) -> None:
    """Write what happens and who answers as one page: boards by stage, what is late, heat, grids, staffing, culture."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        write_page(output, ws.matters_map(plan=plan or None, on=day_of(on)))


def demo(
    *,
    workspace: Annotated[Path, typer.Option(help="Where to make the sample city's workspace.")] = Path(
        "demo/fenyang.gpkg"
    ),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when the plan is drawn.")] = False,
    port: Annotated[int, typer.Option(help="Port of the map on this machine.")] = 8000,
) -> None:
    """Make the sample city 汾阳 (虚构示例), redraw all its communities and serve the map on this machine."""
    from gridmap import handles

    workspace.parent.mkdir(parents=True, exist_ok=True)
    with progress("Making the sample city") as report:
        ws = handles.create_sample(workspace, progress=report)
    with ws:
        old = ws.current_plan()
        with progress("Redrawing") as report:
            new, result = old.redraw_reported(seed=1, progress=report)
        saved = new.save("redrawn")
        print_redraw(result.to_dict())
        before, after = old.balance().totals, saved.balance().totals
        figures = ["grids", "in_range", "under", "over", "min", "max", "contiguity_breaks", "compounds_split"]
        table(["", "before", "after"], [[name.replace("_", " "), before[name], after[name]] for name in figures])
        page = workspace.with_suffix(".html")
        ws.map(page)
    say(f"Workspace: {workspace}\nMap: {page}")
    if not no_serve:
        from gridmap.server import serve

        serve(workspace, port=port, say=say)
