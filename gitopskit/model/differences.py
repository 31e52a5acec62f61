"""Where do Git and the live system disagree, field by field, who moved, and what is not shown?

One row has four columns of truth: Git at a base, Git at the plan's commit, live, and last applied. What is hidden is a row as well, with
the rule that hides it; a rule can be switched off, and its rows are shown with their own class again. They are made by
`gitopskit.planning.differences`.

The trap that shaped it: a difference that a tool leaves out is taken for one that is not there. So nothing is dropped, only hidden, and how
much is hidden is told with whatever is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gitopskit.errors import UsageError, plain
from gitopskit.model.brief import brief, tally
from gitopskit.model.changes import FieldOwner, Judgement
from gitopskit.model.history import Commit
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Origin
from gitopskit.model.paths import FieldPath, render_path
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import SourceRef


class DifferenceClass(StrEnum):
    """Who moved.

    `LIVE_ONLY` and `SAME_WHEN_STORED` are what an apply leaves as it is: hidden until their rule is switched off.
    """

    CHANGED_IN_GIT = "changed in Git"
    DRIFTED = "drifted"
    BOTH = "both"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"
    LIVE_ONLY = "live only"
    SAME_WHEN_STORED = "same when stored"
    SUPPRESSED = "suppressed"


class Severity(StrEnum):
    """How soon somebody should look, most urgent first; the table is in `gitopskit.planning.severity`."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class SyncStatus(StrEnum):
    """How the whole object of a row stands."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    MISSING = "Missing"
    EXTRA = "Extra"
    UNREADABLE = "Unreadable"


class Witness(StrEnum):
    """Where the last applied value is known from."""

    OWNED = "we still own it"
    COMMIT = "commit of the last apply"
    ANNOTATION = "kubectl's annotation"
    NOBODY = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field on which the sides do not agree.

    Attributes
    ----------
    path
        The field; empty where the whole object is missing, extra or unreadable.
    base, head
        What Git said at the base, and says at the plan's commit; None where it says nothing. Where `path` is empty, what Git states in all.
    live, last_applied
        What is there, and what was last applied; None where there is nothing, or `witness` is `NOBODY`. Secrets are `Sensitive`.
    witness
        Where `last_applied` is known from.
    planned
        What an apply would make of it, as the system stores it; may be `UNKNOWN`. The live value where it leaves the field alone.
    cause
        Who moved, whether the row is shown or not.
    rule
        The rule that hides the row; empty for one that is always shown.
    owners
        Who holds the live field.
    commit, pull_request
        The commit that last moved the field in Git, and how it came to the trunk; None where nobody looked, or history does not tell.
    """

    id: ObjectId
    path: FieldPath
    cause: DifferenceClass
    sync: SyncStatus
    severity: Severity
    judgement: Judgement
    base: Any = None
    head: Any = None
    live: Any = None
    last_applied: Any = None
    witness: Witness = Witness.NOBODY
    planned: Any = None
    rule: str = ""
    owners: tuple[FieldOwner, ...] = ()
    origin: Origin | None = None
    commit: Commit | None = None
    pull_request: str = ""

    def __repr__(self) -> str:
        return brief(self, f"{self.cause} {self.id} {render_path(self.path)}".rstrip(), f"hidden by {self.rule}" if self.rule else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class HidingRule:
    """What hides rows.

    Attributes
    ----------
    id
        What its rows name.
    hides
        Which rows, in a few words.
    why
        Why they are not shown.
    source
        The fact behind it, or whose rule it is.
    """

    id: str
    hides: str
    why: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """All rows of one look, shown and hidden.

    Attributes
    ----------
    rows
        In the order of the plan.
    rules
        The rules that hide some of them.
    switched_off
        Rules whose rows are shown nevertheless.
    plan
        What an apply would do about it; names the target, the source, and what could not be read.
    base
        Where the base column is from; None where there is none.
    warnings
        What a person should know, one sentence each.
    """

    plan: Plan
    rows: tuple[Difference, ...]
    rules: tuple[HidingRule, ...] = ()
    switched_off: frozenset[str] = frozenset()
    base: SourceRef | None = None
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(not self.is_hidden(row) for row in self.rows)

    def __iter__(self) -> Iterator[Difference]:
        """Yield the rows that are shown."""
        return (row for row in self.rows if not self.is_hidden(row))

    def is_hidden(self, row: Difference) -> bool:
        """Whether a rule hides the row."""
        return bool(row.rule) and row.rule not in self.switched_off

    def class_of(self, row: Difference) -> DifferenceClass:
        """Return the class of a row as it is looked at now: that of a hidden row is `SUPPRESSED`."""
        return DifferenceClass.SUPPRESSED if self.is_hidden(row) else row.cause

    @property
    def counts(self) -> Mapping[DifferenceClass, int]:
        """How many shown rows of each class."""
        found = Counter(row.cause for row in self)
        return {one: found[one] for one in DifferenceClass if found[one]}

    @property
    def hidden(self) -> Mapping[str, int]:
        """How many rows each rule hides."""
        found = Counter(row.rule for row in self.rows if self.is_hidden(row))
        return {rule.id: found[rule.id] for rule in self.rules if found[rule.id]}

    def show(self, *rules: str) -> Differences:
        """Return the same with these rules switched off; without arguments, with all of them.

        Raises
        ------
        UsageError
            There is no such rule.
        """
        known = {rule.id for rule in self.rules}
        if strange := sorted(set(rules) - known):
            raise UsageError(f"no rule is called {plain(strange[0])!r}", next_step=f"one of {', '.join(sorted(known))}")
        return replace(self, switched_off=self.switched_off | (frozenset(rules) or known))

    def __repr__(self) -> str:
        shown = tally(self.counts) or "nothing differs"
        return brief(self, f"of {self.plan.target.name}", shown, tally({"hidden": sum(self.hidden.values())}))
