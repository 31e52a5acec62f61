"""What was planned and applied here, over time? A bar per plan and per execution, the newest on top, in pieces by what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeAlias

import pandas as pd

from gitopskit.errors import UsageError, expect
from gitopskit.model.events import Outcome
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.views.charts.chart import Chart, Static, bar, chart, nothing
from gitopskit.views.charts.look import ACTION_MARKS, INK, OUTCOME_MARKS, THICK, height_of, label, layout, rows_axis, scale, whole
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted

LINES_SHOWN: Final = 40
HISTORY: Final = {
    "at": "str", "what": "str", "plan": "str", "steps": "int64", "drifted": "int64", "changed": "int64", "failed": "int64",
    "not_done": "int64", "ending": "str", "message": "str",
}  # fmt: skip
MARKS: Final = {one.value: look for marks in (ACTION_MARKS, OUTCOME_MARKS) for one, look in marks.items()}
_DONE: Final = (Outcome.CHANGED, Outcome.UNCHANGED)


class Remembers(Protocol):
    """Something with a history: a workspace."""

    @property
    def history(self) -> list[Plan | Report]:
        """What was planned and applied in this process, oldest first."""

    def ledger(self) -> list[dict[str, Any]]:
        """All executions on the target, oldest first."""


Remembered: TypeAlias = Plan | Report | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One plan or one execution.

    Attributes
    ----------
    pieces
        How many steps of which action (of a plan) or outcome (of an execution).
    ending
        "in sync" or "differs" of a plan; "proved", "applied, not proved" or "stopped" of an execution.
    """

    at: datetime
    is_execution: bool
    plan: str
    pieces: Mapping[str, int]
    ending: str
    drifted: int = 0
    message: str = ""

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return sum(self.pieces.values())


def history_chart(past: Remembers | Iterable[Remembered]) -> Chart:
    """Return a bar chart of plans and executions, the newest on top.

    Parameters
    ----------
    past
        A workspace: the plans that it made, and all executions on its target from the ledger. Or a list of plans, reports and entries of
        a ledger.

    Columns
    -------
    One row per plan or execution, oldest first: at : str — moment (UTC, ISO 8601). what : str — plan, apply. plan : str — id. steps,
    drifted : int64 — of a plan; what drifted is not recorded of an execution. changed, failed, not_done : int64 — steps of an execution;
    changed counts those, too, that nothing was left to do for. ending : str — in sync, differs; proved, applied, not proved, stopped.
    message : str — why it stopped.

    Raises
    ------
    UsageError
        Something in the list is none of these.
    """
    entries = sorted(map(entry_of, _listed(past)), key=lambda entry: entry.at)
    frame = history_frame(entries)
    title = "Plans and executions"
    if not entries:
        return nothing(title, "Nothing was planned or applied yet.", frame)
    shown = entries[-LINES_SHOWN:][::-1]
    most = max(1, *(entry.steps for entry in shown))
    design = layout(
        title,
        _subtitle(entries, len(shown)),
        height=height_of(len(shown), each=28),
        barmode="stack",
        showlegend=True,
        xaxis=scale("steps", range=[0, 1.35 * most], dtick=1 if most < 9 else None),
        yaxis=rows_axis(_moments(shown), title={"text": "moment (UTC)", "font": {"size": 13}}),
    )
    return chart([*_traces(shown), _endings(shown)], design, frame=frame, static=_static(shown))


def history_frame(entries: Sequence[Entry]) -> pd.DataFrame:
    """Return entries as a frame; columns as in `history_chart`."""
    rows = []
    for entry in entries:
        done, failed = (sum(entry.pieces.get(one, 0) for one in some) for some in (_DONE, (Outcome.FAILED,)))
        left = entry.steps - done - failed if entry.is_execution else 0
        what = "apply" if entry.is_execution else "plan"
        counts = [entry.steps, entry.drifted, done, failed, left]
        rows.append([entry.at.isoformat(), what, entry.plan, *counts, entry.ending, entry.message])
    return pd.DataFrame(rows, columns=list(HISTORY)).astype(HISTORY)


def _listed(past: Remembers | Iterable[Remembered]) -> list[Remembered]:
    if isinstance(past, Iterable):
        return list(past)
    if not callable(getattr(past, "ledger", None)):
        expect(past, Iterable, "gk.history_chart(ws)")
    return [*(noun for noun in past.history if isinstance(noun, Plan)), *past.ledger()]


