"""How does a YAML text become nodes, however it was written?

libyaml composes nodes in C, three times faster than its events can be read in Python. But it recurses on the C stack, which deep nesting
kills, and has no bound. So a text is composed only if a few counts prove it harmless; otherwise its events are counted first.

References
----------
PyYAML, ``CParser``; YAML 1.1, "3.2.2.2. Anchors and Aliases": an anchor may be set again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer

MAX_DEPTH: Final = 100
MAX_NODES: Final = 1_000_000
MAX_DOCUMENTS: Final = 50_000
PLAIN: Final = "plain"
QUOTED: Final = "quoted"
HARMLESS_BRACKETS: Final = 1000

_FAR_IN: Final = re.compile(r"(?m)^[ \-?]{200}")
_NO_TAG: Final = re.compile(r"(?:^|[\s\[{,:-])!\s")
_BEFORE_NODES: Final = ",:\n-?[{"


class TooMuchError(Exception):
    """A text goes over a budget.

    Parameters
    ----------
    what
        Which one.
    line
        Where (1-based).
    """

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def roots(text: str) -> Iterator[Any]:
    """Yield the root node of each document.

    The tag of a scalar is `PLAIN` where it has to be resolved, `QUOTED` where it stands for itself, and otherwise what was written.

    Raises
    ------
    yaml.YAMLError
        It is not YAML.
    TooMuchError
        It goes over a budget.
    """
    if not _is_harmless(text):
        _count(text)
    done = 0
    try:
        for root in _composed(_Patient(text) if "!" in text and _NO_TAG.search(text) else _Fast(text)):
            yield root
            done += 1
    except yaml.composer.ComposerError as error:
        if not error.context:  # that an anchor is set again is the only error with one, and none in YAML
            raise
        yield from islice(_composed(_Patient(text)), done, None)


def _composed(composer: Any) -> Iterator[Any]:
    while composer.check_node():
        yield composer.get_node()


class _Told:
    """Says of a scalar how it was written, instead of what it means."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002 - the parser's protocol
        return PLAIN if kind is yaml.ScalarNode and implicit[0] else QUOTED

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Do nothing: meaning does not depend on the place."""

    def ascend_resolver(self) -> None:
        """Do nothing."""


class _Fast(_Told, CParser):
    """Composes in C."""


class _Patient(Composer, _Told, CParser):
    """Composes in Python: an anchor may be set again, and a lone ``!`` makes text."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)

    def compose_scalar_node(self, anchor: Any) -> Any:
        event: Any = self.peek_event()
        node = super().compose_scalar_node(anchor)
        node.tag = QUOTED if event.tag == "!" else node.tag
        return node


def _is_harmless(text: str) -> bool:
    """Whether a text is surely within the budgets, by bounds that quoted text can only raise.

    A collection takes a column of its line's indentation, or none (a sequence in a mapping), or opens a bracket. And a node stands behind
    one of a few characters, at most two of them at one place.
    """
    is_shallow = not _FAR_IN.search(text) and text.count("[") + text.count("{") < HARMLESS_BRACKETS
    return is_shallow and 2 * sum(map(text.count, _BEFORE_NODES)) < MAX_NODES and text.count("\n---") < MAX_DOCUMENTS


def _count(text: str) -> None:
    """Make sure, event by event, that a text is within the budgets."""
    depth = nodes = documents = 0
    for event in _events(text):
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise TooMuchError(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.line + 1)
        if nodes > MAX_NODES:
            raise TooMuchError(f"more than {MAX_NODES} values once aliases are expanded", event.start_mark.line + 1)
        if documents > MAX_DOCUMENTS:
            raise TooMuchError(f"more than {MAX_DOCUMENTS} documents", event.start_mark.line + 1)


def _events(text: str) -> Iterator[Any]:
    parser: Any = CParser(text)
    try:
        while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
            yield event
    except yaml.MarkedYAMLError as error:
        if error.problem is None or "nesting depth" not in error.problem or error.problem_mark is None:
            raise
        raise TooMuchError(f"nested deeper than {MAX_DEPTH} levels", error.problem_mark.line + 1) from None  # libyaml's own bound
