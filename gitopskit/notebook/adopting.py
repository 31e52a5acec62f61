"""How does a live value get into Git? As an edit of the line that says otherwise.

Only what a file states itself can be adopted so: what a renderer made is changed where it is made, and a whole object is more than a
value. A secret is never written: what Git has of it is seen by everybody who reads the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gitopskit.errors import EditError, plain
from gitopskit.model.differences import Difference
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.paths import render_path
from gitopskit.model.values import UNKNOWN, Sensitive
from gitopskit.sources.desired import MANIFESTS, Desired
from gitopskit.sources.git import Repository
from gitopskit.sources.writing.edit import GONE, Edit, edited

_PLACES: Final = {
    "kustomize": "{place}kustomization.yaml, as a patch, or into the base that it names",
    "helm": "a values file, or a template below {place}",
    "jsonnet": "the program below {place}",
}


def adopted(repository: Repository, commit: str, desired: Desired, folder: str, rows: Iterable[Difference]) -> dict[str, bytes]:
    """Return the files of a commit, changed so that they say what is live.

    Raises
    ------
    EditError
        A row cannot be adopted: a secret, a whole object, something rendered, or a line that cannot be changed alone.
    """
    edits: dict[str, list[Edit]] = {}
    for row in rows:
        check(row)
        item = _stated(desired.objects, row.id)
        if desired.renderer != MANIFESTS:
            raise EditError(
                f"{name_of(row)} is made by {desired.renderer}", where=_place(item, folder), next_step=_where_to(desired, folder)
            )
        if item is None or item.origin is None:
            raise EditError(f"{row.id} stands in no file at {commit[:12]}", where=repository.url, next_step="look again: ws.differences()")
        value = GONE if row.live is None else row.live
        edits.setdefault(item.origin.file, []).append(Edit(line=item.origin.line, path=row.path, value=value))
    return {file: edited(repository.file(commit, file) or b"", some, f"{file}@{commit[:12]}") for file, some in edits.items()}


def check(row: Difference) -> None:
    """Make sure that a row is a value that may be written.

    Raises
    ------
    EditError
        It is not.
    """
    if not row.path:
        what = f"{row.id} differs as a whole ({row.sync.value})"
        raise EditError(what, next_step="add or remove its file by hand; only values are adopted")
    if any(isinstance(one, Sensitive) for one in _values(row.live)) or isinstance(row.head, Sensitive):
        raise EditError(f"{name_of(row)} is a secret, and is not written into Git", next_step="set it where secrets are kept")
    if any(one is UNKNOWN for one in _values(row.live)):
        raise EditError(f"{name_of(row)} is not known yet", next_step="look again: ws.differences()")


def name_of(row: Difference) -> str:
    """Return a field with its object, as it is spoken of."""
    return f"{render_path(row.path)} of {row.id}"


def _stated(objects: Mapping[ObjectId, Object], wanted: ObjectId) -> Object | None:
    """Return an object as its file states it: without a namespace, it may be in the default one."""
    bare = ObjectId(group=wanted.group, kind=wanted.kind, namespace="", name=wanted.name)
    return objects.get(wanted) or objects.get(bare)


def _where_to(desired: Desired, folder: str) -> str:
    """Return where the value of something rendered is to be written."""
    place = _PLACES[desired.renderer.partition(" ")[0]].format(place=plain(f"{folder}/" if folder else "./"))
    return f"write the value into {place}: gk.propose(ws, {{path: text, …}})"


def _place(item: Object | None, folder: str) -> str:
    return str(item.origin) if item is not None and item.origin is not None else plain(folder)


def _values(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [one for item in value.values() for one in _values(item)]
    if isinstance(value, list | tuple):
        return [one for item in value for one in _values(item)]
    return [value]
