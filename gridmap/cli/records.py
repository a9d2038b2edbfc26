"""Commands about records: duties, matters, vacancies, assign, figures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, say, table
from gridmap.cli.words import day_of, point
from gridmap.errors import InputError

if TYPE_CHECKING:
    from gridmap.matters import Matter

Kind = Annotated[str, typer.Option(help="The kind, by id or Chinese name.")]
On = Annotated[str, typer.Option(metavar="DATE", help="The day; today if left out.")]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file: .xlsx, or .csv for one table.")]
Into = Annotated[Path, typer.Option("--into", metavar="WS", help="The workspace to import into.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A workbook with a sheet a table, or a CSV file.")]
Contacts = Annotated[
    bool, typer.Option("--contacts", help="With telephones that are not posted publicly, for use within.")
]
Plan = Annotated[str, typer.Option(help="The plan; the one in force if left out.")]
Actor = Annotated[str, typer.Option("--as", metavar="ACTOR", help="As what: grid_worker, department, resident …")]

_DUTIES = ("persons", "organisations", "duties")
_MATTERS = ("matters", "matter_events")
ROW = ("id", "kind", "topic", "title", "stage", "level", "code", "grid", "opened", "due", "closed", "revision")


def list_duties(
    workspace: Workspace, *, kind: Kind = "", on: On = "", contacts: Contacts = False, json: Json = False
) -> None:
    """List who answers for what on a day. Restricted kinds are never listed."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        held = ws.accounts.duties(kind or None, on=day_of(on), contacts=contacts)
    columns = ["id", "kind", "holder", "role", "places", "valid_from", "valid_to", "contact", "posted"]
    _print(held[columns].astype(object).to_dict("records"), columns, "duties", json=json)


def import_duties(file: File, *, into: Into, json: Json = False) -> None:
    """Import persons, organisations and duties from a ledger, whole or not at all."""
    _import(file, into, _DUTIES, "duties", json=json)


def export_duties(workspace: Workspace, *, output: Output, contacts: Contacts = False) -> None:
    """Write persons, organisations and duties to a ledger, without restricted kinds."""
    _export(workspace, output, _DUTIES, "duties", contacts=contacts)


