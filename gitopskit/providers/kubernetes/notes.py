"""What was judged a moment ago and need not be judged again?

Between two plans next to nothing changes, in Git or in the cluster. Sources and readings give the very same `Object` for what stayed the
same, so what a plan found out about it is noted under that object and holds as long as the rules do.

The trap that shaped it: what looks the same is not the same judgement. Only identity counts, of both sides, and the notes of one plan
are made under one set of rules (what is served, what may change objects, whose set it is) and forgotten with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from gitopskit.model.changes import Change, Method
from gitopskit.model.objects import Object
from gitopskit.model.plan import PlanOptions
from gitopskit.model.snapshot import object_digest
from gitopskit.planning.complete import complete


class _Item(NamedTuple):
    source: Object
    namespace: str
    item: Object
    digest: str


class _Row(NamedTuple):
    item: Object
    live: Object | None
    row: Change


class _Empty(NamedTuple):
    items: Mapping[int, _Item]
    rows: Mapping[int, _Row]
    answers: Mapping[int, _Row]
    options: PlanOptions | None


EMPTY: Final = _Empty({}, {}, {}, None)


class Notes:
    """What one plan found out.

    Parameters
    ----------
    rules
        What the judgements depend on besides the objects; compared by value.
    before
        The notes of the plan before, used if they were made under the same rules.
    options
        The plan's, where the server's answers are noted too: while the live side is followed. They depend on more than both sides (a
        quota, a webhook), but what is planned while one looks on is planned again before it is applied.
    """

    def __init__(self, rules: Any = None, before: Notes | None = None, options: PlanOptions | None = None) -> None:
        self.rules: Any = rules
        self.options = options
        self.answers: dict[int, _Row] = {}
        self.items: dict[int, _Item] = {}  # by id(): every note holds its object, so no other can have that id
        self.rows: dict[int, _Row] = {}
        self._before: Notes | _Empty = before if before is not None and before.rules == rules else EMPTY

    def completed(self, sources: Iterable[Object], places: Mapping[tuple[str, str], str], inventory_id: str) -> Iterator[Object]:
        """Yield desired objects as they will be sent; see `complete`.

        Parameters
        ----------
        places
            For each apiVersion and kind the namespace of an object that names none.
        """
        before, items = self._before.items, self.items
        for source in sources:
            namespace = places[source.api_version, source.id.kind]
            known = before.get(id(source))
            if known is None or known.namespace != namespace:
                item = complete(source, namespace=namespace, inventory_id=inventory_id)
                known = _Item(source, namespace, item, object_digest(source))
            items[id(source)] = known
            yield known.item

    def digests(self) -> list[str]:
        """Return the digests of the desired objects as they were loaded."""
        return [known.digest for known in self.items.values()]

    def row(self, item: Object, live: Object | None, judge: Callable[[Object], Change | None]) -> Change | None:
        """Return the row of an object that surely stays as it is, judged anew unless both sides are the very ones of before."""
        known = self._before.rows.get(id(item))
        if known is None or known.live is not live:
            row = judge(item)
            if row is None:
                return None
            known = _Row(item, live, row)
        self.rows[id(item)] = known
        return known.row

    def answer(self, item: Object, live: Object | None, ask: Callable[[Object], Change]) -> Change:
        """Return the row of an object for which the server has to be asked; asked anew unless its answer to just this was noted."""
        known = self._before.answers.get(id(item)) if self.options is not None and self._before.options == self.options else None
        if known is None or known.live is not live:
            known = _Row(item, live, ask(item))
        if self.options is not None and live is not None and known.row.judgement.method is Method.SERVER_DRY_RUN and not known.row.problem:
            self.answers[id(item)] = known
        return known.row

    def close(self) -> None:
        """Forget the plan before."""
        self._before = EMPTY
