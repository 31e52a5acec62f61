"""How does one look through thousands of rows for the odd one?

A `Table` is a widget where a front end sent the cell, and a static page everywhere else: what no person runs gets no widget at all, so
that no executed notebook holds one that only a network could bring back to life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from gitopskit.errors import UsageError
from gitopskit.views.html.markup import wrap
from gitopskit.views.html.table import sheet_html, sheet_text
from gitopskit.views.progress import has_front_end
from gitopskit.views.table.packed import pack
from gitopskit.views.table.sheet import Looks, Rows, Sheet, sheet_of
from gitopskit.views.voila import is_in_voila

if TYPE_CHECKING:
    from gitopskit.views.table.widget import TableWidget


class Table:
    """Rows to look through; see `gitopskit.table`.

    Attributes
    ----------
    frame
        All rows, in the order given; the index tells a row's place in the noun.
    """

    def __init__(self, rows: Rows, sheet_of: Callable[[Rows], Sheet], *, is_selectable: bool) -> None:
        self._sheet_of = sheet_of
        self._sheet = sheet_of(rows)
        self._is_selectable = is_selectable
        self._selected: tuple[int, ...] = ()
        self._generation = 0
        self._told: list[Callable[[pd.DataFrame], None]] = []

    @property
    def frame(self) -> pd.DataFrame:
        """All rows."""
        return self._sheet.frame

    @property
    def selected(self) -> pd.DataFrame:
        """The rows that are selected now, with their index."""
        return self.frame.iloc[list(self._selected)]

    def select(self, rows: Iterable[Any]) -> None:
        """Select these rows, by their index in `frame`, and no others.

        Raises
        ------
        UsageError
            The table was made without selection, or there is no such row.
        """
        if not self._is_selectable:
            raise UsageError("nothing can be selected in this table", next_step="make it with gk.table(…, select=True)")
        wanted = list(rows)
        found: list[int] = self.frame.index.get_indexer(pd.Index(wanted)).tolist() if wanted else []
        unknown = [row for row, position in zip(wanted, found, strict=True) if position < 0]
        if unknown:
            raise UsageError(f"there is no row {unknown[0]!r}", next_step="name rows by their index in `table.frame`")
        self._choose(found)

    def replace(self, rows: Rows) -> None:
        """Show other rows in the place of these, wherever the table is shown.

        What somebody has searched, sorted and scrolled to stays as it is, and so do the selected rows whose index is still there.
        """
        kept = self.selected.index
        self._sheet = self._sheet_of(rows)
        self._generation += 1
        self._selected = tuple(sorted(int(at) for at in self.frame.index.get_indexer(kept) if at >= 0)) if len(kept) else ()
        if "widget" in self.__dict__:
            with self.widget.hold_sync():
                self.widget.selection = self._selection
                self.widget.sheet = pack(self._sheet, self._generation)

    def on_select(self, told: Callable[[pd.DataFrame], None]) -> None:
        """Call `told` with the selected rows whenever another selection is made."""
        self._told.append(told)

    @cached_property
    def widget(self) -> TableWidget:
        """The widget, to put beside others; it is made when it is first asked for."""
        from gitopskit.views.table.widget import TableWidget

        sheet = pack(self._sheet, self._generation)
        made = TableWidget(sheet=sheet, is_selectable=self._is_selectable, selection=self._selection)
        made.observe(lambda change: self._take(change["new"]), names="selection")
        return made

    def __repr__(self) -> str:
        return sheet_text(self._sheet)

    def _repr_html_(self) -> str:
        return wrap(sheet_html(self._sheet))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any] | tuple[dict[str, Any], dict[str, Any]]:
        del include, exclude
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not (has_front_end() or is_in_voila()):
            return static
        bundle, metadata = self.widget._repr_mimebundle_() or ({}, {})
        return {**bundle, **static}, metadata

    @property
    def _selection(self) -> dict[str, Any]:
        """What is selected, as it travels."""
        return {"sheet": self._generation, "rows": list(self._selected)}

    def _take(self, said: Mapping[str, Any]) -> None:
        """Take in what a page says is selected; of a page that shows other rows than these, nothing, and it is told so."""
        match said:
            case {"sheet": self._generation, "rows": list(rows)} if self._is_selectable:
                self._choose(at for at in rows if isinstance(at, int) and 0 <= at < len(self.frame))
        self.widget.selection = self._selection

    def _choose(self, positions: Iterable[int]) -> None:
        before, self._selected = self._selected, tuple(sorted(set(positions)))
        if "widget" in self.__dict__:
            self.widget.selection = self._selection
        if self._selected != before:
            for told in self._told:
                told(self.selected)


def table(
    rows: Rows,
    *,
    columns: Sequence[str] = (),
    select: bool = False,
    looks: Mapping[str, Looks] | None = None,
    label: str = "",
) -> Table:
    """Return rows to sort, search, filter and walk through, a hundred thousand as readily as ten.

    In a notebook that a person runs it is a widget; in a page, in an executed notebook and on GitHub it is a static table of the first
    rows that says how many more there are. Both escape everything.

    Parameters
    ----------
    rows
        A plan (one row per change), a report (per step), a snapshot (per object), differences (per field), the plans of a fleet (per
        member), or any frame.
    columns
        The columns to see at once; those that say the most by default. The others are in the details of a row.
    select
        Whether rows can be selected; `Table.selected` has them, with the index of their frame. For a plan, that is the place in
        ``plan.changes``; give a frame an index of its own to know its rows again.
    looks
        For further columns of statuses: value to `Look`.
    label
        What a screen reader calls the table.

    Raises
    ------
    UsageError
        There is no such column, or it is nothing that has rows.
    """
    return Table(rows, partial(sheet_of, columns=columns, label=label, looks=looks), is_selectable=select)
