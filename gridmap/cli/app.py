"""The commands by name. Each module of commands imports what it needs only when a command runs: help stays instant."""

from __future__ import annotations

from typing import Annotated

import typer

from gridmap.cli import (
    accounts,
    atlas,
    backups,
    checks,
    choices,
    differences,
    facilities,
    layers,
    ledgers,
    pictures,
    plans,
    records,
    repairs,
    serve,
    systems,
)

app = typer.Typer(
    name="gridmap",
    help="Plan and map the grids (网格) by which Chinese cities are governed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
plan_app = typer.Typer(help="The plans of a workspace.", no_args_is_help=True)
app.add_typer(plan_app, name="plan")
duties_app = typer.Typer(help="Who answers for what.", no_args_is_help=True)
app.add_typer(duties_app, name="duties")
users_app = typer.Typer(help="Who may log in to the server, as what and for which places.", no_args_is_help=True)
app.add_typer(users_app, name="users")
token_app = typer.Typer(help="Tokens, by which programs ask the server.", no_args_is_help=True)
app.add_typer(token_app, name="token")
audit_app = typer.Typer(help="The log of who did what.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
matters_app = typer.Typer(help="What happens, and at which stage it is.", no_args_is_help=True)
app.add_typer(matters_app, name="matters")


def _version(*, value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"gridmap {version('gridmap')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command("demo")(pictures.demo)
app.command("new")(layers.new)
app.command("import")(layers.import_file)
app.command("match")(ledgers.match)
app.command("review")(ledgers.review)
app.command("check")(checks.check)
app.command("repair")(repairs.repair)
app.command("lineage")(checks.lineage)
app.command("crosswalk")(systems.crosswalk)
app.command("diff")(differences.diff)
app.command("merge-systems")(systems.merge_systems)
app.command("balance")(plans.balance)
app.command("redraw")(plans.redraw)
app.command("rebalance")(choices.rebalance)
app.command("explain")(choices.explain)
app.command("micro")(choices.micro)
app.command("crossings")(choices.crossings)
app.command("export")(layers.export)
app.command("where")(layers.where)
app.command("nearest")(facilities.nearest)
app.command("coverage")(facilities.coverage)
app.command("access")(facilities.access)
app.command("site")(facilities.site)
app.command("what-if")(facilities.what_if)
app.command("map")(pictures.draw)
app.command("atlas")(atlas.draw)
app.command("serve")(serve.serve)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
plan_app.command("list")(plans.list_plans)
plan_app.command("show")(plans.show)
plan_app.command("submit")(plans.submit)
plan_app.command("withdraw")(plans.withdraw)
plan_app.command("approve")(plans.approve)
plan_app.command("return")(plans.return_plan)
plan_app.command("file")(plans.file_plan)
plan_app.command("put-in-force")(plans.put_in_force)
app.command("vacancies")(records.vacancies)
app.command("assign")(records.assign)
app.command("figures")(records.figures)
duties_app.command("list")(records.list_duties)
duties_app.command("import")(records.import_duties)
duties_app.command("export")(records.export_duties)
users_app.command("add")(accounts.add_user)
users_app.command("list")(accounts.list_users)
users_app.command("change")(accounts.change_user)
users_app.command("disable")(accounts.disable_user)
token_app.command("add")(accounts.make_token)
token_app.command("list")(accounts.list_tokens)
token_app.command("revoke")(accounts.revoke_token)
audit_app.command("verify")(accounts.verify)
audit_app.command("show")(accounts.show)
matters_app.command("list")(records.list_matters)
matters_app.command("board")(records.board)
matters_app.command("add")(records.add_matter)
matters_app.command("advance")(records.advance_matter)
matters_app.command("import")(records.import_matters)
matters_app.command("map")(pictures.draw_matters)
matters_app.command("export")(records.export_matters)
