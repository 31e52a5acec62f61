"""What is in sync, at a glance? A bar per namespace or kind, in pieces by sync status."""

from __future__ import annotations

from typing import Any, Final, Literal

import pandas as pd

from gitopskit.errors import UsageError, expect, plain
from gitopskit.model.plan import Plan
from gitopskit.views.charts.chart import Chart, Static, bar, chart, named, nothing
from gitopskit.views.charts.look import THICK, height_of, label, layout, mark, rows_axis, scale, whole
from gitopskit.views.frames import to_frame
from gitopskit.views.html.markup import text
from gitopskit.views.words import SYNC, counted

CLUSTER: Final = "(cluster)"
BARS_SHOWN: Final = 60
SYNC_MARKS: Final = {
    status: mark(look, look.light, shape) for (status, look), shape in zip(SYNC.items(), ("", "/", ".", "x", "-"), strict=True)
}


def sync_chart(plan: Plan, by: Literal["namespace", "kind"] = "namespace") -> Chart:
    """Return a stacked bar chart of the objects of a plan by sync status.

    Parameters
    ----------
    by
        What a bar stands for; the other one is told on hovering.

    Columns
    -------
    One row per bar and status: namespace or kind, sync : str. objects : int64.
    """
    expect(plan, Plan, "gk.sync_chart(ws.plan())")
    expect(by, str, 'gk.sync_chart(plan, by="kind")')
    if by not in ("namespace", "kind"):
        what = f"a bar stands for a namespace or a kind, not for {plain(by)!r}"
        raise UsageError(what, next_step='gk.sync_chart(plan, by="kind")')
    listed = to_frame(plan)
    listed = listed.assign(namespace=listed["namespace"].where(listed["namespace"] != "", CLUSTER))
    frame = listed.groupby([by, "sync"], sort=True).size().rename("objects").reset_index()
    title = f"Sync status by {by}"
    if frame.empty:
        return nothing(title, "There are no objects.", frame)
    bars = list(frame.groupby(by)["objects"].sum().sort_values(ascending=False, kind="stable").index[:BARS_SHOWN])
    hidden = frame[by].nunique() - len(bars)
    more = f"; {counted(hidden, 'smaller bar')} left out" if hidden else ""
    design = layout(
        title,
        f"{counted(len(listed), 'object')}{more}",
        height=height_of(len(bars), each=34),
        barmode="stack",
        showlegend=True,  # a single status needs its word, too
        xaxis=scale("objects", dtick=1 if len(listed) < 9 else None),
        yaxis=rows_axis(map(label, bars)),
    )
    return chart(_traces(listed, by, bars), design, frame=frame, static=_static(frame, by, bars))


def _traces(listed: pd.DataFrame, by: str, bars: list[str]) -> list[dict[str, Any]]:
    other = "kind" if by == "namespace" else "namespace"
    traces = []
    for status, look in SYNC_MARKS.items():
        part = listed[listed["sync"] == status]
        if part.empty:
            continue
        counts = part[by].value_counts()
        details = part.groupby(by)[other].agg(lambda values: ", ".join(sorted(set(values))))
        traces.append({
            "type": "bar", "orientation": "h", "width": THICK, "name": look.name, "marker": look.style,
            "y": list(range(len(bars))),
            "x": [int(counts.get(one, 0)) for one in bars],
            "customdata": [[whole(one), whole(details.get(one, ""))] for one in bars],
            "hovertemplate": f"%{{customdata[0]}}: %{{x}} {look.word}<br>%{{customdata[1]}}<extra></extra>",
        })  # fmt: skip
    return traces


def _static(frame: pd.DataFrame, by: str, bars: list[str]) -> Static:
    counts = {one: dict(zip(part["sync"], part["objects"], strict=True)) for one, part in frame.groupby(by)}
    longest = max(sum(one.values()) for one in counts.values())
    rows = []
    for one in bars:
        found = [(SYNC_MARKS[status], counts[one][status]) for status in SYNC_MARKS if status in counts[one]]
        said = ", ".join(f"{look.name} {count}" for look, count in found)
        rows.append((named(text(one)), bar((look.colour, 100 * count / longest) for look, count in found), said))
    return Static(head=(by, "objects", ""), rows=tuple(rows))
