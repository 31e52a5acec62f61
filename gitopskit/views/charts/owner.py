"""Who changed things behind Git's back? A bar per field manager, in pieces by kind."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gitopskit.errors import expect
from gitopskit.model.plan import Plan
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.views.charts.chart import Chart, Static, bar, chart, named, nothing
from gitopskit.views.charts.look import PALETTE, SHAPES, THICK, Mark, height_of, label, layout, rows_axis, scale, whole
from gitopskit.views.frames import to_fields
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted

NOBODY: Final = "(nobody: taken out)"
OTHER_KINDS: Final = "other kinds"
BARS_SHOWN: Final = 40
DRIFT: Final = {"owner": "str", "operation": "str", "kind": "str", "objects": "int64", "fields": "int64", "latest": "str"}


def owner_chart(plan: Plan) -> Chart:
    """Return a stacked bar chart of the drifted fields of a plan by who set them, and by kind.

    Of an object that was changed behind Git's back, the fields count that a plan would set back and somebody else than gitopskit holds.
    A field that nobody holds was taken out by somebody, or is new in Git.

    Columns
    -------
    One row per owner, operation and kind: owner, operation, kind : str. objects, fields : int64. latest : str — when a field of these was
    last set, as far as the system tells.
    """
    expect(plan, Plan, "gk.owner_chart(ws.plan())")
    frame = drift_by_owner(plan)
    title = "Drift by owner"
    if frame.empty:
        return nothing(title, "Nothing was changed behind Git's back.", frame)
    totals = frame.groupby("owner")["fields"].sum().sort_values(ascending=False, kind="stable")
    owners = list(totals.index[:BARS_SHOWN])
    hidden = len(totals) - len(owners)
    more = f"; {counted(hidden, 'owner')} with fewer fields left out" if hidden else ""
    said = f"{counted(int(totals.sum()), 'field')} of {counted(_objects(plan), 'drifted object')}{more}"
    shown = frame.assign(shown=_shown_kinds(frame))
    design = layout(
        title,
        said,
        height=height_of(len(owners), each=34),
        barmode="stack",
        showlegend=True,
        xaxis=scale("fields", dtick=1 if totals.iloc[0] < 9 else None),
        yaxis=rows_axis(map(label, owners)),
    )
    return chart(_traces(shown, owners), design, frame=frame, static=_static(shown, owners))


def drift_by_owner(plan: Plan) -> pd.DataFrame:
    """Return the drifted fields of a plan, counted by owner and kind; columns as in `owner_chart`."""
    fields = to_fields(plan)
    fields = fields[fields["drift"] & (fields["owner"] != FIELD_MANAGER)]
    named = fields["group"] + "/" + fields["namespace"] + "/" + fields["name"]
    fields = fields.assign(owner=fields["owner"].where(fields["owner"] != "", NOBODY), object=named)
    groups = fields.groupby(["owner", "operation", "kind"], sort=True)
    rows = [[*key, part["object"].nunique(), len(part), part["time"].max()] for key, part in groups]
    return pd.DataFrame(rows, columns=list(DRIFT)).astype(DRIFT)


def _objects(plan: Plan) -> int:
    return sum(change.drift for change in plan.changes)


def _shown_kinds(frame: pd.DataFrame) -> pd.Series[str]:
    """Return the kind as which each row is drawn: the most frequent ones by name."""
    ranked = frame.groupby("kind")["fields"].sum().sort_values(ascending=False, kind="stable").index
    named = set(ranked if len(ranked) <= len(PALETTE) else ranked[: len(PALETTE) - 1])
    return frame["kind"].where(frame["kind"].isin(named), OTHER_KINDS)


def _marks(frame: pd.DataFrame) -> dict[str, Mark]:
    kinds = list(frame.groupby("shown")["fields"].sum().sort_values(ascending=False, kind="stable").index)
    looks = zip(kinds, PALETTE, SHAPES, strict=False)
    return {kind: Mark(word=kind, glyph="", colour=colour, shape=shape) for kind, colour, shape in looks}


def _traces(frame: pd.DataFrame, owners: list[str]) -> list[dict[str, Any]]:
    traces = []
    for kind, look in _marks(frame).items():
        part = frame[frame["shown"] == kind]
        counts = part.groupby("owner")["fields"].sum()
        details = part.groupby("owner")[["operation", "objects", "latest"]].agg({"operation": "first", "objects": "sum", "latest": "max"})
        said = [_said(details.loc[[one]].iloc[0]) if one in details.index else "" for one in owners]
        traces.append({
            "type": "bar", "orientation": "h", "width": THICK, "name": label(kind), "marker": look.style,
            "y": list(range(len(owners))),
            "x": [int(counts.get(one, 0)) for one in owners],
            "customdata": [[whole(one), whole(kind), words] for one, words in zip(owners, said, strict=True)],
            "hovertemplate": "%{customdata[0]}: %{x} fields of %{customdata[1]}<br>%{customdata[2]}<extra></extra>",
        })  # fmt: skip
    return traces


def _said(row: pd.Series[Any]) -> str:
    how = f"{row['operation']}, " if row["operation"] else ""
    since = f", last at {row['latest']}" if row["latest"] else ""
    return whole(f"{how}{counted(int(row['objects']), 'object')}{since}")


def _static(frame: pd.DataFrame, owners: list[str]) -> Static:
    marks = _marks(frame)
    longest = frame.groupby("owner")["fields"].sum().max()
    rows = []
    for owner in owners:
        counts = frame[frame["owner"] == owner].groupby("shown")["fields"].sum()
        found = [(kind, int(counts[kind])) for kind in marks if kind in counts]
        said = ", ".join(f"{text(kind)} {count}" for kind, count in found)
        rows.append((named(text(owner)), bar((marks[kind].colour, 100 * count / longest) for kind, count in found), said))
    return Static(head=("owner", "fields", ""), rows=tuple(rows))
