"""What the command line prints: tables for people, JSON for programs, progress and errors on standard error."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridmap.errors import GridmapError

if TYPE_CHECKING:
    from gridmap.maps import CityMap

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Progress = Callable[[str, int, int], None]


def complain(error: GridmapError) -> None:
    """Print an error on standard error: what is wrong, then what to do."""
    typer.secho(f"Error: {error.message}", err=True, fg=typer.colors.RED)
    if error.hint:
        typer.echo(f"→ {error.hint}", err=True)


def say(text: str) -> None:
    """Print a remark on standard error, so that standard output stays what the command was asked for."""
    typer.echo(text, err=True)


def as_json(value: object) -> None:
    """Print a value as JSON, with Chinese text as it is and NaN as null."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "item"):  # a NumPy scalar
        return _plain(value.item())
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    return None if value != value else str(value)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "", foot: bool = False) -> None:
    """Print a table; numbers to the right, thousands separated; with `foot`, the last row is the total."""
    from rich.console import Console
    from rich.table import Table

    numeric = [any(isinstance(row[k], (int, float)) for row in rows) for k in range(len(columns))]
    out = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", box=None)
    for name, right in zip(columns, numeric, strict=True):
        out.add_column(name, justify="right" if right else "left", overflow="fold")
    for k, row in enumerate(rows):
        if foot and k == len(rows) - 1:
            out.add_section()
        out.add_row(*map(_cell, row), style="bold" if foot and k == len(rows) - 1 else None)
    Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 160).print(out, markup=False)


def _cell(value: object) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show a progress bar on standard error while the block runs; yields `report(name, done, total)`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=False,
    )
    with bar:
        task = bar.add_task(title, total=None, name="")

        def report(name: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, name=name)

        yield report


@contextmanager
def until_interrupted() -> Iterator[Callable[[], bool]]:
    """Take the first Ctrl+C in the block as a wish to stop; yields what says whether there was one.

    A second one ends the program at once.
    """
    pressed: list[int] = []

    def stop(number: int, _frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def write_page(path: Path, drawn: CityMap) -> None:
    """Write a map as one page, whole or not at all, and say so."""
    from gridmap import files

    page: str = drawn.get_root().render()
    files.write_text(path, page)
    say(f"The map is in {path}; open it in a browser.")
