"""What does the past of an object look like as data frames?"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gitopskit.model.history import Blame, Deed, FieldSource, Timeline
from gitopskit.model.paths import render_path
from gitopskit.views.words import value_text

_TEXT: Final = "str"
_MOMENT: Final = "datetime64[us, UTC]"
TIMELINE: Final = {
    "time": _MOMENT, "told_by": _TEXT, "actor": _TEXT, "what": _TEXT, "fields": _TEXT, "commit": _TEXT, "pull_request": _TEXT,
    "count": "int64",
}  # fmt: skip
BLAME: Final = {
    "agreement": _TEXT, "path": _TEXT, "desired": _TEXT, "author": _TEXT, "authored": _MOMENT, "commit": _TEXT, "subject": _TEXT,
    "pull_request": _TEXT, "origin": _TEXT, "known": "bool", "live": _TEXT, "owner": _TEXT, "operation": _TEXT, "time": _TEXT,
}  # fmt: skip


def to_timeline(timeline: Timeline) -> pd.DataFrame:
    """Return everything that happened to an object, one row each, newest first.

    Columns
    -------
    time : datetime64[us, UTC] — when, by the clock of whoever tells; NaT where nobody noted it.
    told_by : str — Git, ledger, managed fields, event, Argo CD, Helm, object. actor : str — author, field manager, user, controller.
    what : str — a few words. fields : str — the fields that it is about. commit, pull_request : str — as far as known.
    count : int64 — how often.
    """
    rows = [_deed_row(deed) for deed in timeline.deeds]
    return pd.DataFrame(rows, columns=list(TIMELINE)).astype(TIMELINE)


def to_blame(blame: Blame) -> pd.DataFrame:
    """Return who said so beside who did so, one row per field.

    Columns
    -------
    agreement : str — same, differs, Git only, live only. path : str — as kube-apiserver prints it.
    desired, live : str — the two values; secrets as a fixed mark, absent as empty.
    author, subject, pull_request, commit : str, authored : datetime64[us, UTC] — the commit since which Git says so; empty for a field
    that Git does not state. origin : str — ``file:line@commit``. known : bool — False where a shallow history ends there: the commit may
    be an older one. owner, operation, time : str — who holds the live field, how, and since when; several in one text.
    """
    return pd.DataFrame([_field_row(one) for one in blame.fields], columns=list(BLAME)).astype(BLAME)


def _deed_row(deed: Deed) -> list[Any]:
    fields = ", ".join(map(render_path, deed.fields))
    return [deed.at, deed.told_by.value, deed.actor, deed.what, fields, deed.commit, deed.pull_request, deed.count]


def _field_row(one: FieldSource) -> list[Any]:
    commit = one.commit
    said = [str(commit.author), commit.authored_at, commit.oid, commit.subject, one.pull_request] if commit else ["", None, "", "", ""]
    return [
        one.agreement.value, render_path(one.path), value_text(one.desired) if one.desired is not None else "", *said,
        one.origin.at(commit.oid) if one.origin and commit else "", one.is_known, value_text(one.live) if one.live is not None else "",
        ", ".join(dict.fromkeys(owner.name for owner in one.owners)), ", ".join(dict.fromkeys(owner.operation for owner in one.owners)),
        max((owner.time for owner in one.owners), default=""),
    ]  # fmt: skip
