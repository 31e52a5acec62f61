"""How the API says no: ``Status`` objects with the code, reason, message and details that kube-apiserver gives.

Clients decide by `reason` and by `details.causes`; people read `message`. Both are kept as the real server words them, because
kubectl prints the one and its retry logic reads the other.

References
----------
Kubernetes API conventions, "Response Status Kind".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gitopskit.sandbox.machinery.quote import quoted
from gitopskit.sandbox.machinery.request import Response, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason among several why an object was refused."""

    reason: str
    message: str
    field: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the cause as the API writes it."""
        shown = {"reason": self.reason, "message": self.message}
        return shown | {"field": self.field} if self.field else shown


class StatusError(Exception):
    """A refusal that becomes a ``Status`` answer."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = {} if details is None else details
        self.metadata: dict[str, Any] = {}

    def to_json(self) -> dict[str, Any]:
        """Return the ``Status`` object."""
        status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure"}
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details or self.reason in _ALWAYS_DETAILED or self.message.startswith(("406", "415", "the server rejected our request")):
            status["details"] = self.details
        return status | {"code": self.code}

    def to_response(self) -> Response:
        """Return the HTTP answer."""
        headers = (("retry-after", str(self.details["retryAfterSeconds"])),) if "retryAfterSeconds" in self.details else ()
        return Response(status=self.code, body=encode(self.to_json()), headers=headers)


_ALWAYS_DETAILED = {"NotFound", "MethodNotAllowed", "Forbidden"}


def qualified(group: str, resource: str) -> str:
    """Return ``resource.group`` as messages print it."""
    return f"{resource}.{group}" if group else resource


def success(name: str, group: str, kind: str, uid: str) -> dict[str, Any]:
    """Return the ``Status`` that a finished deletion answers with."""
    details = _details(name, group, kind) | ({"uid": uid} if uid else {})
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def not_found(group: str, resource: str, name: str) -> StatusError:
    """404 for an object."""
    return StatusError(404, "NotFound", f"{qualified(group, resource)} {quoted(name)} not found", _details(name, group, resource))


def no_such_path() -> StatusError:
    """404 for a resource that is not served."""
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def method_not_allowed() -> StatusError:
    """405 for a verb that the resource does not have."""
    return StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def already_exists(group: str, resource: str, name: str, *, is_going: bool = False) -> StatusError:
    """409 for a create of something that is there, maybe not for long."""
    message = f"{'object is being deleted: ' if is_going else ''}{qualified(group, resource)} {quoted(name)} already exists"
    return StatusError(409, "AlreadyExists", message, _details(name, group, resource))


def conflict(group: str, resource: str, name: str, why: str) -> StatusError:
    """409 for a write against another state than the stored one."""
    message = f"Operation cannot be fulfilled on {qualified(group, resource)} {quoted(name)}: {why}"
    return StatusError(409, "Conflict", message, _details(name, group, resource))


def apply_conflict(message: str, causes: Iterable[Cause]) -> StatusError:
    """409 for fields that other appliers own."""
    return StatusError(409, "Conflict", message, {"causes": [cause.to_json() for cause in causes]})


def bad_request(message: str) -> StatusError:
    """400 for what cannot be understood."""
    return StatusError(400, "BadRequest", message)


def forbidden(group: str, resource: str, name: str, why: str) -> StatusError:
    """403 for what admission or authorization does not let through."""
    target = f"{qualified(group, resource)} {quoted(name)}" if name else qualified(group, resource)
    return StatusError(403, "Forbidden", f"{target} is forbidden: {why}", _details(name, group, resource))


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> StatusError:
    """422 for an object that breaks the rules of its kind."""
    shown = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes]
    text = shown[0] if len(shown) == 1 else "[" + ", ".join(shown) + "]"
    details = _details(name, group, kind) | {"causes": [cause.to_json() for cause in causes]}
    return StatusError(422, "Invalid", f"{qualified(group, kind)} {quoted(name)} is invalid: {text}", details)


def gone(message: str, metadata: dict[str, Any] | None = None) -> StatusError:
    """410 for a resource version that is too old to go on from."""
    error = StatusError(410, "Expired", message)
    error.metadata = metadata or {}
    return error


def unsupported_patch() -> StatusError:
    """415 for a patch in a format that is not taken."""
    return StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type")


def not_acceptable(accepted: str) -> StatusError:
    """406 for an answer in a format that is not made."""
    return StatusError(406, "NotAcceptable", f"406: Not Acceptable\n\nAvailable representations: {accepted}")


def too_large(limit_bytes: int) -> StatusError:
    """413 for a body over the limit."""
    return StatusError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit_bytes}")


def unauthorized() -> StatusError:
    """401 for a request without the token."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def internal(message: str) -> StatusError:
    """500, which the real server answers to quite ordinary mistakes in an apply."""
    return StatusError(500, "", message)


def _details(name: str, group: str, kind: str) -> dict[str, Any]:
    return {key: value for key, value in (("name", name), ("group", group), ("kind", kind)) if value}
