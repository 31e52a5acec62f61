"""Which names does a notebook tell outside its tables: in what our views say of a plan, and in what the code asks for?

Both are told in known places, so that a name which is also an ordinary word ("deploy", "production") gets its label all the same, and the
same sort of label as in a report.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from gitopskit.views.anonymise import Labels
from gitopskit.views.evidence.masker import Masker
from gitopskit.views.export.anonymous import name_fact
from gitopskit.views.vocabulary import is_plain_value

_SAYINGS: Final = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"\bPlan [0-9a-f]{12}\s+for (?P<target>\S.*?)(?: \((?P<server>https?://[^\s)]+)\))?$",
        r"\bPlan [0-9a-f]{12}\s+for (?P<target>\S+?)(?=/|\s|$)",
        r"^Differences on (?P<target>\S+?)(?= \(|$)",
        r"^Bound to (?P<target>\S+)",
        r"^(?:from )?(?!\d+ )(?P<repository>\S+) (?P<path>\S+) (?:at|@) (?P<commit>[0-9a-f]{7,64}) \((?P<revision>[^\s,)]+)",
        r"\((?P<revision>[^\s,()]+), (?:on|not on|unknown whether on) (?P<trunk>[^\s)]+)\)",
        r"\bsince (?P<commit>[0-9a-f]{7,64})\b",
        r"^by (?P<user>.+?) at \d{4}-\d{2}-\d{2}",
        r"(?P<target>\S+) at (?P<server>https?://[^\s,]+), uid [^\s,]+, as (?P<user>\S+)$",
        r"\bbeside (?P<server>https?://\S+)",
        r"\bobjects at (?P<commit>[0-9a-f]{7,64}) \((?P<revision>[^\s)]+)\)",
        r"\b(?P<inventory>\S+) is managed by gitopskit/",
    )
)
_PLAN: Final = re.compile(r"\b(?:[Pp]lan|confirm its id:) ([0-9a-f]{64}|[0-9a-f]{12})\b")
_CALLS: Final = {"context": ("target",), "Workspace": ("repository", "path"), "fleet": ("target",), "kubectl": (), "evidence": ("file",)}
_ARGUMENTS: Final = {
    "namespace": "namespace", "namespaces": "namespace", "context": "target", "repo": "repository", "path": "path", "revision": "revision",
    "rev": "revision", "trunk": "revision", "user": "user", "ticket": "ticket", "name": "name", "inventory": "inventory",
    "server": "server",
    "cluster": "target", "target": "target", "customer": "name", "team": "name",
}  # fmt: skip
_STANDING: Final = frozenset({"", ".", "HEAD", "auto", "simulator", "controlplane", "default"})


def learn_sayings(text: str, labels: Labels) -> None:
    """Give the names in what our views say of a plan, a binding or a source their labels."""
    for pattern in _SAYINGS:
        for found in pattern.finditer(text):
            for fact, name in found.groupdict().items():
                if name and name not in _STANDING and not is_plain_value(name):
                    name_fact(fact, name, labels)


def plan_ids(text: str) -> frozenset[str]:
    """Return the ids of plans that a text speaks of, long and short: they say nothing of what is planned."""
    found = _PLAN.findall(text)
    return frozenset(found) | frozenset(name[:12] for name in found)


def learn_code(source: str, masker: Masker) -> None:
    """Give the names that code asks for their labels: the arguments of known calls, and parameters of known names."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return
    for sort, value in _asked(tree):
        for text in _strings(value):
            is_field = sort == "path" and text.startswith((".", "/spec", "/metadata"))
            is_column = sort == "name" and masker.is_heading(text)
            if not (text in _STANDING or is_plain_value(text) or is_field or is_column):
                name_fact(sort, text, masker.labels)


def _asked(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called)):
                yield from zip(_CALLS.get(called, ()), node.args, strict=False)
                yield from ((_ARGUMENTS[one.arg], one.value) for one in node.keywords if one.arg in _ARGUMENTS)
            case ast.Assign(targets=[ast.Name(id=name)]) if name in _ARGUMENTS:
                yield _ARGUMENTS[name], node.value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                yield from _paired(names, values)


def _paired(names: list[Any], values: list[Any]) -> Iterator[tuple[str, ast.AST]]:
    for name, value in zip(names, values, strict=False):
        if isinstance(name, ast.Name) and name.id in _ARGUMENTS:
            yield _ARGUMENTS[name.id], value


def _strings(value: ast.AST) -> Iterator[str]:
    """Yield the texts of a literal; what is computed says nothing here."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.List(elts=items) | ast.Tuple(elts=items):
            for item in items:
                yield from _strings(item)
