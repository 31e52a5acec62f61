"""The expressions of an admission policy: what they may name, and whether they are sound.

References
----------
Kubernetes, "Validating Admission Policy".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from gitopskit.sandbox.machinery.causes import Faults
from gitopskit.sandbox.rules.language import Expression, RuleError, compile_expression
from gitopskit.sandbox.rules.shapes import BOOL, DYNAMIC, STRING, Shape

_REASONS: Final = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_WITHOUT: Final = ("authorizer",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The expressions of a policy, compiled: its conditions and variables by name, its validations with their messages."""

    conditions: Mapping[str, Expression]
    variables: Mapping[str, Expression]
    validations: tuple[tuple[Mapping[str, Any], Expression, Expression | None], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One expression: where it stands, what it must come to, and under which name it is kept."""

    field: str
    kind: str
    text: str
    name: str = ""


def compile_policy(spec: Mapping[str, Any]) -> Rules:
    """Return the expressions of a policy that was found to be sound."""
    return _compiled(orjson.dumps({name: spec.get(name) for name in ("paramKind", "matchConditions", "variables", "validations")}))


@lru_cache(maxsize=256)
def _compiled(encoded: bytes) -> Rules:
    spec = orjson.loads(encoded)
    scope = _scope(spec)
    done = {part.field: _add(part, scope) for part in _parts(spec)}
    return Rules(
        conditions={item["name"]: done[f"matchConditions[{at}].expression"] for at, item in enumerate(spec["matchConditions"] or ())},
        variables={item["name"]: done[f"variables[{at}].expression"] for at, item in enumerate(spec["variables"] or ())},
        validations=tuple(
            (item, done[f"validations[{at}].expression"], done.get(f"validations[{at}].messageExpression"))
            for at, item in enumerate(spec["validations"] or ())
        ),
    )


def check_policy_rules(spec: Mapping[str, Any], faults: Faults) -> None:
    """Check every expression of a policy, and what is said beside it."""
    scope = _scope(spec)
    for part in _parts(spec):
        if not part.text.strip():
            _tell_empty(part, faults)
            continue
        try:
            shape = _add(part, scope).shape
        except RuleError as error:
            faults.invalid(f"spec.{part.field}", part.text, f"compilation failed: {_explained(str(error))}")
            continue
        if part.kind and shape.kind != part.kind:
            faults.invalid(f"spec.{part.field}", part.text, f"must evaluate to {part.kind} but got {shape.kind}")
    for at, item in enumerate(spec.get("validations") or ()):
        if item.get("reason") and item["reason"] not in _REASONS:
            faults.unsupported(f"spec.validations[{at}].reason", item["reason"], _REASONS)


def _tell_empty(part: _Part, faults: Faults) -> None:
    """Note an expression that says nothing."""
    if part.kind == "string":
        faults.invalid(f"spec.{part.field}", part.text, "must be non-empty if specified")
    else:
        faults.required(f"spec.{part.field}", "" if part.field.startswith("matchConditions") else "expression is not specified")


def _explained(error: str) -> str:
    """Return an error, with a word about what the simulator does without."""
    if any(f"'{name}'" in error for name in _WITHOUT):
        return f"{error}; the simulator does not know it"
    return error


def _parts(spec: Mapping[str, Any]) -> Iterator[_Part]:
    """Yield the expressions of a policy, each after what it may name."""
    for at, item in enumerate(spec.get("variables") or ()):
        yield _Part(f"variables[{at}].expression", "", item.get("expression") or "", item.get("name") or "")
    for at, item in enumerate(spec.get("matchConditions") or ()):
        yield _Part(f"matchConditions[{at}].expression", "bool", item.get("expression") or "")
    for at, item in enumerate(spec.get("validations") or ()):
        yield _Part(f"validations[{at}].expression", "bool", item.get("expression") or "")
        if item.get("messageExpression"):
            yield _Part(f"validations[{at}].messageExpression", "string", item["messageExpression"])
    for at, item in enumerate(spec.get("auditAnnotations") or ()):
        yield _Part(f"auditAnnotations[{at}].valueExpression", "", item.get("valueExpression") or "")


def _add(part: _Part, scope: dict[str, Shape]) -> Expression:
    """Return an expression; what it is a variable of is known from here on."""
    names = scope if not part.field.startswith("matchConditions") else {name: shape for name, shape in scope.items() if name != "variables"}
    compiled = compile_expression(part.text, names)
    if part.name:
        fields = {**(scope["variables"].fields or dict)(), part.name: compiled.shape}
        scope["variables"] = Shape(kind="object", fields=lambda: fields)
    return compiled


def _scope(spec: Mapping[str, Any]) -> dict[str, Shape]:
    """Return what the expressions of a policy may name."""
    known = {"object": DYNAMIC, "oldObject": DYNAMIC, "request": _REQUEST, "namespaceObject": _NAMESPACE, "variables": _object({})}
    return known | ({"params": DYNAMIC} if spec.get("paramKind") else {})


def _object(fields: Mapping[str, Shape]) -> Shape:
    return Shape(kind="object", fields=lambda: fields)


def _map(element: Shape) -> Shape:
    return Shape(kind="map", element=lambda: element)


def _list(element: Shape) -> Shape:
    return Shape(kind="list", element=lambda: element)


_TIME: Final = Shape(kind="timestamp")
_INT: Final = Shape(kind="int")
_KIND: Final = _object({"group": STRING, "version": STRING, "kind": STRING})
_RESOURCE: Final = _object({"group": STRING, "version": STRING, "resource": STRING})
_USER: Final = _object({"username": STRING, "uid": STRING, "groups": _list(STRING), "extra": _map(_list(STRING))})
_REQUEST: Final = _object(
    {
        **dict.fromkeys(("kind", "requestKind"), _KIND),
        **dict.fromkeys(("resource", "requestResource"), _RESOURCE),
        **dict.fromkeys(("name", "namespace", "operation", "subResource", "requestSubResource"), STRING),
        "userInfo": _USER,
        "dryRun": BOOL,
        "options": DYNAMIC,
    }
)
_NAMESPACE: Final = _object(
    {
        "metadata": _object(
            {
                **dict.fromkeys(("name", "generateName", "namespace", "uid", "resourceVersion"), STRING),
                **dict.fromkeys(("labels", "annotations"), _map(STRING)),
                **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), _INT),
                **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), _TIME),
                "finalizers": _list(STRING),
            }
        ),
        "spec": _object({"finalizers": _list(STRING)}),
        "status": _object({"phase": STRING}),
    }
)
NAMESPACE_SHAPE: Final = _NAMESPACE
REQUEST_SHAPE: Final = _REQUEST
