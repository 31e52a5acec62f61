"""Which differences does a user not want to look at, and why?

A rule hides rows from a look, nothing else: what is planned and applied is the same with it and without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from gitopskit.errors import UsageError, plain
from gitopskit.model.changes import FieldOwner
from gitopskit.model.differences import HidingRule
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import FieldPath
from gitopskit.model.patterns import Pattern, covers, parse_pattern

ANYTHING = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """One rule of a user.

    Attributes
    ----------
    id
        A name of one's own, which the hidden rows carry.
    path
        The field, with everything below it, as it is printed; ``[*]`` is any item of a list and ``.*`` any field. Empty for all fields of
        `field_manager`.
    field_manager
        Only fields that this field manager holds; ``*`` and ``?`` as in a shell. Empty for whoever holds them.
    group, kind, namespace, name
        Of the objects; ``*`` and ``?`` as in a shell, everything by default. The core group is "".
    reason
        Why, for whoever reads it later.

    Raises
    ------
    UsageError
        It has no id, names neither a field nor a field manager, or its path cannot be read.
    """

    id: str
    path: str = ""
    field_manager: str = ""
    group: str = ANYTHING
    kind: str = ANYTHING
    namespace: str = ANYTHING
    name: str = ANYTHING
    reason: str = ""
    pattern: Pattern = field(init=False, repr=False, compare=False, metadata={"saved": False})

    def __post_init__(self) -> None:
        if not self.id:
            raise UsageError("an ignore rule needs an id", next_step='IgnoreRule(id="…", path="…")')
        if not self.path and not self.field_manager:
            what = f"the ignore rule {plain(self.id)} would hide whole objects"
            raise UsageError(what, next_step="name a path or a field manager")
        try:
            object.__setattr__(self, "pattern", parse_pattern(self.path) if self.path else ())
        except ValueError as error:
            what = f"the path of the ignore rule {plain(self.id)} cannot be read: {plain(str(error))}"
            raise UsageError(
                what, where=plain(self.path), next_step='write it as it is printed, odd names in quotes: .data["a.b"]'
            ) from None

    def matches(self, object_id: ObjectId, path: FieldPath, owners: Iterable[FieldOwner]) -> bool:
        """Whether the rule hides this field of this object."""
        if not path or not covers(self.pattern, path):
            return False
        wanted = (self.group, self.kind, self.namespace, self.name)
        if not all(one == ANYTHING or fnmatchcase(found, one) for found, one in zip(object_id.parts, wanted, strict=True)):
            return False
        return not self.field_manager or any(fnmatchcase(owner.name, self.field_manager) for owner in owners)

    @property
    def as_hiding(self) -> HidingRule:
        """The rule as it stands beside the built-in ones."""
        fields = self.path or "all fields"
        held = f" held by {self.field_manager}" if self.field_manager else ""
        group = f".{self.group}" if self.group not in ("", ANYTHING) else ""
        place = f"{self.kind}{group} {self.namespace}/{self.name}"
        return HidingRule(id=self.id, hides=f"{fields}{held} of {place}", why=self.reason, source="your rule")
