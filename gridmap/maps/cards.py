"""Cards: what a notebook shows of an answer. Plain HTML with inline SVG, escaped, without scripts or anything loaded.

Cards are given figures as `gridmap.release` lets them out, or ones that say nothing about people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gridmap.maps.encode import html_text
from gridmap.maps.look import STATUSES, colour, token

if TYPE_CHECKING:
    from pandas import DataFrame

    from gridmap.release import Released

__all__ = ["card", "households_chart", "points_chart", "share_bar", "status_line", "table"]

_WIDE, _HIGH, _FOOT = 420, 76, 16


def card(title: str, *parts: str, note: str = "") -> str:
    """Return a card: a headline, parts that are HTML already, and a note below. `title` and `note` are escaped."""
    # The surface and the ink are both said, so that a dark notebook shows a light card, readable.
    style = (
        f"font-family:{html_text(token('type', 'family'))};font-size:13px;color:{colour('ui', 'text')};"
        f"background:{colour('ui', 'surface')};border:1px solid {colour('ui', 'line')};border-radius:8px;"
        "padding:12px 16px;max-width:860px;overflow-x:auto;font-variant-numeric:tabular-nums"
    )
    head = f'<div style="font-size:17px;font-weight:600;margin-bottom:6px">{html_text(title)}</div>'
    foot = f'<div style="color:{colour("ui", "muted")};font-size:12px;margin-top:6px">{html_text(note)}</div>'
    return f'<div class="gridmap-card" style="{style}">{head}{"".join(parts)}{foot if note else ""}</div>'


def status_line(totals: Mapping[str, object]) -> str:
    """Return the numbers of grids under, in and over the range, each with its sign and colour."""
    parts = []
    for name in ("under", "in_range", "over"):
        ink = colour("ui", "surface") if name == "under" else colour("ui", "text")
        style = f"background:{colour('status', name)};border-radius:3px;padding:0 5px;color:{ink}"
        badge = f'<span style="{style}">{token("status", name, "sign")}</span>'
        text = f"{badge} {token('status', name, 'zh')} {html_text(totals.get(name, '?'))}"
        parts.append(f'<span style="white-space:nowrap">{text}</span>')
    return "　".join(parts)


def households_chart(balance: Released, window: tuple[int, int], *, bins: int = 8) -> str:
    """Return the histogram of the resident grids' households as SVG, `bins` within the window."""
    frame = balance.table
    values = frame.loc[frame["kind"] != "special", "households"].to_numpy(float, na_value=np.nan)
    values = values[~np.isnan(values)]
    low, high = window
    step = max(1.0, (high - low) / bins)
    edges = np.arange(low - step * np.ceil(low / step), 1.8 * high + step, step)
    # The upper limit is in range, so it counts below the edge; what is beyond the last bin counts in it.
    inside = np.clip(np.where(values == high, high - 0.5, values), edges[0], edges[-1] - 0.5)
    counts, _ = np.histogram(inside, edges)
    peak, wide = max(1, int(counts.max(initial=0))), _WIDE / max(1, len(counts))
    bars = []
    for at, count in enumerate(counts.tolist()):
        start = float(edges[at])
        name = "under" if start < low else "in_range" if start < high else "over"
        tall = (_HIGH - _FOOT) * count / peak
        bars.append(
            f'<rect x="{at * wide + 1:.1f}" y="{_HIGH - _FOOT - tall:.1f}" width="{wide - 2:.1f}" height="{tall:.1f}" '
            f'fill="{colour("status", name)}" stroke="{colour("grid", "boundary")}" stroke-opacity=".25">'
            f"<title>{start:.0f}–{start + step:.0f} 户：{count} 个网格</title></rect>"
        )
    ticks = [_text(_WIDE * (value - edges[0]) / (edges[-1] - edges[0]), f"{value:,} 户") for value in (low, high)]
    return _svg(_WIDE, _HIGH, [*bars, *ticks], "网格户数分布")


