"""What will be done, and everything the guards need to know that the world has not moved.

A plan is a value: it is made once, has an id (the digest of its canonical JSON), and is saved, loaded, shown and applied without
changing. The id covers every saved field, moments included; `content_digest` covers only what a person approves, so that the same
plan made again a minute later is recognised.

The trap that shaped it: a plan file can be edited, made by another version, or hold secrets. So it has a format version, readers
refuse what they do not know, the id is checked when it is read, and secrets are fingerprints in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from gitopskit.model.brief import ID_LENGTH, brief, tally
from gitopskit.model.canonical import digest
from gitopskit.model.changes import Action, Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import render_path
from gitopskit.model.snapshot import Inventory, SourceRef, Target, Unreadable

FORMAT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was looked at.

    Attributes
    ----------
    group_kinds
        ``Kind.group`` names; empty together with `everything`.
    namespaces
        Namespaces that were read; empty for cluster-scoped objects only.
    everything
        The whole system, for audits.
    inventory
        ``namespace/name`` of the inventory to read along; empty for none.
    """

    group_kinds: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    everything: bool = False
    inventory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How a plan is to be made.

    Attributes
    ----------
    namespace
        For namespaced objects that name none.
    prune
        Whether members of the inventory that are no longer desired are deleted.
    adopt
        Whether an inventory or object that another tool manages is taken over.
    force_drift
        Whether fields that were changed by hand (``kubectl edit``, ``scale``, …) on objects of our inventory are taken back.
        Fields that another tool applies, or a controller sets, are never taken by this.
    force_fields
        Further fields to take over, as ``"<object id>: <path>"``, exactly as the plan prints them.
    inventory
        Name of the inventory; empty for a name derived from the source.
    valid_for_s
        Seconds after which the plan is too old to be applied.
    only
        The objects whose steps are taken; every other step is left out. None for all of them.
    """

    namespace: str = "default"
    prune: bool = False
    adopt: bool = False
    force_drift: bool = True
    force_fields: tuple[str, ...] = ()
    inventory: str = ""
    valid_for_s: int = 1800
    only: tuple[ObjectId, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The frozen set of changes, with all that it was made from.

    Attributes
    ----------
    changes
        One per object of either side that the plan is about, no-ops included, in the order of execution.
    desired_digest
        Digest over all desired objects; applying a loaded plan renders the commit again and must find the same.
    unreadable
        What could not be read; nothing there is pruned.
    tool_plan
        A tool's own saved plan (path and digest) where there is one; that, exactly, is applied.
    created_at, expires_at
        Aware moments (UTC).
    """

    target: Target
    source: SourceRef
    scope: Scope
    options: PlanOptions
    changes: tuple[Change, ...]
    desired_digest: str
    created_at: datetime
    expires_at: datetime
    tool: str
    inventory: Inventory | None = None
    unreadable: tuple[Unreadable, ...] = ()
    warnings: tuple[str, ...] = ()
    tool_plan: str = ""
    format: int = FORMAT

    @cached_property
    def id(self) -> str:
        """SHA-256 of the canonical JSON, in hex: quote it to confirm."""
        return digest(self)

    @cached_property
    def content_digest(self) -> str:
        """Digest of what a person approves: target, source and steps, without moments and live versions."""
        return digest({"target": self.target, "commit": self.source.commit, "steps": [step_content(c) for c in self.steps]})

    @cached_property
    def steps(self) -> tuple[Change, ...]:
        """The changes that write."""
        return tuple(change for change in self.changes if change.action.writes and not self.leaves_out(change))

    @cached_property
    def left_out(self) -> tuple[Change, ...]:
        """The changes that would write, and that nobody chose."""
        return tuple(change for change in self.changes if self.leaves_out(change))

    @cached_property
    def problems(self) -> tuple[Change, ...]:
        """The changes that cannot be applied, but for those that are left out."""
        return tuple(change for change in self.changes if change.problem and not self.leaves_out(change))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do: no step, no problem, nothing left unjudged; what is left out does not count."""
        return not self.steps and not self.problems

    @property
    def counts(self) -> Mapping[Action, int]:
        """How many changes of each action, in the order of `Action`; what is left out does not count."""
        found = Counter(change.action for change in self.changes if not self.leaves_out(change))
        return {action: found[action] for action in Action if found[action]}

    def leaves_out(self, change: Change) -> bool:
        """Whether a change would write and was not chosen."""
        return self._chosen is not None and change.action.writes and change.id not in self._chosen

    @cached_property
    def _chosen(self) -> frozenset[ObjectId] | None:
        return None if self.options.only is None else frozenset(self.options.only)

    def __repr__(self) -> str:
        others = {"left out": len(self.left_out), "with a problem": len(self.problems), "unreadable": len(self.unreadable)}
        return brief(self, f"{self.id[:ID_LENGTH]} for {self.target.name}", tally(self.counts), tally(others))


def step_content(change: Change) -> dict[str, Any]:
    """Return what a person approves of one change: everything but the live version it was read at."""
    return {
        "id": change.id,
        "action": change.action,
        "fields": [(render_path(field.path), field.action, field.before, field.after) for field in change.fields],
        "conflicts": [(render_path(c.path), c.owner.name, c.owner.operation, c.forced) for c in change.conflicts],
        "desired": change.desired_digest,
        "problem": change.problem,
    }
