"""Defaults of the small kinds of the core group."""

from __future__ import annotations

import base64
from typing import Any

from gitopskit.schema.limits import complete_range


def _namespace(obj: dict[str, Any]) -> None:
    metadata = obj["metadata"]
    if metadata.get("name"):
        metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    obj.setdefault("status", {}).setdefault("phase", "Active")


def _secret(obj: dict[str, Any]) -> None:
    obj.setdefault("type", "Opaque")
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def _claim(obj: dict[str, Any]) -> None:
    complete_claim_spec(obj)


def complete_claim_spec(obj: dict[str, Any]) -> None:
    """Complete a PersistentVolumeClaim, also one in a StatefulSet."""
    obj.setdefault("status", {}).setdefault("phase", "Pending")
    spec = obj["spec"]
    spec.setdefault("volumeMode", "Filesystem")
    if "dataSource" in spec:
        spec.setdefault("dataSourceRef", dict(spec["dataSource"]))
    elif spec.get("dataSourceRef") and not spec["dataSourceRef"].get("namespace"):
        spec["dataSource"] = dict(spec["dataSourceRef"])
    for source in (spec.get("dataSource"), spec.get("dataSourceRef")):
        if source is not None:
            source.setdefault("apiGroup", None)  # the one field of the API that is written as null


def _volume(obj: dict[str, Any]) -> None:
    obj["spec"].setdefault("persistentVolumeReclaimPolicy", "Retain")
    obj["spec"].setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {}).setdefault("phase", "Pending")
    if "hostPath" in obj["spec"]:
        obj["spec"]["hostPath"].setdefault("type", "")


def _limit_range(obj: dict[str, Any]) -> None:
    complete_range(obj["spec"])


def _endpoints(obj: dict[str, Any]) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _node(obj: dict[str, Any]) -> None:
    if obj.get("spec", {}).get("podCIDR") and not obj["spec"].get("podCIDRs"):
        obj["spec"]["podCIDRs"] = [obj["spec"]["podCIDR"]]
    status = obj.setdefault("status", {})
    if "allocatable" not in status and status.get("capacity"):
        status["allocatable"] = dict(status["capacity"])


TABLE = {
    ("", "Namespace"): _namespace,
    ("", "Secret"): _secret,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("", "LimitRange"): _limit_range,
    ("", "Endpoints"): _endpoints,
    ("", "Node"): _node,
}
