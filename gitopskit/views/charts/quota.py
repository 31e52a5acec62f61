"""How much of each quota is used? A bar per quota and resource, towards its limit."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gitopskit.errors import expect
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.quota_use import Allowance, Room, allowances
from gitopskit.views.charts.chart import Chart, Static, bar, chart, named, nothing
from gitopskit.views.charts.look import (
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    THICK,
    Mark,
    height_of,
    label,
    layout,
    rows_axis,
    scale,
    whole,
)
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted

BARS_SHOWN: Final = 60
MOST: Final = 1.2
"""Shares above are drawn as this one; the words tell the true amounts."""
ROOMS: Final = {
    Room.WITHIN: Mark(word=Room.WITHIN.value, glyph="✓", colour=GREEN),
    Room.NEAR: Mark(word=Room.NEAR.value, glyph="!", colour=ORANGE, shape="/"),
    Room.FULL: Mark(word=Room.FULL.value, glyph="■", colour=ORANGE, shape="x"),
    Room.OVER: Mark(word=Room.OVER.value, glyph="✗", colour=RED, shape="x"),
    Room.UNCOUNTED: Mark(word=Room.UNCOUNTED.value, glyph="?", colour=GREY, shape="."),
}
QUOTAS: Final = {
    "namespace": "str", "quota": "str", "resource": "str", "used": "str", "hard": "str", "percent": "float64", "room": "str",
}  # fmt: skip
_URGENCY: Final = (Room.OVER, Room.FULL, Room.NEAR, Room.WITHIN, Room.UNCOUNTED)


def quota_chart(live: Snapshot) -> Chart:
    """Return a bar chart of what every ResourceQuota of a live snapshot allows, and how much of it is used.

    Columns
    -------
    One row per quota and resource: namespace, quota, resource : str. used, hard : str — amounts as the server spells them; used is empty
    where it has not counted yet. percent : float64 — of the limit. room : str — within, near limit (80 % and more), at limit, over limit,
    not counted yet.
    """
    expect(live, Snapshot, "gk.quota_chart(ws.live(everything=True))")
    found = allowances(live)
    frame = quota_frame(found)
    title = "Quota use"
    if not found:
        return nothing(title, "No ResourceQuota is in this snapshot.", frame)
    ranked = sorted(found, key=lambda one: (_URGENCY.index(one.room), -(one.share or 0)))
    shown = sorted(ranked[:BARS_SHOWN], key=lambda one: (one.quota.parts, one.resource))
    design = layout(
        title,
        _subtitle(found, len(shown)),
        height=height_of(len(shown), each=30),
        barmode="overlay",
        showlegend=True,
        xaxis=scale("percent of the limit", range=[0, 100 * MOST + 70], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 %"]),
        yaxis=rows_axis(label(_name(one), 52) for one in shown),
        shapes=[
            {"type": "line", "x0": 100, "x1": 100, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": INK, "dash": "dot", "width": 1.5}}
        ],
    )
    return chart([*_traces(shown), _words(shown)], design, frame=frame, static=_static(shown))


def quota_frame(found: tuple[Allowance, ...]) -> pd.DataFrame:
    """Return allowances as a frame; columns as in `quota_chart`."""
    rows = [[one.quota.namespace, one.quota.name, one.resource, one.used, one.hard, _percent(one.share), one.room.value] for one in found]
    return pd.DataFrame(rows, columns=list(QUOTAS)).astype(QUOTAS)


def _percent(share: float | None) -> float:
    return round(100 * share, 1) if share is not None else float("nan")


def _name(one: Allowance) -> str:
    return f"{one.quota.namespace}/{one.quota.name} · {one.resource}"


def _subtitle(found: tuple[Allowance, ...], shown: int) -> str:
    tight = sum(one.room in (Room.NEAR, Room.FULL, Room.OVER) for one in found)
    more = f"; the tightest {shown} shown" if shown < len(found) else ""
    return f"{tight} of {counted(len(found), 'limit')} near, reached or exceeded{more}"


def _amounts(one: Allowance) -> str:
    used = one.used or "?"
    percent = f" ({100 * one.share:.0f} %)" if one.share is not None and one.hard not in ("0", "0.0") else ""
    return f"{used} of {one.hard}{percent}"


def _traces(shown: list[Allowance]) -> list[dict[str, Any]]:
    traces = []
    for room, look in ROOMS.items():
        part = [(row, one) for row, one in enumerate(shown) if one.room is room]
        if not part:
            continue
        traces.append({
            "type": "bar", "orientation": "h", "width": THICK, "name": f"{look.name} {len(part)}", "marker": look.style,
            "y": [row for row, _ in part],
            "x": [100 * min(one.share if one.share is not None else 0, MOST) for _, one in part],
            "customdata": [[whole(_name(one)), whole(_amounts(one))] for _, one in part],
            "hovertemplate": f"%{{customdata[0]}}<br>%{{customdata[1]}}: {look.word}<extra></extra>",
        })  # fmt: skip
    return traces


def _words(shown: list[Allowance]) -> dict[str, Any]:
    """Return the amounts, in a column of their own: beside the bars they would cross the limit."""
    words = [label(_amounts(one)) + ("" if one.room is Room.WITHIN else f"  <b>{ROOMS[one.room].name}</b>") for one in shown]
    return {
        "type": "scatter", "mode": "text", "x": [100 * MOST + 2] * len(shown), "y": list(range(len(shown))), "text": words,
        "textposition": "middle right", "textfont": {"color": INK}, "hoverinfo": "skip", "showlegend": False, "cliponaxis": False,
    }  # fmt: skip


def _static(shown: list[Allowance]) -> Static:
    rows = []
    for one in shown:
        look, share = ROOMS[one.room], min(one.share or 0, 1)
        name = f"{text(one.quota.namespace)}/{text(one.quota.name)}"
        rows.append((named(name), named(text(one.resource)), bar([(look.colour, 100 * share)]), f"{text(_amounts(one))} {look.name}"))
    return Static(head=("quota", "resource", "used", ""), rows=tuple(rows), tight=2)
