"""How is a notebook that was run handed in without names?

The notebook is read, masked as a whole (`gitopskit.views.evidence.notebook`), held against the format, and written anew as a notebook or as
a page. Nothing is executed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gitopskit.errors import UsageError, plain
from gitopskit.views.anonymise import Labels
from gitopskit.views.evidence.notebook import masked_notebook

__all__ = ["FORMATS", "render_notebook"]


def render_notebook(path: Path, form: str, labels: Labels, *, title: str = "notebook") -> str:
    """Return the text of a notebook without names.

    Parameters
    ----------
    form
        One of `FORMATS`.
    title
        What a page is called.

    Raises
    ------
    UsageError
        It cannot be read, or is no notebook.
    """
    library = _nbformat()
    made = library.from_dict(masked_notebook(_read(path, library), labels))
    library.validate(made)
    return FORMATS[form](made, title)


def _to_notebook(notebook: Any, _: str) -> str:
    return f"{_nbformat().writes(notebook)}\n"


def _to_page(notebook: Any, title: str) -> str:
    try:
        from nbconvert import HTMLExporter
    except ImportError:
        raise UsageError("nbconvert is not installed", next_step="pip install 'gitopskit[notebook]'") from None
    exporter = HTMLExporter(mathjax_url="", require_js_url="", embed_images=False)  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return str(page)


FORMATS: Final[Mapping[str, Callable[[Any, str], str]]] = {"notebook": _to_notebook, "html": _to_page}


def _read(path: Path, library: Any) -> dict[str, Any]:
    where = plain(str(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"the notebook cannot be read: {error.strerror}", where=where, next_step="name another file") from None
    try:
        notebook: dict[str, Any] = json.loads(content)
        if notebook["nbformat"] < 4:
            raise UsageError("this notebook is of an old format", where=where, next_step="open it in JupyterLab and save it")
        library.validate(_with_sound_ids(notebook))
    except UsageError:
        raise
    except Exception as error:  # whatever a reader of foreign JSON may raise
        what = f"this is no notebook ({type(error).__name__})"
        raise UsageError(what, where=where, next_step="name an .ipynb file") from None
    return notebook


def _with_sound_ids(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook whose cells have ids, each its own, or none at all, as before 4.5."""
    ids = [cell.get("id") for cell in notebook["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        notebook["nbformat_minor"] = 4
        for cell in notebook["cells"]:
            cell.pop("id", None)
    return notebook


def _nbformat() -> Any:
    try:
        import nbformat
    except ImportError:
        raise UsageError("nbformat is not installed", next_step="pip install 'gitopskit[notebook]'") from None
    return nbformat
