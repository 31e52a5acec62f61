"""Make the learner's copy of the notebooks: the same, without the solutions.

Cells tagged ``solution`` are executed by the tests, so that they stay right, and taken out here, so that nobody reads them by
accident. The copy goes to ``out/learners`` unless another folder is named; a notebook that is there already is left alone, because
somebody may have worked in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
TARGET = Path("out") / "learners"


def main(words: list[str]) -> None:
    """Copy every notebook, and say what was made."""
    target = Path(words[0]) if words else TARGET
    for source in sorted(NOTEBOOKS.glob("*/*.ipynb")):
        made = copy_without_solutions(source, target / source.relative_to(NOTEBOOKS))
        print(made if made else f"left alone: {target / source.relative_to(NOTEBOOKS)}")


def copy_without_solutions(source: Path, target: Path) -> Path | None:
    """Write the learner's copy of one notebook and return its path; None where there is one already."""
    if target.exists():
        return None
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", ())]
    nbformat.validate(notebook)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    return target


if __name__ == "__main__":
    main(sys.argv[1:])
