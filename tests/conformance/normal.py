"""Answers without what differs from one run to the next: moments, uids, revisions, addresses, generated names."""

from __future__ import annotations

import json
import re

MARKS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"in record \(\d+\)"), "in record (REVISION)"),
    (re.compile(r"(?<=current: )\d+|(?<=too old resource version: )\d+ \(\d+\)"), "REVISION"),
    (re.compile(r"(?<=nodePort: \{TCP )3(00(8[6-9]|9)|0[1-9]|[12])\d*"), "PORT"),
    (re.compile(r"(?<=larger than max \()\d+"), "SIZE"),
    (re.compile(r"10\.\d+\.\d+\.\d+"), "IP"),
    (re.compile(r"(?<=GENERATED-)[a-z0-9]{5}\b|(?<=\bgenerated-)[a-z0-9]{5}\b"), "RANDOM"),
)
ALLOCATED_FROM = 30086
"""The first node port that is given to whoever asks for none; those below are only given to who asks for them."""
UNORDERED = ("causes", "managedFields", "nonResourceRules", "resourceRules")
"""Lists that come in any order, or in that of the second in which they were written."""
PROGRESSING = {
    "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController", "HorizontalPodAutoscaler",
    "PodDisruptionBudget", "PersistentVolumeClaim", "PersistentVolume", "ResourceQuota", "Node",
}  # fmt: skip
"""Kinds whose controllers write a status when they get to it; what they come to is compared elsewhere."""
SETTLED = "settled"
"""Stands for the field of a body that was waited for."""
STATUS_NOTES = ("deployment.kubernetes.io/revision", "autoscaling.alpha.kubernetes.io/", "pv.kubernetes.io/", "node.alpha")
"""Annotations that are a status."""
CONTROLLERS = ("kube-controller-manager", "kube-scheduler", "kubelet")


def normal(value, namespace, key=""):
    """Return an answer with marks in place of what differs."""
    if isinstance(value, dict):
        inside = SETTLED if value.get("settled") else ""
        shown = value | ({"moved": None} if inside else {}) if key == SETTLED or inside else without_progress(value)
        return {
            normal(name, namespace): normal(item, namespace, inside or name)
            for name, item in without_hash(without_order(shown), namespace).items()
        }
    if isinstance(value, list):
        items = [normal(item, namespace, key) for item in value if not is_heartbeat(item)]
        return sorted(items, key=_rank) if key in UNORDERED else items
    if key == "description" and len(value or "") > 40:  # the prose of built-in columns
        return ""
    if key in ("nodePort", "healthCheckNodePort") and (value or 0) >= ALLOCATED_FROM:
        return "PORT"
    if not isinstance(value, str):
        return value
    if key == "cells" and _AGE.fullmatch(value):
        return "AGE"
    if key == "resourceVersion" and value not in ("", "0"):
        return "REVISION"
    if key in ("continue", "ca.crt", "token"):
        return "TOKEN"
    for pattern, mark in MARKS:
        value = pattern.sub(mark, value)
    return _QUOTED.sub(_sorted, value).replace(namespace, "NAMESPACE")


_AGE = re.compile(r"(\d+[smhd])+")
_QUOTED = re.compile(r'(?<=^Invalid value: )".*"(?=: )|(?<=: patch: Invalid value: )".*"(?=: )')
"""A whole object in a message, whose fields come in the order of Go's structs."""


def without_hash(value, namespace):
    """Return an entry of discovery without the digest of its group's name, where that holds the name of a namespace."""
    if not str(value.get("groupVersion", "")).startswith(f"{namespace}."):
        return value
    return value | {
        "resources": [{name: item for name, item in entry.items() if name != "storageVersionHash"} for entry in value["resources"]]
    }


def is_heartbeat(item):
    """Whether an item is a watch's bookmark that came because of the time."""
    return isinstance(item, dict) and item.get("type") == "BOOKMARK" and "k8s.io/initial-events-end" not in json.dumps(item)


def _sorted(found):
    """Return a quoted object with its fields in order, and without its revision."""
    try:
        body = json.loads(json.loads(found[0]))
        body["metadata"].pop("resourceVersion", None)
        body["metadata"].get("managedFields", []).sort(key=_rank)
        return json.dumps(json.dumps(body, sort_keys=True))
    except (ValueError, KeyError, TypeError, AttributeError):
        return found[0]


def without_order(value):
    """Return a refusal with what the real server finds in any order sorted: in the fields of a map, in a custom object's schema."""
    head, found, lines = str(value.get("message", "")).partition(": errors:\n  ")
    if found:
        told = sorted(set(lines.split("\n  ")))
        unknown = [line for line in told if line.endswith("field not declared in schema")]  # the real one looks no further
        return value | {"message": head + ": " + "\n  ".join(unknown[:1] or told)}
    details = value.get("details") or {}
    head, found, causes = str(value.get("message", "")).partition(" is invalid: [")
    if not found or not (
        causes.startswith("data[") or "openAPIV3Schema" in causes or str(details.get("group", "")).endswith("example.org")
    ):
        return value
    return value | {"message": head + found + ", ".join(sorted(causes.removesuffix("]").split(", ")))}


def without_progress(value):
    """Return an answer without what controllers write in their own time, and an object's answer without "moved"."""
    body = value.get("body")
    if isinstance(body, dict) and body.get("kind") in PROGRESSING | {"Scale"}:
        return value | {"moved": None}
    if str(value.get("kind")) not in PROGRESSING or "metadata" not in value:
        return value
    metadata = value["metadata"]
    fields = [entry for entry in metadata.get("managedFields", []) if entry["manager"] not in CONTROLLERS]
    notes = {name: text for name, text in metadata.get("annotations", {}).items() if not name.startswith(STATUS_NOTES)}
    kept = {name: item for name, item in metadata.items() if name not in ("managedFields", "annotations")}
    kept |= {"managedFields": fields} if "managedFields" in metadata else {}
    kept |= {"annotations": notes} if notes else {}
    shown = {name: item for name, item in value.items() if name != "status"} | {"metadata": kept}
    return shown | {"spec": {}} if value["kind"] == "Node" else shown  # taints come and go with the status


def _rank(item):
    """Return a key that sorts entries by whose they are, then by content."""
    return (item.get("manager", ""), item.get("operation", ""), item.get("subresource", ""), json.dumps(item, sort_keys=True))
