"""What has one environment that another has not, and whose work was an older state?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gitopskit.model.history import Commit, Revision
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import FieldPath
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import SourceRef


class Lack(StrEnum):
    """What the environment that is behind lacks."""

    MISSING = "missing"
    DIFFERS = "differs"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRow:
    """One field, or whole object, that is not the same.

    Attributes
    ----------
    id
        Its identity ahead; behind, where it is not there.
    path
        Empty for a whole object.
    ahead, behind
        What Git says on both sides.
    commit, pull_request
        Since when it is so ahead, and how it came there; None where that is unknown, or nothing is there.
    """

    id: ObjectId
    lack: Lack
    path: FieldPath = ()
    ahead: Any = None
    behind: Any = None
    commit: Commit | None = None
    pull_request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What would change behind, to be as ahead."""

    ahead: SourceRef
    behind: SourceRef
    rows: tuple[PromotionRow, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an older revision takes back of one object: a commit of somebody."""

    id: ObjectId
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A plan for an older revision, with the work that it undoes.

    Attributes
    ----------
    plan
        Like every other: shown, guarded, applied.
    undone
        The commits since, object by object, newest first.
    """

    plan: Plan = field(repr=False)
    undone: tuple[Undone, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def people(self) -> dict[str, int]:
        """How many objects of each author are set back."""
        found: dict[str, set[ObjectId]] = {}
        for one in self.undone:
            found.setdefault(str(one.revision.commit.author), set()).add(one.id)
        return {name: len(ids) for name, ids in found.items()}
