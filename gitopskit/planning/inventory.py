"""Which objects belong together, and how is that marked?

The ApplySet specification of kubectl (KEP-3659): a parent object names the set, its tooling, and where members may be; each member
carries the set's id as a label. A tool must refuse a set whose parent names another tool.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from gitopskit import __version__
from gitopskit.errors import UsageError, plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Inventory, SourceRef

PARENT_KIND: Final = "ConfigMap"
PARENT_PLURALS: Final = {"ConfigMap": "configmaps", "Secret": "secrets"}
TOOLING: Final = f"gitopskit/{__version__}"
ID_LABEL: Final = "applyset.kubernetes.io/id"
PART_OF_LABEL: Final = "applyset.kubernetes.io/part-of"
TOOLING_ANNOTATION: Final = "applyset.kubernetes.io/tooling"
KINDS_ANNOTATION: Final = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES_ANNOTATION: Final = "applyset.kubernetes.io/additional-namespaces"


def name_for(source: SourceRef) -> str:
    """Return a name for the inventory of a source: repository, path, and a release that is called otherwise, fit for an object name."""
    repository = re.sub(r"\.git$", "", source.url.rstrip("/")).rpartition("/")[2]
    folder = (source.path or repository).rpartition("/")[2].lower()
    release = source.rendering.release if source.rendering.release != folder else ""
    slug = re.sub(r"[^a-z0-9]+", "-", f"{repository} {source.path} {release}".lower()).strip("-")
    if len(slug) > 50:
        slug = f"{slug[:41].rstrip('-')}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"
    return slug or "gitopskit"


def inventory_id(name: str, namespace: str, kind: str = PARENT_KIND, group: str = "") -> str:
    """Return the id of the set with this parent, as the specification computes it."""
    digest = hashlib.sha256(f"{name}.{namespace}.{kind}.{group}".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def new_inventory(name: str, namespace: str) -> Inventory:
    """Return the inventory of a parent that has not been looked for yet.

    Parameters
    ----------
    name
        Of the parent, a ConfigMap; ``secret/NAME`` for a Secret (which kubectl takes by default).

    Raises
    ------
    UsageError
        The parent is of a kind that is not supported.
    """
    kind, _, bare = name.rpartition("/")
    kind = next((known for known in PARENT_PLURALS if known.lower() == (kind or PARENT_KIND).lower()), "")
    if not kind or not bare:
        raise UsageError(
            f"an inventory is kept in a ConfigMap or a Secret, not in {plain(name)!r}", next_step="name it NAME or secret/NAME"
        )
    return Inventory(id=inventory_id(bare, namespace, kind), group_kind=kind, namespace=namespace, name=bare)


def parse_place(place: str) -> Inventory:
    """Return the inventory that `place_of` named."""
    namespace, _, name = place.partition("/")
    return new_inventory(name, namespace)


def place_of(inventory: Inventory) -> str:
    """Return where the parent is: ``namespace/name``, or ``namespace/secret/name``."""
    kind = "" if inventory.group_kind == PARENT_KIND else f"{inventory.group_kind.lower()}/"
    return f"{inventory.namespace}/{kind}{inventory.name}"


def read_inventory(wanted: Inventory, parent: Mapping[str, Any]) -> Inventory:
    """Return the inventory that a live parent describes; one without the right id label names no tooling, because it is no set."""
    metadata = parent["metadata"]
    annotations = metadata.get("annotations") or {}
    is_set = (metadata.get("labels") or {}).get(ID_LABEL) == wanted.id
    return replace(
        wanted,
        tooling=annotations.get(TOOLING_ANNOTATION, "") if is_set else "",
        group_kinds=_split(annotations.get(KINDS_ANNOTATION, "")),
        namespaces=_split(annotations.get(NAMESPACES_ANNOTATION, "")),
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
    )


def parent_body(inventory: Inventory, members: Iterable[ObjectId], *, keep: bool) -> dict[str, Any]:
    """Return the parent object for these members.

    Parameters
    ----------
    keep
        Whether what the live parent lists stays listed: so before members are written or pruned (the set may only be too wide),
        not so at the end.
    """
    listed = list(members)
    kinds = {item.group_kind for item in listed} | (set(inventory.group_kinds) if keep else set())
    namespaces = {item.namespace for item in listed if item.namespace} | (set(inventory.namespaces) if keep else set())
    return {
        "apiVersion": "v1",
        "kind": inventory.group_kind,
        "metadata": {
            "name": inventory.name,
            "namespace": inventory.namespace,
            "labels": {ID_LABEL: inventory.id},
            "annotations": {
                TOOLING_ANNOTATION: TOOLING,
                KINDS_ANNOTATION: ",".join(sorted(kinds)),
                NAMESPACES_ANNOTATION: ",".join(sorted(namespaces - {inventory.namespace})),
            },
        },
    }


def released_body(inventory: Inventory, tooling: str) -> dict[str, Any]:
    """Return the parent object as another tool's, with its members as they were."""
    body = parent_body(inventory, (), keep=True)
    body["metadata"]["annotations"][TOOLING_ANNOTATION] = tooling
    return body


def foreign_owner(inventory: Inventory) -> str:
    """Return why the set is not ours to write to; empty where it is ours (any version) or not there yet.

    The specification makes a tool refuse a parent whose tooling is another one's, and one that names none.
    """
    place = f"{inventory.group_kind} {inventory.namespace}/{inventory.name}"
    if not inventory.exists or inventory.tooling.partition("/")[0] == "gitopskit":
        return ""
    return f"{place} is a set of {plain(inventory.tooling)}" if inventory.tooling else f"{place} is there, and is no set"


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
