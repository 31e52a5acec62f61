"""Which of the names that a definition asks for it gets, and what its status says of that.

Within a group a name belongs to the kind that had it first. A kind whose names are not all free is not served until they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]

_CHECKED = (
    ("plural", "PluralConflict", "resources"),
    ("singular", "SingularConflict", "resources"),
    ("shortNames", "ShortNamesConflict", "resources"),
    ("kind", "KindConflict", "kinds"),
    ("listKind", "ListKindConflict", "kinds"),
)


def condition(kind: str, reason: str, message: str, now: str, *, is_met: bool = True) -> dict[str, str]:
    """Return a condition of a definition's status."""
    return {"type": kind, "status": str(is_met), "lastTransitionTime": now, "reason": reason, "message": message}


def is_established(crd: Object) -> bool:
    """Whether the kind of a definition is served."""
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(item["type"] == "Established" and item["status"] == "True" for item in conditions)


def settle_names(crd: Object, others: Iterable[Object], now: str) -> dict[str, Any]:
    """Return the names that a definition gets beside the others of its group, and the conditions that say so."""
    wanted, before = crd["spec"]["names"], crd.get("status") or {}
    accepted = {name: value for name, value in (before.get("acceptedNames") or {}).items() if value}
    taken = _taken(others)
    answer = condition("NamesAccepted", "NoConflicts", "no conflicts found", now)
    for name, reason, where in _CHECKED:
        value = wanted.get(name)
        if clashing := _clashing(value, accepted.get(name), taken[where]):
            message = ", ".join(f'"{item}" is already in use' for item in clashing)
            answer = condition("NamesAccepted", reason, f"[{message}]" if len(clashing) > 1 else message, now, is_met=False)
        elif value:
            accepted[name] = value
        else:
            accepted.pop(name, None)
    accepted.pop("categories", None)
    if wanted.get("categories"):
        accepted["categories"] = wanted["categories"]
    return {
        "acceptedNames": {"plural": "", "kind": "", **accepted},
        "conditions": _with(before.get("conditions") or [], answer, now),
    }


def _taken(others: Iterable[Object]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"resources": set(), "kinds": set()}
    for crd in others:
        names = (crd.get("status") or {}).get("acceptedNames") or {}
        found["resources"] |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
        found["kinds"] |= {names.get("kind", ""), names.get("listKind", "")}
    return found


def _clashing(wanted: Any, own: Any, taken: set[str]) -> list[str]:
    names = wanted if isinstance(wanted, list) else [wanted]
    kept = own if isinstance(own, list) else [own]
    return [name for name in names if name and name not in kept and name in taken]


def _with(conditions: list[dict[str, Any]], answer: dict[str, str], now: str) -> list[dict[str, Any]]:
    """Return conditions with what is newly known of the names, and with whether the kind is served."""
    known = {item["type"]: item for item in conditions}
    served = known.get("Established") or condition("Established", "NotAccepted", "not all names are accepted", now, is_met=False)
    if answer["status"] == "True" and served["status"] != "True":
        served = condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now)
    earlier = known.get("NamesAccepted")
    if earlier and all(earlier[name] == answer[name] for name in ("status", "reason", "message")):
        answer = earlier
    return [answer, served, *(item for item in conditions if item["type"] not in ("NamesAccepted", "Established"))]