def points_chart(table: DataFrame, across: str, up: str, *, label: str) -> str:
    """Return points of two columns as SVG, the first row as a diamond; `label` says what is drawn."""
    x, y = table[across].to_numpy(float), table[up].to_numpy(float)
    shown = np.isfinite(x) & np.isfinite(y)
    if not shown.any():
        return ""
    pad, high = 14.0, 110
    span = [max(float(np.ptp(one[shown])), 1e-9) for one in (x, y)]
    marks = []
    for at in np.flatnonzero(shown).tolist():
        left = pad + (_WIDE - 2 * pad) * (x[at] - x[shown].min()) / span[0]
        top = high - pad - (high - 2 * pad) * (y[at] - y[shown].min()) / span[1]
        fill = colour("ui", "surface") if at == 0 else colour("status", "in_range")
        turned = f' transform="rotate(45 {left:.1f} {top:.1f})"' if at == 0 else ""
        marks.append(
            f'<rect x="{left - 4:.1f}" y="{top - 4:.1f}" width="8" height="8" rx="{0 if at == 0 else 4}" fill="{fill}" '
            f'stroke="{colour("grid", "boundary")}"{turned}><title>{x[at]:,.1f} · {y[at]:.3f}</title></rect>'
        )
    return _svg(_WIDE, high, marks, label)


def share_bar(part: float, whole: float, *, label: str) -> str:
    """Return a bar of how much of a whole is reached, as SVG; empty where either is unknown."""
    if not (np.isfinite(part) and np.isfinite(whole) and whole > 0):
        return ""
    share = min(1.0, max(0.0, part / whole))
    ground = f'<rect x="0" y="2" width="{_WIDE}" height="12" rx="3" fill="{colour("ui", "sunken")}"/>'
    bar = (
        f'<rect x="0" y="2" width="{_WIDE * share:.1f}" height="12" rx="3" fill="{colour("coverage", "minutes_10")}"/>'
    )
    return _svg(_WIDE, 16, [ground, bar], f"{label} {share:.1%}")


def table(frame: DataFrame, words: Mapping[str, str], *, rows: int = 12) -> str:
    """Return some columns of a table under their words, at most `rows` rows; numbers right, statuses in colour."""
    names = [name for name in words if name in frame]
    line = f"border-bottom:1px solid {colour('ui', 'line')};padding:2px 8px"
    head = "".join(
        f'<th style="{line};text-align:left;font-weight:600">{html_text(words[name])}</th>' for name in names
    )
    body = []
    for values in frame[names].head(rows).itertuples(index=False):
        cells = (_cell(value, line) for value in values)
        body.append(f"<tr>{''.join(cells)}</tr>")
    left = len(frame) - rows
    more = f'<div style="color:{colour("ui", "muted")}">…… 另有 {left:,} 行</div>' if left > 0 else ""
    return f'<table style="border-collapse:collapse;margin-top:8px"><tr>{head}</tr>{"".join(body)}</table>{more}'


def _cell(value: object, line: str) -> str:
    if isinstance(value, str):
        if value in STATUSES:
            value = f"{token('status', value, 'sign')} {token('status', value, 'zh')}"
        return f'<td style="{line};text-align:left">{html_text(value)}</td>'
    text = "–"
    if isinstance(value, bool | np.bool_):
        text = "是" if value else "否"
    elif isinstance(value, int | np.integer):
        text = f"{int(value):,}"
    elif isinstance(value, float | np.floating) and np.isfinite(value):
        real = float(value)
        text = f"{real:,.0f}" if abs(real) >= 1000 else f"{real:,.3g}"
    return f'<td style="{line};text-align:right">{text}</td>'


def _text(x: float, words: str) -> str:
    style = f'font-size="11" text-anchor="middle" fill="{colour("ui", "muted")}"'
    return f'<text x="{x:.1f}" y="{_HIGH - 3}" {style}>{html_text(words)}</text>'


def _svg(wide: int, high: int, marks: Sequence[str], label: str) -> str:
    said = html_text(label)
    return (
        f'<div style="margin-top:6px"><svg role="img" aria-label="{said}" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" style="max-width:100%">{"".join(marks)}</svg></div>'
    )
