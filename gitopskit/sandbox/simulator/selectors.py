"""Which objects a label or field selector picks.

Label selectors have the grammar of ``k8s.io/apimachinery`` (``a=b``, ``a!=b``, ``a in (b,c)``, ``a notin (b)``, ``a``, ``!a``, ``a>1``);
field selectors know ``metadata.name`` and ``metadata.namespace`` of every kind and a table of fields for a few kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.simulator.registry import Resource
from gitopskit.sandbox.simulator.status import bad_request

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_TOKEN = re.compile(r"\s*(!=|==|=|!|,|\(|\)|<|>|[^\s!=,()<>]+)")
_OPERATORS = "in, notin, =, ==, !=, gt, lt"

_POD_FIELDS = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
)
_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)
FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): _POD_FIELDS,
    ("", "events"): _EVENT_FIELDS,
    ("", "nodes"): ("spec.unschedulable",),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("", "replicationcontrollers"): ("status.replicas",),
    ("apps", "replicasets"): ("status.replicas",),
    ("batch", "jobs"): ("status.successful",),
    ("certificates.k8s.io", "certificatesigningrequests"): ("spec.signerName",),
}


def label_test(text: str) -> Test:
    """Return the test that a label selector stands for.

    Raises
    ------
    StatusError
        400 if it cannot be parsed.
    """
    tests = _Parser(text).requirements()
    return lambda labels: all(test(labels) for test in tests)


def matches_selector(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Whether a ``LabelSelector`` object picks these labels (None picks nothing, an empty one everything)."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(item, labels) for item in selector.get("matchExpressions") or ())


def _expression(item: Mapping[str, Any], labels: Labels) -> bool:
    key, values = item["key"], item.get("values") or ()
    match item["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
    return key not in labels


def field_test(text: str, resource: Resource) -> Callable[[Mapping[str, Any]], bool]:
    """Return the test that a field selector stands for.

    Raises
    ------
    StatusError
        400 for a field that this kind cannot be selected by.
    """
    known = ("metadata.name", "metadata.namespace", *_custom_fields(resource))
    terms = [_field_term(term) for term in text.split(",") if term.strip()]
    for name, _, _ in terms:
        if name not in known and name not in FIELDS.get(resource.storage, ()):
            raise bad_request(_unknown_field(name, known, resource))
    return lambda obj: all((field_value(obj, name) == value) is wanted for name, wanted, value in terms)


def field_value(obj: Mapping[str, Any], path: str) -> str:
    """Return a field as the text that selectors compare (absent is empty)."""
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if path in {"spec.unschedulable", "spec.hostNetwork"}:
        return str(bool(value)).lower()
    return "" if value is None else str(value)


def _custom_fields(resource: Resource) -> tuple[str, ...]:
    if not resource.crd:
        return ()
    return tuple(item["jsonPath"].lstrip(".") for item in resource.definition.get("selectableFields") or ())


def _unknown_field(name: str, known: tuple[str, ...], resource: Resource) -> str:
    if resource.storage in FIELDS or resource.crd:
        return f"field label not supported: {name}"
    return f'"{name}" is not a known field selector: only ' + ", ".join(f'"{item}"' for item in known)


def _field_term(term: str) -> tuple[str, bool, str]:
    for operator, wanted in (("!=", False), ("==", True), ("=", True)):
        if operator in term:
            name, _, value = term.partition(operator)
            return name.strip(), wanted, value.strip()
    raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")


class _Parser:
    """Read one label selector from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def requirements(self) -> list[Test]:
        tests: list[Test] = []
        while self.at < len(self.tokens):
            tests.append(self._requirement())
            if self.at < len(self.tokens) and self._next() != ",":
                raise bad_request(f"unable to parse requirement: found '{self.tokens[self.at - 1]}', expected: ',' or 'end of string'")
        return tests

    def _next(self) -> str:
        word: str = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        return word

    def _requirement(self) -> Test:
        word = self._next()
        if word == "!":
            key = self._next()
            return lambda labels: key not in labels
        if not re.match(r"[\w./-]", word):
            raise bad_request(f"unable to parse requirement: found '{word}', expected: !, identifier, or 'end of string'")
        if self.at >= len(self.tokens) or self.tokens[self.at] == ",":
            return lambda labels: word in labels
        return self._comparison(word, self._next())

    def _comparison(self, key: str, operator: str) -> Test:
        if operator in {"=", "=="}:
            value = self._value()
            return lambda labels: labels.get(key) == value
        if operator == "!=":
            value = self._value()
            return lambda labels: labels.get(key) != value
        if operator in {"in", "notin"}:
            values = self._values()
            return lambda labels: (labels.get(key) in values) is (operator == "in")
        if operator in {"<", ">", "gt", "lt"}:
            return _numeric(key, operator, self._next())
        raise bad_request(f"unable to parse requirement: found '{operator}', expected: {_OPERATORS}")

    def _value(self) -> str:
        return "" if self.at >= len(self.tokens) or self.tokens[self.at] == "," else self._next()

    def _values(self) -> set[str]:
        if self._next() != "(":
            raise bad_request(f"unable to parse requirement: found '{self.tokens[self.at - 1]}' expected: '('")
        values: set[str] = set()
        while (word := self._next()) != ")":
            if not word:
                raise bad_request("unable to parse requirement: found '', expected: ',' or ')'")
            if word != ",":
                values.add(word)
        return values or {""}


def _numeric(key: str, operator: str, bound: str) -> Test:
    if not bound.lstrip("-").isdigit():
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        raise bad_request(f'unable to parse requirement: values[0][{key}]: Invalid value: "{bound}": {why}')
    limit = int(bound)

    def test(labels: Labels) -> bool:
        value = labels.get(key, "")
        if not value.lstrip("-").isdigit():
            return False
        return int(value) > limit if operator in {">", "gt"} else int(value) < limit

    return test
