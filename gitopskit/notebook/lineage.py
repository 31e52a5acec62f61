"""Does a notebook still say what its master says, cell by cell?

An evidence notebook carries the fingerprint of each code cell of its master, under the cell's id, so that it can be held against it
without the master at hand; and the digest of all of them, which the master's file must give as well.

Cells tagged ``parameters`` are there to be filled in: to change one is told, and is no alteration. Text is free to be added to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gitopskit.model.canonical import digest

KEY: Final = "gitopskit"
FILLED_IN: Final = "parameters"
Fingerprints: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an evidence notebook compares with its master: ids of code cells.

    Attributes
    ----------
    master
        The master's file name, as recorded.
    filled
        Parameters that were filled in.
    moved
        Cells that stand elsewhere than in the master.
    doubts
        Why the comparison itself is in doubt: the record was altered, or the master has moved on.
    """

    master: str
    altered: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def is_faithful(self) -> bool:
        """Whether it has its master's code cells, all of them, in order and no others."""
        return not (self.altered or self.added or self.removed or self.moved or self.doubts)

    def __str__(self) -> str:
        parts = {name: getattr(self, name) for name in ("altered", "added", "removed", "moved", "filled")}
        told = [f"{name}: {', '.join(ids)}" for name, ids in parts.items() if ids]
        head = f"{'as' if self.is_faithful else 'NOT as'} its master {self.master}"
        return "\n  ".join([head, *told, *self.doubts])


def fingerprints(notebook: Any) -> dict[str, dict[str, Any]]:
    """Return the fingerprint of each code cell, by id, in order."""
    return {
        cell["id"]: {"digest": digest(cell["source"]), "is_filled_in": FILLED_IN in cell.get("metadata", {}).get("tags", ())}
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def notebook_digest(cells: Fingerprints) -> str:
    """Return the digest of a notebook's code cells and their order."""
    return digest([[name, cell["digest"], cell["is_filled_in"]] for name, cell in cells.items()])


def compare(recorded: Fingerprints, found: Fingerprints, *, master: str, doubts: tuple[str, ...] = ()) -> Verdict:
    """Hold the code cells of a notebook against those of its master."""
    differ = [name for name in recorded if name in found and found[name]["digest"] != recorded[name]["digest"]]
    common = [name for name in recorded if name in found]
    order = [name for name in found if name in recorded]
    return Verdict(
        master=master,
        altered=tuple(name for name in differ if not recorded[name]["is_filled_in"]),
        filled=tuple(name for name in differ if recorded[name]["is_filled_in"]),
        added=tuple(name for name in found if name not in recorded),
        removed=tuple(name for name in recorded if name not in found),
        moved=tuple(here for here, there in zip(order, common, strict=True) if here != there),
        doubts=doubts,
    )
