"""Since which commit does a check fail?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gitopskit.model.history import Commit


class Verdict(StrEnum):
    """What a trial came to."""

    PASSED = "passed"
    FAILED = "failed"
    UNTRIED = "cannot be tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One commit that was tried.

    Attributes
    ----------
    why
        What failed, or why it could not be tried.
    """

    commit: Commit
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """A search for the first commit that fails.

    Attributes
    ----------
    check
        What was checked.
    good
        The commit that passes, and that the search began after.
    suspects
        The commits among which the first failure is, oldest first: one where every trial had an answer.
    trials
        In the order in which they were made.
    pull_requests
        By commit id, how the suspects came to the trunk.
    """

    check: str
    good: Commit
    suspects: tuple[Commit, ...]
    trials: tuple[Trial, ...] = field(repr=False)
    pull_requests: dict[str, str] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.trials)
