"""How does a judgement become a row of the plan?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from gitopskit.errors import plain
from gitopskit.model.canonical import digest
from gitopskit.model.changes import Action, Change, ChangeClass, Confidence, Conflict, FieldChange, Judgement, Method
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import object_digest
from gitopskit.planning.diff import declared, stated_fields
from gitopskit.planning.inventory import PART_OF_LABEL
from gitopskit.planning.order import PRUNE_WAVE, wave_of
from gitopskit.planning.ownership import other_owner
from gitopskit.providers.kubernetes.connection import Answer

PREDICTED: Final = Judgement(method=Method.PREDICTED, confidence=Confidence.EXACT)
BELIEVED: Final = Judgement(method=Method.PREDICTED, confidence=Confidence.BEST_EFFORT)
DRY_RUN: Final = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)
ELSEWHERE: Final = Judgement(method=Method.DRY_RUN_ELSEWHERE, confidence=Confidence.BEST_EFFORT)
BY_SCHEMA: Final = Judgement(method=Method.SCHEMA, confidence=Confidence.BEST_EFFORT)
NO_PREVIEW: Final = Judgement(method=Method.CANNOT_PREVIEW, confidence=Confidence.NONE)
_WARNING: Final = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"')
COMPARED: Final = Judgement(method=Method.COMPARED, confidence=Confidence.BEST_EFFORT)


def desired_row(
    item: Object,
    action: Action,
    reason: str,
    *,
    live: Object | None = None,
    fields: tuple[FieldChange, ...] = (),
    conflicts: tuple[Conflict, ...] = (),
    problem: str = "",
    answer: Answer | None = None,
    judgement: Judgement = DRY_RUN,
) -> Change:
    """Return the row of an object that is desired."""
    return Change(
        id=item.id,
        action=action,
        reason=reason,
        judgement=judgement,
        fields=fields,
        conflicts=conflicts,
        problem=problem,
        warnings=_warnings(answer),
        owner=other_owner(live, item.labels.get(PART_OF_LABEL, "")) if live and action.writes else "",
        is_namespaced=bool(item.id.namespace),
        uid=live.uid if live else "",
        resource_version=live.resource_version if live else "",
        wave=wave_of(item.id),
        origin=item.origin,
        api_version=item.api_version,
        desired_digest=object_digest(item) if action.writes else "",
        desired=item,
    )


def unpreviewed_row(item: Object, reason: str) -> Change:
    """Return the row of an object that the server cannot judge before this very plan is applied."""
    change = desired_row(item, Action.CREATE, reason, fields=stated_fields(item.body), judgement=NO_PREVIEW)
    return replace(change, classes=frozenset({ChangeClass.CANNOT_PREVIEW}))


def problem_row(item: Object, reason: str, problem: str, *, live: Object | None = None) -> Change:
    """Return the row of an object that cannot be applied."""
    return desired_row(item, Action.UPDATE if live else Action.CREATE, reason, live=live, problem=problem, judgement=COMPARED)


def leftover_row(item: Object, kept: str, inventory_id: str) -> Change:
    """Return the row of a member that is no longer desired.

    Its digest is that of what the live object declares: a person approves the loss of just that.

    Parameters
    ----------
    kept
        Why it stays; empty if it is to be deleted.
    """
    return Change(
        id=item.id,
        action=Action.NO_OP if kept else Action.DELETE,
        reason=f"no longer desired; {kept}" if kept else "no longer desired",
        judgement=COMPARED,
        owner="" if kept else other_owner(item, inventory_id),
        is_namespaced=bool(item.id.namespace),
        uid=item.uid,
        resource_version=item.resource_version,
        wave=PRUNE_WAVE,
        api_version=item.api_version,
        desired_digest=declared_digest(item),
    )


def declared_digest(item: Object) -> str:
    """Return the digest of what a live object declares, without its status and what the server keeps for itself."""
    return digest(declared(item.body))


def _warnings(answer: Answer | None) -> tuple[str, ...]:
    """Return the texts of ``Warning: 299 - "…"`` headers, which come joined by commas."""
    text = answer.headers.get("warning", "") if answer else ""
    return tuple(plain(re.sub(r"\\(.)", r"\1", found)) for found in _WARNING.findall(text))
