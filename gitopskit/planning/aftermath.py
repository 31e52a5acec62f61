"""What does a server still do to an object after it was merged, and is it then as it was before?

It spells amounts its own way, drops empty values of the kinds that it knows itself, and fills in defaults. Whatever else differs is a
change, or cannot be told from here.

The trap that shaped it: an empty value is dropped from one field and kept in the next, where it is a pointer, and no schema tells. An
empty list is dropped everywhere, an empty map where it may hold any name and we stated it before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitopskit.model.values import Sensitive
from gitopskit.planning.diff import is_same
from gitopskit.schema.quantity import canonicalise, parse
from gitopskit.schema.typed import item_text
from gitopskit.schema.types import Type

Held = Mapping[str, Any] | None
"""What we owned of a value, as FieldsV1; None where that cannot be told."""

_ABSENT: Final = object()
_DROPPED: Final = (
    "].value", "].readOnly", "].stdin", "].tty", "].workingDir", ".hostNetwork", ".hostPID", ".hostIPC", ".serviceAccountName",
    ".initialDelaySeconds", ".minReadySeconds", ".paused",
)  # fmt: skip
"""Where an empty scalar is dropped for sure, for it is no pointer; by the end of the path."""
_VOIDS: Final[tuple[Any, ...]] = ("", 0, False, [], {})
_FILLED_IN: Final[Mapping[str, Any]] = {
    ".ports.protocol": "TCP", ".fieldRef.apiVersion": "v1", ".volumeClaimTemplates.apiVersion": "v1",
    ".volumeClaimTemplates.kind": "PersistentVolumeClaim", ".volumeClaimTemplates.spec.volumeMode": "Filesystem",
    ".volumeClaimTemplates.status": {"phase": "Pending"},
}  # fmt: skip
"""What the server fills in that its schema does not tell, inside of values that are owned as one; by the end of the path."""
_POSITION: Final = re.compile(r"\[\d+\]")
_NUMBER_OR_TEXT: Final = [{"type": "string"}, {"type": "number"}]


class Verdict(StrEnum):
    """What a prediction says."""

    NO_OP = "no-op"
    CHANGE = "change"
    UNSURE = "unsure"


class Settled(Exception):  # noqa: N818 - the way out of a walk, not an error
    """A field that decides over the whole object."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """Compares a merged object with the one before.

    Attributes
    ----------
    is_built_in
        Whether the server itself knows the kind, and so drops what is empty; custom resources keep it.
    """

    is_built_in: bool

    def check(self, before: Any, after: Any, type_: Type, held: Held, path: str = "") -> None:
        """Return if the server makes of `after` what was there before.

        Raises
        ------
        Settled
            It makes something else of it, or that cannot be told.
        """
        if is_same(before, after):
            return
        if before is _ABSENT or (before is None and self.is_built_in):
            self._check_added(after, type_, held, path)
        elif after is _ABSENT:
            self._check_dropped(before, type_, path)
        elif isinstance(before, Mapping) and isinstance(after, Mapping):
            self._check_map(before, after, type_, held, path)
        elif isinstance(before, list) and isinstance(after, list):
            self._check_list(before, after, type_, held, path)
        else:
            _check_scalar(before, after, type_, path)

    def _check_map(self, before: Mapping[str, Any], after: Mapping[str, Any], type_: Type, held: Held, path: str) -> None:
        for name in {**before, **after}:
            below = None if held is None else held.get(f"f:{name}")
            self.check(before.get(name, _ABSENT), after.get(name, _ABSENT), type_.child(name), below, f"{path}.{name}")

    def _check_list(self, before: list[Any], after: list[Any], type_: Type, held: Held, path: str) -> None:
        if not after:
            raise Settled(Verdict.UNSURE, f"{path} would be empty, and may be filled in again")
        if len(before) != len(after):
            raise Settled(Verdict.CHANGE, f"{path} has {len(before)} items, and would have {len(after)}")
        for position, (one, other) in enumerate(zip(before, after, strict=True)):
            below = None if type_.is_atomic or held is None else held.get(item_text(one, type_))
            self.check(one, other, type_.element, below, f"{path}[{position}]")

    def _check_added(self, after: Any, type_: Type, held: Held, path: str) -> None:
        """Judge what is stated and not there."""
        if not any(is_same(after, void) for void in _VOIDS):
            raise Settled(Verdict.CHANGE, f"{path} is not there")
        is_bare = after == [] or (after == {} and held is not None and not type_.names) or path.endswith(_DROPPED)
        if not is_bare or not self.is_built_in:
            raise Settled(Verdict.UNSURE, f"{path} is not there, and would be empty")

    def _check_dropped(self, before: Any, type_: Type, path: str) -> None:
        """Judge what is there and no longer after a merge: inside of a value that is owned as one, the server may fill it in again."""
        bare = _POSITION.sub("", path)
        filled_in = [value for end, value in _FILLED_IN.items() if bare.endswith(end)] if self.is_built_in else []
        if not any(is_same(before, value) for value in [type_.default, *filled_in]):
            raise Settled(Verdict.UNSURE, f"{path} may be filled in again")


def _check_scalar(before: Any, after: Any, type_: Type, path: str) -> None:
    if is_quantity(type_):
        _check_quantity(before, after, path)
    elif type(before) is not type(after) or isinstance(before, Sensitive):
        raise Settled(Verdict.UNSURE, f"{path} is spelled in another type")
    elif not after:
        raise Settled(Verdict.UNSURE, f"{path} would be empty, and may be filled in again")
    else:
        raise Settled(Verdict.CHANGE, f"{path} differs")


def _check_quantity(before: Any, after: Any, path: str) -> None:
    try:
        if canonicalise(after) == before:
            return
        is_fine = parse(after) * 1000 % 1 != 0  # of some amounts the server keeps no more than thousandths
    except (TypeError, ValueError):
        is_fine = True
    raise Settled(Verdict.UNSURE if is_fine else Verdict.CHANGE, f"{path} is another amount")


def is_quantity(type_: Type) -> bool:
    """Whether a value of this type is an amount with a unit, which the server spells its own way."""
    schema = type_.schema
    is_bare = "type" not in schema and "format" not in schema
    return schema.get("format") == "quantity" or (is_bare and schema.get("oneOf") == _NUMBER_OR_TEXT)
