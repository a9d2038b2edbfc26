"""Commands about plans: balance, redraw with its choices, plan list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, progress, say, table, until_interrupted
from gridmap.cli.words import numbers
from gridmap.errors import InputError

if TYPE_CHECKING:
    from gridmap.choosing import ChoicesHandle
    from gridmap.handles import PlanHandle

Minimum = Annotated[int | None, typer.Option("--min", help="Fewest households of a grid; the profile's if left out.")]
Maximum = Annotated[int | None, typer.Option("--max", help="Most households of a grid; the profile's if left out.")]

PlanName = Annotated[str, typer.Option(help="The plan; the current one if left out.")]


Which = Annotated[str, typer.Argument(metavar="PLAN", help="The plan.")]
Note = Annotated[str, typer.Option(help="A remark, kept with the step.")]


def submit(workspace: Workspace, plan: Which, *, note: Note = "", json: Json = False) -> None:
    """Hand a draft in for review; until it is withdrawn or returned it cannot be changed."""
    _step(workspace, plan, "submit", note, json=json)


def withdraw(workspace: Workspace, plan: Which, *, note: Note = "", json: Json = False) -> None:
    """Take a plan back that is under review, to change it."""
    _step(workspace, plan, "withdraw", note, json=json)


def approve(workspace: Workspace, plan: Which, *, note: Note = "", json: Json = False) -> None:
    """Approve a submitted plan."""
    _step(workspace, plan, "approve", note, json=json)


def return_plan(workspace: Workspace, plan: Which, *, note: Note = "", json: Json = False) -> None:
    """Give a plan back to be changed."""
    _step(workspace, plan, "return", note, json=json)


def file_plan(workspace: Workspace, plan: Which, *, note: Note = "", json: Json = False) -> None:
    """File a reviewed plan: its grids get their codes."""
    _step(workspace, plan, "file", note, json=json)


def _step(workspace: Workspace, plan: str, step: str, note: str, *, json: bool) -> None:
    from gridmap import handles

    with handles.open(workspace) as ws:
        told = ws.step(plan, step, note=note)
    if json:
        as_json(told)
    else:
        print_steps(told)


def show(workspace: Workspace, plan: Which, *, json: Json = False) -> None:
    """Show in which state a plan is, and who took which step when."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        told = ws.plan_steps(plan)
    if json:
        as_json(told)
    else:
        print_steps(told)


def print_steps(told: dict[str, Any]) -> None:
    """Print the steps of a plan, oldest first, and which may come next."""
    columns = ["step", "state", "revision", "user", "at", "note"]
    first = {"step": "create", "state": "", "revision": 1, "note": "", **told["created"]}
    table(columns, [[row[column] for column in columns] for row in (first, *told["steps"])],
          title=f"{told['plan']}: {told['state']}, revision {told['revision']}")  # fmt: skip
    if told["next"]:
        say(f"Next: {', '.join(told['next'])}")


