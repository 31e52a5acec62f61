"""Which rules would hush what differs on many objects alike?

Noise has a shape: the same field of the same kind, again and again. Items of a list count as alike whatever their key. A suggestion is for
reading, not for taking as it is: what drifted everywhere may be the incident.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import Final

from gitopskit.errors import expect, plain
from gitopskit.model.differences import Difference, DifferenceClass, Differences
from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.patterns import AnyItem, Pattern, render_pattern

NOISE: Final = frozenset({DifferenceClass.DRIFTED, DifferenceClass.BOTH, DifferenceClass.DIFFERS})


def suggest_rules(differences: Differences, *, at_least: int = 3) -> tuple[IgnoreRule, ...]:
    """Return rules for fields that differ on many objects of one kind, those that hide most first.

    Parameters
    ----------
    at_least
        Objects on which a field has to differ.
    """
    expect(differences, Differences, "gk.suggest_rules(ws.differences())")
    found: dict[tuple[str, str, Pattern], dict[ObjectId, Difference]] = {}
    for row in differences:
        if row.path and row.cause in NOISE:
            pattern = tuple(one if isinstance(one, str) else AnyItem() for one in row.path)
            found.setdefault((row.id.group, row.id.kind, pattern), {})[row.id] = row
    noisy = sorted((group for group in found.items() if len(group[1]) >= at_least), key=lambda group: (-len(group[1]), str(group[0])))
    taken: set[str] = {rule.id for rule in differences.rules}
    return tuple(_rule(group, kind, pattern, rows, taken) for (group, kind, pattern), rows in noisy)


def _rule(group: str, kind: str, pattern: Pattern, rows: Mapping[ObjectId, Difference], taken: set[str]) -> IgnoreRule:
    namespaces = {object_id.namespace for object_id in rows}
    holders = sorted({plain(owner.name) for row in rows.values() for owner in row.owners})
    said = f"differs on {len(rows)} objects" + (f", held by {', '.join(holders[:3])}" if holders else "")
    return IgnoreRule(
        id=_name(kind, pattern, taken), path=render_pattern(pattern), group=group, kind=kind,
        namespace=namespaces.pop() if len(namespaces) == 1 else "*", reason=said,
    )  # fmt: skip


def _name(kind: str, pattern: Pattern, taken: set[str]) -> str:
    words: Iterable[str] = [kind, *(one for one in pattern if isinstance(one, str))]
    bare = re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")[:80]
    name = next(name for name in chain([bare], (f"{bare}-{number}" for number in count(2))) if name not in taken)
    taken.add(name)
    return name
