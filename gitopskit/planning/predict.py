"""What would a server-side apply make of a live object, by its schema alone?

The structured-merge engine gives the merged object and who owns what in it. What a server does to that afterwards is told by
`gitopskit.planning.aftermath`, as far as it can be told from here; else the answer is "unsure".

The trap that shaped it: to predict a change wrongly costs one request, to predict that nothing changes wrongly costs the user's trust.
So nothing counts as unchanged unless every field of it, and its ownership, was accounted for.

References
----------
Kubernetes, "Server-Side Apply": merge strategy, field management, and what happens when nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopskit.planning.aftermath import Aftermath, Settled, Verdict
from gitopskit.planning.managed import FIELD_MANAGER, tells_ours
from gitopskit.schema import ownership
from gitopskit.schema.types import Type

_INT32: Final = 2**31


@dataclass(frozen=True, slots=True)
class Prediction:
    """What an apply would come to, and why that is so."""

    verdict: Verdict
    reason: str = ""


NO_OP: Final = Prediction(Verdict.NO_OP)


def predict(desired: Mapping[str, Any], live: Mapping[str, Any], type_: Type, *, is_built_in: bool) -> Prediction:
    """Say what an apply of `desired` by our field manager would come to, without force.

    Parameters
    ----------
    desired
        The object as it would be sent.
    live
        The object as the server gives it in the same version, with its managed fields.
    type_
        The server's own type of it.
    is_built_in
        Whether the server itself knows the kind, rather than by a definition (which may have changed since the object was written).
    """
    entries = (live.get("metadata") or {}).get("managedFields") or ()
    if reason := _why_unsure(desired, live, entries):
        return Prediction(Verdict.UNSURE, reason)
    ours: Mapping[str, Any] = next(filter(tells_ours, entries), {})
    write = ownership.Write(manager=FIELD_MANAGER, api_version=str(desired["apiVersion"]), time="", reconciles=not is_built_in)
    try:
        merged = ownership.apply(dict(live), dict(desired), type_, write).object
    except ownership.Conflicts as conflicts:
        return Prediction(Verdict.CHANGE, f"{conflicts.items[0].manager} owns a field with another value")
    except ValueError as error:
        return Prediction(Verdict.UNSURE, f"it does not fit its schema: {error}")
    if _owned(live) != _owned(merged):
        return Prediction(Verdict.CHANGE, "other fields are stated than before")
    try:
        Aftermath(is_built_in=is_built_in).check(_declared(live), _declared(merged), type_, ours.get("fieldsV1") or {})
    except Settled as settled:
        return Prediction(settled.verdict, settled.reason)
    return NO_OP


def _why_unsure(desired: Mapping[str, Any], live: Mapping[str, Any], entries: Any) -> str:
    if not entries:
        return "nobody keeps track of who owns what"
    if "status" in desired:
        return "it states a status"
    if any(item.get("apiVersion") != desired.get("apiVersion") for item in entries):
        return "somebody wrote it in another version"
    if live.get("kind") == "Secret" and ("stringData" in desired or any("f:stringData" in item.get("fieldsV1", ()) for item in entries)):
        return "a secret is stored otherwise than it is stated"
    return next((reason for value in _scalars(desired) if (reason := _odd(value))), "")


def _odd(value: Any) -> str:
    if value is None:
        return "it states a null"
    if isinstance(value, float):
        return "it states a number with a point"
    return "it states a large integer" if isinstance(value, int) and abs(value) >= _INT32 else ""


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from _scalars(item)
    else:
        yield value


def _owned(body: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Return who owns what, whenever that was."""
    return {
        (item.get("manager", ""), item.get("operation", ""), item.get("subresource", "")): item.get("fieldsV1")
        for item in body["metadata"].get("managedFields") or ()
    }


def _declared(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**body, "metadata": metadata}