def put_in_force(workspace: Workspace, plan: Which, *, note: Note = "", json: Json = False) -> None:
    """File a plan and put it in force: its grids get their codes, and open matters go to the grids of it."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        before = ws.current_plan().name
        filed = ws.put_in_force(plan, note=note)
        moved = ws.records.readdressed(filed.name)
    if json:
        as_json({"plan": filed.name, "before": before, "grids": len(filed.value.grids), "matters_moved": moved})
    else:
        say(f"{filed.name} is in force. {moved:,} open matters went to another grid.")


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
    plan: PlanName = "",
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
    grids: Annotated[
        list[str] | None, typer.Option(metavar="CODE=N", help="Wish for N grids in a community; may be repeated.")
    ] = None,
    work: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=WEIGHT",
            help="Share work evenly: of households, residents, elders_60, elders_80, children, requests or shops.",
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Weigh compactness, staying, equality, streets or workload otherwise than the profile.",
        ),
    ] = None,
    arterials: Annotated[
        bool | None, typer.Option("--arterials/--no-arterials", help="Whether arterial streets are barriers.")
    ] = None,
    frontier: Annotated[bool, typer.Option("--frontier", help="Show plans from least change to best shape.")] = False,
    alternatives: Annotated[
        int | None, typer.Option(metavar="N", help="Show N plans that are drawn quite differently.")
    ] = None,
    choose: Annotated[int | None, typer.Option(metavar="N", help="Save this one of the plans shown.")] = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes that draw; the plan is the same.")] = 1,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0, help="Leave communities not drawn by then as they are.")
    ] = None,
    json: Json = False,
) -> None:
    """Redraw the grids of the city, or of some communities, so that each has as many households as it should."""
    from gridmap import handles

    several = frontier or alternatives is not None
    if several:
        alone = {"--certificates": certificates, "--workers": workers > 1, "--time-limit": time_limit is not None}
        _require_one_question(frontier=frontier, alternatives=alternatives, alone=alone)
    elif choose is not None:
        raise InputError("choose-what", "--choose has nothing to choose from.", "Add --frontier or --alternatives N.")
    options: dict[str, Any] = {
        "seed": seed,
        "communities": community or None,
        "min_households": minimum,
        "max_households": maximum,
        "grids": {code: int(count) for code, count in numbers(grids or (), "--grids", whole=True).items()} or None,
        "work": numbers(work or (), "--work") or None,
        "weights": numbers(weight or (), "--weight") or None,
        "arterials": arterials,
    }
    with handles.open(workspace) as ws:
        name = ws.next_name("redraw") if save is None else save
        ws.require_new_name(name)
        old = ws.plan(plan) if plan else ws.current_plan()
        if several:
            _choose(old, name, choose, json=json, alternatives=alternatives, options=options)
            return
        with progress("Redrawing") as report, until_interrupted() as stopped:
            new, result = old.redraw_reported(
                **options,
                certificates=certificates,
                progress=report,
                workers=workers,
                time_limit_s=time_limit,
                cancelled=stopped,
            )
        if stopped():
            say("Stopped. Nothing is saved.")
            raise typer.Exit(130)
        told = f"{len(result.communities)} of {len(community or new.value.fabric.community_codes)} communities"
        note = f"interrupted by the time limit: {told} redrawn" if result.interrupted else ""
        saved = new.save(name, note=note)
    if json:
        as_json(result.to_dict())
    else:
        print_redraw(result.to_dict())
    say(f"Saved as the plan {saved.name}{f', {note}' if note else ''}.")


def _require_one_question(*, frontier: bool, alternatives: int | None, alone: dict[str, bool]) -> None:
    """Refuse to show plans to choose from together with what belongs to one plan alone."""
    if frontier and alternatives is not None:
        raise InputError("choose-twice", "--frontier and --alternatives are two questions.", "Ask one at a time.")
    for option, given in alone.items():
        if given:
            raise InputError(
                f"choose-{option[2:]}", f"{option} goes with one plan.", "Save a choice, then redraw from it."
            )


def _choose(
    old: PlanHandle,
    name: str,
    choose: int | None,
    *,
    json: bool,
    alternatives: int | None,
    options: dict[str, Any],
) -> None:
    """Show several plans, and save the one chosen."""
    with progress("Redrawing") as report:
        found: ChoicesHandle[PlanHandle] = (
            old.frontier(**options, progress=report)
            if alternatives is None
            else old.alternatives(alternatives, **options, progress=report)
        )
    saved = None if choose is None else found.plan(choose).save(name)
    if json:
        as_json({"plan": old.name, **found.to_dict(), "saved": None if saved is None else saved.name})
    else:
        print_choices(found.to_dict(), old.name)
    if saved is not None:
        say(f"Saved choice {choose} as the plan {saved.name}.")
    elif len(found):
        say("Nothing is saved yet. Next: the same command with --choose N --save NAME")


def print_choices(told: dict[str, Any], name: str) -> None:
    """Print plans to choose from, the present one first."""
    columns = ["choice", "label", "grids", "grids_in_range", "contiguity_breaks", "compounds_split"]
    columns += ["mean_polsby_popper", "households_moved", "households_moved_pct", "workload_spread_pct"]
    rows: Sequence[dict[str, Any]] = [told["present"], *told["choices"]]
    table([column.replace("_", " ") for column in columns], [[row[column] for column in columns] for row in rows],
          title=f"{name}: {len(rows) - 1} choices")  # fmt: skip
    for number, row in enumerate(told.get("differing_pct", ()), start=1):
        others = [f"{share:.0f} % from {other}" for other, share in enumerate(row, start=1) if other != number]
        if others:
            say(f"· choice {number} differs {', '.join(others)} in the household pairs that share a grid")


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
