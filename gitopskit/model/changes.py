"""One planned step on one object: what, why, which fields, against whom, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gitopskit.model.brief import brief, many
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.paths import FieldPath, render_path


class Action(StrEnum):
    """What an apply will do."""

    NO_OP = "no-op"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"

    @property
    def writes(self) -> bool:
        """Whether the system is written to."""
        return self not in (Action.NO_OP, Action.READ)


class ChangeClass(StrEnum):
    """What a person should look at before confirming; one change can be of several classes."""

    ADOPT = "adopt"
    RELEASE = "release"
    REMOVE_FIELD = "remove field"
    REMOVES_LAST_FINALIZER = "removes last finalizer"
    FORCE = "force"
    CANNOT_PREVIEW = "cannot preview"
    DRIFT = "drift"


class Method(StrEnum):
    """How a row was judged."""

    PREDICTED = "predicted"
    SERVER_DRY_RUN = "server dry-run"
    DRY_RUN_ELSEWHERE = "server dry-run in another namespace"
    SCHEMA = "checked by its schema"
    TOOL_PLAN = "tool's own plan"
    COMPARED = "compared"
    CANNOT_PREVIEW = "cannot preview"


class Confidence(StrEnum):
    """How sure a judgement is."""

    EXACT = "exact"
    SERVER = "predicted by the server"
    TOOL = "predicted by the tool"
    BEST_EFFORT = "best effort"
    NONE = "cannot be previewed"


class FieldAction(StrEnum):
    """What happens to one field."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOwner:
    """Who set a live field, as far as the system knows.

    Attributes
    ----------
    name
        Field manager, user or tool.
    operation
        How it was set ("Apply", "Update"); empty where the system does not tell.
    subresource
        Through which subresource ("scale", "status"); empty for the object itself.
    time
        When, in ISO 8601; empty where unknown.
    """

    name: str
    operation: str = ""
    subresource: str = ""
    time: str = ""

    def __str__(self) -> str:
        through = f" via {self.subresource}" if self.subresource else ""
        return f"{self.name} ({self.operation}{through})" if self.operation else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What happens to one field.

    Attributes
    ----------
    before, after
        Live and planned value; None where there is none. May be `Sensitive` or `UNKNOWN`.
    owners
        Who holds the live field now.
    """

    path: FieldPath
    action: FieldAction
    before: Any = None
    after: Any = None
    owners: tuple[FieldOwner, ...] = ()

    def __repr__(self) -> str:
        return brief(self, f"{self.action} {render_path(self.path)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field that somebody else owns with another value.

    Attributes
    ----------
    forced
        Whether the plan takes the field over; otherwise the apply is refused.
    """

    path: FieldPath
    owner: FieldOwner
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a row was judged and how sure that is."""

    method: Method
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One planned step on one object.

    Attributes
    ----------
    reason
        Why this action was chosen: for explaining, never for deciding.
    drift
        Whether the live object was changed behind our back since our last apply.
    fields
        One entry per field that the step adds, changes or removes. For a create, the fields that we state.
    conflicts
        Contested fields with their owners.
    problem
        Why the system will refuse this step; a plan with a problem cannot be applied.
    warnings
        What the system or the planner warns about.
    owner
        Evidence that another tool or controller manages the whole object; empty when none does.
    is_namespaced
        Whether the object lives in a namespace.
    uid, resource_version
        The live incarnation and state that this step is for; empty for a create.
    wave
        Steps of a lower wave come first (0, 1, 2, …).
    desired_digest
        Of a step: digest of the desired body; secrets enter by fingerprint. For a delete, of what the live object declares: its loss is
        approved.
    refers_to
        Of a delete: what the live object names among the others that the plan deletes; nothing of it but these names is kept.
    desired
        The desired object itself, never saved: a loaded plan renders its commit again.
    """

    id: ObjectId
    action: Action
    reason: str
    judgement: Judgement
    classes: frozenset[ChangeClass] = frozenset()
    drift: bool = False
    fields: tuple[FieldChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    problem: str = ""
    warnings: tuple[str, ...] = ()
    owner: str = ""
    is_namespaced: bool = True
    uid: str = ""
    resource_version: str = ""
    wave: int = 0
    origin: Origin | None = None
    api_version: str = ""
    desired_digest: str = ""
    refers_to: tuple[ObjectId, ...] = field(default=(), metadata={"optional": True})
    desired: Object | None = field(default=None, compare=False, metadata={"saved": False})

    @property
    def refused_conflicts(self) -> tuple[Conflict, ...]:
        """Conflicts that stop the apply."""
        return tuple(conflict for conflict in self.conflicts if not conflict.forced)

    def __repr__(self) -> str:
        marks = ("drift" if self.drift else "", "with a problem" if self.problem else "")
        return brief(self, f"{self.action} {self.id}", many(len(self.fields), "field"), *marks)
