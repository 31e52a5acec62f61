"""Which resource, object and verb a path means.

Paths are split before they are percent-decoded, so that ``%2f`` in a name stays in the name (and is then refused).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

from gitopskit.sandbox.simulator.registry import Registry, Resource
from gitopskit.sandbox.simulator.request import Request
from gitopskit.sandbox.simulator.status import bad_request, method_not_allowed, no_such_path

_TRUE = {"1", "true", "True", "t", "T", "TRUE"}
_NAMED = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
_COLLECTION = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one request is about, and the warnings to be sent with its answer."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    warnings: list[str] = field(default_factory=list, compare=False)


def segments(path: str) -> list[str]:
    """Return the decoded parts of a path.

    Raises
    ------
    StatusError
        400 for dot segments, control characters and encoded slashes.
    """
    parts = [unquote(part, errors="strict") for part in path.strip("/").split("/")]
    if any(part in {".", ".."} or "/" in part or not part.isprintable() for part in parts):
        raise bad_request("the path holds a segment that names nothing")
    return parts


def is_true(text: str | None) -> bool:
    """Whether a query parameter says yes."""
    return text in _TRUE


def resolve(request: Request, registry: Registry) -> Route:
    """Return the route of a resource path.

    Raises
    ------
    StatusError
        404 for a path that is not served, 405 for a verb that it does not have.
    """
    parts = segments(request.path)
    group, version, rest = ("", parts[1], parts[2:]) if parts[0] == "api" else (parts[1], parts[2], parts[3:])
    namespace, rest = _namespace(rest)
    if not rest or len(rest) > 3 or "" in rest:
        raise no_such_path()
    resource = registry.find(group, version, rest[0])
    if namespace and not resource.namespaced:
        raise no_such_path()
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if subresource and subresource not in resource.subresources:
        raise no_such_path()
    route = Route(verb=_verb(request, named=bool(name)), resource=resource, namespace=namespace, name=name, subresource=subresource)
    _check(route)
    return route


def _namespace(rest: list[str]) -> tuple[str, list[str]]:
    """Split off ``namespaces/NAME`` where a namespaced resource follows it."""
    is_own = len(rest) == 3 and rest[2] in {"status", "finalize"}
    if len(rest) > 2 and rest[0] == "namespaces" and not is_own:
        return rest[1], rest[2:]
    return "", rest


def _verb(request: Request, *, named: bool) -> str:
    verb = (_NAMED if named else _COLLECTION).get(request.method)
    if verb is None:
        raise method_not_allowed()
    return "watch" if verb == "list" and is_true(request.query.get("watch")) else verb


def _check(route: Route) -> None:
    resource = route.resource
    if resource.namespaced and not route.namespace and (route.name or route.verb in {"create", "deletecollection"}):
        raise no_such_path() if route.name else method_not_allowed()
    verbs = resource.subresources[route.subresource].get("verbs", ()) if route.subresource else resource.verbs
    if route.verb not in verbs or (route.verb == "create" and route.name and not route.subresource):
        raise method_not_allowed()