def list_matters(
    workspace: Workspace,
    *,
    kind: Kind = "",
    stage: Annotated[str, typer.Option(help="Only those at this stage.")] = "",
    grid: Annotated[str, typer.Option(metavar="CODE", help="Only those of this grid, newest first.")] = "",
    community: Annotated[str, typer.Option(metavar="CODE", help="Only those of this community.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose deadline has passed.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """List matters, what is due first at the top."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = ws.records.find(
            kind=kind or None,
            stage=stage or None,
            grid=grid or None,
            community=community or None,
            overdue_on=_today() if overdue else None,
            limit=limit,
        )
    _print([_row(one) for one in found], list(ROW), "matters", json=json)


def board(
    workspace: Workspace,
    *,
    kind: Kind = "request",
    community: Annotated[str, typer.Option(metavar="CODE", help="Only of this community.")] = "",
    cards: Annotated[int, typer.Option(min=0, help="So many matters of a stage, what is overdue first.")] = 5,
    json: Json = False,
) -> None:
    """Show the matters of a kind by stage: how many, how many overdue, and the first of them."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        columns = ws.records.board(kind, today=_today(), community=community or None, cards=cards)
    if json:
        stages = [
            {"stage": one.stage, "title": one.title, "matters": one.matters, "overdue": one.overdue,
             "cards": [_row(card) for card in one.cards]}
            for one in columns
        ]  # fmt: skip
        as_json({"kind": kind, "stages": stages})
        return
    rows = [(one.stage, one.title, one.matters, one.overdue, "\n".join(map(_card, one.cards))) for one in columns]
    table(["stage", "阶段", "matters", "overdue", "first"], rows)


def add_matter(
    workspace: Workspace,
    *,
    kind: Kind,
    actor: Actor = "grid_worker",
    at: Annotated[str, typer.Option(metavar="X,Y", help="Its point: longitude,latitude. Its grid is told by it.")] = "",
    level: Annotated[str, typer.Option(help="Level of its place: community, grid, compound, building …")] = "",
    code: Annotated[str, typer.Option(help="Code or id of its place.")] = "",
    title: Annotated[str, typer.Option(help="What it is, without names of residents.")] = "",
    topic: Annotated[str, typer.Option(help="Topic within the kind; of a task its id in the catalogue.")] = "",
    organisation: Annotated[str, typer.Option(help="Id of the department or unit that is to act.")] = "",
    link: Annotated[str, typer.Option(metavar="ID", help="Another matter.")] = "",
    quantity: Annotated[int | None, typer.Option(help="What the kind counts: visits, households …")] = None,
    due: Annotated[str, typer.Option(metavar="DATE", help="The deadline, in place of the kind's.")] = "",
    json: Json = False,
) -> None:
    """Open a matter at a place or point, and say whose grid it is in."""
    from gridmap import handles

    values: dict[str, Any] = {"level": level, "code": code, "quantity": quantity}
    values |= {
        "title": title or None,
        "topic": topic or None,
        "organisation": organisation or None,
        "link": link or None,
    }
    if at:
        values["x"], values["y"] = point(at, "--at")
    day = day_of(due)
    with handles.open(workspace) as ws:
        made = ws.records.add(
            kind, at=dt.datetime.now(dt.UTC), actor=actor, due=None if day is None else day.isoformat(), **values
        )
    _told(made, json=json)


def advance_matter(
    workspace: Workspace,
    matter: Annotated[str, typer.Argument(metavar="ID", help="The matter.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="What is done: dispatch, answer, rate …")],
    *,
    actor: Actor,
    organisation: Annotated[str, typer.Option(help="Id of the department or unit that is to act.")] = "",
    rating: Annotated[int | None, typer.Option(help="Rating by residents, 1 to 5.")] = None,
    link: Annotated[str, typer.Option(metavar="ID", help="Another matter.")] = "",
    quantity: Annotated[int | None, typer.Option(help="What the kind counts.")] = None,
    note: Annotated[str, typer.Option(help="A remark, without names of residents.")] = "",
    due: Annotated[str, typer.Option(metavar="DATE", help="The deadline, in place of the kind's.")] = "",
    base: Annotated[int | None, typer.Option(help="The revision that was looked at.")] = None,
    json: Json = False,
) -> None:
    """Move a matter to its next stage."""
    from gridmap import handles

    day = day_of(due)
    with handles.open(workspace) as ws:
        moved = ws.records.advance(
            matter,
            action,
            base=base,
            actor=actor,
            at=dt.datetime.now(dt.UTC),
            organisation=organisation or None,
            rating=rating,
            link=link or None,
            quantity=quantity,
            due=None if day is None else day.isoformat(),
            note=note or None,
        )
    _told(moved, json=json)


def import_matters(file: File, *, into: Into, json: Json = False) -> None:
    """Import matters, and their histories if there are any, from a ledger, whole or not at all."""
    _import(file, into, _MATTERS, "matters", json=json)


def export_matters(workspace: Workspace, *, output: Output) -> None:
    """Write matters and their histories to a ledger."""
    _export(workspace, output, _MATTERS, "matters")


def vacancies(
    workspace: Workspace, *, kind: Kind = "grid_worker", plan: Plan = "", on: On = "", json: Json = False
) -> None:
    """Show which places have nobody who answers for them, and which share somebody."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        found = ws.accounts.vacancies(kind, plan=plan or None, on=day_of(on))
    if json:
        as_json(found.to_dict())
        return
    rows: list[tuple[str, str]] = [(code, "vacant") for code in found.vacant]
    rows += [(code, "shared") for code in found.shared]
    table([found.level, "state"], rows)
    say(f"{found.holders:,} for {found.places:,} places: short {found.short:,}, {len(found.vacant):,} vacant.")


def assign(
    workspace: Workspace,
    *,
    kind: Kind = "grid_worker",
    plan: Plan = "",
    on: On = "",
    costs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Seconds of walking: a row a person (id), a column a grid.")
    ] = None,
    change_s: Annotated[float, typer.Option(help="What another worker for a grid counts, in seconds.")] = 1_800.0,
    load_s: Annotated[float, typer.Option(help="What uneven loads of households count, in seconds.")] = 0.0,
    save: Annotated[bool, typer.Option("--save", help="Put it in force from the day on.")] = False,
    json: Json = False,
) -> None:
    """Propose which worker answers for which grid: one each, neighbours shared, walking and changing least; proven."""
    from gridmap import handles

    day = day_of(on)
    with handles.open(workspace) as ws:
        given = None if costs is None else _costs(costs)
        proposed = ws.accounts.assign(plan or None, kind=kind, on=day, cost_s=given, change_s=change_s, load_s=load_s)
        made = ws.records.apply(proposed, day=day or _today()) if save else 0
    if json:
        as_json(proposed.to_dict())
    else:
        rows = proposed.table.astype(object).to_dict("records")
        columns = list(proposed.table.columns)
        table([name.replace("_", " ") for name in columns], [[row[name] for name in columns] for row in rows])
    told = proposed.figures
    proof = "proven to be the best" if told.optimal else f"within {told.cost - told.bound:,} of the best"
    say(
        f"{len(proposed.table):,} grids: {told.changed:,} change their worker, {told.shared:,} workers share, "
        f"{told.vacant:,} stay vacant; {proof}."
    )
    say(f"{proposed.households_kept:,} of {proposed.households:,} households keep the worker they have.")
    if save:
        say(f"{made:,} duties begin on {day or _today()}.")


def figures(workspace: Workspace, *, on: On = "", json: Json = False) -> None:
    """Count the figures of the city's account from its layers and records."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        counted = [figure.to_dict() for figure in ws.accounts.figures(on=day_of(on))]
    if json:
        as_json({"figures": counted})
        return
    columns = ["id", "title", "value", "basis", "as_of", "source"]
    table(columns, [[figure[column] for column in columns] for figure in counted])


def _row(matter: Matter) -> dict[str, Any]:
    return {name: getattr(matter, name) for name in ROW}


def _card(matter: Matter) -> str:
    return f"{matter.due or '–'} {matter.title or matter.id}"


def _told(matter: Matter, *, json: bool) -> None:
    if json:
        as_json(_row(matter))
    say(f"{matter.id} is {matter.stage}, in grid {matter.grid or '–'}, due {matter.due or 'never'}.")


def _print(rows: list[dict[Any, Any]], columns: list[str], name: str, *, json: bool) -> None:
    if json:
        as_json({name: rows})
    elif rows:
        table(columns, [[row[column] for column in columns] for row in rows])
    else:
        say(f"There are no {name}.")


def _import(file: Path, into: Path, names: tuple[str, ...], only: str, *, json: bool) -> None:
    from gridmap import handles

    with handles.open(into) as ws:
        report = ws.import_records(file, names=names, only=only)
    if json:
        as_json(report.to_dict())
        return
    told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.rows.items())
    say(f"{file.name}: {told or 'nothing'}; {report.restricted:,} restricted ones are kept apart.")
    for note in report.notes:
        say(f"· {note}")


def _export(workspace: Path, output: Path, names: tuple[str, ...], only: str, *, contacts: bool = False) -> None:
    from gridmap import handles

    with handles.open(workspace) as ws:
        rows = ws.export_records(output, names=(only,) if output.suffix.lower() == ".csv" else names, contacts=contacts)
    say(f"{rows:,} rows are in {output}.")


def _costs(path: Path) -> Any:
    from gridmap.files.ledgers import read_ledger

    sheets = list(read_ledger(path).values())
    if not sheets:
        raise InputError("ledger-empty", f"{path.name}: there is nothing in it.", "Give a row a person.")
    frame = sheets[0]
    costs = frame.set_index(frame.columns[0])
    costs.index = costs.index.astype(str)
    return costs.rename(columns=str)


def _today() -> dt.date:
    from gridmap.matters import city_date

    return city_date(dt.datetime.now(dt.UTC))
