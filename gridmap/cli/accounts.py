"""Commands about accounts, tokens and the audit log: users, token, audit.

Who can open a workspace can do everything with it; these commands are for whoever runs the server.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gridmap.cli.show import Json, as_json, say, table
from gridmap.errors import InputError

Place = Annotated[str, typer.Argument(metavar="WS", help="The workspace: a GeoPackage, or postgresql://…")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]
Scope = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="A subdistrict or community that it is for; may be repeated. Else the city."),
]


def add_user(
    workspace: Place,
    name: Name,
    *,
    role: Annotated[str, typer.Option(help="viewer, staff, planner, reviewer or admin.")],
    scope: Scope = None,
    json: Json = False,
) -> None:
    """Make an account; its password is asked for, or read from standard input."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        made = ws.workspace.people().add(name, _password(), role=role, scope=scope or ())
    if json:
        as_json(made.to_dict())
    say(f"{made.name} has the role {made.role} for {', '.join(made.scope) or 'the whole city'}.")


def list_users(workspace: Place, *, json: Json = False) -> None:
    """List the accounts."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = [one.to_dict() for one in ws.workspace.people().accounts()]
    if json:
        as_json({"accounts": found})
    elif found:
        columns = ["name", "role", "scope", "created_at", "disabled_at"]
        rows = [{**one, "scope": ", ".join(one["scope"]) or "the whole city"} for one in found]
        table(columns, [[row[column] for column in columns] for row in rows])
    else:
        say("There are no accounts: whoever opens the workspace on its own machine may do everything.")


def change_user(
    workspace: Place,
    name: Name,
    *,
    role: Annotated[str, typer.Option(help="Its role from now on.")] = "",
    scope: Scope = None,
    whole_city: Annotated[bool, typer.Option("--whole-city", help="For the whole city from now on.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Ask for another password.")] = False,
    json: Json = False,
) -> None:
    """Give an account another role, area or password; its sessions end."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        people = ws.workspace.people()
        if role or scope or whole_city:
            people.change(name, role=role or None, scope=[] if whole_city else scope)
        if password:
            people.set_password(name, _password())
        made = people.account(name)
    if json:
        as_json(made.to_dict())
    say(f"{made.name} has the role {made.role} for {', '.join(made.scope) or 'the whole city'}.")


def disable_user(
    workspace: Place,
    name: Name,
    *,
    enable: Annotated[bool, typer.Option("--enable", help="Let it in again.")] = False,
    json: Json = False,
) -> None:
    """Shut an account out: its sessions end, and its tokens for good."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        made = ws.workspace.people().disable(name, disabled=not enable)
    if json:
        as_json(made.to_dict())
    say(f"{made.name} may {'log in again' if enable else 'log in no more'}.")


def make_token(
    workspace: Place,
    name: Name,
    *,
    label: Annotated[str, typer.Option(help="What uses it.")],
    right: Annotated[list[str], typer.Option(metavar="RIGHT", help="What it may: view, records, edit …; repeat it.")],
    scope: Scope = None,
    days: Annotated[int, typer.Option(help="So many days it lasts.")] = 90,
    json: Json = False,
) -> None:
    """Make a token of an account for a program, and print it: this is the only time that it is shown."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        text, made = ws.workspace.people().make_token(name, label=label, rights=right, scope=scope or (), days=days)
    if json:
        as_json({**made.to_dict(), "token": text})
        return
    typer.echo(text)
    say(f"Keep it now: it is not shown again. It lasts until {made.expires_at:%Y-%m-%d}; its id is {made.id}.")


def list_tokens(workspace: Place, *, json: Json = False) -> None:
    """List the tokens, without what makes them work."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = [one.to_dict() for one in ws.workspace.people().tokens()]
    if json:
        as_json({"tokens": found})
    elif found:
        columns = ["id", "account", "label", "rights", "scope", "expires_at", "revoked_at"]
        rows = [{**one, "rights": ", ".join(one["rights"]), "scope": ", ".join(one["scope"])} for one in found]
        table(columns, [[row[column] for column in columns] for row in rows])
    else:
        say("There are no tokens.")


def revoke_token(
    workspace: Place,
    token: Annotated[str, typer.Argument(metavar="ID", help="The token's id.")],
    *,
    json: Json = False,
) -> None:
    """End a token."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        ws.workspace.people().revoke(token)
    if json:
        as_json({"id": token, "revoked": True})
    say(f"The token {token} works no more.")


def verify(
    workspace: Place,
    *,
    expect: Annotated[str, typer.Option(metavar="HASH", help="The head that was noted before.")] = "",
    json: Json = False,
) -> None:
    """Look through the audit log for entries that were changed, removed or moved; exit code 1 when there are any."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = ws.workspace.audit_verify(expected=expect or None)
    if json:
        as_json(found.to_dict())
    elif found.faults:
        table(["what is wrong"], [[fault] for fault in found.faults])
    say(f"{found.entries:,} entries; the head is {found.head}. Note it elsewhere, and give it as --expect next time.")
    if found.faults:
        raise typer.Exit(1)


def show(
    workspace: Place,
    *,
    last: Annotated[int, typer.Option(min=1, help="So many of the newest entries.")] = 50,
    json: Json = False,
) -> None:
    """Show who did what, the newest last."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = [one.to_dict() for one in ws.workspace.audit_entries(last=last)]
    if json:
        as_json({"entries": found})
        return
    rows = [
        [one["seq"], one["at"], one["user"], one["action"], one["subject"], str(one["detail"] or "")] for one in found
    ]
    table(["seq", "at", "user", "action", "subject", "detail"], rows)


def _password() -> str:
    """Ask for a password twice, or read one line of standard input where nobody is there to ask."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    text = sys.stdin.readline().rstrip("\n")
    if not text:
        raise InputError("password-missing", "There is no password.", "Give it on standard input, in one line.")
    return text
