"""Which objects go when the definition of their kind is deleted, as far as names tell?

A definition is called by the plural of its kind and its group, and of a deleted one a plan holds nothing else. So its plural is compared
with what a kind's plural commonly is.

The trap that shaped it: a plural may be any word. Where neither the definition nor the kind has found its counterpart in the plan, the two
may belong together; then it is said so, rather than have objects go that nobody chose.

References
----------
Kubernetes API, CustomResourceDefinition (``metadata.name`` is ``<plural>.<group>``); "Kubernetes API Conventions", naming of resources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Final

from gitopskit.model.ids import ObjectId

DEFINITION: Final = "CustomResourceDefinition"
_SURE: Final = "it is deleted together with the definition of its kind"
_PERHAPS: Final = "its kind may be the one that is defined there, and then it is deleted together with it: the names do not tell"


class Definitions:
    """The definitions of a plan and the kinds of its objects, by group."""

    def __init__(self, ids: Iterable[ObjectId]) -> None:
        self._plurals: dict[str, set[str]] = defaultdict(set)
        self._common: dict[str, set[str]] = defaultdict(set)
        for one in ids:
            self._common[one.group] |= _plurals(one.kind)
            if one.kind == DEFINITION:
                plural, _, group = one.name.partition(".")
                self._plurals[group].add(plural)

    def why(self, definition: ObjectId, kind: str) -> str:
        """Return why objects of a kind of its group go with a definition; empty where they stay."""
        plural, _, group = definition.name.partition(".")
        if plural in _plurals(kind):
            return _SURE
        is_told = plural in self._common[group] or not _plurals(kind).isdisjoint(self._plurals[group])
        return "" if is_told else _PERHAPS


@cache
def _plurals(kind: str) -> frozenset[str]:
    """Return what the plural of a kind commonly is."""
    singular = kind.lower()
    irregular = {f"{singular[:-1]}ies"} if singular.endswith("y") else set()
    return frozenset({singular, f"{singular}s", f"{singular}es"} | irregular)
