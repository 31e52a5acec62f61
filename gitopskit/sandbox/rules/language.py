"""Compiling and evaluating expressions.

The library is imported when the first expression is met: most simulated clusters have none, and start in a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gitopskit.sandbox.rules.shapes import Shape

_OPTIONAL = """
%extend member: member_optional | member_optional_index
member_optional: member "." "?" IDENT
member_optional_index: member "[" "?" expr "]"
"""


class RuleError(Exception):
    """An expression that does not compile, or that comes to no answer."""


class Expression:
    """An expression that is known to be sound.

    Attributes
    ----------
    text
        What was written.
    uses
        Names of the variables that it mentions.
    """

    def __init__(self, text: str, tree: Any, shape: Shape, uses: frozenset[str]) -> None:
        self.text = text
        self.shape = shape
        self.uses = uses
        self._tree = tree

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return what the expression comes to, for variables that `values.converted` or `values.plain` made.

        Raises
        ------
        RuleError
            There is no answer; the text says why.
        """
        from gitopskit.sandbox.rules.evaluation import evaluate

        return evaluate(self._tree, values)


def compile_expression(text: str, variables: Mapping[str, Shape]) -> Expression:
    """Return an expression that is sound for variables of these shapes.

    Raises
    ------
    RuleError
        It cannot be read, names something unknown, or puts together what does not go together.
    """
    from gitopskit.sandbox.rules.checking import Checker

    tree = _parse(text)
    checker = Checker(variables)
    shape = checker.infer(tree)
    return Expression(text, tree, shape, frozenset(checker.used))


@lru_cache(maxsize=1024)
def _parse(text: str) -> Any:
    from lark.exceptions import UnexpectedInput

    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise RuleError(f"Syntax error at {error.line}:{error.column}") from error


@lru_cache(maxsize=1)
def _parser() -> Any:
    """Return the library's parser, with the optional fields and items that its grammar lacks."""
    import celpy.celparser
    from lark import Lark

    grammar = Path(celpy.celparser.__file__).with_name("cel.lark").read_text()
    literals = {"IDENT": celpy.celparser.CELParser.ambiguous_literals}
    return Lark(
        grammar + _OPTIONAL,
        parser="lalr",
        start="expr",
        g_regex_flags=re.M,
        lexer_callbacks=literals,
        propagate_positions=True,
        maybe_placeholders=False,
        priority="invert",
    )
