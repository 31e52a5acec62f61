"""How did it come to this? The verbs round `Workspace.timeline`, `Workspace.blame` and `Workspace.at`.

The trap that shaped it: a witness that may not be asked looks like one that has nothing to say. Whoever could not be heard is named.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gitopskit.errors import UsageError, plain
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.plan import Scope
from gitopskit.model.snapshot import Snapshot, Unreadable
from gitopskit.planning.deeds import deeds, witnesses
from gitopskit.planning.provenance import beside
from gitopskit.sources.history import Past

if TYPE_CHECKING:
    from gitopskit.notebook.workspace import Workspace


def timeline(workspace: Workspace, wanted: ObjectId | str, revision: str) -> Timeline:
    """Return the timeline of an object; see `Workspace.timeline`."""
    with past_of(workspace, revision) as past:
        object_id = named(workspace, wanted, past)
        history = past.of(object_id)
    live, unreadable = _live(workspace, object_id)
    if not history and live is None and not unreadable:
        raise _unknown(workspace, str(object_id), revision)
    namespace = object_id.namespace or workspace.options.namespace
    around, more = _around(workspace, live, namespace)
    ids = {object_id, live.id if live is not None else replace(object_id, namespace=namespace)}
    found = deeds(ids, history, live, around, workspace.ledger())
    unheard = tuple(f"{item.group_kind or 'everything'} cannot be read: {item.message}" for item in (*unreadable, *more))
    warnings = (*history.warnings, *unheard)
    return Timeline(id=object_id, deeds=found, is_whole=history.is_whole and not unheard, warnings=warnings)


def blame(workspace: Workspace, wanted: ObjectId | str, revision: str) -> Blame:
    """Return who says what of an object; see `Workspace.blame`."""
    with past_of(workspace, revision) as past:
        object_id = named(workspace, wanted, past)
        fields = past.blame(object_id)
        head, warnings = past.head, past.warnings
    live, unreadable = _live(workspace, object_id)
    if not fields and live is None and not unreadable:
        raise _unknown(workspace, str(object_id), revision)
    unheard = tuple(f"the live object cannot be read: {item.message}" for item in unreadable)
    return Blame(id=object_id, commit=head, fields=beside(fields, live), is_live=live is not None, warnings=(*warnings, *unheard))


def past_of(workspace: Workspace, revision: str = "") -> Past:
    """Return the history of a workspace's source, up to its own revision or another one."""
    commit = "" if revision else workspace.commit
    return Past(workspace.repo, revision or workspace.revision, workspace.path, commit=commit, rendering=workspace.rendering)


def named(workspace: Workspace, wanted: ObjectId | str, past: Past) -> ObjectId:
    """Return the identity that Git knows an object by: one without a namespace lives in the workspace's own."""
    object_id = wanted if isinstance(wanted, ObjectId) else ObjectId.parse(wanted)
    bare = ObjectId(group=object_id.group, kind=object_id.kind, namespace="", name=object_id.name)
    is_default = object_id.namespace in ("", workspace.options.namespace)
    known = past.objects
    return bare if is_default and object_id not in known and bare in known else object_id


def _live(workspace: Workspace, object_id: ObjectId) -> tuple[Object | None, tuple[Unreadable, ...]]:
    namespace = object_id.namespace or workspace.options.namespace
    found = workspace.provider.read(Scope(group_kinds=(object_id.group_kind,), namespaces=(namespace,)))
    wanted = (object_id.group, object_id.kind, object_id.name)
    for item in found.objects.values():
        if (item.id.group, item.id.kind, item.id.name) == wanted and item.id.namespace in ("", namespace):
            return item, ()
    return None, tuple(part for part in found.unreadable if part.covers(object_id))


def _around(workspace: Workspace, live: Object | None, namespace: str) -> tuple[list[Object], list[Unreadable]]:
    """Return the objects that may tell of one, and those that could not be asked."""
    items: list[Object] = []
    unheard: list[Unreadable] = []
    for group_kind, namespaces in witnesses(live, namespace).items():
        found: Snapshot = workspace.provider.read(Scope(group_kinds=(group_kind,), namespaces=namespaces))
        items += found.objects.values()
        unheard += [part for part in found.unreadable if part.group_kind in ("", group_kind)]
    return items, unheard


def _unknown(workspace: Workspace, name: str, revision: str) -> UsageError:
    known = [str(one) for one in workspace.desired(revision or None).objects]
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {plain(near[0])!r}?" if near else "name an object as it prints: 'Deployment.apps shop/web'"
    return UsageError(f"neither Git nor the live side has ever had {plain(name)!r}", next_step=hint)
