"""Commands that help to decide on a plan: explain, rebalance, micro, crossings; and how choices are printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.plans import Maximum, Minimum, PlanName
from gridmap.cli.show import Json, as_json, progress, say, table
from gridmap.errors import InputError

if TYPE_CHECKING:
    from gridmap.redraw.explain import Explanation


def explain(
    workspace: Workspace,
    *,
    building: Annotated[str, typer.Option(metavar="ID", help="The building to explain.")] = "",
    compound: Annotated[str, typer.Option(metavar="ID", help="The compound to explain.")] = "",
    plan: PlanName = "",
    minimum: Minimum = None,
    maximum: Maximum = None,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    json: Json = False,
) -> None:
    """Say why a building or a compound is in its grid, and what each neighbouring grid would cost instead."""
    from gridmap import handles

    if language not in ("en", "zh"):
        raise InputError("language-unknown", f"--language {language} is not known.", "Use en or zh.")
    with handles.open(workspace) as ws:
        shown = ws.plan(plan) if plan else ws.current_plan()
        told: Explanation = shown.explain(
            building or None, compound=compound or None, min_households=minimum, max_households=maximum
        )
    if json:
        as_json({"plan": shown.name, **told.to_dict()})
    else:
        typer.echo(told.text("zh" if language == "zh" else "en"))


def rebalance(
    workspace: Workspace,
    *,
    plan: Annotated[str, typer.Option(help="The plan to change.")],
    grid: Annotated[list[str], typer.Option(metavar="CODE", help="A grid to bring into range; may be repeated.")],
    keep: Annotated[
        list[str] | None, typer.Option(metavar="BUILDING", help="A building that stays; may be repeated.")
    ] = None,
    minimum: Minimum = None,
    maximum: Maximum = None,
    json: Json = False,
) -> None:
    """Bring grids of a saved plan into range with their neighbours, moving as few households as can be."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        done = ws.workspace.rebalance(plan, grid, keep=keep or (), min_households=minimum, max_households=maximum)
    if json:
        as_json({"plan": plan, **done.to_dict()})
        return
    table(["grid", "households"], [[one, int(done.plan.households[done.plan.position(one)])] for one in done.grids])
    say(f"{len(done.moved)} buildings of {done.households_moved:,} households change grid.")
    for one in done.left:
        say(f"· {one}: still out of range, or in parts")
    for one in done.given_up:
        say(f"· building {one}: could not stay where it was")


def micro(
    workspace: Workspace,
    *,
    grid: Annotated[list[str] | None, typer.Option(metavar="CODE", help="A grid to divide; may be repeated.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Divide all resident grids.")] = False,
    plan: PlanName = "",
    minimum: Minimum = None,
    maximum: Maximum = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same micro grids.")] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write them to.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the file.")] = None,
    json: Json = False,
) -> None:
    """Divide grids into micro grids 微网格 of the profile's range, 50 to 80 households in China."""
    from gridmap import handles

    if bool(grid) == everything:
        raise InputError("micro-which", "Say which grids to divide.", "Give --grid CODE or --all.")
    with handles.open(workspace) as ws:
        shown = ws.plan(plan) if plan else ws.current_plan()
        with progress("Dividing") as report:
            made = shown.micro_grids(
                *(grid or ()), min_households=minimum, max_households=maximum, seed=seed, progress=report
            )
        written = shown.export_micro_grids(made, output, crs=crs) if output else 0
    told = made.to_dict()
    if json:
        as_json({"plan": shown.name, **told})
    else:
        columns = ["code", "grid", "households", "buildings", "area_m2", "polsby_popper", "status", "reason"]
        low, high = made.window
        title = f"{shown.name}: {made.in_range} of {len(made)} micro grids have {low}–{high} households"
        table(columns, [[row[column] for column in columns] for row in told["micro_grids"]], title=title)
    for one in made.without:
        say(f"· {one}: no household is known here, so it has no micro grids")
    if output:
        say(f"Wrote {written} micro grids to {output}.")


def crossings(workspace: Workspace, *, plan: PlanName = "", json: Json = False) -> None:
    """List grids that hang together only across a river, a railway or an expressway, and bridges to islands."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        shown = ws.plan(plan) if plan else ws.current_plan()
        told = shown.crossings().to_dict()
    if json:
        as_json({"plan": shown.name, **told})
        return
    columns = ["grid", "kind", "name", "barrier", "households", "buildings", "shared_m"]
    rows = [[row[column] for column in columns] for row in told["crossings"]]
    table(columns, rows, title=f"{shown.name}: {len({row[0] for row in rows})} grids reach across a barrier")
    for row in told["bridges"]:
        say(f"· {row['grid']}: {row['building']} and {row['other']}, {row['distance_m']:.0f} m apart, are joined")
