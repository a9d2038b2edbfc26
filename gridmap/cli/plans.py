"""Commands about plans: balance, redraw, plan list."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, progress, say, table

Minimum = Annotated[int | None, typer.Option("--min", help="Fewest households of a grid; the profile's if left out.")]
Maximum = Annotated[int | None, typer.Option("--max", help="Most households of a grid; the profile's if left out.")]


def list_plans(workspace: Workspace, *, json: Json = False) -> None:
    """List the saved plans."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        plans = ws.plans()
    if json:
        as_json({"plans": plans})
    elif plans:
        columns = list(plans[0])
        table(columns, [[plan[column] for column in columns] for plan in plans])
    else:
        say("There are no plans yet. Next: gridmap redraw WS")


def balance(
    workspace: Workspace,
    *,
    plan: Annotated[str, typer.Option(help="The plan; the current one if left out.")] = "",
    minimum: Minimum = None,
    maximum: Maximum = None,
    json: Json = False,
) -> None:
    """Show the households of each grid of a plan, and which grids are too small or too big."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        shown = ws.plan(plan) if plan else ws.current_plan()
        figures = shown.balance(min_households=minimum, max_households=maximum)
    if json:
        as_json(figures.to_dict())
        return
    columns = ["grid", "name", "community", "households", "status", "distance", "residents", "compounds", "buildings"]
    rows = [[row[column] for column in columns] for row in figures.to_dict()["grids"]]
    table(columns, rows, title=f"{shown.name}: {figures.headline}")


def redraw(
    workspace: Workspace,
    *,
    community: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this community; may be repeated.")
    ] = None,
    minimum: Minimum = None,
    maximum: Maximum = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same plan.")] = 0,
    plan: Annotated[str, typer.Option(help="The plan to start from; the current one if left out.")] = "",
    save: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name to save the new plan by; redraw-1, redraw-2 … if left out.")
    ] = None,
    certificates: Annotated[
        bool,
        typer.Option(
            "--certificates", help="Prove each grid out of range, and try which change would mend it. Takes longer."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Redraw the grids of the city, or of some communities, so that each has as many households as it should."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        name = ws.next_name("redraw") if save is None else save
        ws.require_new_name(name)
        old = ws.plan(plan) if plan else ws.current_plan()
        with progress("Redrawing") as report:
            new, result = old.redraw_reported(
                seed=seed,
                communities=community or None,
                min_households=minimum,
                max_households=maximum,
                certificates=certificates,
                progress=report,
            )
        saved = new.save(name)
    if json:
        as_json(result.to_dict())
    else:
        print_redraw(result.to_dict())
    say(f"Saved as the plan {saved.name}.")


def print_redraw(result: dict[str, Any]) -> None:
    """Print what a redraw did, one row a community, then each exception with its reason."""
    columns = ["code", "grids", "possible", "in_range", "min", "max", "contiguity_breaks", "compounds_split"]
    columns += ["polsby_popper", "households", "kept_households", "seconds"]
    reports = [
        {**row, "possible": f"{row['grids_lower']}–{row['grids_upper']}"}
        for row in (*result["communities"], result["totals"])
    ]
    rows = [[row[column] for column in columns] for row in reports]
    rows[-1][0] = "all"
    table([name.replace("_", " ") for name in columns], rows, foot=True)
    for row in result["communities"]:
        for exception in row["exceptions"]:
            say(f"· {exception['grid'] or row['code']}: {exception['households']} households: {exception['reason']}")
            for fix in exception["fixes"]:
                left = f"{fix['out_after']} of {fix['grids']} grids out of range then, {fix['out_before']} now"
                say(f"    → {fix['text']}: {left}")
