"""Commands about facilities: nearest, coverage, access, site, what-if."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridmap.cli.layers import Workspace
from gridmap.cli.show import Json, as_json, say, table, write_page
from gridmap.cli.words import point
from gridmap.errors import InputError

if TYPE_CHECKING:
    from gridmap.facilities import Change
    from gridmap.handles import WorkspaceHandle

Kind = Annotated[str, typer.Option("--kind", help="Kind of facilities: canteen, 食堂, care_class, 托管班 …")]
Minutes = Annotated[float | None, typer.Option("--minutes", help="Limit in minutes on foot; the kind's if left out.")]
Metres = Annotated[float | None, typer.Option("--metres", help="Limit in metres on the network, instead of minutes.")]
OpenAt = Annotated[str, typer.Option("--open-at", metavar="TIME", help="Only those open then: 2026-03-02 09:30.")]
Tier = Annotated[list[str] | None, typer.Option("--tier", help="Only this tier; may be repeated.")]
Status = Annotated[
    list[str] | None, typer.Option("--status", help="Status that serves, open if left out; may be repeated.")
]
Page = Annotated[Path | None, typer.Option("--map", metavar="FILE.html", help="Draw it on a page, too.")]
Who = Annotated[str, typer.Option("--for", help="Whom: households, residents, elders_60, children …")]


def _options(open_at: str, tier: list[str] | None, status: list[str] | None, **more: Any) -> dict[str, Any]:
    """Return the options that were given."""
    given = {"open_at": open_at or None, "tiers": tuple(tier or ()), **more}
    if status:
        given["statuses"] = tuple(status)
    return given


def _say_speed(rule: dict[str, Any]) -> None:
    checked = "verified" if rule["verified"] else "not verified"
    elders = f", elders {rule['elder_speed_m_per_min']:g}" if "elder_speed_m_per_min" in rule else ""
    say(f"Walking at {rule['speed_m_per_min']:g} m/min{elders} ({rule['source']}; {checked}).")


def nearest(
    workspace: Workspace,
    *,
    kind: Kind,
    at: Annotated[
        str, typer.Option(metavar="X,Y", help="The place: longitude,latitude unless --at-crs says otherwise.")
    ],
    at_crs: Annotated[str, typer.Option(help="CRS of the place: EPSG:…, gcj02 or bd09.")] = "EPSG:4326",
    k: Annotated[int, typer.Option("-k", help="How many.")] = 1,
    open_at: OpenAt = "",
    seats: Annotated[int, typer.Option(help="Only those with room for so many.")] = 0,
    tier: Tier = None,
    status: Status = None,
    json: Json = False,
) -> None:
    """Find the nearest facilities of a kind on foot, and the way there."""
    from gridmap import handles

    x, y = point(at, "--at")
    with handles.open(workspace) as ws:
        answer = ws.nearest(kind, x, y, k=k, crs=at_crs, **_options(open_at, tier, status, seats=seats)).to_dict()
    if json:
        as_json(answer)
        return
    rows = [
        [one["id"], one["name"], round(one["walk_s"] / 60, 1), round(one["dist_m"]), one["open"], one["opening_hours"]]
        for one in answer["facilities"]
    ]
    table(["id", "name", "minutes", "metres", "open", "opening hours"], rows)
    for one in answer["facilities"][:1]:
        for line in one["route"]["turns"]["zh"]:
            typer.echo(f"  {line}")
    _say_speed(answer)
    for note in answer["notes"]:
        say(f"· {note}")
    if not answer["facilities"]:
        say("None can be reached on foot.")


def coverage(
    workspace: Workspace,
    *,
    kind: Kind,
    minutes: Minutes = None,
    metres: Metres = None,
    plan: Annotated[str, typer.Option(help="The plan whose grids to show; the current one if left out.")] = "",
    capacity_for: Annotated[str, typer.Option(help="Count only who of these finds a place: children …")] = "",
    open_at: OpenAt = "",
    tier: Tier = None,
    status: Status = None,
    top: Annotated[int, typer.Option(help="How many clusters of households that are not covered.")] = 10,
    page: Page = None,
    json: Json = False,
) -> None:
    """Show who reaches a facility of a kind on foot, by grid, and where those live who do not."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        shown = ws.coverage(
            kind, plan=plan or None, minutes=minutes, metres=metres, capacity_for=capacity_for or None,
            **_options(open_at, tier, status),
        )  # fmt: skip
        answer, headline = shown.to_dict(top=top), shown.headline
        if page is not None:
            write_page(page, shown.explore(top=top))
        signs = {who: shown.released.shown(f"{who}_covered") for who in ("elders_60", "children")}
    if json:
        as_json(answer)
        return
    columns = ["code", "name", "community", "households", "households_covered", "share", "residents_covered"]
    rows = [
        [*(row[column] for column in columns), signs["elders_60"][at], signs["children"][at], row["unknown_buildings"]]
        for at, row in enumerate(answer["grids"])
    ]
    table([*columns, "elders_60_covered", "children_covered", "unknown_buildings"], rows, title=headline)
    names = ["rank", "community_name", "households", "buildings", "unknown_buildings", "reason", "nearest_m"]
    table(names, [[spot[name] for name in names] for spot in answer["hot_spots"]], title="Not covered")
    compounds = answer["compounds"]
    say(
        f"Compounds: {compounds['served_by_relation']} of {compounds['compounds']} served by relation, "
        f"{compounds['covered_on_foot']} covered on foot, {compounds['partly_on_foot']} partly."
    )
    for note in (*answer["left_out"], *answer["notes"]):
        say(f"· {note}")


