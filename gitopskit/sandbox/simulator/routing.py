"""Which resource, object and verb a path means.

Paths are split before they are percent-decoded, so that ``%2f`` in a name stays in the name (and is then refused).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from gitopskit.sandbox.machinery.registry import Registry, Resource
from gitopskit.sandbox.machinery.request import Request
from gitopskit.sandbox.machinery.status import bad_request, method_not_allowed, no_such_path, not_found

_NAMED = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
_COLLECTION = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}
_WATCH = "watch"  # also an old way to ask for one: /api/v1/watch/…
_UNNAMED = {"list", _WATCH, "deletecollection"}
_NAMED_ALONE = {"get", "update", "patch", "delete"}
_CORE = 2
_PREFIX_LENGTH = {"api": _CORE, "apis": 3}
_DEEPEST = 3  # a resource, a name, a subresource


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this be done? An empty namespace means cluster-wide; `url` asks about a path instead of a resource."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    url: str = ""
    is_deep: bool = False

    @property
    def target(self) -> str:
        """``resource/subresource`` as rules write it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def with_verb(self, verb: str) -> Question:
        """Return the same question about another verb."""
        return replace(self, verb=verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one request is about, the warnings to be sent with its answer, and what is kept of it if it is carried out again."""

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    warnings: list[str] = field(default_factory=list, compare=False)
    kept: dict[str, Any] = field(default_factory=dict, compare=False)


def segments(path: str) -> list[str]:
    """Return the decoded parts of a path.

    Raises
    ------
    StatusError
        400 for dot segments, control characters and encoded slashes.
    """
    parts = path.strip("/").split("/")
    if "%" in path:
        parts = [unquote(part, errors="replace") for part in parts]
    for part in parts:
        if part in {".", ".."}:
            raise bad_request(f"Name parameter invalid: \"{part}\": may not be '{part}'")
    if any("/" in part or not part.isprintable() or "\ufffd" in part for part in parts):
        raise bad_request("the path holds a segment that names nothing")
    return parts


def is_true(text: str | None) -> bool:
    """Whether a query parameter says yes: whatever does not say no."""
    return text is not None and text.lower() not in {"false", "0"}


def question_of(request: Request) -> Question:
    """Return what a request has to be allowed; decided by its path alone, whether that is served or not."""
    parts = segments(request.path)
    prefix = _PREFIX_LENGTH.get(parts[0])
    if prefix is None or len(parts) <= prefix:
        return Question(verb=request.method.lower(), url=unquote(request.path))
    if is_watch := parts[prefix] == _WATCH and len(parts) > prefix + 1:
        del parts[prefix]
    group, version = ("", parts[1]) if prefix == _CORE else (parts[1], parts[2])
    namespace, rest = _namespace(parts[prefix:])
    name, subresource = (*rest[1:3], "", "")[:2]
    verb = _WATCH if is_watch else _verb(request, named=bool(name))
    if not name and request.method in _COLLECTION and request.method != "POST":
        name = _selected_name(request)
    return Question(
        verb=verb, group=group, version=version, resource=rest[0], subresource=subresource, namespace=namespace, name=name,
        is_deep=len(rest) > (1 if is_watch else _DEEPEST) or "" in rest,
    )  # fmt: skip


def resolve(question: Question, registry: Registry) -> Route:
    """Return the route of a request to a resource.

    Raises
    ------
    StatusError
        404 for a path that is not served, 405 for a verb that it does not have.
    """
    resource = registry.find(question.group, question.version, question.resource)
    is_own = resource.storage == ("", "namespaces")
    if question.is_deep or (question.namespace and not resource.namespaced and not is_own):
        raise no_such_path()
    if question.subresource and question.subresource not in resource.subresources:
        raise not_found(resource.group, resource.plural, question.name) if resource.crd else no_such_path()
    name = "" if question.verb in _UNNAMED else question.name
    namespace = "" if is_own else question.namespace
    route = Route(verb=question.verb, resource=resource, namespace=namespace, name=name, subresource=question.subresource)
    _check(route)
    return route


def _namespace(rest: list[str]) -> tuple[str, list[str]]:
    """Split off ``namespaces/NAME`` where a namespaced resource follows it."""
    if rest[0] != "namespaces" or len(rest) == 1:
        return "", rest
    is_own = len(rest) == 2 or rest[2] in {"status", "finalize"}
    return rest[1], rest if is_own else rest[2:]


def _verb(request: Request, *, named: bool) -> str:
    verb = (_NAMED if named else _COLLECTION).get(request.method, _NAMED.get(request.method, ""))
    return _WATCH if verb == "list" and is_true(request.query.get("watch")) else verb


def _selected_name(request: Request) -> str:
    """Return the name that a field selector asks for alone."""
    field, _, value = request.query.get("fieldSelector", "").partition("=")
    return value.removeprefix("=") if field == "metadata.name" and "," not in value else ""


def _check(route: Route) -> None:
    resource = route.resource
    if not route.name and route.verb in _NAMED_ALONE:
        raise method_not_allowed()
    if resource.namespaced and not route.namespace and (route.name or route.verb in {"create", "deletecollection"}):
        raise no_such_path() if route.name else method_not_allowed()
    verbs = resource.subresources[route.subresource].get("verbs", ()) if route.subresource else resource.verbs
    if route.verb not in verbs or (route.verb == "create" and route.name and not route.subresource):
        raise method_not_allowed()
