"""What admission webhooks say to a write: yes, no, with a warning, or with changes.

The trap that shaped it: a webhook may be slow, or ask this very server something, so nobody may be kept waiting for its answer. A write
that needs one ends with `Unasked`; the webhook is asked outside of the store's lock, and the write is carried out again, with the answer
at hand. If the object has changed meanwhile that is another question, and is asked as such.

References
----------
Kubernetes, "Dynamic Admission Control".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gitopskit.sandbox.machinery.quote import quoted
from gitopskit.sandbox.machinery.registry import Registry, Resource
from gitopskit.sandbox.machinery.status import StatusError, forbidden
from gitopskit.sandbox.machinery.store import Store
from gitopskit.sandbox.simulator.admission.review import Review
from gitopskit.sandbox.simulator.admission.webhook_reviews import address, failure, key_of, patched, refusal, request_of, write_of
from gitopskit.sandbox.simulator.admission.webhook_rules import GROUP, Write, chosen, wants
from gitopskit.sandbox.simulator.options import Intent
from gitopskit.sandbox.simulator.routing import Route

Object = dict[str, Any]
Answer = TypeVar("Answer")

_MUTATING, _VALIDATING = "mutatingwebhookconfigurations", "validatingwebhookconfigurations"
_OWN_MANAGER = "kube-apiserver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a webhook is to be asked; `key` is the same whenever the same is asked again."""

    key: str
    hook: Mapping[str, Any]
    service_problem: str
    request: Object

    def ask(self) -> Mapping[str, Any] | str:
        """Return the webhook's response, or why there is none."""
        from gitopskit.sandbox.simulator.admission import webhook_calls as calls

        config = self.hook["clientConfig"]
        target = calls.Target(
            url=address(config),
            ca_bundle=config.get("caBundle") or "",
            timeout_s=self.hook.get("timeoutSeconds", 10),
            problem=self.service_problem,
        )
        request = {"uid": str(uuid.uuid4()), **self.request}
        try:
            return calls.ask(target, {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request})
        except calls.CallError as error:
            return str(error)


class Unasked(Exception):  # noqa: N818 - it is no error
    """A write cannot go on before a webhook has been asked."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.key)
        self.question = question


def asking(route: Route, carry_out: Callable[[], Answer]) -> Answer:
    """Carry a write out, again and again, until every webhook has been asked that it needs."""
    known = list(route.warnings)
    while True:
        try:
            return carry_out()
        except Unasked as unasked:
            route.kept[unasked.question.key] = unasked.question.ask()
            route.warnings[:] = known


class Webhooks:
    """The webhooks that are configured in one store."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def mutate(self, intent: Intent, operation: str, new: Object | None, old: Mapping[str, Any] | None) -> Object | None:
        """Return the object as the mutating webhooks leave it; the very same if they change nothing.

        Raises
        ------
        StatusError
            A webhook says no, or cannot be asked.
        """
        if not self._is_asked(intent, _MUTATING):
            return new
        write = write_of(intent, operation, new, old)
        left: dict[str, Any] = {}
        for again in (False, True):
            for name, hook, seen in chosen(self._store, self._registry, _MUTATING, write):
                is_due = hook.get("reinvocationPolicy") == "IfNeeded" and left.get(name) != write.new if again else True
                if is_due and self._is_concerned(intent, hook, write):
                    response = self._answer(intent, f"{name}/{again}", hook, seen, write)
                    write = replace(write, new=patched(response, write, seen))
                left[name] = write.new
        return write.new if write.new != new else new  # type: ignore[return-value]

    def validate(self, intent: Intent, operation: str, new: Object | None, old: Mapping[str, Any] | None) -> None:
        """Ask the validating webhooks, every one; the first refusal counts.

        Raises
        ------
        StatusError
            One says no, or cannot be asked.
        """
        if not self._is_asked(intent, _VALIDATING):
            return
        write = write_of(intent, operation, new, old)
        refusals = []
        for name, hook, seen in list(chosen(self._store, self._registry, _VALIDATING, write)):
            try:
                if self._is_concerned(intent, hook, write):
                    self._answer(intent, name, hook, seen, write)
            except StatusError as error:
                refusals.append(error)
        if refusals:
            raise refusals[0]

    def _is_asked(self, intent: Intent, plural: str) -> bool:
        return bool(self._store.entries((GROUP, plural))) and intent.manager != _OWN_MANAGER

    def _is_concerned(self, intent: Intent, hook: Mapping[str, Any], write: Write) -> bool:
        """Whether the labels and the match conditions of a webhook are met; a condition without an answer refuses, or is passed over."""
        if not wants(hook, write.new, write.old) or not hook.get("matchConditions"):
            return wants(hook, write.new, write.old)
        from gitopskit.sandbox.simulator.admission.judging import unmet

        review = Review(operation=write.operation, intent=intent, name=write.name, new=write.new, old=write.old)
        wrong = unmet(hook["matchConditions"], review)
        if wrong and hook.get("failurePolicy") != "Ignore":
            raise forbidden(write.resource.group, write.resource.plural, write.name, wrong)
        return wrong is None

    def _answer(self, intent: Intent, name: str, hook: Mapping[str, Any], seen: Resource, write: Write) -> Mapping[str, Any]:
        """Return what a webhook says, or raise its refusal."""
        request = request_of(intent, seen, write)
        key = f"{name} {key_of(request)}"
        if key not in intent.route.kept:
            raise Unasked(Question(key=key, hook=hook, service_problem=self._service_problem(hook["clientConfig"]), request=request))
        response: Mapping[str, Any] | str = intent.route.kept[key]
        if not isinstance(response, str) and "validating" in name and response.get("patch"):
            response = "received invalid webhook response: validating webhook may not return response.patch"
        if isinstance(response, str):
            if hook.get("failurePolicy") == "Ignore":
                return {}
            raise failure(f"failed calling webhook {quoted(hook['name'])}: {response}")
        intent.warnings.extend(text for text in dict.fromkeys(response.get("warnings") or ()) if text not in intent.warnings)
        if not response.get("allowed"):
            raise refusal(hook["name"], response.get("status") or {})
        return response

    def _service_problem(self, config: Mapping[str, Any]) -> str:
        """Return why the Service that a webhook stands behind does not answer: there is no network behind any."""
        service = config.get("service")
        if not service:
            return ""
        entry = self._store.get(("", "services"), service["namespace"], service["name"])
        if entry is None:
            return f"service {quoted(service['name'])} not found"
        return f"dial tcp {entry.object['spec'].get('clusterIP', '')}:{service.get('port', 443)}: connect: connection refused"