def access(
    workspace: Workspace,
    *,
    kind: Kind,
    who: Who = "",
    minutes: Minutes = None,
    metres: Metres = None,
    enhanced: Annotated[bool, typer.Option("--enhanced", help="Let near places weigh more (E2SFCA).")] = False,
    json: Json = False,
) -> None:
    """Show how many places each person has within reach, by community, and how evenly (2SFCA, Gini)."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        answer = ws.access(kind, who=who or None, minutes=minutes, metres=metres, enhanced=enhanced).to_dict()
    if json:
        as_json(answer)
        return
    columns = ["code", "name", "places_per_1000", "share_without"]
    rows = [[row[column] for column in columns] for row in answer["communities"]]
    table(columns, rows, title=f"{answer['kind']}: {answer['seats']:,} places, Gini {answer['gini']:.3f}")
    _say_speed(answer["limit"])
    for note in answer["notes"]:
        say(f"· {note}")


def site(
    workspace: Workspace,
    *,
    kind: Kind,
    add: Annotated[int, typer.Option("--add", help="How many more.")] = 1,
    minutes: Minutes = None,
    metres: Metres = None,
    model: Annotated[
        str, typer.Option(help="mclp, lscp, p_median, p_center, capacitated_mclp or capacitated_p_median.")
    ] = "mclp",
    where: Annotated[str, typer.Option(help="Candidates: compounds or premises.")] = "compounds",
    who: Who = "",
    floor: Annotated[float, typer.Option(help="Share of each community to reach at least, 0 to 1.")] = 0.0,
    capacity: Annotated[int | None, typer.Option(help="How many a new one takes, for capacitated models.")] = None,
    page: Page = None,
    json: Json = False,
) -> None:
    """Choose where more facilities of a kind should stand, and show what each adds."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        shown = ws.site(
            kind, add=add, minutes=minutes, metres=metres, model=model, where=where, who=who or None, floor=floor,
            capacity=capacity,
        )  # fmt: skip
        plan, answer = shown.value, shown.to_dict()
        if page is not None:
            write_page(page, shown.explore())
    if json:
        as_json(answer)
        return
    columns = ["step", "id", "name", f"{plan.who}_gained", f"{plan.who}_covered"]
    title = f"{plan.supply.kind.zh}: {answer['before']:,} → {answer['after']:,} of {answer['total']:,} {plan.who}"
    table(columns, [[row[column] for column in columns] for row in answer["sites"]], title=title)
    gap = answer["answer"]["gap"]
    proof = "proven best" if gap == 0 else f"at most {100 * gap:.2f} % from best"
    say(f"{model}: {proof}, of {answer['candidates']} candidates, beside {answer['existing']} present ones.")
    _say_speed(answer["limit"])


