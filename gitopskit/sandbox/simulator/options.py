"""What a write request asks for besides its object: dry run, field manager, field validation, force.

References
----------
Kubernetes API concepts, "Dry-run", "Field validation"; "Server-Side Apply", "Field managers".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitopskit.sandbox.machinery.quote import quoted
from gitopskit.sandbox.machinery.request import Request, User
from gitopskit.sandbox.machinery.status import StatusError, bad_request
from gitopskit.sandbox.simulator.routing import Route, is_true

_LEVELS = {"": "Warn", "Ignore": "Ignore", "Warn": "Warn", "Strict": "Strict"}
_MANAGER_LIMIT = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One write: where to, by whom, and how.

    Parameters
    ----------
    now
        The server's time, as objects carry it.
    asked
        The options as they were given, for those who are told of the write.
    """

    route: Route
    user: User
    manager: str
    now: str
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False
    is_apply: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """Texts for ``Warning`` headers; grows while the request is worked on."""
        return self.route.warnings

    @property
    def is_patch(self) -> bool:
        """Whether the object in question was put together from a patch."""
        return self.route.verb == "patch"


def intent_of(route: Route, request: Request, user: User, now: str, *, kind: str) -> Intent:
    """Return what a write asks for.

    Parameters
    ----------
    kind
        ``CreateOptions``, ``UpdateOptions`` or ``PatchOptions``, for messages.

    Raises
    ------
    StatusError
        422 for options that make no sense.
    """
    query = request.query
    faults: list[tuple[str, str, str]] = []
    is_apply = kind == "PatchOptions" and "apply" in request.headers.get("content-type", "")
    manager = query.get("fieldManager", "")
    if is_apply and not manager:
        faults.append(("fieldManager", "FieldValueRequired", "Required value: is required for apply patch"))
    if "force" in query and kind == "PatchOptions" and not is_apply:
        faults.append(("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch"))
    faults.extend(_manager_faults(manager))
    if query.get("dryRun", "All") != "All":
        value = query["dryRun"]
        faults.append(("dryRun", "FieldValueNotSupported", f'Unsupported value: ["{value}"]: supported values: "All"'))
    if query.get("fieldValidation", "") not in _LEVELS:
        value = query["fieldValidation"]
        supported = '"", "Ignore", "Strict", "Warn"'
        faults.append(("fieldValidation", "FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {supported}'))
    if faults:
        raise _invalid(kind, faults)
    return Intent(
        route=route,
        user=user,
        manager=manager or _default_manager(request),
        now=now,
        dry_run="dryRun" in query,
        validation=_LEVELS[query.get("fieldValidation", "")],
        force=is_true(query.get("force")),
        is_apply=is_apply,
        asked=_asked(query),
    )


def _asked(query: Mapping[str, str]) -> dict[str, Any]:
    given = {name: query[name] for name in ("fieldManager", "fieldValidation") if query.get(name)}
    return ({"dryRun": [query["dryRun"]]} if "dryRun" in query else {}) | given


def _manager_faults(manager: str) -> list[tuple[str, str, str]]:
    if len(manager.encode()) > _MANAGER_LIMIT:
        return [("fieldManager", "FieldValueTooLong", f"Too long: may not be more than {_MANAGER_LIMIT} bytes")]
    for at, character in enumerate(manager):
        if not character.isprintable():
            why = f"invalid character U+{ord(character):04X} (at position {at})"
            return [("fieldManager", "FieldValueInvalid", f"Invalid value: {quoted(manager)}: {why}")]
    return []


def _default_manager(request: Request) -> str:
    return request.headers.get("user-agent", "").partition("/")[0][:_MANAGER_LIMIT] or "unknown"


def _invalid(kind: str, faults: list[tuple[str, str, str]]) -> StatusError:
    causes = [{"reason": reason, "message": message, "field": name} for name, reason, message in faults]
    shown = [f"{name}: {message}" for name, _, message in faults]
    text = shown[0] if len(shown) == 1 else "[" + ", ".join(shown) + "]"
    details = {"group": "meta.k8s.io", "kind": kind, "causes": causes}
    return StatusError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {text}', details)


def check_body_type(content_type: str, accepted: tuple[str, ...]) -> str:
    """Return the media type of a body.

    Raises
    ------
    StatusError
        415 for another one.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in accepted:
        raise StatusError(415, "UnsupportedMediaType", _unknown_format(accepted))
    return media


def _unknown_format(accepted: tuple[str, ...]) -> str:
    return "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)


def must_match(what: str, given: str, wanted: str) -> None:
    """Refuse a body whose identity differs from the path's (400)."""
    if given and given != wanted:
        raise bad_request(f"the {what} of the object ({given}) does not match the {what} on the URL ({wanted})")
