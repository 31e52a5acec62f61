"""What do differences look like as data frames?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from gitopskit.model.differences import Difference, Differences, Severity
from gitopskit.model.paths import render_path
from gitopskit.views.telling import value_of

_TEXT: Final = "str"
SEVERITY: Final = pd.CategoricalDtype([one.value for one in reversed(Severity)], ordered=True)
"""So that ``severity >= "high"`` asks for what is at least that urgent, and the greatest is the most urgent one."""
DIFFERENCES: Final[dict[str, Any]] = {
    "class": _TEXT, "sync": _TEXT, "severity": SEVERITY, "kind": _TEXT, "namespace": _TEXT, "name": _TEXT, "group": _TEXT, "path": _TEXT,
    "base": _TEXT, "head": _TEXT, "live": _TEXT, "last_applied": _TEXT, "last_applied_from": _TEXT, "planned": _TEXT, "owner": _TEXT,
    "operation": _TEXT, "time": _TEXT, "method": _TEXT, "confidence": _TEXT, "rule": _TEXT, "origin": _TEXT,
    "author": _TEXT, "commit": _TEXT, "subject": _TEXT, "pull_request": _TEXT,
}  # fmt: skip
RULES: Final = {"rule": _TEXT, "hidden": "int64", "shown": "int64", "hides": _TEXT, "why": _TEXT, "source": _TEXT}


def to_differences(differences: Differences) -> pd.DataFrame:
    """Return differences as a frame, one row per field that is shown; `Differences.show` shows the hidden ones, too.

    Columns
    -------
    class : str — who moved: changed in Git, drifted, both, differs (nobody knows), unreadable; live only and same when stored for rows
        of a rule that is switched off.
    sync : str — how the object stands: Synced, OutOfSync, Missing, Extra, Unreadable.
    severity : category, ordered — low, medium, high, critical: ``severity >= "high"``.
    kind, namespace, name, group : str — the object. path : str — the field, as kube-apiserver prints it; empty for the whole object.
    base, head, live, last_applied : str — the four values; secrets as a fixed mark, a whole object as ``(object)``, absent as empty.
    last_applied_from : str — where that is known from; ``unknown`` tells an unknown value from an absent one.
    planned : str — what an apply would make of it, in the system's own spelling.
    owner, operation, time : str — who holds the live field, how, and the latest time; several in one text.
    method, confidence : str — how the object was judged, and how sure that is.
    rule : str — the rule that would hide the row; empty for one that is always shown.
    origin : str — ``file:line@commit``.
    author, commit, subject, pull_request : str — who last moved the field in Git; empty where nobody looked, or history does not tell.
    """
    commit = differences.plan.source.commit
    rows = [_row(row, differences.class_of(row).value, commit) for row in differences]
    return pd.DataFrame(rows, columns=list(DIFFERENCES)).astype(DIFFERENCES)


def to_rules(differences: Differences) -> pd.DataFrame:
    """Return the rules of one look, one row per rule.

    Columns
    -------
    rule : str — its id. hidden, shown : int64 — how many rows it hides, and how many it would hide if it were not switched off.
    hides, why, source : str — which rows, why, and the fact behind it or whose rule it is.
    """
    hidden = differences.hidden
    shown = _count_shown(differences)
    rows = [[one.id, hidden.get(one.id, 0), shown.get(one.id, 0), one.hides, one.why, one.source] for one in differences.rules]
    return pd.DataFrame(rows, columns=list(RULES)).astype(RULES)


def _row(row: Difference, name: str, commit: str) -> list[Any]:
    values = (row.base, row.head, row.live, row.last_applied)
    return [
        name, row.sync.value, row.severity.value, row.id.kind, row.id.namespace, row.id.name, row.id.group, render_path(row.path),
        *(value_of(row, value) for value in values), row.witness.value, value_of(row, row.planned),
        ", ".join(dict.fromkeys(owner.name for owner in row.owners)), ", ".join(dict.fromkeys(owner.operation for owner in row.owners)),
        max((owner.time for owner in row.owners), default=""), row.judgement.method.value, row.judgement.confidence.value, row.rule,
        row.origin.at(commit) if row.origin else "", *_said_by(row),
    ]  # fmt: skip


def _said_by(row: Difference) -> tuple[str, str, str, str]:
    commit = row.commit
    return (str(commit.author), commit.oid, commit.subject, row.pull_request) if commit else ("", "", "", "")


def _count_shown(differences: Differences) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for row in differences:
        if row.rule:
            found[row.rule] = found.get(row.rule, 0) + 1
    return found
