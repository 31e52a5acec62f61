"""A baseline on disk: which drift was accepted, until when and why.

The file holds digests instead of values, and its own id, so that one that was altered is recognised.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gitopskit.errors import BaselineError
from gitopskit.home import replace_file
from gitopskit.model.baseline import BASELINE_FORMAT, Accepted, Baseline
from gitopskit.model.canonical import to_plain
from gitopskit.model.ids import ObjectId

_NEXT = "look at the differences again, and accept what may stay"


def save(baseline: Baseline, path: Path | str) -> Path:
    """Write a baseline (mode 0600) and return its path.

    Raises
    ------
    BaselineError
        It cannot be written; an older file is left as it was.
    """
    target = Path(path)
    content = {"id": baseline.id, "baseline": to_plain(baseline)}
    try:
        replace_file(target, orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode() + "\n")
    except OSError as error:
        what = f"the baseline cannot be saved: {error.strerror}"
        raise BaselineError(what, where=str(target), next_step="name another place") from None
    return target


def load(path: Path | str) -> Baseline:
    """Read a baseline.

    Raises
    ------
    BaselineError
        It cannot be read, is no baseline of a format that this version knows, or was altered.
    """
    where = str(path)
    try:
        saved = orjson.loads(Path(path).read_bytes())
        baseline = _baseline(saved["baseline"])
    except OSError as error:
        raise BaselineError(f"the baseline cannot be read: {error.strerror}", where=where, next_step=_NEXT) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BaselineError("this is no baseline that this version can read", where=where, next_step=_NEXT) from None
    if saved.get("id") != baseline.id:
        raise BaselineError("the baseline was altered after it was saved", where=where, next_step=_NEXT)
    return baseline


def _baseline(saved: dict[str, Any]) -> Baseline:
    if saved["format"] != BASELINE_FORMAT:
        raise ValueError("another format")
    made_at, expires_at = (datetime.fromisoformat(saved[name]) for name in ("made_at", "expires_at"))
    if made_at.tzinfo is None or expires_at.tzinfo is None:
        raise ValueError("a moment without its time zone")
    fields = tuple(map(_accepted, saved["fields"]))
    reason, system, target = (_text(saved[name]) for name in ("reason", "system", "target"))
    return Baseline(reason=reason, made_at=made_at, expires_at=expires_at, system=system, target=target, fields=fields)


def _accepted(saved: dict[str, Any]) -> Accepted:
    live, head = (_text(saved[name]) for name in ("live", "head"))
    return Accepted(id=ObjectId(**saved["id"]), path=tuple(map(_text, saved["path"])), live=live, head=head)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
