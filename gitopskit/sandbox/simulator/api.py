"""The one door: `Api.handle` takes a request and gives the answer that a kube-apiserver would give.

It knows who asks, finds out what the request is about, whether it is allowed, and hands it to the room that does it. Refusals travel as
`StatusError` and become answers here, and nowhere else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from gitopskit.sandbox.controllers.failing import Failures
from gitopskit.sandbox.kinds import Kinds
from gitopskit.sandbox.kinds.convert import body_of, to_version
from gitopskit.sandbox.kinds.definitions import Definitions
from gitopskit.sandbox.kinds.strategy import CREATES_ON_UPDATE
from gitopskit.sandbox.machinery import protobuf
from gitopskit.sandbox.machinery.registry import Registry
from gitopskit.sandbox.machinery.request import JSON, Request, Response, User, encode
from gitopskit.sandbox.machinery.status import (
    StatusError,
    bad_request,
    internal,
    method_not_allowed,
    no_such_path,
    unsupported_patch,
)
from gitopskit.sandbox.machinery.store import Entry, Store
from gitopskit.sandbox.simulator.access import reviews
from gitopskit.sandbox.simulator.access.authentication import Authenticator
from gitopskit.sandbox.simulator.access.rbac import MASTERS, Authorizer
from gitopskit.sandbox.simulator.admission.webhooks import asking
from gitopskit.sandbox.simulator.faults import Faults
from gitopskit.sandbox.simulator.options import Intent, check_body_type, intent_of
from gitopskit.sandbox.simulator.reading import containers, discovery, openapi
from gitopskit.sandbox.simulator.reading.lists import selection
from gitopskit.sandbox.simulator.reading.reads import Reader
from gitopskit.sandbox.simulator.routing import Question, Route, question_of, resolve, segments
from gitopskit.sandbox.simulator.teaching import PREFIX
from gitopskit.sandbox.simulator.writing import bodies, deletion, ownership, scaling, subresources
from gitopskit.sandbox.simulator.writing.writer import Writer, Written, status_code
from gitopskit.schema.library import Library

ADMIN = User(name="admin", uid="admin", groups=(MASTERS, "system:authenticated"))
APPLY_TYPES = ("application/apply-patch+yaml", "application/apply-patch+cbor")
PATCH_TYPES = (ownership.JSON_PATCH, ownership.MERGE, ownership.STRATEGIC, APPLY_TYPES[0])
CUSTOM_PATCH_TYPES = (ownership.JSON_PATCH, ownership.MERGE, APPLY_TYPES[0])
BODY_TYPES = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_DEPRECATED = {
    ("", "endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ("", "componentstatuses"): "v1 ComponentStatus is deprecated in v1.19+",
}
_HEALTH = {"healthz", "livez", "readyz"}
NO_SUCH_PAGE = Response(status=404, body=b"404 page not found\n", content_type="text/plain; charset=utf-8")
_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"

Clock = Callable[[], datetime]
_log = logging.getLogger(__name__)


def system_clock() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class Api:
    """One simulated API server.

    Parameters
    ----------
    token
        The administrator's bearer token.
    clock
        Gives the server's time; a test steps its own.
    users
        Further tokens, and whose they are.
    """

    def __init__(self, library: Library, *, token: str, clock: Clock = system_clock, users: Mapping[str, User] | None = None) -> None:
        self.library = library
        self.clock = clock
        self.store = Store()
        self.registry = Registry(library.discovery)
        self.kinds = Kinds(library)
        self.writer = Writer(self.store, self.registry, self.kinds)
        self.reader = Reader(self.store, clock)
        self.authorizer = Authorizer(self.store)
        self.definitions = Definitions(self.registry, library)
        self.authenticator = Authenticator({token: ADMIN, **(users or {})}, self.store, clock)
        self._reviewer = reviews.Reviewer(self.authenticator, self.authorizer)
        self.wrote = threading.Event()
        self.faults = Faults()
        self.failures = Failures()
        self.extras: Callable[[Request], Response] | None = None

    def now(self) -> str:
        """Return the server's time as objects carry it."""
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            question = question_of(request)
            user = self.authenticator.user_of(request, question, self.authorizer)
            self.authorizer.check(user, question)
            return self._dispatch(request, user, question)
        except StatusError as error:
            return error.to_response()
        except ConnectionError:  # a fault that was asked for
            raise
        except Exception:  # the last line of defence: a fault of ours must not look like a broken connection
            _log.exception("a request could not be answered")
            return internal("the simulator failed to answer this request; its log says why").to_response()

    def _dispatch(self, request: Request, user: User, question: Question) -> Response:
        if not question.url:
            return self._resource(request, user, question)
        parts = segments(request.path)
        if parts[0] == "apis" and len(parts) > 1 and parts[1] not in self.registry.groups:
            return NO_SUCH_PAGE
        if parts[0] == PREFIX and self.extras is not None:
            return self.extras(request)
        if request.method not in {"GET", "HEAD"}:
            raise method_not_allowed() if parts[0] in {"api", "apis"} else no_such_path()
        if parts[0] in {"api", "apis"}:
            return discovery.answer(request, parts, self.registry)
        return self._plain(request, parts)

    def _plain(self, request: Request, parts: list[str]) -> Response:
        if parts[0] in _HEALTH:
            return Response(body=b"ok", content_type="text/plain; charset=utf-8")
        if parts == ["version"]:
            return Response(body=openapi.version(self.library.version))
        if parts[0] == "openapi":
            return openapi.answer(request, parts, self.registry, self.library)
        if parts == [""]:
            return Response(body=encode({"paths": openapi.paths(self.registry)}))
        return NO_SUCH_PAGE

    def _resource(self, request: Request, user: User, question: Question) -> Response:
        if not self.registry.has_page(question.group, question.version, question.resource):
            return NO_SUCH_PAGE
        route = resolve(question, self.registry)
        try:
            answer = self.faults.meet(route, request, lambda: self._route(request, route, user))
        except StatusError as error:
            answer = error.to_response()
        if answer.content_type == JSON and answer.stream is None:
            answer = replace(answer, body=answer.body + b"\n")
        if route.resource.definition.get("deprecated"):
            usual = f"{route.resource.api_version} {route.resource.kind} is deprecated"
            route.warnings.append(route.resource.definition.get("deprecationWarning", usual))
        if route.resource.storage in _DEPRECATED:
            route.warnings.append(_DEPRECATED[route.resource.storage])
        return replace(answer, headers=(*answer.headers, *map(_warning, route.warnings))) if route.warnings else answer

    def _route(self, request: Request, route: Route, user: User) -> Response:
        if route.subresource in containers.SUBRESOURCES:
            return containers.answer(route, self.writer.existing(self._bare(route, user)).object, request)
        match route.verb:
            case "get" if route.subresource == "scale":
                entry = self.writer.existing(self._bare(route, user))
                return Response(body=encode(scaling.scale_of(to_version(entry.object, route.resource), route.resource)))
            case "get":
                return self.reader.get(route, request)
            case "list":
                return self.reader.list(route, request)
            case "watch":
                return self.reader.watch(route, request)
        form = self.reader.form(route, request, is_list=route.verb == "deletecollection")
        answer = asking(route, lambda: self._write(request, route, user))
        self.wrote.set()
        if form.shape and route.verb in {"create", "update", "patch"} and not route.subresource:
            shown = self.reader.shown(Entry("", orjson.loads(answer.body), 0), route.resource, form, request)
            return replace(answer, body=shown)
        return answer

    def _bare(self, route: Route, user: User) -> Intent:
        return Intent(route=route, user=user, manager="", now=self.now())

    def _write(self, request: Request, route: Route, user: User) -> Response:
        match route.verb:
            case "create":
                return self._create(request, route, user)
            case "update":
                return self._update(request, route, user)
            case "patch":
                return self._patch(request, route, user)
            case "delete" | "deletecollection":
                return self._delete(request, route, user)
        raise method_not_allowed()

    def _create(self, request: Request, route: Route, user: User) -> Response:
        sent, repeated = self._body(request, bodies.unrecognized(route.resource))
        if route.resource.kind in reviews.KINDS:
            return self._review(intent_of(route, request, user, self.now(), kind="CreateOptions"), sent, repeated)
        intent = intent_of(route, request, user, self.now(), kind="CreateOptions")
        if route.subresource:
            return self._create_below(intent, sent)
        return self._written(intent, self.writer.create(intent, sent, repeated))

    def _review(self, intent: Intent, sent: Any, repeated: list[str]) -> Response:
        resource = intent.route.resource
        asked = self.kinds.read(resource, bodies.check_kind(sent, resource), intent, repeated)
        if resource.kind in reviews.OWNED:
            asked = ownership.update(None, asked, self.kinds, intent)
        return Response(status=201, body=encode(self._reviewer.answer(asked, intent.user, intent.now)))

    def _create_below(self, intent: Intent, sent: Any) -> Response:
        match intent.route.subresource:
            case "binding":
                return Response(status=201, body=encode(subresources.bind(self.writer, intent, sent)))
            case "eviction":
                return Response(status=201, body=encode(subresources.evict(self.writer, intent, sent)))
        account = self.writer.existing(intent).object
        return Response(status=201, body=encode(subresources.token(intent, sent, account, self.authenticator.issue)))

    def _update(self, request: Request, route: Route, user: User) -> Response:
        sent, repeated = self._body(request, bodies.unrecognized(route.resource))
        intent = intent_of(route, request, user, self.now(), kind="UpdateOptions")
        if route.subresource == "scale":
            return Response(body=encode(scaling.write_scale(self.writer, intent, sent, "", repeated)))
        if route.resource.storage in CREATES_ON_UPDATE and self.writer.current(intent) is None:
            self._check_may_create(intent)
        return self._written(intent, self.writer.update(intent, sent, repeated))

    def _patch(self, request: Request, route: Route, user: User) -> Response:
        media = request.headers.get("content-type", "").partition(";")[0].strip()
        if media not in PATCH_TYPES:
            raise unsupported_patch()
        if route.resource.crd:
            check_body_type(media, CUSTOM_PATCH_TYPES)
        intent = intent_of(route, request, user, self.now(), kind="PatchOptions")
        is_apply = media == APPLY_TYPES[0]
        if is_apply:
            sent, repeated = bodies.parse_applied(request.body)
            self._check_repeated(intent, repeated)
        else:
            sent, repeated = bodies.parse_patch(request.body)
        if route.subresource == "scale":
            return Response(body=encode(scaling.write_scale(self.writer, intent, sent, media, repeated)))
        if not is_apply:
            return self._written(intent, self.writer.patch(intent, sent, repeated=repeated, media=media))
        if self.writer.current(intent) is None:
            self._check_may_create(intent)
        return self._written(intent, self.writer.apply(intent, sent))

    def _check_repeated(self, intent: Intent, repeated: list[str]) -> None:
        if repeated and intent.validation == "Strict":
            why = "error converting YAML to JSON: yaml: unmarshal errors:\n  " + "\n  ".join(repeated)
            raise StatusError(400, "BadRequest", f"error strict decoding patch: {why}")
        if intent.validation == "Warn":
            intent.warnings.extend(repeated)

    def _check_may_create(self, intent: Intent) -> None:
        route = intent.route
        if route.subresource:
            return
        question = Question(
            verb="create", group=route.resource.group, resource=route.resource.plural, namespace=route.namespace, name=route.name
        )
        self.authorizer.check(intent.user, question)

    def _delete(self, request: Request, route: Route, user: User) -> Response:
        body = self._body(request, "")[0] if request.body.strip() else None
        options = deletion.options_of(body, request.query)
        intent = self._bare(route, user)
        if route.verb == "delete":
            shown = self.remove(intent, options)
            return Response(body=encode(to_version(shown, route.resource) if shown["kind"] != "Status" else shown))
        wanted = selection(route, request)
        chosen = [entry for entry in self.store.entries(route.resource.storage) if wanted(entry)]
        answer = self.reader.list(route, request)
        limit = max(int(request.query.get("limit") or 0), 0)
        deletion.delete_collection(self.writer, intent, chosen[: limit or None], options)
        self.definitions.collect(self.store)
        return answer

    def remove(self, intent: Intent, options: deletion.DeleteOptions) -> dict[str, Any]:
        """Delete one object, and what a definition served if it is one."""
        shown = deletion.delete(self.writer, intent, options)
        self.definitions.collect(self.store)
        return shown

    def _body(self, request: Request, where: str) -> tuple[Any, list[str]]:
        media = check_body_type(request.headers.get("content-type", "application/json"), BODY_TYPES)
        if media == protobuf.MEDIA_TYPE:
            return self._from_protobuf(request.body), []
        return bodies.parse(request.body, is_yaml=media.endswith("yaml"), where=where)

    def _from_protobuf(self, body: bytes) -> Any:
        try:
            api_version, kind, encoded = protobuf.envelope(body)
            group, _, version = api_version.rpartition("/")
            definition = _OPTIONS if kind == "DeleteOptions" else self.library.definition_of(group, version, kind)
            if definition is None:
                raise bad_request(f'no kind "{kind}" is registered for version "{api_version}"')
            return {"apiVersion": api_version, "kind": kind, **protobuf.decode(encoded, definition, self.library.definitions)}
        except (ValueError, TypeError, IndexError) as error:
            raise bad_request(f"the body cannot be read as protobuf: {error}") from error

    def _written(self, intent: Intent, written: Written) -> Response:
        resource = intent.route.resource
        if not intent.dry_run:
            self.definitions.after_write(resource, written.object, self.store, self.now())
        body = body_of(Entry("", written.object, 0), resource)
        return Response(status=status_code(written), body=body)


def _warning(text: str) -> tuple[str, str]:
    return "warning", f'299 - "{text.translate(_QUOTED)}"'


_QUOTED = str.maketrans({'"': '\\"', "\\": "\\\\"})
