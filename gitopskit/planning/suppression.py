"""What is on the cluster, is not in Git, and is no reason to worry?

An apply leaves these fields as they are, and every tool hides them. Here each has a rule in one table, with the reason and the fact behind
it, and is counted. A rule that is switched off shows its rows with their own class.

The trap that shaped it: what somebody added by hand to an object looks like a default of the server, and no apply will ever take it away.
So it is told apart by who holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from gitopskit.model.changes import FieldOwner
from gitopskit.model.differences import HidingRule
from gitopskit.planning.ownership import is_by_hand

SERVER_METADATA_RULE: Final = "server-metadata"
STATUS_RULE: Final = "status"
DEFAULT_RULE: Final = "server-default"
OTHERS_RULE: Final = "other-manager"
BY_HAND_RULE: Final = "added-by-hand"
RELEASED_RULE: Final = "kept-by-others"
STORED_RULE: Final = "same-when-stored"
ARRIVED_RULE: Final = "already-live"
READ_ANEW_RULE: Final = "judged-on-another-reading"
BASELINE_RULE: Final = "baseline"

_SSA: Final = "Kubernetes, Server-Side Apply, field management"

BUILT_IN: Final = (
    HidingRule(
        id=BY_HAND_RULE, hides="live fields that Git does not state and somebody set with a tool for people",
        why="an apply leaves them, so no plan shows them: worth a look from time to time", source=_SSA,
    ),
    HidingRule(
        id=RELEASED_RULE, hides="live fields that Git no longer states and others hold, too", why="an apply only lets go of them",
        source=_SSA,
    ),
    HidingRule(
        id=OTHERS_RULE, hides="live fields that Git does not state and a controller or another tool holds",
        why="they are theirs to set, and an apply leaves them", source=_SSA,
    ),
    HidingRule(
        id=DEFAULT_RULE, hides="live fields that Git does not state and nobody holds",
        why="the server fills in what an object leaves out, and an apply leaves it", source="Kubernetes API conventions, defaulting",
    ),
    HidingRule(
        id=STORED_RULE, hides="fields that are spelled otherwise in Git", why="the server stores the same: 0.5 and 500m, empty and absent",
        source="the plan's own judgement of the object",
    ),
    HidingRule(
        id=ARRIVED_RULE, hides="fields that changed in Git since the base, and are live already", why="nothing is left to do",
        source="the plan's own judgement of the object",
    ),
    HidingRule(
        id=READ_ANEW_RULE, hides="whatever an object has besides what Git states",
        why="it was read in another version than Git states, or changed while it was judged",
        source="the plan's own judgement of the object",
    ),
    HidingRule(
        id=STATUS_RULE, hides="the status", why="it says what is observed, and is not declared",
        source="Kubernetes API conventions, spec and status",
    ),
    HidingRule(
        id=SERVER_METADATA_RULE, hides="managed fields, versions, uid and times in the metadata", why="the server keeps them itself",
        source="Kubernetes API conventions, metadata",
    ),
)  # fmt: skip
"""All rules that come with the package, those first whose rows are worth a look."""


def rule_for_live_only(owners: Sequence[FieldOwner], base: Any) -> str:
    """Return the rule that hides a live field which Git does not state and an apply leaves.

    Parameters
    ----------
    base
        What Git stated at the base; None for nothing.
    """
    if base is not None:
        return RELEASED_RULE
    if not owners:
        return DEFAULT_RULE
    return BY_HAND_RULE if any(_by_hand(owner.name, owner.operation) for owner in owners) else OTHERS_RULE


@lru_cache(maxsize=1024)
def _by_hand(name: str, operation: str) -> bool:
    return is_by_hand(FieldOwner(name=name, operation=operation))


def catalogue(extra: Mapping[str, HidingRule]) -> tuple[HidingRule, ...]:
    """Return all rules of one look: the built-in ones, then those of the user."""
    return (*BUILT_IN, *extra.values())
