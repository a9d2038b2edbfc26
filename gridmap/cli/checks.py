"""Commands that tell what is wrong, and what became of codes: check, lineage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, progress, say, table, write_page


def check(
    workspace: Workspace,
    *,
    totals: Annotated[
        Path | None,
        typer.Option(
            "--totals", metavar="LEDGER", help="Households by place (.xlsx, .csv) to compare with the buildings."
        ),
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option(
            "--codes", metavar="RELEASE", help="Another release of the codes (.xlsx, .csv, .json) to compare."
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--map", metavar="FILE.html", help="Show each where it is on a page, too.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write them to .xlsx or .csv, too.")
    ] = None,
    json: Json = False,
) -> None:
    """Look for what is wrong with the city and its current plan; exit code 1 when there are findings."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        with progress("Checking") as report:
            findings = ws.check(totals=totals, codes=codes, progress=report)
        if output is not None:
            say(f"{ws.export_findings(output, findings):,} findings are in {output}.")
        if page is not None:
            write_page(page, ws.findings_map(findings))
        frame = ws.city.frame
    if json:
        as_json({"findings": [finding.to_dict(frame) for finding in findings]})
    elif findings:
        rows = [(f.severity, f.rule, f.layer, f.feature, f.message, f.remedy) for f in findings]
        table(["severity", "rule", "layer", "feature", "what", "remedy"], rows, title=f"{len(findings)} findings")
    else:
        say("No findings.")
    if findings:
        raise typer.Exit(1)


def lineage(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A release of codes: .xlsx, .csv or .json.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later one.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to .xlsx or .csv, too.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell what became of each place between two releases of codes: kept, renamed, merged, split, new, retired."""
    from gridmap import files
    from gridmap.city import lineage as between

    found = between(files.read_release(old), files.read_release(new))
    if output is not None:
        say(f"{files.write_ledger({'lineage': found}, output):,} rows are in {output}.")
    if json:
        as_json({"rows": found.to_dict("records")})
    else:
        table(list(found.columns), found.to_numpy(object).tolist(), title=f"{old.name} → {new.name}")
