"""What was judged a moment ago and need not be judged again?

Between two plans next to nothing changes, in Git or in the cluster. Sources and readings give the very same `Object` for what stayed the
same, so what a plan found out about it is noted beside it and holds as long as the rules do. Notes are lists side by side: going over ten
thousand objects is then a matter of milliseconds.

The trap that shaped it: what looks the same is not the same judgement. Only identity counts, of both sides, and the notes of one plan
are made under one set of rules (what is served, by which schemas, what may change objects, whose set it is) and forgotten with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import Any, NamedTuple

from gitopskit.model.changes import Change, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.model.snapshot import object_digest
from gitopskit.planning.complete import complete
from gitopskit.planning.order import in_order


class _Answer(NamedTuple):
    item: Object
    live: Object | None
    row: Change


@dataclass(slots=True)
class _Page:
    """What one plan found out, side by side: the objects of the source, as they will be sent, what is there, and what surely stays."""

    live: Mapping[ObjectId, Object] = field(default_factory=dict)
    sources: list[Object] = field(default_factory=list)
    items: list[Object] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    lives: list[Object | None] = field(default_factory=list)
    rows: list[Change | None] = field(default_factory=list)
    answers: dict[int, _Answer] = field(default_factory=dict)  # by id(): every answer holds its object, so no other can have that id
    ordered: tuple[Change, ...] = ()


class Notes:
    """What plans found out, for the next one.

    Parameters
    ----------
    rules
        What the judgements depend on besides the objects, the definitions among them; compared by value.
    before
        The notes of the plan before, used if they were made under the same rules.
    options
        The plan's, where the server's answers are noted too: while the live side is followed. They depend on more than both sides (a
        quota, a webhook), but what is planned while one looks on is planned again before it is applied.
    """

    def __init__(self, rules: Any = None, before: Notes | None = None, options: PlanOptions | None = None) -> None:
        self.rules: Any = rules
        self.options = options
        self.page = _Page()
        self._former = before.page if before is not None and before.rules == rules else _Page()
        self._may_answer = before is not None and options is not None and before.options == options
        self._was: list[int] = []

    @property
    def digests(self) -> list[str]:
        """The digests of the desired objects as they were loaded."""
        return self.page.digests

    def completed(self, sources: Collection[Object], place_of: Callable[[Object], str], inventory_id: str) -> list[Object]:
        """Return desired objects as they will be sent, side by side; see `complete`.

        Parameters
        ----------
        place_of
            Gives the namespace of an object that names none.
        """
        former, page = self._former, self.page
        page.sources = list(sources)
        where = dict(zip(map(id, former.sources), count()))
        self._was = list(map(where.get, map(id, page.sources), repeat(-1)))
        noted = list(zip(page.sources, self._was, strict=True))
        page.items = [
            former.items[n] if n >= 0 else complete(source, namespace=place_of(source), inventory_id=inventory_id) for source, n in noted
        ]
        page.digests = [former.digests[n] if n >= 0 else object_digest(source) for source, n in noted]
        return page.items

    def rows(self, live: Mapping[ObjectId, Object], judge: Callable[[Object], Change | None]) -> list[Change | None]:
        """Return the row of each completed object that surely stays as it is, judged anew unless both sides are the very ones of before."""
        former, page = self._former, self.page
        page.live, page.lives = live, self._beside(live)
        found = [former.rows[n] if n >= 0 and former.lives[n] is one else None for n, one in zip(self._was, page.lives, strict=True)]
        for number in [number for number, row in enumerate(found) if row is None]:
            found[number] = judge(page.items[number])
        page.rows = found
        return found

    def _beside(self, live: Mapping[ObjectId, Object]) -> list[Object | None]:
        """Return the live objects beside the completed ones."""
        former, items = self._former, self.page.items
        if former.live is not live:
            return [live.get(item.id) for item in items]
        return [former.lives[n] if n >= 0 else live.get(item.id) for item, n in zip(items, self._was, strict=True)]

    def answer(self, item: Object, live: Object | None, ask: Callable[[Object], Change]) -> Change:
        """Return the row of an object for which the server has to be asked; asked anew unless its answer to just this was noted."""
        known = self._former.answers.get(id(item)) if self._may_answer else None
        if known is None or known.live is not live:
            known = _Answer(item, live, ask(item))
        is_told = known.row.judgement.method is Method.SERVER_DRY_RUN and not known.row.problem
        if self.options is not None and live is not None and is_told:
            self.page.answers[id(item)] = known
        return known.row

    def close(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return the changes in the order of execution, and forget the plan before; what keeps its place costs nothing to sort."""
        now = {id(change): change for change in changes}
        kept = [change for change in self._former.ordered if now.pop(id(change), None) is not None]
        self.page.ordered = in_order(now.values(), kept)
        self._former = _Page()
        return self.page.ordered
