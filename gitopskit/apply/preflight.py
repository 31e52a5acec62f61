"""Is everything as it must be before work begins? A table of small checks, each with a level, and what each found.

What a guard would stop anyway at the time of an apply is a *should* here: it is told early, and judged then. A *must* is what no guard
looks at, or what makes every answer worthless.

The trap that shaped it: a check that could not be made is no check that passed. An error is *unknown*, and an unknown must stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gitopskit.apply.subject import Subject
from gitopskit.errors import GitopskitError, UsageError
from gitopskit.model.binding import CheckRow, Level
from gitopskit.model.events import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    outcome: Outcome
    found: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One preflight check.

    Attributes
    ----------
    name
        What the row is called.
    level
        ``must``, ``should`` or ``may``.
    ask
        Looks at the subject (`target`, `desired`, `live`, `plan`, …) and says what it found; a plain true or false will do.

    Examples
    --------
    >>> Check(name="a quiet hour", level="must", ask=lambda subject: subject.now().hour < 6).level
    <Level.MUST: 'must'>
    """

    name: str
    level: Level
    ask: Callable[[Subject], Finding | bool]

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "level", Level(self.level))
        except ValueError:
            raise UsageError(f"a check has no level {self.level!r}", where=self.name, next_step="must, should or may") from None


def passed(found: str = "") -> Finding:
    """Return that it is as it must be."""
    return Finding(outcome=Outcome.PASSED, found=found)


def failed(found: str, next_step: str = "") -> Finding:
    """Return that it is not as it must be."""
    return Finding(outcome=Outcome.FAILED, found=found, next_step=next_step)


def unknown(found: str, next_step: str = "") -> Finding:
    """Return that it cannot be found out."""
    return Finding(outcome=Outcome.UNKNOWN, found=found, next_step=next_step)


def look(subject: Subject, checks: Iterable[Check]) -> tuple[CheckRow, ...]:
    """Make the checks, in order."""
    return tuple(_row(check, _ask(check, subject)) for check in checks)


def _ask(check: Check, subject: Subject) -> Finding:
    try:
        found = check.ask(subject)
    except GitopskitError as error:
        return unknown(error.what, error.next_step)
    except Exception as error:
        return unknown(f"the check itself failed ({type(error).__name__})", "correct the check")
    if isinstance(found, Finding):
        return found
    return passed() if found is True else failed("it does not hold")


def _row(check: Check, finding: Finding) -> CheckRow:
    return CheckRow(name=check.name, level=check.level, outcome=finding.outcome, found=finding.found, next_step=finding.next_step)
