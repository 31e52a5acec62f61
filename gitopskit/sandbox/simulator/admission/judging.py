"""Evaluating the expressions of one policy for one write; imported when there is a policy, since the language is.

Variables are evaluated when they are first named, and once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from celpy import celtypes

from gitopskit.sandbox.rules.errors import failure
from gitopskit.sandbox.rules.language import Expression, RuleError
from gitopskit.sandbox.rules.policy import NAMESPACE_SHAPE, Rules, compile_policy
from gitopskit.sandbox.rules.values import converted, plain
from gitopskit.sandbox.simulator.admission.policies import Denial
from gitopskit.sandbox.simulator.admission.review import Review

Object = Mapping[str, Any]


class _Variables(celtypes.MapType):
    """The variables of a policy: a map whose values come when they are asked for."""

    def __init__(self, expressions: Mapping[str, Expression], values: Mapping[str, Any]) -> None:
        super().__init__()
        self._expressions = expressions
        self._values = values

    def __contains__(self, name: object) -> bool:
        return name in self._expressions

    def __getitem__(self, name: Any) -> Any:
        if not dict.__contains__(self, name):
            dict.__setitem__(self, name, self._found(name))
        return dict.__getitem__(self, name)

    def _found(self, name: str) -> Any:
        try:
            return self._expressions[name].evaluate({**self._values, "variables": self})
        except RuleError as error:
            return failure(f'composited variable "{name}" fails to evaluate: {error}')


def judge(rules: Rules, review: Review, namespace: Object | None, params: Object | None, *, ignores: bool) -> Iterator[Denial]:
    """Yield what the validations of a policy have against a write.

    Parameters
    ----------
    ignores
        Whether an expression that comes to no answer is passed over.
    """
    values = _values(review, namespace, params)
    wrong = _unmet(rules, values)
    if wrong is not None:
        yield from () if ignores or not wrong else [Denial(message=wrong)]
        return
    values["variables"] = _Variables(rules.variables, values)
    for validation, expression, message in rules.validations:
        try:
            if not expression.evaluate(values):
                yield Denial(message=_message(validation, message, values), reason=validation.get("reason") or "Invalid")
        except RuleError as error:
            if not ignores:
                yield Denial(message=_no_answer(expression, error), reason=validation.get("reason") or "Invalid")


def unmet(conditions: Any, review: Review) -> str | None:
    """Return None if the match conditions of a webhook are met, a text if one comes to no answer, and else an empty text."""
    return _unmet(compile_policy({"matchConditions": conditions}), _values(review, None, None))


def _values(review: Review, namespace: Object | None, params: Object | None) -> dict[str, Any]:
    values = {"object": plain(review.new), "oldObject": plain(review.old), "request": plain(review.to_json()), "params": plain(params)}
    return values | {"namespaceObject": converted(namespace, NAMESPACE_SHAPE)}


def _unmet(rules: Rules, values: Mapping[str, Any]) -> str | None:
    """Return None if the conditions of a policy are met, a text if one comes to no answer, and else an empty text."""
    wrong: str | None = None
    for expression in rules.conditions.values():
        try:
            if not expression.evaluate(values):
                return ""
        except RuleError as error:
            wrong = wrong or _no_answer(expression, error)
    return wrong


def _no_answer(expression: Expression, error: RuleError) -> str:
    return f"expression '{expression.text}' resulted in error: {error}"


def _message(validation: Object, expression: Expression | None, values: Mapping[str, Any]) -> str:
    default = (validation.get("message") or "").strip() or f"failed expression: {validation['expression'].strip()}"
    if expression is None:
        return default
    try:
        made = str(expression.evaluate(values)).strip()
    except RuleError:
        return default
    return made if made and "\n" not in made else default
