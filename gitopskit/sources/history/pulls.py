"""Which pull request does a commit name, and which one brought a commit to the trunk?

Forges write the number into the message when they merge, each in words of its own. It is a claim like every other word of a message: who
must know asks the forge.

References
----------
The messages that GitHub, GitLab, Gitea and Forgejo, Bitbucket and Azure DevOps write by default when they merge or squash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gitopskit.model.history import Commit

_MESSAGES: Final = (
    re.compile(r"\AMerge pull request (#\d{1,9})\b"),
    re.compile(r"\AMerge pull request '[^\n]*' \((#\d{1,9})\)"),
    re.compile(r"\AMerged? in [^\n]* \(pull request (#\d{1,9})\)"),
    re.compile(r"\AMerged PR (\d{1,9}):"),
    re.compile(r"\A[^\n]*\((#\d{1,9})\)[ \t]*(?:\n|\Z)"),
    re.compile(r"^See merge request [\w./-]*(!\d{1,9})\s*$", re.MULTILINE),
    re.compile(r"\A[^\n]*\((!\d{1,9})\)[ \t]*(?:\n|\Z)"),
)


def pull_request_of(message: str) -> str:
    """Return the number that a commit's message names (``#12``, ``!12``); empty where it names none.

    Examples
    --------
    >>> pull_request_of("Merge pull request #12 from ada/quota")
    '#12'
    >>> pull_request_of("Give the shop a quota (#7)")
    '#7'
    """
    for pattern in _MESSAGES:
        if found := pattern.search(message):
            return found[1] if found[1][0] in "#!" else f"#{found[1]}"
    return ""


def merges(commits: Mapping[str, Commit], head: str) -> dict[str, str]:
    """Return, for every commit that came to the trunk by a merge, the id of that merge.

    Parameters
    ----------
    commits
        By id, each before its parents.
    head
        The tip of the trunk. The first parent of each of its commits is the trunk as it was before.
    """
    trunk = _trunk(commits, head)
    on_trunk = frozenset(trunk)
    found: dict[str, str] = {}
    for merge in reversed(trunk):  # the oldest first: what an earlier merge brought is none of a later one's
        waiting = list(commits[merge].parents[1:])
        while waiting:
            oid = waiting.pop()
            if oid not in on_trunk and oid not in found:
                found[oid] = merge
                waiting.extend(commits[oid].parents)
    return found


def _trunk(commits: Mapping[str, Commit], head: str) -> list[str]:
    trunk, here = [head], commits[head]
    while here.parents:
        here = commits[here.parents[0]]
        trunk.append(here.oid)
    return trunk
