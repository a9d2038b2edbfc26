"""Commands about a workspace and its layers: new, import, where, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.show import Json, as_json, progress, say
from gridmap.cli.words import day_of, point
from gridmap.errors import InputError

Workspace = Annotated[Path, typer.Argument(metavar="WS", help="The workspace, a GeoPackage.")]


def new(
    workspace: Workspace,
    *,
    name: Annotated[str, typer.Option(help="Name of the city.")] = "",
    profile: Annotated[
        str, typer.Option(help="Rule profile: cn, opaque or a TOML file; empty: by where the first layer lies.")
    ] = "",
    frame: Annotated[str, typer.Option(help="Metric CRS to keep everything in, such as EPSG:4546.")] = "",
) -> None:
    """Make an empty workspace."""
    from gridmap import handles

    handles.create(workspace, name=name, profile=profile or None, frame=frame or None).close()
    say(f"{workspace} is a new workspace. Next: gridmap import FILE --into {workspace} --layer communities")


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to read.")],
    *,
    into: Annotated[Path, typer.Option("--into", metavar="WS", help="The workspace to import into.")],
    layer: Annotated[str, typer.Option("--layer", help="The city's layer that the rows become.")],
    source_layer: Annotated[str, typer.Option(help="The file's layer, where it has several.")] = "",
    crs: Annotated[str, typer.Option(help="CRS of the coordinates: EPSG:…, gcj02 or bd09.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of the text, such as gbk.")] = "",
    column: Annotated[
        list[str] | None, typer.Option(metavar="OURS=THEIRS", help="Which column of the file is which of ours.")
    ] = None,
    swap_axes: Annotated[bool, typer.Option("--swap-axes", help="The coordinates are written y, x.")] = False,
    offset: Annotated[
        str, typer.Option(metavar="DX,DY", help="Metres to add to x and y, for drawings with an origin of their own.")
    ] = "",
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Accept what the rule would refuse: invalid-geometry, overlap."),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the plan that a grid layer becomes.")] = "",
    valid_from: Annotated[
        str, typer.Option(metavar="DATE", help="Day from which the rows are as the file has them; today if left out.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Take the proposal without asking.")] = False,
    json: Json = False,
) -> None:
    """Import a layer of a file: proposes how to read it, asks, and reads it whole or not at all."""
    from gridmap import handles

    with handles.open(into) as ws:
        proposal = ws.propose(
            file,
            layer,
            source_layer=source_layer or None,
            crs=crs or None,
            encoding=encoding or None,
            columns=pairs(column or []),
            swap_axes=swap_axes,
            offset=point(offset, "--offset") if offset else (0.0, 0.0),
        )
        if not yes:
            _confirm(str(proposal))
        with progress(f"Importing {file.name}") as shown:
            report = ws.take(
                proposal,
                accept=frozenset(accept or ()),
                name=name or None,
                valid_from=day_of(valid_from),
                progress=shown,
            )
    if json:
        as_json(report.to_dict())
        return
    say(f"{report.rows:,} rows of {file.name} are now the layer {layer} of {into}.")
    for note in report.notes:
        say(f"· {note}")


def pairs(words: list[str]) -> dict[str, str]:
    """Read OURS=THEIRS words; InputError otherwise."""
    pairs = {}
    for word in words:
        ours, equals, theirs = word.partition("=")
        if not (ours and equals and theirs):
            raise InputError("column-unclear", f"--column {word} is not OURS=THEIRS.", "Write --column households=户数")
        pairs[ours.strip()] = theirs.strip()
    return pairs


def _confirm(proposal: str) -> None:
    say(proposal)
    if not sys.stdin.isatty():
        raise InputError("not-confirmed", "Nobody is here to confirm the proposal above.", "Add --yes to take it.")
    if not typer.confirm("Import it so?", default=True, err=True):
        raise typer.Exit(2)


def where(
    workspace: Workspace,
    *,
    at: Annotated[
        str, typer.Option(metavar="X,Y", help="The place: longitude,latitude unless --at-crs says otherwise.")
    ],
    at_crs: Annotated[str, typer.Option(help="CRS of the place: EPSG:…, gcj02 or bd09.")] = "EPSG:4326",
    plan: Annotated[str, typer.Option(help="The plan to look in; the current one if left out.")] = "",
    on: Annotated[str, typer.Option(metavar="DATE", help="The day, such as 2026-03-01; today if left out.")] = "",
    json: Json = False,
) -> None:
    """Say what stands at a place: subdistrict, community, grid, compound, building."""
    from gridmap import handles

    x, y = point(at, "--at")
    with handles.open(workspace) as ws:
        chain = ws.where(x, y, plan=plan or None, crs=at_crs, at=day_of(on))
    if json:
        as_json(chain)
        return
    for level, found in chain.items():
        text = " ".join(str(value) for value in found.values() if value) if isinstance(found, dict) else found
        typer.echo(f"{level:12} {text if text is not None else '–'}")


def export(
    workspace: Workspace,
    *,
    layer: Annotated[str, typer.Option(help="The layer: communities, buildings, grids …")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The file; its ending says the format.")
    ],
    plan: Annotated[str, typer.Option(help="For grids: the plan; the current one if left out.")] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="DATE", help="The day to write it of, such as 2026-03-01; today if left out.")
    ] = "",
    crs: Annotated[
        str, typer.Option(help="CRS of the file: the workspace's own if left out, EPSG:4326 for GeoJSON.")
    ] = "",
) -> None:
    """Write a layer to a file, whole or not at all."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        rows = ws.export(layer, output, plan=plan or None, crs=crs or None, at=day_of(at))
    say(f"{rows:,} rows of {layer} are in {output}.")
