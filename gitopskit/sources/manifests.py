"""Which objects do the files of a commit describe?

Every ``*.yaml``, ``*.yml`` and ``*.json`` file below the path, lists flattened, with file and line of every object. Two objects with
one identity are an error that names both places. Links, submodules and pointers to content elsewhere are never followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any, Final

from gitopskit.errors import DuplicateObjectError, plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import mask_object
from gitopskit.model.objects import Object, Origin
from gitopskit.sources.parsed import Bodies
from gitopskit.sources.yaml import Document, documents, problem

ENDINGS: Final = (".yaml", ".yml", ".json")


def read(path: str, content: bytes, commit: str) -> Bodies:
    """Return the bodies of the objects in a file, lists flattened, with the line of each.

    Raises
    ------
    ManifestError
        The file is not YAML or JSON, or holds something that is no object.
    """
    where = f"{plain(path)}@{commit[:12]}"
    return [pair for document in documents(content, where) for pair in _flat(document.value, document, document.line, where)]


def objects(path: str, bodies: Bodies, commit: str, key: bytes) -> tuple[Object, ...]:
    """Return the objects of a file, secrets masked with the user's key.

    Raises
    ------
    ManifestError
        A body lacks what makes an object.
    """
    file = plain(path)
    where = f"{file}@{commit[:12]}"
    return tuple(
        Object(
            id=_identity(body, where, line),
            api_version=body["apiVersion"],
            body=mask_object(body, key=key),
            origin=Origin(file=file, line=line),
        )
        for body, line in bodies
    )


def by_identity(files: Iterable[Iterable[Object]], commit: str) -> dict[ObjectId, Object]:
    """Return the objects of all files by identity.

    Raises
    ------
    DuplicateObjectError
        Two objects have one identity.
    """
    listed = list(chain.from_iterable(files))
    found = dict(zip(map(attrgetter("id"), listed), listed, strict=True))
    for item in listed if len(found) < len(listed) else ():
        twin = found[item.id]
        if twin is not item:
            raise DuplicateObjectError(
                f"{item.id} is described twice", where=f"{item.origin} and {twin.origin}@{commit[:12]}", next_step="remove one of the two"
            )
    return found


def _flat(value: Any, document: Document, line: int, where: str) -> Iterator[tuple[dict[str, Any], int]]:
    if not isinstance(value, dict):
        raise problem("this is no object: a mapping with apiVersion, kind and metadata is expected", where, line)
    if is_list(value):
        for item in value["items"]:
            yield from _flat(item, document, document.lines.get(id(item), line), where)
    else:
        yield value, line


def is_list(value: Any) -> bool:
    """Whether a value is a list of objects, as kubectl prints one."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind.endswith("List") and isinstance(value.get("items"), list)


def _identity(body: Mapping[str, Any], where: str, line: int) -> ObjectId:
    for name in ("apiVersion", "kind"):
        if not isinstance(body.get(name), str) or not body[name]:
            advice = "if this file is no manifest, leave it out of the path"
            raise problem(f"the object has no {name}", where, line, advice)
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if not metadata.get("name") and metadata.get("generateName"):
        raise problem("an object with generateName has no identity, and would be made anew at each apply", where, line, "give it a name")
    for name in ("name", "namespace"):
        if not isinstance(metadata.get(name, ""), str):
            raise problem(f"metadata.{name} is not text", where, line, "put it in quotes")
    if body["kind"] in ("Kustomization", "Component") and group_of(body) == "kustomize.config.k8s.io":
        raise problem("this is a kustomization, not an object", where, line, "point the path at its folder: it is rendered there")
    if not metadata.get("name"):
        raise problem(f"the {plain(body['kind'])} has no metadata.name", where, line)
    return ObjectId(group=group_of(body), kind=body["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"])


def group_of(body: Mapping[str, Any]) -> str:
    """Return the API group of an object; empty for the core group."""
    return str(body["apiVersion"]).rpartition("/")[0]
