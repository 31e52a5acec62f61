"""Tables of a page: which cell stands in which column, which names do they tell, and how is each treated?

A table of ours has columns that are known to hold words of ours; one of anybody's has none, so that each of its texts becomes a label as a
whole, as in a report.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gitopskit.views.evidence.masker import Masker
from gitopskit.views.export.anonymous import SPOKEN, foreign_cell
from gitopskit.views.vocabulary import vocabulary

_NAMES: Final = frozenset(
    {"namespace", "name", "owner", "managed_by", "path", "origin", "kind", "group", "api_version", "server", "user", "image", "node"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table's body.

    Attributes
    ----------
    element
        Where it stands in the page.
    heading
        What its column is called, with underscores.
    """

    element: Any
    heading: str

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.element.get_text()).strip()


def is_ours(table: Any) -> bool:
    """Whether a table stands in a piece of HTML that this package makes."""
    return table.find_parent(class_="gk") is not None


def rows_of(table: Any) -> list[list[Cell]]:
    """Return the cells of a table's body, row by row, each with the heading of its column; tables within cells are left to themselves."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    head = [row for row in rows if row.find_parent("thead") is not None or not row.find("td", recursive=False)]
    grid = _grid(rows)
    names: dict[int, str] = {}
    for row in head:
        for column, element in grid[id(row)]:
            text = element.get_text().strip()
            if text:
                names[column] = text.lower().replace(" ", "_")
    return [[Cell(element, names.get(column, "")) for column, element in grid[id(row)]] for row in rows if not _is_among(row, head)]


def headings_of(table: Any) -> Iterator[Any]:
    """Yield the elements of a table's head that say something."""
    body = {id(cell.element) for row in rows_of(table) for cell in row}
    for element in table.find_all(["th", "td"]):
        if element.find_parent("table") is table and id(element) not in body and element.get_text().strip():
            yield element


def names_told(rows: list[list[Cell]], masker: Masker) -> dict[str, list[str]]:
    """Return the names of objects in a table, each with its kinds, and give namespaces their labels."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        said = {cell.heading: cell.text for cell in row}
        if not masker.is_everybodys(said.get("namespace", "")):
            masker.labels.of(said["namespace"], "namespace")
        if said.get("kind") and not masker.is_everybodys(said.get("name", "")):
            found[said["name"]].append(said["kind"])
        for cell in row:
            if cell.heading.startswith("object"):
                for namespace, name, kind in _objects_in(cell.element):
                    if not masker.is_everybodys(namespace):
                        masker.labels.of(namespace, "namespace")
                    if not masker.is_everybodys(name):
                        found[name].append(kind)
    return found


def name_objects(found: dict[str, list[str]], masker: Masker) -> None:
    """Give names of objects their labels, as a report does."""
    for name, kinds in found.items():
        several = len(set(kinds)) > 1
        known = kinds[0] if kinds[0] in vocabulary().kinds else ""
        masker.labels.of(name, "name" if several else known.lower() or "object")


def masked_cell(cell: Cell, row: list[Cell], masker: Masker, *, ours: bool) -> str | None:
    """Return what a cell says, without names; None where it is a sentence to be treated as such."""
    text = cell.text
    is_one = not cell.element.find(["code", "br", "details", "table"])
    if cell.heading in SPOKEN or cell.heading.endswith("_message") or not text:
        return None
    if cell.heading in _NAMES and is_one:
        return (
            None if masker.is_everybodys(text) else foreign_cell(cell.heading, text, {one.heading: one.text for one in row}, masker.labels)
        )
    if ours and (not cell.heading or masker.is_heading(cell.heading) or _is_of_a_chart(cell.element)):
        return None
    return foreign_cell(cell.heading, text, {}, masker.labels) if is_one and not masker.is_anybodys(text) else None


def masked_heading(text: str, masker: Masker, *, ours: bool) -> str:
    """Return what a column is called: a pivot makes names into columns."""
    key = text.strip().lower().replace(" ", "_")
    if masker.is_heading(key) or masker.is_anybodys(text):
        return text
    return masker.text(text) if ours else masker.labels.of(text.strip(), "column")


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _grid(rows: list[Any]) -> dict[int, list[tuple[int, Any]]]:
    """Return each row's cells with their columns: a cell may span several rows and columns."""
    taken: set[tuple[int, int]] = set()
    grid: dict[int, list[tuple[int, Any]]] = {}
    for at, row in enumerate(rows):
        column, placed = 0, []
        for element in row.find_all(["th", "td"], recursive=False):
            while (at, column) in taken:
                column += 1
            wide, high = (_span(element, name) for name in ("colspan", "rowspan"))
            taken |= {(at + down, column + right) for down in range(high) for right in range(wide)}
            placed.append((column, element))
        grid[id(row)] = placed
    return grid


def _is_of_a_chart(element: Any) -> bool:
    return str(element.find_parent("table").get("aria-label")) == "figures of the chart"


def _span(element: Any, name: str) -> int:
    value = str(element.get(name, "1"))
    return min(max(int(value), 1), 1000) if value.isdecimal() else 1


def _is_among(row: Any, rows: list[Any]) -> bool:
    return any(row is one for one in rows)


def _objects_in(element: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the namespace, name and kind of each object that a cell of ours names: the kind is bold, and what it is called follows."""
    for bold in element.find_all("b"):
        after = bold.next_sibling
        found = re.match(r"\s*([^\s/]+)(?:/(\S+))?", str(after)) if isinstance(after, str) else None
        if found and bold.get_text() in vocabulary().kinds:
            yield (found[1], found[2], bold.get_text()) if found[2] else ("", found[1], bold.get_text())
