"""Who agreed to just this plan, and how?

In a sandbox the plan id is enough, so that lessons run from top to bottom. On a named context a person types the short code that is
shown with the plan: made by chance, good for that plan in this process, once. A run without a person needs a file that names the
plan. In the shell, quoting the id is a person's act.
"""

from __future__ import annotations

import getpass
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gitopskit.errors import UsageError
from gitopskit.model.plan import Plan

PREFIX_LENGTH: Final = 12
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODES: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody's agreement to one plan.

    Attributes
    ----------
    plan_id
        The plan that was agreed to.
    by
        Who.
    how
        "plan id", "code", or "approval file".
    until
        When it ends; None for never.
    """

    plan_id: str
    by: str
    how: str
    until: datetime | None = None


def code_for(plan: Plan) -> str:
    """Return the short code to show with a plan: the same for the same plan, in this process."""
    if plan.id not in _CODES:
        letters = [secrets.choice(_LETTERS) for _ in range(6)]
        _CODES[plan.id] = f"{''.join(letters[:3])}-{''.join(letters[3:])}"
    return _CODES[plan.id]


def grant(plan: Plan, confirm: str | Path | None, *, accepts_id: bool) -> Approval | None:
    """Return the approval that a confirmation stands for; None where it confirms nothing.

    Parameters
    ----------
    confirm
        Plan id (or its first 12 characters), short code, or the path of an approval file.
    accepts_id
        Whether quoting the id is enough (sandbox, shell).

    Raises
    ------
    UsageError
        An approval file cannot be read, or the confirmation is no text at all.
    """
    if confirm is None:
        return None
    if not isinstance(confirm, str | Path):
        what = f"a confirmation is text, not {type(confirm).__name__}"
        raise UsageError(what, next_step="quote the plan's id or the code shown with it, or name an approval file")
    if isinstance(confirm, Path) or confirm.endswith(".json"):
        return _from_file(Path(confirm))
    word = confirm.strip()
    if accepts_id and len(word) >= PREFIX_LENGTH and plan.id.startswith(word.lower()):
        return Approval(plan_id=plan.id, by=person(), how="plan id")
    if plan.id in _CODES and secrets.compare_digest(word.upper().encode(), _CODES[plan.id].encode()):
        del _CODES[plan.id]
        return Approval(plan_id=plan.id, by=person(), how="code")
    return None


def person() -> str:
    """Return the user of this machine, by name where there is one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


def _from_file(path: Path) -> Approval:
    advice = '{"plan": "<id>", "by": "<name>", "until": "2030-01-31T12:00:00+00:00"}'
    try:
        found: Any = orjson.loads(path.read_bytes())
        until = datetime.fromisoformat(found["until"]) if found.get("until") else None
        if until is not None and until.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return Approval(plan_id=str(found["plan"]), by=str(found["by"]), how="approval file", until=until)
    except OSError as error:
        raise UsageError(f"the approval file cannot be read: {error.strerror}", where=str(path), next_step=advice) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError("this is no approval file", where=str(path), next_step=advice) from None
