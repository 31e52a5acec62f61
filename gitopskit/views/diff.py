"""What does a change do to an object, line by line?

The live object on the left and what it will be on the right, or one below the other. What is alike is folded but for the lines round a
change and the parents that say where it is. Who owns a live field stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from types import NoneType
from typing import Any, Final

from gitopskit.errors import UsageError, expect, plain
from gitopskit.model.changes import Change, FieldAction
from gitopskit.model.objects import Object
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.managed import entries, leaves
from gitopskit.views.lines import Pair, Place, lines_of, paired
from gitopskit.views.sides import place_of, sides_of

TEXT_LINES: Final = 200
TEXT_CHARACTERS: Final = 160
CONTEXT: Final = 3
LEAST_FOLDED: Final = 2


class Style(StrEnum):
    """How the two sides stand."""

    SIDE_BY_SIDE = "side-by-side"
    INLINE = "inline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Lines that follow each other; all of them are shown, or folded."""

    pairs: Sequence[Pair]
    is_folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDifference:
    """One object before and after its change.

    Attributes
    ----------
    owners
        By the place of a field, who holds it on the live object.
    unknown
        What is not known of the object; empty where all of it is.
    """

    change: Change
    runs: Sequence[Run]
    owners: Mapping[Place, str] = field(default_factory=dict)
    unknown: str = ""

    @property
    def counts(self) -> dict[FieldAction, int]:
        """How many lines are added, changed and removed."""
        actions = [pair.action for run in self.runs for pair in run.pairs]
        return {action: actions.count(action) for action in FieldAction if action in actions}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What `gitopskit.diff` returns: it shows itself in a notebook, and prints as text."""

    objects: Sequence[ObjectDifference]
    style: Style

    def __repr__(self) -> str:
        lines = [line for item in self.objects for line in _text(item)]
        more = len(lines) - TEXT_LINES
        return "\n".join(lines[:TEXT_LINES] + ([f"… and {more:,} more lines"] if more > 0 else [])) or "Nothing changes."

    def _repr_html_(self) -> str:
        from gitopskit.views.html.difference import difference_html
        from gitopskit.views.html.markup import wrap

        return wrap(difference_html(self))


def diff(what: Change | Plan, live: Snapshot | None = None, *, style: str = Style.SIDE_BY_SIDE, context: int = CONTEXT) -> Difference:
    """Return what a change, or each step of a plan, does to the lines of its object.

    Parameters
    ----------
    what
        A change (``plan.changes[0]``), or a plan.
    live
        A snapshot of the live system (``ws.live()``). Without it the lines round a change are those that Git states.
    style
        "side-by-side" or "inline".
    context
        How many lines that are alike stay visible round each change; the parents of a changed field always do.

    Raises
    ------
    UsageError
        It is neither a change nor a plan, or the style is none.
    """
    expect(what, (Change, Plan), "gk.diff(plan.steps[0], ws.live())")
    expect(live, (Snapshot, NoneType), "gk.diff(plan.steps[0], ws.live())")
    if style not in list(Style):
        raise UsageError(f"no style {style!r}", next_step=f"there are {', '.join(Style)}")
    changes = what.steps if isinstance(what, Plan) else (what,)
    found = [difference_of(change, live.objects.get(change.id) if live else None, max(0, context)) for change in changes]
    return Difference(objects=found, style=Style(style))


def difference_of(change: Change, live: Object | None, context: int) -> ObjectDifference:
    """Return one object before and after its change."""
    sides = sides_of(change, live)
    pairs = paired(lines_of(sides.before), lines_of(sides.after))
    owners = _live_owners(live) | {
        place_of(sides.before, item.path): ", ".join(map(str, item.owners)) for item in change.fields if item.owners
    }  # fmt: skip
    return ObjectDifference(change=change, runs=runs_of(pairs, context), owners=owners, unknown=sides.unknown)


def runs_of(pairs: Sequence[Pair], context: int) -> list[Run]:
    """Return the pairs in runs: shown are the changed ones, so many round each, and the parents of each."""
    parents = _parents(pairs)
    shown: set[int] = set()
    for at, pair in enumerate(pairs):
        if pair.action is not None:
            shown.update(range(max(0, at - context), min(len(pairs), at + context + 1)))
            while at >= 0:
                shown.add(at)
                at = parents[at]
    numbered = groupby(enumerate(pairs), key=lambda one: one[0] in shown)
    found = [Run(pairs=[pair for _, pair in group], is_folded=not is_shown) for is_shown, group in numbered]
    return [
        Run(pairs=run.pairs, is_folded=run.is_folded and len(run.pairs) > LEAST_FOLDED) for run in found
    ]  # fewer take no more room than their fold


def _parents(pairs: Sequence[Pair]) -> list[int]:
    """Return for each line the one that it stands under; -1 for none."""
    above: list[int] = []
    found = []
    for at, pair in enumerate(pairs):
        while above and pairs[above[-1]].depth >= pair.depth:
            above.pop()
        found.append(above[-1] if above else -1)
        above.append(at)
    return found


def _live_owners(live: Object | None) -> dict[Place, str]:
    if live is None:
        return {}
    found: dict[Place, list[str]] = {}
    for entry in entries(live.body):
        for path in leaves(entry.fields):
            found.setdefault(place_of(live.body, path), []).append(entry.owner.name)
    return {place: ", ".join(dict.fromkeys(names)) for place, names in found.items()}


def _text(item: ObjectDifference) -> Iterator[str]:
    yield f"{item.change.action.value} {plain(str(item.change.id))}"
    if item.unknown:
        yield f"  ({item.unknown})"
    for run in item.runs:
        if run.is_folded:
            yield f"    … {len(run.pairs):,} lines alike"
            continue
        for pair in run.pairs:
            yield from (f"  {mark} {plain(line, TEXT_CHARACTERS)}" for mark, line in _marked(pair))


def _marked(pair: Pair) -> Iterator[tuple[str, str]]:
    before, after = (line.text if line else "" for line in (pair.before, pair.after))
    if pair.action is None:
        yield " ", before
    if pair.action in (FieldAction.REMOVE, FieldAction.CHANGE):
        yield "-", before
    if pair.action in (FieldAction.ADD, FieldAction.CHANGE):
        yield "+", after


def said(value: Any) -> str:
    """Return how many lines, with the word in its number."""
    return f"{value:,} line{'s' if value != 1 else ''}"
