"""Commands that mend what `check` finds, and take it back."""

from __future__ import annotations

from typing import Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, say, table
from gridmap.errors import InputError


def repair(
    workspace: Workspace,
    *,
    finding: Annotated[
        list[str] | None, typer.Option("--finding", metavar="ID", help="A finding to repair; may be repeated.")
    ] = None,
    all_safe: Annotated[
        bool, typer.Option("--all-safe", help="Repair all that moves no household and hardly any ground.")
    ] = False,
    give: Annotated[
        list[str] | None,
        typer.Option("--give", metavar="CODE", help="Who gets ground that two claim or none has; may be repeated."),
    ] = None,
    safe_area: Annotated[
        float | None,
        typer.Option("--safe-area", metavar="M2", min=0.0, help="What counts as hardly any ground, in m²."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the last repair.")] = False,
    json: Json = False,
) -> None:
    """Repair what `check` finds in the layers, all or nothing; what stood there before is kept for `--undo`."""
    from dataclasses import replace

    from gridmap import handles
    from gridmap.settings import DEFAULT

    if undo == bool(finding or all_safe):
        raise InputError(
            "repair-unclear", "Nothing is said to repair.", "Give --finding ID, --all-safe, or --undo by itself."
        )
    with handles.open(workspace) as ws:
        if undo:
            row = ws.undo_repair()
            if json:
                as_json(row.to_dict())
            else:
                say(f"The {len(row.said)} repairs of {row.at:%Y-%m-%d %H:%M:%S} UTC are taken back.")
            return
        settings = DEFAULT if safe_area is None else replace(DEFAULT, repair_area_m2=safe_area)
        done = ws.repair(finding or (), all_safe=all_safe, give=give or (), dry_run=dry_run, settings=settings)
    if json:
        as_json(done.to_dict())
        return
    if done.repairs:
        rows = [(one.finding, one.text, one.area_m2, one.households) for one in done.repairs]
        table(["finding", "repair", "m²", "households"], rows)
    say(f"{len(done.repairs)} findings {'would be' if dry_run else 'are'} repaired.")