def what_if(
    workspace: Workspace,
    *,
    kind: Kind,
    opened: Annotated[
        list[str] | None, typer.Option("--open", metavar="X,Y|ID", help="Open one there, or that one; may be repeated.")
    ] = None,
    close: Annotated[
        list[str] | None, typer.Option("--close", metavar="ID", help="Close one; may be repeated.")
    ] = None,
    move: Annotated[
        list[str] | None, typer.Option("--move", metavar="ID=X,Y", help="Move one; may be repeated.")
    ] = None,
    extend: Annotated[
        list[str] | None,
        typer.Option("--extend", metavar="ID=MINUTES", help="Close one later by so many minutes; with --open-at."),
    ] = None,
    minutes: Minutes = None,
    metres: Metres = None,
    open_at: OpenAt = "",
    json: Json = False,
) -> None:
    """Show who is covered before and after facilities open, close, move or keep longer hours."""
    from gridmap import handles

    with handles.open(workspace) as ws:
        changes = _changes(ws, opened or [], close or [], move or [], extend or [])
        result = ws.what_if(kind, *changes, minutes=minutes, metres=metres, **_options(open_at, None, None))
        totals, rows = result.totals, result.communities().to_dict("records")
        limit = result.before.limit.to_dict()
    if json:
        as_json({"totals": totals, "communities": rows, "limit": limit})
        return
    columns = ["code", "name", "households", "households_before", "households_after"]
    table(columns, [[row[column] for column in columns] for row in rows], title="Communities that change")
    say(
        f"{totals['households_before']:,} → {totals['households_after']:,} of {totals['households']:,} households: "
        f"{totals['households_gained']:,} gain, {totals['households_lost']:,} lose."
    )
    _say_speed(limit)


def _changes(
    ws: WorkspaceHandle, opened: list[str], close: list[str], move: list[str], extend: list[str]
) -> list[Change]:
    """Read the changes; places are longitude and latitude."""
    from gridmap.facilities import Close, Extend, Move, Open

    frame = ws.city.frame
    changes: list[Change] = []
    for number, text in enumerate(opened, 1):
        if re.fullmatch(r"[-+.\d\s]+[,，][-+.\d\s]+", text):
            x, y = frame.from_lonlat(*([value] for value in point(text, "--open")))
            changes.append(Open(f"new-{number}", float(x[0]), float(y[0])))
        else:
            changes.append(Open(text))
    changes += [Close(id_) for id_ in close]
    for text in move:
        id_, at = _pair(text, "--move", "F0001=111.788,37.265")
        x, y = frame.from_lonlat(*([value] for value in point(at, "--move")))
        changes.append(Move(id_, float(x[0]), float(y[0])))
    for text in extend:
        id_, later = _pair(text, "--extend", "F0001=60")
        if not later.isdigit():
            raise InputError("extend-unclear", f"--extend {text} names no minutes.", "Write --extend F0001=60")
        changes.append(Extend(id_, later_min=int(later)))
    if not changes:
        raise InputError("change-missing", "Nothing would change.", "Use --open, --close, --move or --extend.")
    return changes


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    id_, mark, rest = text.partition("=")
    if not (id_.strip() and mark and rest.strip()):
        raise InputError("change-unclear", f"{option} {text} is not understood.", f"Write {option} {example}")
    return id_.strip(), rest.strip()
