"""How is a noun handed in, mailed, or given to a program? One call writes it as a file.

A format is one function from `Contents` to text, in a file of its own; here is the table of them, and the only place that writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final

from gitopskit.errors import UsageError, expect, plain
from gitopskit.home import replace_file
from gitopskit.views.anonymise import Labels
from gitopskit.views.export.anonymous import anonymised
from gitopskit.views.export.contents import Contents
from gitopskit.views.export.csv import to_csv
from gitopskit.views.export.html import to_html
from gitopskit.views.export.json import to_json
from gitopskit.views.export.junit import to_junit
from gitopskit.views.export.markdown import to_markdown
from gitopskit.views.export.nouns import contents_of

__all__ = ["FORMATS", "format_of", "render", "save"]

FORMATS: Final[Mapping[str, Callable[[Contents], str]]] = {
    "html": to_html, "markdown": to_markdown, "csv": to_csv, "json": to_json, "junit": to_junit,
}  # fmt: skip
_SUFFIXES: Final = {".html": "html", ".htm": "html", ".md": "markdown", ".csv": "csv", ".json": "json", ".xml": "junit"}


def save(noun: Any, path: str | Path, *, format: str = "", anonymous: bool | str | Path = False) -> Path:  # noqa: A002 - the word for it
    """Write a plan, a report, a snapshot, the plans of a fleet or a frame as a report file, and return its path.

    Parameters
    ----------
    noun
        What to write. The path of a notebook that was run stands for the notebook: it is written without names, as ``.ipynb`` or ``.html``.
    path
        Its suffix names the format: ``.html``, ``.md``, ``.csv``, ``.json`` or ``.xml`` (JUnit).
    format
        "html", "markdown", "csv", "json" or "junit", where the suffix does not tell.
    anonymous
        Whether names of objects, namespaces, hosts, users, repositories and images become numbered labels. The path of a key file keeps
        the labels, so that every file written with the same key has the same ones, and names can be found again by who has the key.

    Raises
    ------
    UsageError
        The format is unknown, the noun is none, or the file cannot be written; an older one is left as it was.

    Examples
    --------
    gk.save(plan, "plan.html")
    gk.save(report, "run.xml")
    gk.save(plan, "plan.md", anonymous="key.json")
    gk.save("2026-11-27-01-audit.ipynb", "audit-anonymous.ipynb", anonymous="key.json")
    """
    expect(path, (str, PathLike), 'gk.save(plan, "plan.html")')
    target = Path(path)
    labels = Labels() if isinstance(anonymous, bool) else Labels.load(anonymous)
    if isinstance(noun, str | Path):
        text = _notebook(Path(noun), target, format, labels if anonymous else None)
    else:
        text = render(noun, format_of(target, format), labels=labels if anonymous else None)
    if not isinstance(anonymous, bool):
        labels.save(anonymous)  # first: without its key the file tells nobody anything
    try:
        replace_file(target, text, mode=0o644)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "this is no path"
        raise UsageError(f"the report cannot be written: {why}", where=plain(str(target)), next_step="name another place") from None
    return target


def render(noun: Any, form: str, *, labels: Labels | None = None) -> str:
    """Return the text of an export.

    Parameters
    ----------
    form
        One of `FORMATS`.
    labels
        What names become; they stay as they are without.
    """
    contents = contents_of(noun)
    return FORMATS[form](contents if labels is None else anonymised(contents, labels))


def _notebook(source: Path, target: Path, wanted: str, labels: Labels | None) -> str:
    """Return the text of a notebook without names.

    Raises
    ------
    UsageError
        Nobody asked for labels, the format is none for a notebook, it would overwrite the notebook itself, or that cannot be read.
    """
    from gitopskit.views.evidence import FORMATS as SHAPES
    from gitopskit.views.evidence import render_notebook

    where = plain(str(target))
    if labels is None:
        next_step = "say anonymous=True, or name a key file; with names it is the file itself, or jupyter nbconvert makes a page of it"
        raise UsageError("a notebook is written without names only", where=plain(str(source)), next_step=next_step)
    form = wanted or {".ipynb": "notebook", ".html": "html", ".htm": "html"}.get(target.suffix.lower(), "")
    if form not in SHAPES:
        raise UsageError("a notebook becomes a notebook or a page", where=where, next_step="end the name with .ipynb or .html")
    if source.resolve() == target.resolve():
        raise UsageError("the notebook itself is never overwritten", where=where, next_step="name another file")
    return render_notebook(source, form, labels, title=target.stem)


def format_of(path: str | Path, wanted: str = "") -> str:
    """Return the format that a report file will have.

    Raises
    ------
    UsageError
        There is none of that name, or none for that suffix.
    """
    suffix = Path(path).suffix
    found = wanted or _SUFFIXES.get(suffix.lower(), "")
    if found in FORMATS:
        return found
    what = f"there is no format {plain(wanted)!r}" if wanted else f"{plain(suffix or str(path))!r} names no format"
    suffixes = ", ".join(_SUFFIXES)
    raise UsageError(what, where=plain(str(path)), next_step=f"end the name with one of {suffixes}, or name a format: {', '.join(FORMATS)}")
