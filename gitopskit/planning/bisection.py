"""Since which commit does a check fail?

Halving asks few questions, and trusts that a check which fails once goes on failing. A commit that cannot be tried (it does not render, it
is refused) answers nothing; its neighbour is asked in its place, and if nobody can be asked any more, the answer is a range.

References
----------
git, ``git bisect`` and its ``skip``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gitopskit.model.bisection import Verdict

Item = TypeVar("Item")


def halve(items: Sequence[Item], ask: Callable[[Item], Verdict]) -> tuple[Item, ...]:
    """Return the items among which the first failure is.

    Parameters
    ----------
    items
        Oldest first; everything before them passes, and the last one fails.

    Returns
    -------
    One item where every question could be answered; the shortest range that is known otherwise.
    """
    untried: set[int] = set()
    passed, failed = -1, len(items) - 1
    while open_ := [at for at in range(passed + 1, failed) if at not in untried]:
        at = min(open_, key=lambda one: abs(2 * one - passed - failed))
        match ask(items[at]):
            case Verdict.PASSED:
                passed = at
            case Verdict.FAILED:
                failed = at
            case Verdict.UNTRIED:
                untried.add(at)
    return tuple(items[passed + 1 : failed + 1])