def entry_of(noun: Remembered) -> Entry:
    """Return a plan, a report or an entry of a ledger as one line of the history."""
    if isinstance(noun, Plan):
        counts = {action.value: count for action, count in noun.counts.items() if action.writes}
        drifted = sum(change.drift for change in noun.changes)
        ending = "in sync" if noun.is_empty else "differs"
        return Entry(at=noun.created_at, is_execution=False, plan=noun.id, pieces=counts, ending=ending, drifted=drifted)
    if isinstance(noun, Report):
        at = noun.events[-1].at if noun.events else noun.plan.created_at
        return _execution(at, noun.plan.id, Counter(row.outcome.value for row in noun.rows), noun.stopped, is_proved=noun.is_proved)
    try:
        tally = Counter(Outcome(row["outcome"]).value for row in noun["rows"])
        at = datetime.fromisoformat(noun["at"]).astimezone(UTC)
        return _execution(at, str(noun["plan"]), tally, str(noun["stopped"]), is_proved=bool(noun["is_proved"]))
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            "this is no plan, no report and no entry of a ledger", next_step="hand over a workspace, or what ws.ledger() returns"
        ) from None


def _execution(at: datetime, plan: str, counts: Mapping[str, int], stopped: str, *, is_proved: bool) -> Entry:
    ending = "proved" if is_proved else "stopped" if stopped else "applied, not proved"
    return Entry(at=at, is_execution=True, plan=plan, pieces=dict(counts), ending=ending, message=stopped)


def _subtitle(entries: Sequence[Entry], shown: int) -> str:
    runs = [entry for entry in entries if entry.is_execution]
    endings = Counter(entry.ending for entry in runs)
    said = f"{counted(len(entries) - len(runs), 'plan')}, {counted(len(runs), 'execution')}"
    if runs:
        said += f" ({', '.join(f'{count} {ending}' for ending, count in endings.items())})"
    return said + (f"; the last {shown} shown" if shown < len(entries) else "")


def _moments(shown: Sequence[Entry]) -> list[str]:
    """Return what each line is called: when, and what; days are named where they change."""
    days = [f"{entry.at:%Y-%m-%d}" for entry in shown]
    named = [day if day != before else "" for before, day in zip(["", *days], days, strict=False)]
    named_as = ["<b>apply</b>" if entry.is_execution else "plan" for entry in shown]
    return [f"{day} {entry.at:%H:%M:%S} {what}".strip() for day, entry, what in zip(named, shown, named_as, strict=True)]


def _endings(shown: Sequence[Entry]) -> dict[str, Any]:
    """Return the words beside the bars."""
    glyphs = {"proved": "✓", "in sync": "✓", "differs": "~", "stopped": "✗", "applied, not proved": "!"}
    drift = [f", {entry.drifted} drifted" if entry.drifted else "" for entry in shown]
    words = [f" {glyphs[entry.ending]} {entry.ending}{more}" for entry, more in zip(shown, drift, strict=True)]
    return {
        "type": "scatter", "mode": "text", "x": [entry.steps for entry in shown], "y": list(range(len(shown))), "text": words,
        "textposition": "middle right", "textfont": {"color": INK}, "hoverinfo": "skip", "showlegend": False, "cliponaxis": False,
    }  # fmt: skip


def _traces(shown: Sequence[Entry]) -> list[dict[str, Any]]:
    traces = []
    for piece, look in MARKS.items():
        part = [(line, entry) for line, entry in enumerate(shown) if entry.pieces.get(piece)]
        if not part:
            continue
        traces.append({
            "type": "bar", "orientation": "h", "width": THICK, "name": look.name, "marker": look.style,
            "y": [line for line, _ in part], "x": [entry.pieces[piece] for _, entry in part],
            "customdata": [_hover(entry) for _, entry in part],
            "hovertemplate": f"%{{x}} {look.word}<br>%{{customdata}}<extra></extra>",
        })  # fmt: skip
    return traces


def _hover(entry: Entry) -> str:
    what = "execution of" if entry.is_execution else "plan"
    told = f"<br>{whole(entry.message)}" if entry.message else ""
    return f"{what} {label(entry.plan, 12)} at {entry.at:%Y-%m-%d %H:%M:%S} UTC: {entry.ending}{told}"


def _static(shown: Sequence[Entry]) -> Static:
    most = max(entry.steps for entry in shown) or 1
    rows = []
    for entry in shown:
        found = [(look, entry.pieces[piece]) for piece, look in MARKS.items() if entry.pieces.get(piece)]
        said = ", ".join(f"{look.name} {count}" for look, count in found)
        drift = f"; {entry.drifted} drifted" if entry.drifted else ""
        pieces = bar((look.colour, 100 * count / most) for look, count in found)
        what = "<b>apply</b>" if entry.is_execution else "plan"
        plan = f"<code>{text(entry.plan[:12])}</code>"
        rows.append((f"{entry.at:%Y-%m-%d %H:%M:%S}", what, plan, text(entry.ending), pieces, f"{said}{drift}"))
    return Static(head=("moment (UTC)", "", "plan", "ending", "steps", ""), rows=tuple(rows), tight=4)
