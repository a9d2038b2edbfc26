"""Commands about backups: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.accounts import Place
from gridmap.cli.show import Json, as_json, say


def backup(
    workspace: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    *,
    json: Json = False,
) -> None:
    """Write all that a workspace holds to one file, as it is at one moment, while others go on working."""
    from gridmap import workspace as door

    made = door.back_up(workspace, file)
    if json:
        as_json({"file": str(file), **made})
    say(f"{file}: {made['name'] or 'the workspace'} as of {made['made_at']}; the audit log's head is {made['head']}.")
    say("The key of the restricted records is not in it: keep a copy of the key elsewhere.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    workspace: Place,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the workspace that is there.")] = False,
    json: Json = False,
) -> None:
    """Check a backup and put it back as a workspace, whole or not at all; whoever was logged in logs in again."""
    from gridmap import workspace as door

    made = door.restore(file, workspace, force=force)
    if json:
        as_json({"file": str(file), **made})
    say(f"{made['place']}: {made['name'] or 'the workspace'} is as it was at {made['made_at']}.")
