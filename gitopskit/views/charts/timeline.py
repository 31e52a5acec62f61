"""When did what happen in an apply? Guards, waves, steps and proof along the seconds, side by side as they ran."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from gitopskit.errors import expect
from gitopskit.model.events import Outcome
from gitopskit.model.report import Report
from gitopskit.planning.timeline import BREAK_S, GUARDS, PROOF, Span, pauses, spans
from gitopskit.views.charts.chart import Chart, Static, bar, chart, named, nothing
from gitopskit.views.charts.look import INK, OUTCOME_MARKS, THICK, height_of, label, layout, place, rows_axis, scale, whole
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted

STEPS_SHOWN: Final = 40
THINNEST: Final = 0.004
"""The share of the whole time that the shortest span is drawn with."""
TIMELINE: Final = {
    "stage": "str", "name": "str", "kind": "str", "namespace": "str", "object": "str", "group": "str", "outcome": "str",
    "begin_s": "float64", "end_s": "float64", "seconds": "float64", "began_at": "str", "call": "int64", "message": "str",
}  # fmt: skip
_WELL: Final = (Outcome.CHANGED, Outcome.UNCHANGED, Outcome.PASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of the chart: a name, and the spans on it."""

    name: str
    parts: tuple[Span, ...]
    is_heading: bool = False


def timeline_chart(report: Report) -> Chart:
    """Return what happened in an apply along the time: guards, the steps wave by wave, and the proof.

    A step lasts from its intent to its outcome. Where there are many, those that went as expected are drawn on one line per kind.

    Columns
    -------
    One row per guard, step and proof: stage : str — guards, the wave, inventory or proof. name : str — guard or action. kind, namespace,
    object, group : str — the object of a step. outcome : str — changed, unchanged, failed, skipped, refused, unknown, passed, waived.
    begin_s, end_s, seconds : float64 — since the first event, and how long it took. began_at : str — moment (UTC, ISO 8601).
    call : int64 — in which call it happened, 1 for the first. message : str.
    """
    expect(report, Report, "gk.timeline_chart(ws.apply(plan, confirm=plan.id))")
    parts = spans(report)
    frame = timeline_frame(parts)
    title = f"Apply of plan {report.plan.id[:12]}"
    if not parts:
        return nothing(title, "No event was recorded.", frame)
    lines = _lines(parts)
    total = max(span.end_s for span in parts) or 0.001
    design = layout(
        title,
        _subtitle(parts, lines),
        height=height_of(len(lines), each=24),
        barmode="overlay",
        showlegend=True,
        xaxis=scale(f"seconds since {parts[0].began_at:%Y-%m-%d %H:%M:%S} UTC", range=[-total * 0.01, total * 1.3]),
        yaxis=rows_axis(f"<b>{line.name}</b>" if line.is_heading else line.name for line in lines),
        **_breaks(parts),
    )
    return chart(_traces(lines, total), design, frame=frame, static=_static(parts, total))


def timeline_frame(parts: Sequence[Span]) -> pd.DataFrame:
    """Return spans as a frame; columns as in `timeline_chart`."""
    rows = [
        [
            span.stage, span.name, *((span.id.kind, span.id.namespace, span.id.name, span.id.group) if span.id else ("", "", "", "")),
            span.outcome.value, span.begin_s, span.end_s, span.seconds, span.began_at.isoformat(), span.call, span.message,
        ]
        for span in parts
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(TIMELINE)).astype(TIMELINE)


def _subtitle(parts: Sequence[Span], lines: Sequence[_Line]) -> str:
    steps = [span for span in parts if span.stage not in (GUARDS, PROOF)]
    trouble = sum(span.outcome not in _WELL for span in steps)
    calls = max(span.call for span in parts)
    said = [
        counted(len(steps), "step"),
        f"{sum(max(one.end_s for one in call) - min(one.begin_s for one in call) for call in _by_call(parts)):.1f} s",
    ]
    if trouble:
        said.append(f"{trouble} not as expected")
    if calls > 1:
        said.append(f"in {calls} calls, the pauses between them cut out")
    if any(len(line.parts) > 1 and not line.is_heading and line.parts[0].id for line in lines):
        said.append("those as expected together by kind")
    return "; ".join(said)


