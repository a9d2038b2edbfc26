"""Commands about ledgers: match their addresses to buildings, review what is doubtful."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridmap.cli.layers import Workspace, pairs
from gridmap.cli.show import Json, as_json, say, table
from gridmap.errors import InputError

if TYPE_CHECKING:
    from gridmap.files.addresses import LedgerMatch
    from gridmap.workspace import LedgerReport

_KINDS = ("households", "persons", "elders")


def match(
    workspace: Workspace,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The ledger: .xlsx or .csv, a row a household or person.")
    ],
    *,
    kind: Annotated[str, typer.Option(help="What a row is: households, persons or elders; told by the columns.")] = "",
    sheet: Annotated[str, typer.Option(help="The sheet, where several have addresses.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of a CSV file, such as gbk.")] = "",
    column: Annotated[
        list[str] | None, typer.Option(metavar="OURS=THEIRS", help="Which column is which: address=住址.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write what the rows add up to into the buildings.")] = False,
    basis: Annotated[
        str, typer.Option(help="What households are counted on: resident, registered, dwelling.")
    ] = "resident",
    as_of: Annotated[str, typer.Option(metavar="DATE", help="The day of the ledger; today if left out.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the outcome of each row: .xlsx or .csv."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Apply without asking.")] = False,
    json: Json = False,
) -> None:
    """Match a ledger's addresses to buildings; what is doubtful goes to the review queue."""
    from gridmap import handles

    if kind and kind not in _KINDS:
        raise InputError("kind-unknown", f"--kind {kind} is no kind of ledger.", f"Use {', '.join(_KINDS)}.")
    with handles.open(workspace) as ws:
        found = ws.match_ledger(
            file, kind=kind or None, sheet=sheet or None, encoding=encoding or None, columns=pairs(column or [])
        )
        waiting = ws.queue_ledger(found, source=file.name)
        if output is not None:
            ws.export_match(found, output)
        if not json:
            _tell(found, waiting)
        report = None
        if apply:
            if not yes:
                _confirm(found)
            report = ws.apply_ledger(found, basis=basis, as_of=as_of or None, source=file.name)
    _told(found, waiting, report, json=json)


def _tell(found: LedgerMatch, waiting: int) -> None:
    states = found.states()
    rows = [(name, count, f"{count / max(len(found.rows), 1):.1%}") for name, count in states.items()]
    table(["outcome", "rows", "share"], rows, title=f"{len(found.rows):,} rows, each one of {found.kind}")
    if found.reasons():
        table(["why not accepted", "rows"], list(found.reasons().items())[:12])
    if waiting:
        say(f"{waiting:,} addresses wait for a decision: gridmap review WS")


def _confirm(found: LedgerMatch) -> None:
    if not sys.stdin.isatty():
        raise InputError("not-confirmed", "Nobody is here to confirm the outcome above.", "Add --yes to apply it.")
    if not typer.confirm(f"Write the counts into {len(found.totals()):,} buildings?", default=True, err=True):
        raise typer.Exit(2)


def _told(found: LedgerMatch, waiting: int, report: LedgerReport | None, *, json: bool) -> None:
    if json:
        told: dict[str, Any] = {
            "rows": len(found.rows),
            "kind": found.kind,
            "columns": dict(found.columns),
            **found.states(),
            "reasons": found.reasons(),
            "waiting": waiting,
            "applied": None if report is None else report.to_dict(),
        }
        as_json(told)
    elif report is not None:
        rows = [(name, before, after) for name, (before, after) in report.columns.items()]
        table(["column", "before", "after"], rows, title=f"{report.buildings:,} buildings")
        for note in report.notes:
            say(f"· {note}")


def review(
    workspace: Workspace,
    *,
    decide: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER=BUILDING", help="The address with this number is this building.")
    ] = None,
    accept: Annotated[list[int] | None, typer.Option(metavar="NUMBER", help="It is the building proposed.")] = None,
    reject: Annotated[list[int] | None, typer.Option(metavar="NUMBER", help="It is no building of the city.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many.")] = 50,
    json: Json = False,
) -> None:
    """List the addresses that wait for a decision, those of most rows first; or decide some of them."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        waiting = ws.review()
        proposed = {row["id"]: row["building"] for row in waiting}
        asked: list[tuple[int, str | None]] = [(number, proposed.get(number, "-")) for number in accept or []]
        asked += [(number, None) for number in reject or []]
        asked += [(_number(ours), building) for ours, building in pairs(decide or []).items()]
        for number, building in asked:
            if number not in proposed:
                raise InputError("review-unknown", f"No address with the number {number} waits.", "List them first.")
            address = ws.decide(number, building)
            say(f"{address}: {building or 'no building of the city'}")
        if asked:
            waiting = ws.review()
    if json:
        as_json({"waiting": waiting[:limit], "all": len(waiting)})
        return
    rows = [
        (
            row["id"], row["rows"], row["address"], row["reason"], row["confidence"],
            "\n".join(f"{c['building']} {c['address'] or c['name']}" for c in row["candidates"]),
        )
        for row in waiting[:limit]
    ]  # fmt: skip
    table(["number", "rows", "address", "why", "confidence", "may be"], rows, title=f"{len(waiting):,} addresses wait")


def _number(text: str) -> int:
    if not text.isdigit():
        raise InputError("review-unclear", f"{text} is no number of an address.", "Write --decide 12=B00341")
    return int(text)
