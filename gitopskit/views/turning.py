"""What do a promotion, a rollback and a bisection look like as data frames?"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gitopskit.model.bisection import Bisection
from gitopskit.model.history import Commit
from gitopskit.model.paths import render_path
from gitopskit.model.promotion import Promotion, PromotionRow, Rollback, Undone
from gitopskit.views.words import value_text

_TEXT: Final = "str"
_MOMENT: Final = "datetime64[us, UTC]"
_ID: Final = {"kind": _TEXT, "namespace": _TEXT, "name": _TEXT, "group": _TEXT}
_COMMIT: Final = {"author": _TEXT, "committed": _MOMENT, "commit": _TEXT, "subject": _TEXT, "pull_request": _TEXT}
PROMOTION: Final = {"lack": _TEXT, **_ID, "path": _TEXT, "ahead": _TEXT, "behind": _TEXT, **_COMMIT}
ROLLBACK: Final = {"touch": _TEXT, **_ID, "fields": _TEXT, **_COMMIT}
BISECTION: Final = {"verdict": _TEXT, "why": _TEXT, "author": _TEXT, "committed": _MOMENT, "commit": _TEXT, "subject": _TEXT}


def to_promotion(promotion: Promotion) -> pd.DataFrame:
    """Return what one environment has that another has not, one row per field, or per object that one side has not at all.

    Columns
    -------
    lack : str — missing behind, differs, extra behind. kind, namespace, name, group : str — the object. path : str — the field; empty for
    a whole object. ahead, behind : str — the two values; absent as empty. author, commit, subject, pull_request : str,
    committed : datetime64[us, UTC] — since when it is so ahead; empty where that is unknown.
    """
    return _frame(PROMOTION, [_promotion_row(row) for row in promotion.rows])


def to_undone(rollback: Rollback) -> pd.DataFrame:
    """Return the work that an older revision undoes, one row per object and commit, newest first.

    Columns
    -------
    touch : str — created, changed, moved, deleted. kind, namespace, name, group : str — the object. fields : str — what the commit
    changed. author, commit, subject, pull_request : str, committed : datetime64[us, UTC] — whose work.
    """
    return _frame(ROLLBACK, [_undone_row(one) for one in rollback.undone])


def to_trials(bisection: Bisection) -> pd.DataFrame:
    """Return the commits that were tried, one row each, in the order of trial.

    Columns
    -------
    verdict : str — passed, failed, cannot be tried. why : str — what failed. author, commit, subject : str,
    committed : datetime64[us, UTC] — the commit.
    """
    return _frame(BISECTION, [[trial.verdict.value, trial.why, *_commit_row(trial.commit)] for trial in bisection.trials])


def _frame(columns: dict[str, str], rows: list[list[Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _promotion_row(row: PromotionRow) -> list[Any]:
    values = ("" if value is None else value_text(value) for value in (row.ahead, row.behind))
    return [row.lack.value, *_identity(row), render_path(row.path), *values, *_commit_row(row.commit), row.pull_request]


def _undone_row(one: Undone) -> list[Any]:
    fields = ", ".join(render_path(field.path) for field in one.revision.fields)
    return [one.revision.touch.value, *_identity(one), fields, *_commit_row(one.revision.commit), one.revision.pull_request]


def _identity(row: PromotionRow | Undone) -> list[str]:
    return [row.id.kind, row.id.namespace, row.id.name, row.id.group]


def _commit_row(commit: Commit | None) -> list[Any]:
    return [str(commit.author), commit.committed_at, commit.oid, commit.subject] if commit else ["", None, "", ""]
