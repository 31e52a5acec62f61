"""What happened to one object, on both sides, in one order?

Every witness is asked in its own words: Git, our ledger, the object's managed fields, Events, and what Argo CD and Helm keep of their own.
None of them knows everything. Managed fields tell only the last act of each manager, Events are forgotten after an hour, and the clock of
a commit is its author's; so each row says who tells it, and nothing is made of two rows that look alike.

References
----------
Kubernetes, "Server-Side Apply", managed fields; the core/v1 Event API. Argo CD, ``Application``, ``.status.history`` and
``.status.resources``. Helm 3, storage of releases in Secrets (``owner=helm``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.history import Deed, DeedSource, History, Revision, Touch
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.planning.managed import Entry, entries, leaves

_MESSAGE_LENGTH: Final = 200
_UNDATED: Final = datetime.max.replace(tzinfo=UTC)
_RELEASE: Final = "meta.helm.sh/release-name"
_RELEASE_NAMESPACE: Final = "meta.helm.sh/release-namespace"
_APPLICATION: Final = "argocd.argoproj.io"


def deeds(
    ids: Collection[ObjectId], history: History | None, live: Object | None, around: Iterable[Object], ledger: Iterable[Mapping[str, Any]]
) -> tuple[Deed, ...]:
    """Return everything that is known to have happened to an object, newest first; what has no date comes before all that has.

    Parameters
    ----------
    ids
        The identities that it goes by: with and without the namespace that Git leaves out.
    live
        None where it is not there.
    around
        Objects that may tell of it: Events, Argo CD's Applications, Helm's Secrets.
    ledger
        Our own executions on the same system.
    """
    found = [
        *_of_git(history),
        *_of_ledger(ids, ledger),
        *(_of_object(live) if live is not None else ()),
        *(deed for item in around for deed in _of_witness(ids, live, item)),
    ]
    return tuple(sorted(found, key=lambda deed: deed.at or _UNDATED, reverse=True))


def witnesses(live: Object | None, namespace: str) -> dict[str, tuple[str, ...]]:
    """Return which kinds (``Kind.group``) may tell of an object, and in which namespaces to look for them."""
    found: dict[str, tuple[str, ...]] = {"Event": ((live.id.namespace or "default") if live is not None else namespace,)}
    if live is None:
        return found
    metadata = live.body.get("metadata") or {}
    if live.annotations.get(_RELEASE):
        found["Secret"] = (str(live.annotations.get(_RELEASE_NAMESPACE) or live.id.namespace),)
    marks = [*live.labels, *live.annotations]
    if any(str(mark).startswith(f"{_APPLICATION}/") for mark in marks) or _is_applied_by(metadata, "argocd"):
        found["Application.argoproj.io"] = ("argocd", "openshift-gitops")
    return found


def _is_applied_by(metadata: Mapping[str, Any], manager: str) -> bool:
    return any(str(item.get("manager", "")).startswith(manager) for item in metadata.get("managedFields") or ())


def _of_git(history: History | None) -> Iterator[Deed]:
    for revision in history.revisions if history else ():
        yield Deed(
            at=revision.commit.committed_at,
            told_by=DeedSource.GIT,
            actor=str(revision.commit.author),
            what=f"{_touched(revision)}: {revision.commit.subject}",
            fields=tuple(field.path for field in revision.fields) if revision.touch is Touch.CHANGED else (),
            commit=revision.commit.oid,
            pull_request=revision.pull_request,
        )


def _touched(revision: Revision) -> str:
    if revision.moved_from and revision.origin is not None:
        return f"{revision.touch.value} from {plain(revision.moved_from)} to {plain(revision.origin.file)}"
    return revision.touch.value


def _of_ledger(ids: Collection[ObjectId], ledger: Iterable[Mapping[str, Any]]) -> Iterator[Deed]:
    wanted = [one.to_dict() for one in ids]
    for entry in ledger:
        for row in entry.get("rows") or ():
            if row.get("id") in wanted and row.get("outcome") != "unchanged":
                why = f": {plain(str(entry['why']), _MESSAGE_LENGTH)}" if entry.get("why") else ""
                yield Deed(
                    at=_moment(entry.get("at")),
                    told_by=DeedSource.LEDGER,
                    actor=plain(str(entry.get("who") or "")),
                    what=f"{row.get('action') or 'apply'}, {row.get('outcome')}{why}",
                    commit=str((entry.get("source") or {}).get("commit", "")),
                )


def _of_object(live: Object) -> Iterator[Deed]:
    metadata = live.body.get("metadata") or {}
    if created := _moment(metadata.get("creationTimestamp")):
        yield Deed(at=created, told_by=DeedSource.OBJECT, actor="", what="created")
    if deleted := _moment(metadata.get("deletionTimestamp")):
        yield Deed(at=deleted, told_by=DeedSource.OBJECT, actor="", what="is to be gone")
    for entry in entries(live.body):
        yield _of_manager(entry)


def _of_manager(entry: Entry) -> Deed:
    through = f" through {entry.owner.subresource}" if entry.owner.subresource else ""
    return Deed(
        at=_moment(entry.owner.time),
        told_by=DeedSource.MANAGED_FIELDS,
        actor=plain(entry.owner.name),
        what=f"last {'applied' if entry.owner.operation == 'Apply' else 'updated'}{through}",
        fields=tuple(leaves(entry.fields)),
    )


def _of_witness(ids: Collection[ObjectId], live: Object | None, item: Object) -> Iterator[Deed]:
    match item.id.group_kind:
        case "Event" | "Event.events.k8s.io":
            yield from _of_event(ids, item.body)
        case "Application.argoproj.io":
            yield from _of_application(ids, item)
        case "Secret" if live is not None:
            yield from _of_release(live, item)


def _of_event(ids: Collection[ObjectId], body: Mapping[str, Any]) -> Iterator[Deed]:
    about = body.get("involvedObject") or body.get("regarding") or {}
    named = (str(about.get("apiVersion", "")).rpartition("/")[0], about.get("kind"), about.get("namespace", ""), about.get("name"))
    if named not in [one.parts for one in ids]:
        return
    series = body.get("series") or {}
    at = series.get("lastObservedTime") or body.get("lastTimestamp") or body.get("eventTime") or body.get("firstTimestamp")
    said = plain(str(body.get("message") or body.get("note") or ""), _MESSAGE_LENGTH)
    yield Deed(
        at=_moment(at),
        told_by=DeedSource.EVENT,
        actor=plain(str(body.get("reportingComponent") or (body.get("source") or {}).get("component") or "")),
        what=f"{plain(str(body.get('reason', '')))}: {said}",
        count=int(series.get("count") or body.get("count") or 1),
    )


def _of_application(ids: Collection[ObjectId], item: Object) -> Iterator[Deed]:
    status = item.body.get("status") or {}
    held = {(one.get("group", ""), one.get("kind"), one.get("namespace", ""), one.get("name")) for one in status.get("resources") or ()}
    if held.isdisjoint(one.parts for one in ids):
        return
    for entry in status.get("history") or ():
        by = entry.get("initiatedBy") or {}
        yield Deed(
            at=_moment(entry.get("deployedAt")),
            told_by=DeedSource.ARGO_CD,
            actor=plain(str(by.get("username") or ("automated sync" if by.get("automated") else ""))),
            what=f"synced by application {plain(item.id.name)}",
            commit=plain(str(entry.get("revision") or "")),
        )


def _of_release(live: Object, item: Object) -> Iterator[Deed]:
    labels, metadata = item.labels, item.body.get("metadata") or {}
    if labels.get("owner") != "helm" or labels.get("name") != live.annotations.get(_RELEASE):
        return
    yield Deed(
        at=_moment(metadata.get("creationTimestamp")),
        told_by=DeedSource.HELM,
        actor="",
        what=f"release {plain(labels['name'])}, revision {plain(labels.get('version', '?'))}: {plain(labels.get('status', 'unknown'))}",
    )


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
