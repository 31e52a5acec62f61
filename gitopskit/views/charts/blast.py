"""What goes with what a plan deletes? A bar per kind, with what holds data set apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from gitopskit.errors import expect
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.blast import Loss, Through, blast
from gitopskit.views.charts.chart import Chart, Static, chart, named, nothing
from gitopskit.views.charts.look import (
    GREY,
    ORANGE,
    PINK,
    RED,
    SKY,
    THICK,
    Mark,
    height_of,
    label,
    layout,
    place,
    rows_axis,
    scale,
    whole,
)  # fmt: skip
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted

BARS_SHOWN: Final = 40
NAMED: Final = 8
HOLDS: Final = Mark(word="holds data", glyph="■", colour=RED, shape="x")
HANGS: Final = Mark(word="may hang on a finalizer", glyph="!", colour=ORANGE, shape="/")
PLANNED: Final = Mark(word="deleted by the plan", glyph="−", colour=SKY)
REPLACED: Final = Mark(word="replaced by the plan", glyph="±", colour=PINK, shape="+")
TAKEN: Final = Mark(word="taken along", glyph="›", colour=GREY, shape=".")
MARKS: Final = (HOLDS, HANGS, PLANNED, REPLACED, TAKEN)
BLAST: Final = {
    "kind": "str", "namespace": "str", "name": "str", "group": "str", "through": "str", "because": "str", "step": "str", "holds": "str",
    "finalizers": "str", "seen": "bool",
}  # fmt: skip


def blast_chart(plan: Plan, live: Snapshot) -> Chart:
    """Return a bar chart of everything that goes with the deletes and replaces of a plan, by kind.

    Parameters
    ----------
    live
        What is there: ``ws.live(everything=True)`` for the whole answer. What is not in it cannot be told.

    Columns
    -------
    One row per object that goes: kind, namespace, name, group : str. through : str — deleted or replaced by the plan, or with its owner,
    namespace, definition or claim. because : str — what takes it along. step : str — the step of the plan with which it begins. holds :
    str — the data that goes with it, empty where none is known. finalizers : str — what somebody else has to serve first. seen : bool —
    whether the live snapshot holds it.
    """
    expect(plan, Plan, "gk.blast_chart(ws.plan(prune=True), ws.live(everything=True))")
    expect(live, Snapshot, "gk.blast_chart(ws.plan(prune=True), ws.live(everything=True))")
    losses = blast(plan, live)
    frame = blast_frame(losses)
    title = "Blast radius"
    if not losses:
        return nothing(title, "The plan deletes and replaces nothing.", frame)
    by_kind: dict[str, list[Loss]] = defaultdict(list)
    for loss in losses:
        by_kind[loss.id.group_kind].append(loss)
    kinds = sorted(by_kind, key=lambda kind: (-sum(bool(loss.holds) for loss in by_kind[kind]), -len(by_kind[kind]), kind))
    shown = kinds[:BARS_SHOWN]
    left = f"; {counted(len(kinds) - BARS_SHOWN, 'further kind')} left out" if len(kinds) > BARS_SHOWN else ""
    design = layout(
        f"Blast radius: {_totals(losses)}",
        f"{_steps(losses)}; {_remark(losses, live)}{left}",
        height=height_of(len(shown), each=32),
        barmode="stack",
        showlegend=True,
        xaxis=scale("objects", dtick=1 if max(map(len, by_kind.values())) < 9 else None),
        yaxis=rows_axis(map(label, shown)),
    )
    return chart(_traces(by_kind, shown), design, frame=frame, static=_static(losses))


def blast_frame(losses: Sequence[Loss]) -> pd.DataFrame:
    """Return losses as a frame; columns as in `blast_chart`."""
    rows = [
        [
            loss.id.kind, loss.id.namespace, loss.id.name, loss.id.group, loss.through.value, str(loss.because or ""), str(loss.step),
            loss.holds, ", ".join(loss.finalizers), loss.is_seen,
        ]
        for loss in losses
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(BLAST)).astype(BLAST)


def mark_of(loss: Loss) -> Mark:
    """Return how a loss is drawn: the gravest thing that can be said of it."""
    if loss.holds:
        return HOLDS
    if loss.finalizers:
        return HANGS
    if loss.through.is_planned:
        return PLANNED if loss.through is Through.DELETE else REPLACED
    return TAKEN


def _totals(losses: Sequence[Loss]) -> str:
    holding = sum(bool(loss.holds) for loss in losses)
    go, hold = ("goes" if len(losses) == 1 else "go"), ("holds" if holding == 1 else "hold")
    return f"{counted(len(losses), 'object')} {go}, {holding:,} {hold} data"


def _steps(losses: Sequence[Loss]) -> str:
    counts = Counter(loss.through for loss in losses)
    words = ((Through.DELETE, "delete"), (Through.REPLACE, "replace"))
    steps = [counted(counts[through], word) for through, word in words if counts[through]]
    planned = counts[Through.DELETE] + counts[Through.REPLACE]
    return f"{' and '.join(steps)} {'takes' if planned == 1 else 'take'} {counted(len(losses) - planned, 'more object')} along"


def _remark(losses: Sequence[Loss], live: Snapshot) -> str:
    hidden = sum(not loss.is_seen for loss in losses)
    parts = ["as far as this live snapshot shows"]
    if hidden:
        parts.append(f"{hidden} of them {'is' if hidden == 1 else 'are'} not in it")
    if live.unreadable:
        parts.append(f"{counted(len(live.unreadable), 'part')} could not be read")
    return "; ".join(parts)


def _traces(by_kind: dict[str, list[Loss]], kinds: list[str]) -> list[dict[str, Any]]:
    traces = []
    for look in MARKS:
        parts = [[loss for loss in by_kind[kind] if mark_of(loss) is look] for kind in kinds]
        if not any(parts):
            continue
        traces.append({
            "type": "bar", "orientation": "h", "width": THICK, "name": f"{look.name} {sum(map(len, parts)):,}", "marker": look.style,
            "y": list(range(len(kinds))), "x": [len(part) for part in parts],
            "customdata": [_named(part) for part in parts],
            "hovertemplate": f"%{{x}} {look.word}<br>%{{customdata}}<extra></extra>",
        })  # fmt: skip
    return traces


def _named(losses: Sequence[Loss]) -> str:
    lines = [whole(f"{place(loss.id)}{f': {loss.holds}' if loss.holds else ''} ({loss.through})") for loss in losses[:NAMED]]
    more = [f"and {len(losses) - NAMED:,} more"] if len(losses) > NAMED else []
    return "<br>".join(lines + more)


def _static(losses: Sequence[Loss]) -> Static:
    """Return one row per loss, the gravest first."""
    ranked = sorted(losses, key=lambda loss: MARKS.index(mark_of(loss)))
    rows = []
    for loss in ranked:
        look = mark_of(loss)
        said = "; ".join(filter(None, [loss.holds, ", ".join(loss.finalizers), "not in the snapshot" if not loss.is_seen else ""]))
        why = f"{loss.through}{f': {place(loss.because)}' if loss.because else ''}"
        name = named(f"<b>{text(loss.id.kind)}</b>{text(place(loss.id).removeprefix(loss.id.kind))}")
        rows.append((look.name, name, text(why), text(said)))
    return Static(head=("", "object", "why it goes", ""), rows=tuple(rows), tight=2)
