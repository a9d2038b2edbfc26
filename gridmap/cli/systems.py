"""Commands about the grid systems of several departments (多网合一): crosswalk, merge-systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, say, table
from gridmap.errors import InputError


def crosswalk(
    workspace: Workspace,
    *,
    old: Annotated[str, typer.Option("--old", metavar="PLAN", help="The plan whose grids are looked up.")],
    new: Annotated[str, typer.Option("--new", metavar="PLAN", help="The plan they are looked up in.")],
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="One row a grid of the old plan: what becomes of it, whom it loses.")
    ] = False,
    staff: Annotated[bool, typer.Option("--staff", help="Add who answers for the old grids.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to .xlsx or .csv, too.")
    ] = None,
    json: Json = False,
) -> None:
    """Show which grids of two plans share which households and how much ground, pair by pair."""
    from gridmap import handles

    if conflicts and staff:
        raise InputError("options-unclear", "--staff is of pairs, --conflicts of grids.", "Leave one of them out.")
    with handles.open(workspace) as ws:
        found = ws.conflicts(old, new) if conflicts else ws.crosswalk(old, new, staff=staff)
        if output is not None:
            say(f"{ws.export_table({'crosswalk': found}, output):,} rows are in {output}.")
    if json:
        as_json({"rows": found.to_dict("records")})
    else:
        table(list(found.columns), found.to_numpy(object).tolist(), title=f"{old} → {new}")


def merge_systems(
    workspace: Workspace,
    *,
    system: Annotated[
        list[str], typer.Option("--system", metavar="PLAN=WEIGHT", help="A plan and what it weighs; repeated.")
    ],
    save: Annotated[str, typer.Option("--save", help="Name of the new plan.")],
    json: Json = False,
) -> None:
    """Make one plan of several: each cell goes to the grid that the plans vote for by their weights."""
    from gridmap import handles

    weights = _weights(system)
    with handles.open(workspace) as ws:
        plan = ws.merge_systems(weights, save)
        balance = plan.balance()
        rows = {name: ws.conflicts(name, save)["verdict"].value_counts().to_dict() for name in weights}
    if json:
        as_json({"plan": save, "grids": len(plan.value.grids), "verdicts": rows})
        return
    table(
        ["system", "same", "inside", "divided", "conflict"],
        [
            (name, *(int(of.get(word, 0)) for word in ("same", "inside", "divided", "conflict")))
            for name, of in rows.items()
        ],
    )
    say(f"The plan {save}: {balance.headline}. Next: gridmap redraw {workspace} --plan {save}")


def _weights(words: list[str]) -> dict[str, float]:
    weights = {}
    for word in words:
        name, _, text = word.rpartition("=")
        try:
            weights[name] = float(text)
        except ValueError:
            weights[name] = 0.0
        if not name or not 0 < weights[name] < float("inf"):
            raise InputError("weight-wrong", f"--system {word} is not PLAN=WEIGHT.", "Write --system party=2")
    return weights
