"""One object on all sides: what is it worth at a path, and who moved there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitopskit.model.changes import Change, FieldOwner
from gitopskit.model.differences import DifferenceClass, Witness
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.paths import FieldPath
from gitopskit.model.values import Sensitive
from gitopskit.planning.diff import is_same, value_at
from gitopskit.planning.managed import Entry, entries, is_ours, owns
from gitopskit.planning.sides import Commit, stored_texts
from gitopskit.schema.quantity import parse

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One object on all sides.

    Attributes
    ----------
    change
        Its row of the plan; None for an object that only the base or the last apply knows of.
    live
        The live object in just the state that was judged; None where there is none, or another reading was judged.
    """

    id: ObjectId
    change: Change | None
    live: Object | None
    head_at: Commit
    base_at: Commit
    applied_at: Commit

    @cached_property
    def head(self) -> Body | None:
        """What Git states at the plan's commit."""
        if self.change is not None and self.change.desired is not None:
            return stored_texts(self.change.desired.body)
        return self.head_at.body(self.id)

    @cached_property
    def base(self) -> Body | None:
        """What Git stated at the base; the very body of the head where nothing changed since."""
        return self._earlier(self.base_at)

    @cached_property
    def applied(self) -> Body | None:
        """What Git stated at the commit of the last apply."""
        return self.base if self.applied_at is self.base_at else self._earlier(self.applied_at)

    def _earlier(self, commit: Commit) -> Body | None:
        raw = commit.raw(self.id)
        return self.head if raw is not None and raw is self.head_at.raw(self.id) else commit.body(self.id)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Who holds which live fields."""
        return entries(self.live.body) if self.live is not None else ()

    @cached_property
    def ours(self) -> Entry | None:
        """What we last applied of it."""
        return next(filter(is_ours, self.entries), None)

    def owners(self, path: FieldPath) -> tuple[FieldOwner, ...]:
        """Return everybody who holds the live field at a path."""
        return tuple(entry.owner for entry in self.entries if owns(entry.fields, path))

    def head_value(self, path: FieldPath) -> Any:
        """Return what Git says at a path."""
        return value_at(self.head, path)

    def base_value(self, path: FieldPath) -> Any:
        """Return what Git said there at the base."""
        return value_at(self.base, path)

    def last_applied(self, path: FieldPath, live: Any, owners: tuple[FieldOwner, ...]) -> tuple[Any, Witness]:
        """Return what was last applied at a path, and where that is known from.

        Parameters
        ----------
        live, owners
            The value that is there, and who holds it.
        """
        if live is not None and any(map(is_we, owners)):
            return live, Witness.OWNED
        if self.applied is not None:
            return value_at(self.applied, path), Witness.COMMIT
        if self.ours is None and self.live is not None and self.live.remembered is not None:
            return value_at(stored_texts(self.live.remembered), path), Witness.ANNOTATION
        if self.ours is None and self.applied_at.is_known:
            return None, Witness.COMMIT
        return None, Witness.NOBODY

    def cause(self, path: FieldPath, live: Any, last: tuple[Any, Witness], *, is_drift: bool) -> DifferenceClass:
        """Return who moved at a path.

        Parameters
        ----------
        last
            As `last_applied` gives it.
        is_drift
            Whether the managed fields say that somebody set the field after us.
        """
        value, witness = last
        is_known = witness is not Witness.NOBODY
        head, base = self.head_value(path), self.base_value(path)
        git_moved = not is_same(head, base) if self.base_at.is_known else not means_same(head, value) if is_known else None
        if is_drift or witness is Witness.OWNED:
            return who_moved(git_moved, is_drift)
        if not is_known and not self.base_at.is_known:
            return who_moved(git_moved, None)
        before = value if is_known else base
        return who_moved(git_moved, before is not None and not means_same(before, live))


def who_moved(git_moved: bool | None, live_moved: bool | None) -> DifferenceClass:
    """Return the class of a difference; None stands for what nobody knows.

    If the live side stands where it was last applied, Git has moved, be it before the base.
    """
    if live_moved:
        return DifferenceClass.BOTH if git_moved else DifferenceClass.DRIFTED
    if git_moved or live_moved is False:
        return DifferenceClass.CHANGED_IN_GIT
    return DifferenceClass.DIFFERS


def is_we(owner: FieldOwner) -> bool:
    """Whether an owner is our own field manager, by an apply."""
    return is_ours(Entry(owner=owner, api_version="", fields={}))


def means_same(one: Any, other: Any) -> bool:
    """Whether two values are the same, or the same amount in two spellings."""
    if is_same(one, other):
        return True
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in (one, other)):
        return isinstance(one, Sensitive) and one == other
    try:
        return parse(one) == parse(other)
    except (ValueError, ArithmeticError):
        return False
