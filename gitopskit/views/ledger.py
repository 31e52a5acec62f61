"""What do a binding, a strip and the ledger look like as data frames?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from gitopskit.errors import expect
from gitopskit.model.binding import Binding
from gitopskit.model.report import Report
from gitopskit.model.strip import Strip

_TEXT: Final = "str"
BINDING: Final = {"outcome": _TEXT, "level": _TEXT, "check": _TEXT, "found": _TEXT, "next_step": _TEXT}
SECTIONS: Final = {"standing": _TEXT, "name": _TEXT, "level": "int64", "cells": "int64", "found": _TEXT}
MEANWHILE: Final = {
    "what": _TEXT, "kind": _TEXT, "namespace": _TEXT, "name": _TEXT, "group": _TEXT, "by": _TEXT, "after_our_step": "bool",
}  # fmt: skip
LEDGER: Final = {
    "began_at": "datetime64[us, UTC]", "at": "datetime64[us, UTC]", "outcome": _TEXT, "who": _TEXT, "why": _TEXT, "ticket": _TEXT,
    "approved_by": _TEXT, "plan": _TEXT, "commit": _TEXT, "changed": "int64", "unchanged": "int64", "failed": "int64",
    "unknown": "int64", "waived": _TEXT, "operation": _TEXT, "place": _TEXT, "next_step": _TEXT, "message": _TEXT,
}  # fmt: skip
_OUTCOMES: Final = ("changed", "unchanged", "failed", "unknown")


def to_checks(binding: Binding) -> pd.DataFrame:
    """Return a binding as a frame, one row per check.

    Columns
    -------
    outcome : str — passed, failed, unknown. level : str — must, should, may. check, found, next_step : str — what was looked at, what
    was found, and what to do about it.
    """
    rows = ([row.outcome.value, row.level.value, row.name, row.found, row.next_step] for row in binding.rows)
    return pd.DataFrame(list(rows), columns=list(BINDING)).astype(BINDING)


def to_sections(strip: Strip) -> pd.DataFrame:
    """Return a strip as a frame, one row per section or plan.

    Columns
    -------
    standing : str — not run, running, ok, failed, applied, stale. name : str — the heading, or the plan. level : int64 — of the heading.
    cells : int64 — how many code cells. found : str — what is to be said of it.
    """
    rows = ([row.standing.value, row.name, row.level, len(row.cells), row.found] for row in strip.rows)
    return pd.DataFrame(list(rows), columns=list(SECTIONS)).astype(SECTIONS)


def to_meanwhile(report: Report) -> pd.DataFrame:
    """Return what moved while a plan was applied and no step meant, one row per object.

    Columns
    -------
    what : str — changed, appeared, gone. kind, namespace, name, group : str — identity. by : str — who did it, as far as the system tells.
    after_our_step : bool — whether a step of ours wrote the object first.
    """
    rows = ([one.what, one.id.kind, one.id.namespace, one.id.name, one.id.group, one.by, one.is_step] for one in report.meanwhile)
    return pd.DataFrame(list(rows), columns=list(MEANWHILE)).astype(MEANWHILE)


def to_ledger(entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what `Workspace.ledger` gives as a frame, one row per operation, oldest first.

    Columns
    -------
    began_at, at : datetime64[us, UTC] — when it began, and when it was over (not a time where nobody knows).
    outcome : str — applied, recorded (looked at again, nothing was written), refused, stopped, or open: nobody knows its end.
    who, why, ticket, approved_by : str — who acted and why, and who agreed.
    plan, commit, operation : str — ids. place : str — the notebook and the cell, where known.
    changed, unchanged, failed, unknown : int64 — steps by outcome.
    waived : str — guards that were set aside, with the reasons. next_step : str — how it goes on. message : str — why it stopped.
    """
    expect(entries, Iterable, "gk.to_ledger(ws.ledger())")
    listed = list(entries)
    for entry in listed:
        expect(entry, Mapping, "gk.to_ledger(ws.ledger())")
    frame = pd.DataFrame([_ledger_row(entry) for entry in listed], columns=list(LEDGER))
    for name in ("began_at", "at"):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame.astype(LEDGER)


def _ledger_row(entry: Mapping[str, Any]) -> list[Any]:
    steps = [row.get("outcome") for row in entry.get("rows", ())]
    waived = "; ".join(f"{name}: {reason}" for name, reason in (entry.get("waivers") or {}).items())
    commit = (entry.get("source") or {}).get("commit", "")
    outcome = _outcome(entry)
    return [
        entry["began_at"], entry.get("at"), outcome, entry.get("who", ""), entry.get("why", ""), entry.get("ticket", ""),
        (entry.get("approval") or {}).get("by", ""), entry.get("plan", ""), commit, *(steps.count(one) for one in _OUTCOMES), waived,
        entry.get("operation", ""), entry.get("place", ""), _next_step(outcome), entry.get("stopped", ""),
    ]  # fmt: skip


def _outcome(entry: Mapping[str, Any]) -> str:
    if entry.get("kind") == "opened":
        return "open"
    if any(guard.get("outcome") == "refused" for guard in entry.get("guards", ())):
        return "refused"
    if entry.get("stopped"):
        return "stopped"
    return "recorded" if entry.get("recorded_at") else "applied"


def _next_step(outcome: str) -> str:
    if outcome in ("open", "stopped"):
        return "the same call goes on where it stopped; the journal of the plan says how far it came"
    return ""
