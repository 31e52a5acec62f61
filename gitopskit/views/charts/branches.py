"""Which part of a forest of objects is drawn, and where?

A tree lies on its side: the root left, a column per generation, a line per leaf. What stands many times over (the Pods of a set, the
settings that nobody owns) is drawn as one node that says how many it stands for, so that thousands of objects stay a picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from gitopskit.model.ids import ObjectId
from gitopskit.planning.lineage import Place

TWINS_SHOWN: Final = 4
FAMILIES_SHOWN: Final = 8
NODES_SHOWN: Final = 80
OVERDRAWN: Final = 20
"""How many kinds are told by name or number although there is no room any more."""
DEPTH_SHOWN: Final = 7


@dataclass(slots=True, eq=False)
class Node:
    """One node of the drawing.

    Attributes
    ----------
    word, name
        What is written: a kind and a name, foreign text; the name is empty for a node that stands for many.
    stands_for
        How many objects it stands for; 0 for a heading.
    depth, line
        Column and line.
    """

    word: str
    name: str = ""
    id: ObjectId | None = None
    stands_for: int = 0
    depth: int = 0
    line: float = 0.0
    below: list[Node] = field(default_factory=list)

    def __iter__(self) -> Iterator[Node]:
        """Yield the node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.below))


@dataclass(slots=True)
class Forest:
    """Objects by their parent, from a walk over all of them."""

    below: dict[ObjectId | None, list[ObjectId]]
    size: dict[ObjectId, int]
    room: int = NODES_SHOWN

    @classmethod
    def of(cls, places: Sequence[Place]) -> Forest:
        """Return the forest of places, parents first."""
        below: dict[ObjectId | None, list[ObjectId]] = defaultdict(list)
        size = {place.id: 1 for place in places}
        for place in reversed(places):
            if place.parent is not None:
                size[place.parent] += size[place.id]
        for place in places:
            below[place.parent].append(place.id)
        return cls(below, size)

    def grow(self, node: Node, members: Sequence[ObjectId], depth: int) -> None:
        """Put objects below a node, and what they own below them: great trees first, twins together, as long as there is room."""
        if members and (self.room <= 0 or depth > DEPTH_SHOWN):
            node.below.append(self._many("", members, depth))
            return
        kinds: dict[str, list[ObjectId]] = defaultdict(list)
        for one in sorted(members, key=lambda one: (-self.size[one], one.parts)):
            kinds[one.kind].append(one)
        ranked = sorted(kinds.values(), key=lambda twins: -self.size[twins[0]])
        for at, twins in enumerate(ranked):
            if self.room <= -OVERDRAWN:
                node.below.append(self._many("", [one for rest in ranked[at:] for one in rest], depth))
                return
            self._put(node, twins, depth)

    def _put(self, node: Node, twins: Sequence[ObjectId], depth: int) -> None:
        """Put objects of one kind below a node; one that is alone takes no more room by its name than by its number."""
        shown = 0
        most = _most(len(twins), sum(self.size[one] > 1 for one in twins))
        while shown < most and (self.room > 0 or [self.size[one] for one in twins[shown:]] == [1]):
            one = twins[shown]
            shown, self.room = shown + 1, self.room - 1
            child = Node(word=one.kind, name=one.name, id=one, stands_for=1, depth=depth)
            node.below.append(child)
            self.grow(child, self.below.get(one, ()), depth + 1)
        if rest := twins[shown:]:
            node.below.append(self._many(rest[0].kind, rest, depth))

    def _many(self, kind: str, rest: Sequence[ObjectId], depth: int) -> Node:
        self.room -= 1
        objects = sum(self.size[one] for one in rest)
        more = f" and {objects - len(rest):,} below" if objects > len(rest) else ""
        what = f"× {kind}" if kind else "object" if len(rest) == 1 else "objects"
        return Node(word=f"{len(rest):,} {what}{more}", stands_for=objects, depth=depth)


def _most(twins: int, families: int) -> int:
    """Return how many of one kind get a node of their own, those that own others first."""
    return twins if twins <= TWINS_SHOWN + 1 else max(TWINS_SHOWN, min(families, FAMILIES_SHOWN))


def arrange(root: Node) -> int:
    """Give each leaf a line of its own and each parent the middle of its children; return how many lines there are."""
    lines = 0
    for node in root:
        if not node.below:
            node.line = lines
            lines += 1
    for node in reversed(list(root)):
        if node.below:
            node.line = (node.below[0].line + node.below[-1].line) / 2
    return lines


def columns(root: Node, widths: Mapping[int, int], gap: int) -> list[int]:
    """Return where each generation begins, in characters: after the widest label of the one before, and a gap.

    Parameters
    ----------
    widths
        Characters of the widest label of each generation.
    """
    depths = sorted({node.depth for node in root})
    starts = [0]
    for before, _ in pairwise(depths):
        starts.append(starts[-1] + widths[before] + gap)
    return starts
