"""The command about two plans: who changes grid and worker between them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, say, table, write_page


def diff(
    workspace: Workspace,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The plan before.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The plan after.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.xlsx", help="Write grids, compounds and addresses, a sheet each."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.html", help="Draw it on a page that needs no network.")
    ] = None,
    json: Json = False,
) -> None:
    """Show who changes grid and worker from a plan to another: households, compounds and addresses."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = ws.plan(new).compare(ws.plan(old))
        if output is not None:
            ws.require_other(output)
            say(f"{found.export(output):,} rows are in {output}.")
        if page is not None:
            ws.require_other(page)
            write_page(page, found.explore())
    told = found.to_dict()
    if json:
        as_json(told)
        return
    columns = [
        "community_name",
        "from_grid",
        "from_worker",
        "to_grid",
        "to_worker",
        "households",
        "buildings",
        "compounds",
    ]
    moved = told["totals"]
    table(
        [column.replace("_", " ") for column in columns],
        [[row[column] for column in columns] for row in told["changes"]],
        title=f"{old} → {new}: {moved['households_moved']:,} of {moved['households']:,} households change grid, "
        f"{moved['households_worker_changes']:,} the worker",
    )
