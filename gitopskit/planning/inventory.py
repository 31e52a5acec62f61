"""Which objects belong together, and how is that marked?

The ApplySet specification of kubectl (KEP-3659): a parent object names the set, its tooling, and where members may be; each member
carries the set's id as a label. A tool must refuse a set whose parent names another tool.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from gitopskit import __version__
from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Inventory, SourceRef

PARENT_KIND: Final = "ConfigMap"
TOOLING: Final = f"gitopskit/{__version__}"
ID_LABEL: Final = "applyset.kubernetes.io/id"
PART_OF_LABEL: Final = "applyset.kubernetes.io/part-of"
TOOLING_ANNOTATION: Final = "applyset.kubernetes.io/tooling"
KINDS_ANNOTATION: Final = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES_ANNOTATION: Final = "applyset.kubernetes.io/additional-namespaces"


def name_for(source: SourceRef) -> str:
    """Return a name for the inventory of a source: repository and path, fit for an object name."""
    repository = re.sub(r"\.git$", "", source.url.rstrip("/")).rpartition("/")[2]
    slug = re.sub(r"[^a-z0-9]+", "-", f"{repository} {source.path}".lower()).strip("-")
    if len(slug) > 50:
        slug = f"{slug[:41].rstrip('-')}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"
    return slug or "gitopskit"


def inventory_id(name: str, namespace: str, kind: str = PARENT_KIND, group: str = "") -> str:
    """Return the id of the set with this parent, as the specification computes it."""
    digest = hashlib.sha256(f"{name}.{namespace}.{kind}.{group}".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def new_inventory(name: str, namespace: str) -> Inventory:
    """Return the inventory of a parent that has not been looked for yet."""
    return Inventory(id=inventory_id(name, namespace), group_kind=PARENT_KIND, namespace=namespace, name=name)


def read_inventory(name: str, namespace: str, parent: dict[str, Any]) -> Inventory:
    """Return the inventory that a live parent describes."""
    metadata = parent["metadata"]
    annotations = metadata.get("annotations") or {}
    return Inventory(
        id=inventory_id(name, namespace),
        group_kind=PARENT_KIND,
        namespace=namespace,
        name=name,
        tooling=annotations.get(TOOLING_ANNOTATION, "") if (metadata.get("labels") or {}).get(ID_LABEL) else "",
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
        "kind": PARENT_KIND,
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


def is_ours(tooling: str) -> bool:
    """Whether a set with this tooling is managed by gitopskit, whatever the version; a set without tooling is nobody's."""
    return not tooling or tooling.partition("/")[0] == "gitopskit"


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
