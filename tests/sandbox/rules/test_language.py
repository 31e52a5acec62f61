"""What an expression may say, and what is refused before it is ever asked."""

import logging
import subprocess
import sys

import pytest

from gitopskit.sandbox.rules.language import RuleError, compile_expression
from gitopskit.sandbox.rules.shapes import shape_of
from gitopskit.schema.types import Type

SCHEMA = {
    "type": "object",
    "properties": {
        "size": {"type": "integer"},
        "name": {"type": "string"},
        "ready": {"type": "boolean"},
        "items": {"type": "array", "items": {"type": "object", "properties": {"port": {"type": "integer"}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "any": {"x-kubernetes-int-or-string": True},
    },
}
UNSOUND = {
    "self.size >": "Syntax error",
    "self.sice > 1": "undefined field 'sice'",
    "has(self.sice)": "undefined field 'sice'",
    "self.items.all(i, i.prot > 0)": "undefined field 'prot'",
    "self.items[0].prot > 0": "undefined field 'prot'",
    "self.?sice.hasValue()": "undefined field 'sice'",
    "other.size > 1": "undeclared reference to 'other'",
    "self.items.map(i, j)": "undeclared reference to 'j'",
    "unheard(self.size)": "undeclared reference to 'unheard'",
    "self.name.unheard()": "undeclared reference to 'unheard'",
    "sets.unheard([1])": "undeclared reference to 'sets.unheard'",
    "self.items.all(i, j, j.prot > i)": "undefined field 'prot'",
    "self.items.all(i, j, i, j)": "unsupported use of the macro 'all'",
    "self.items.filter(i, j, true)": "unsupported use of the macro 'filter'",
    "[1, 'one'].size() == 2": "expected type 'int' but found 'string'",
    "self.items == null": "no matching overload for '_==_'",
    "self.name.startsWith()": "no matching overload for 'startsWith'",
    "self.name.matches('[')": "invalid matches argument",
    "duration('soon') > duration('1h')": "invalid duration argument",
    "self.size == 'one'": "no matching overload for '_==_'",
    "self.size < 'one'": "no matching overload for '_<_'",
    "self.size + 'one'": "no matching overload for '_+_'",
    "self.name && self.ready": "no matching overload for '_&&_'",
    "!self.size": "no matching overload for '!_'",
    "self.size.startsWith('a')": "no matching overload for 'startsWith'",
    "self.name.port": "does not support field selection",
    "self.size.all(i, i > 0)": "cannot be range of a comprehension",
    "1 in self.labels": "no matching overload for '@in'",
    "self.ready ? 1 : 'one'": "no matching overload for '_?_:_'",
    "has(self)": "invalid argument to has() macro",
    "quantity(1)": "no matching overload for 'quantity'",
    "google.protobuf.Int32Value{value: 1} == 1": "",
}


@pytest.fixture
def variables():
    return {"self": shape_of(Type(SCHEMA, {}))}


@pytest.mark.parametrize("text", UNSOUND)
def test_what_could_not_work_is_refused_when_it_is_written_down(variables, text):
    with pytest.raises(RuleError) as refused:
        compile_expression(text, variables)
    assert UNSOUND[text] in str(refused.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    {
        "self.size > 1 && self.ready": "bool",
        "self.size + 1": "int",
        "self.name + '!'": "string",
        "'a: ' + self.any": "string",
        "self.items.map(i, i.port)": "list",
        "self.items.map(i, i.port).sum()": "int",
        "self.labels['a']": "string",
        "self.?labels.?a.orValue('b')": "string",
        "self.any": "dyn",
        "duration('1h') + duration('1h')": "duration",
        "timestamp('2024-01-01T00:00:00Z') - timestamp('2023-01-01T00:00:00Z')": "duration",
    }.items(),
)
def test_what_an_expression_comes_to_is_known_before(variables, text, kind):
    assert compile_expression(text, variables).shape.kind == kind


@pytest.mark.parametrize(
    "text", ["self.items[9].port == 1", "10 / (self.size - self.size) == 1", "int(self.name) == 1", "self.any.size() == 1"]
)
def test_an_expression_without_an_answer_says_why(variables, text):
    from gitopskit.sandbox.rules.values import converted

    value = {"size": 1, "name": "n", "items": [], "any": 1}
    with pytest.raises(RuleError, match=r"index out of bounds: 9|division by zero|type conversion error|no such overload"):
        compile_expression(text, variables).evaluate({"self": converted(value, variables["self"])})


def test_the_variables_that_are_mentioned_are_known(variables):
    assert compile_expression("self.items.all(self, self.port > 0)", variables).uses == {"self"}
    assert compile_expression("[1].all(self, self > 0)", variables).uses == set()


def test_nothing_of_the_library_is_loaded_before_the_first_expression():
    code = "import sys, gitopskit.sandbox.simulator.api; sys.exit('celpy' in sys.modules or 'lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_library_keeps_its_log_to_itself(variables, caplog):
    with caplog.at_level(logging.WARNING):
        compile_expression("[1, 2].all(x, x > 0)", variables).evaluate({})
    assert not caplog.records
