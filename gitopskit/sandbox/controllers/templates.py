"""How a Pod is made from a template, what its hash is, and what counts as ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.work import Work, is_going, is_true, moment, reference_to, seconds_after

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
HASH_LABEL = "pod-template-hash"


def short_hash(value: Any) -> str:
    """Return a hash that looks like the real controllers': up to ten characters, for names and labels.

    The real one hashes Go's memory layout, so the characters differ; that equal templates hash equal is what counts.
    """
    number = 0x811C9DC5
    for byte in orjson.dumps(value, option=orjson.OPT_SORT_KEYS):
        number = ((number * 0x01000193) & 0xFFFFFFFF) ^ byte
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(number))


def without_hash(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template without the label that tells its ReplicaSets apart."""
    metadata = dict(template.get("metadata") or {})
    labels = {key: value for key, value in (metadata.pop("labels", None) or {}).items() if key != HASH_LABEL}
    metadata.pop("creationTimestamp", None)
    return {"metadata": metadata | ({"labels": labels} if labels else {}), "spec": template.get("spec") or {}}


def pod_from(owner: Object, template: Mapping[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return a new Pod for an owner; `metadata` adds to the template's own."""
    made = dict(template.get("metadata") or {})
    made.pop("creationTimestamp", None)
    labels = {**(made.get("labels") or {}), **metadata.pop("labels", {})}
    annotations = {**(made.get("annotations") or {}), **metadata.pop("annotations", {})}
    made |= {"namespace": owner["metadata"]["namespace"], "ownerReferences": [reference_to(owner)], "labels": labels, **metadata}
    if annotations:
        made["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": dict(template["spec"])}


def is_active(pod: Object) -> bool:
    """Whether a Pod counts towards the wanted number: neither finished nor going."""
    return not is_going(pod) and not is_finished(pod)


def is_finished(pod: Object) -> bool:
    """Whether a Pod has run to its end."""
    return (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}


def is_ready(pod: Object) -> bool:
    """Whether a Pod takes traffic."""
    return is_true(pod, "Ready")


def is_available(pod: Object, min_ready_seconds: int, work: Work) -> bool:
    """Whether a Pod has been ready for long enough; if not yet, asks to look again when it has."""
    if not is_ready(pod):
        return False
    if not min_ready_seconds:
        return True
    since = next(c["lastTransitionTime"] for c in pod["status"]["conditions"] if c["type"] == "Ready")
    at = seconds_after(since, min_ready_seconds)
    if at <= work.now():
        return True
    work.later(at)
    return False


def age_rank(pod: Object) -> tuple[Any, ...]:
    """Return a sort key: Pods that are to go first when there are too many come first (unbound, unready, youngest)."""
    metadata = pod["metadata"]
    created = -moment(metadata["creationTimestamp"]).timestamp()
    return (bool(pod["spec"].get("nodeName")), is_ready(pod), created, metadata["name"])
