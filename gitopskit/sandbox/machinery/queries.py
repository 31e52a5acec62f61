"""Which objects a label or field selector picks.

Label selectors have the grammar of ``k8s.io/apimachinery`` (``a=b``, ``a!=b``, ``a in (b,c)``, ``a notin (b)``, ``a``, ``!a``, ``a>1``);
field selectors know ``metadata.name`` and ``metadata.namespace`` of every kind and a table of fields for a few kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import label_value_problems, qualified_name_problems
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.status import StatusError, bad_request

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_TOKEN = re.compile(r"\s*(!=|==|=|!|,|\(|\)|<|>|[^\s!=,()<>]+)")
_WORD = re.compile(r"[^!=,()<>]")
_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")

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
_OBJECT_FIELDS = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): _POD_FIELDS,
    ("", "events"): (*(f"involvedObject.{name}" for name in _OBJECT_FIELDS), "reason", "type", "reportingComponent", "source"),
    ("events.k8s.io", "events"): (*(f"regarding.{name}" for name in _OBJECT_FIELDS), "reason", "type", "reportingController"),
    ("", "nodes"): ("spec.unschedulable",),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("", "replicationcontrollers"): ("status.replicas",),
    ("apps", "replicasets"): ("status.replicas",),
    ("batch", "jobs"): ("status.successful",),
    ("certificates.k8s.io", "certificatesigningrequests"): ("spec.signerName",),
}
_TERM = re.compile(r"(?:[^,\\]|\\.)+")


def label_test(text: str) -> Test:
    """Return the test that a label selector stands for.

    Raises
    ------
    StatusError
        400 if it cannot be parsed.
    """
    tests = _Parser(text).requirements()
    return lambda labels: all(test(labels) for test in tests)


def field_test(text: str, resource: Resource) -> Callable[[Mapping[str, Any]], bool]:
    """Return the test that a field selector stands for.

    Raises
    ------
    StatusError
        400 for a field that this kind cannot be selected by.
    """
    known = ("metadata.name", "metadata.namespace", *_custom_fields(resource))
    table = FIELDS.get((resource.group, resource.plural), ())
    terms = [_field_term(term) for term in _TERM.findall(text) if term]
    for name, _, _ in terms:
        if name not in known and name not in table:
            raise bad_request(_unknown_field(name, known, resource))
    return lambda obj: all((field_value(obj, name) == value) is wanted for name, wanted, value in terms)


def field_value(obj: Mapping[str, Any], path: str) -> str:
    """Return a field as the text that selectors compare (absent is empty)."""
    if path == "source":
        return field_value(obj, "source.component") or field_value(obj, "reportingComponent")
    path = {"status.successful": "status.succeeded"}.get(path, path)
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
    if resource.kind == "Job":
        return f'field label "{name}" not supported for Job'
    if (resource.group, resource.plural) in FIELDS or resource.crd:
        return f"field label not supported: {name}"
    return f'"{name}" is not a known field selector: only ' + ", ".join(f'"{item}"' for item in known)


def _field_term(term: str) -> tuple[str, bool, str]:
    for operator, wanted in (("!=", False), ("==", True), ("=", True)):
        if operator in term:
            name, _, value = term.partition(operator)
            return name, wanted, _unescaped(value)
    raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")


def _unescaped(value: str) -> str:
    odd = re.search(r"\\(?![\\,=])(.?)", re.sub(r"\\\\", "", value))
    if odd:
        raise bad_request(f"invalid field selector: invalid escape sequence: \\{odd[1]}")
    if re.search(r"(?<!\\)=", value):
        raise bad_request("invalid field selector: unescaped character in value: =")
    return re.sub(r"\\(.)", r"\1", value)


class _Parser:
    """Read one label selector from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def requirements(self) -> list[Test]:
        tests: list[Test] = []
        while self.at < len(self.tokens):
            if not (self._peek() == "!" or _WORD.match(self._peek())):
                raise bad_request(f"found '{self._peek()}', expected: !, identifier, or 'end of string'")
            tests.append(self._requirement())
            if self._peek() not in {"", ","}:
                raise bad_request(f"found '{self._peek()}', expected: ',' or 'end of string'")
            if self._next() and not (self._peek() == "!" or _WORD.match(self._peek())):
                raise bad_request(f"found '{self._peek()}', expected: identifier after ','")
        return tests

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self.at += 1
        return word

    def _requirement(self) -> Test:
        key, is_absent = self._next(), False
        if key == "!":
            key, is_absent = self._next(), True
        if not _WORD.match(key):
            raise _unparsable(f"found '{key}', expected: identifier")
        _refuse("<nil>", key, qualified_name_problems(key))
        if is_absent:
            return lambda labels: key not in labels
        if self._peek() in {"", ","}:
            return lambda labels: key in labels
        return self._comparison(key, self._next())

    def _comparison(self, key: str, operator: str) -> Test:
        if operator not in (*_OPERATORS, ">", "<"):
            raise _unparsable(f"found '{operator}', expected: {', '.join(_OPERATORS)}")
        values = self._values() if operator in {"in", "notin"} else [self._value()]
        if operator in {"<", ">", "gt", "lt"}:
            return _numeric(key, operator, values[0])
        for at, value in enumerate(values):
            _refuse(f"values[{at}][{key}]", value, label_value_problems(value))
        is_wanted = operator in {"=", "==", "in"}
        return lambda labels: (labels.get(key) in values) is is_wanted

    def _value(self) -> str:
        return "" if self._peek() in {"", ","} else self._next()

    def _values(self) -> list[str]:
        """Read ``(a, b)``; nothing between two commas is an empty value."""
        if self._next() != "(":
            raise _unparsable(f"found '{self.tokens[self.at - 1] if self.at <= len(self.tokens) else ''}' expected: '('")
        values = [""]
        while (word := self._next()) != ")":
            if word == ",":
                values.append("")
            elif not word or values[-1]:
                raise _unparsable(f"found '{word}', expected: ',' or ')'")
            else:
                values[-1] = word
        return sorted(set(values))


def _unparsable(why: str) -> StatusError:
    return bad_request(f"unable to parse requirement: {why}")


def _refuse(where: str, value: str, problems: list[str]) -> None:
    if problems:
        raise _unparsable(f'{where}: Invalid value: "{value}": {problems[0]}')


def _numeric(key: str, operator: str, bound: str) -> Test:
    if not bound.lstrip("-").isdigit():
        _refuse("values[0]", bound, ["for 'Gt', 'Lt' operators, the value must be an integer"])
    limit = int(bound)

    def test(labels: Labels) -> bool:
        value = labels.get(key, "")
        if not value.lstrip("-").isdigit():
            return False
        return int(value) > limit if operator in {">", "gt"} else int(value) < limit

    return test