def _by_call(parts: Sequence[Span]) -> list[list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    for span in parts:
        found[span.call].append(span)
    return list(found.values())


def _lines(parts: Sequence[Span]) -> list[_Line]:
    """Return the lines from top to bottom: a heading for each stage, and its steps below it."""
    stages: dict[str, list[Span]] = defaultdict(list)
    for span in parts:
        stages[span.stage].append(span)
    folds = sum(len(inside) for name, inside in stages.items() if name not in (GUARDS, PROOF)) > STEPS_SHOWN
    room = STEPS_SHOWN
    lines = []
    for stage in sorted(stages, key=lambda name: (name == PROOF, name != GUARDS)):
        lines.append(_Line(name=_heading(stage, stages[stage]), parts=tuple(stages[stage]), is_heading=True))
        if stage not in (GUARDS, PROOF):
            below = _folded(stages[stage], room) if folds else [_Line(name=_step(span), parts=(span,)) for span in stages[stage]]
            room -= sum(len(line.parts) == 1 for line in below)
            lines += below
    return lines


def _heading(stage: str, parts: Sequence[Span]) -> str:
    """Return what a stage is called; of guards with what they objected to."""
    counts = Counter(span.outcome for span in parts if span.outcome not in _WELL) if stage == GUARDS else Counter()
    return ", ".join([stage, *(f"{count} {OUTCOME_MARKS[outcome].name}" for outcome, count in counts.items())])


def _folded(steps: Sequence[Span], room: int) -> list[_Line]:
    """Return a line for each step that did not go as expected, while there is room, and one per kind for all others."""
    alone = [span for span in steps if span.outcome not in _WELL][: max(0, room)]
    kinds: dict[str, list[Span]] = defaultdict(list)
    taken = set(map(id, alone))
    for span in steps:
        if id(span) not in taken:
            kinds[span.id.kind if span.id else ""].append(span)
    together = [_Line(name=f"{label(kind)} × {len(inside):,}", parts=tuple(inside)) for kind, inside in kinds.items()]
    return together + [_Line(name=_step(span), parts=(span,)) for span in alone]


def _step(span: Span) -> str:
    return label(place(span.id) if span.id else span.name, 44)


def _breaks(parts: Sequence[Span]) -> dict[str, Any]:
    """Return the marks of where a pause between two calls was cut out."""
    shapes, notes = [], []
    for span in pauses(parts):
        at = span.begin_s - BREAK_S / 2
        shapes.append(
            {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": INK, "dash": "dash", "width": 1}}
        )
        notes.append({
            "x": at, "y": 0, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "showarrow": False, "font": {"color": INK},
            "text": f" call {span.call}, {span.began_at:%H:%M:%S}",
        })  # fmt: skip
    return {"shapes": shapes, "annotations": notes}


def _traces(lines: Sequence[_Line], total: float) -> list[dict[str, Any]]:
    placed = [(row, line, span) for row, line in enumerate(lines) if not _is_drawn_below(line) for span in _joined(line, total)]
    traces = [_extents(lines, total)]
    for outcome, look in OUTCOME_MARKS.items():
        part = [(row, line, span) for row, line, span in placed if span.outcome is outcome]
        if not part:
            continue
        traces.append({
            "type": "bar", "orientation": "h", "width": THICK, "name": f"{look.name} {len(part):,}", "marker": look.style,
            "y": [row for row, _, _ in part],
            "base": [span.begin_s for _, _, span in part],
            "x": [max(span.seconds, total * THINNEST) for _, _, span in part],
            "text": [_words(line, span) for _, line, span in part],
            "textposition": "outside", "cliponaxis": False, "constraintext": "none", "textfont": {"color": INK},
            "customdata": [_hover(span) for _, _, span in part],
            "hovertemplate": "%{customdata}<extra></extra>",
        })  # fmt: skip
    return [trace for trace in traces if trace["y"]]


def _joined(line: _Line, total: float) -> list[Span]:
    """Return the spans of a line; where it holds those of many steps, what overlaps is one, so that there are no more than can be seen."""
    if line.is_heading:
        return list(line.parts)
    joined: list[Span] = []
    for span in line.parts:
        before = joined[-1] if joined else None
        if before and before.outcome is span.outcome and before.call == span.call and span.begin_s <= before.end_s + total * THINNEST:
            joined[-1] = replace(before, end_s=max(before.end_s, span.end_s), id=None, message="", name=line.name)
        else:
            joined.append(span)
    return joined


def _is_drawn_below(line: _Line) -> bool:
    """Whether a heading's spans have lines of their own."""
    return line.is_heading and line.parts[0].stage not in (GUARDS, PROOF)


def _extents(lines: Sequence[_Line], total: float) -> dict[str, Any]:
    """Return thin bars that say from when to when a wave went on."""
    rows = [(row, line) for row, line in enumerate(lines) if _is_drawn_below(line)]
    edges = [(min(span.begin_s for span in line.parts), max(span.end_s for span in line.parts)) for _, line in rows]
    return {
        "type": "bar", "orientation": "h", "name": "wave", "showlegend": False, "width": 0.18, "marker": {"color": INK},
        "y": [row for row, _ in rows],
        "base": [begin for begin, _ in edges],
        "x": [max(end - begin, total * THINNEST) for begin, end in edges],
        "text": [f"{counted(len(line.parts), 'step')}, {end - begin:.2f} s" for (_, line), (begin, end) in zip(rows, edges, strict=True)],
        "textposition": "outside", "cliponaxis": False, "constraintext": "none", "textfont": {"color": INK}, "hoverinfo": "skip",
    }  # fmt: skip


def _words(line: _Line, span: Span) -> str:
    """Return what stands beside a bar: how long, and the word where something is wrong; nothing where bars stand close together."""
    if span.stage == GUARDS:
        return ""
    if span.outcome not in _WELL:
        return f"{OUTCOME_MARKS[span.outcome].name} {span.seconds:.2f} s"
    return f"{span.seconds:.2f} s" if len(line.parts) == 1 else ""


def _hover(span: Span) -> str:
    what = f"{span.name} {place(span.id)}" if span.id else f"{span.stage}: {span.name}" if span.name else span.stage
    told = f"<br>{whole(span.message)}" if span.message else ""
    return f"{whole(what)}<br>{OUTCOME_MARKS[span.outcome].name}, {span.seconds:.3f} s, from {span.begin_s:.3f} s on{told}"


def _static(parts: Sequence[Span], total: float) -> Static:
    rows = []
    for span in parts:
        look = OUTCOME_MARKS[span.outcome]
        pieces = bar([("transparent", 100 * span.begin_s / total), (look.colour, max(100 * span.seconds / total, 0.5))])
        rows.append((text(span.stage), named(text(place(span.id) if span.id else span.name)), look.name, f"{span.seconds:.2f} s", pieces))
    return Static(head=("stage", "object or guard", "outcome", "took", "when"), rows=tuple(rows), tight=4)
