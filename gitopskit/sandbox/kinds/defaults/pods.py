"""Defaults of Pods and of every template of one.

References
----------
Kubernetes API reference, PodSpec v1 core, the fields that say "defaults to".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.schema.limits import request_limits

_POD: Mapping[str, Any] = {
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
}
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_MODE_BY_SOURCE = {"secret": 0o644, "configMap": 0o644, "downwardAPI": 0o644, "projected": 0o644}


def complete_pod(obj: dict[str, Any]) -> None:
    """Complete a Pod."""
    spec = obj["spec"]
    spec.setdefault("enableServiceLinks", True)
    complete_pod_spec(spec)
    if spec.get("hostNetwork"):
        _open_host_ports(spec)
    request_limits(spec)


def complete_template(template: dict[str, Any]) -> None:
    """Complete a Pod template."""
    complete_pod_spec(template.setdefault("spec", {}))


def complete_pod_spec(spec: dict[str, Any]) -> None:
    """Complete a Pod's spec, in a Pod or in a template."""
    for name, value in _POD.items():
        spec.setdefault(name, value)
    spec.setdefault("securityContext", {})
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):  # the old name and the new one always say the same
        account = spec.get("serviceAccountName") or spec["serviceAccount"]
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for name in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(name) or ():
            _complete_container(container)
    for volume in spec.get("volumes") or ():
        complete_volume(volume)


def complete_volume(volume: dict[str, Any]) -> None:
    """Complete one volume; one without a source is an emptyDir."""
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
    for source, mode in _MODE_BY_SOURCE.items():
        if source in volume:
            volume[source].setdefault("defaultMode", mode)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")
    for item in (volume.get("downwardAPI") or {}).get("items") or ():
        _complete_field_reference(item)
    for source in (volume.get("projected") or {}).get("sources") or ():
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        for item in (source.get("downwardAPI") or {}).get("items") or ():
            _complete_field_reference(item)
    claim = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
    if claim:
        claim["spec"].setdefault("volumeMode", "Filesystem")


def _open_host_ports(spec: dict[str, Any]) -> None:
    """Give a Pod in its host's network the host ports that it uses anyway (Pods only, not templates)."""
    for name in ("containers", "initContainers"):
        for container in spec.get(name) or ():
            for port in container.get("ports") or ():
                port.setdefault("hostPort", port["containerPort"])


def _complete_container(container: dict[str, Any]) -> None:
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = _pull_policy(container.get("image", ""))
    for name in _PROBES:
        if name in container:
            _complete_probe(container[name])
    for hook in (container.get("lifecycle") or {}).values():
        if isinstance(hook, dict) and "httpGet" in hook:
            _complete_http(hook["httpGet"])
    for item in container.get("env") or ():
        if "valueFrom" in item:
            _complete_field_reference(item["valueFrom"])
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")


def _complete_field_reference(item: dict[str, Any]) -> None:
    if "fieldRef" in item:
        item["fieldRef"].setdefault("apiVersion", "v1")
    if "resourceFieldRef" in item:
        item["resourceFieldRef"].setdefault("divisor", "0")


def _complete_probe(probe: dict[str, Any]) -> None:
    for name, value in _PROBE.items():
        probe.setdefault(name, value)
    if "httpGet" in probe:
        _complete_http(probe["httpGet"])
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _complete_http(action: dict[str, Any]) -> None:
    action.setdefault("path", "/")
    action.setdefault("scheme", "HTTP")


def _pull_policy(image: str) -> str:
    """Return Always for an image that names no fixed version."""
    if "@" in image:
        return "IfNotPresent"
    _, separator, tag = image.rpartition("/")[2].partition(":")
    return "Always" if not separator or tag == "latest" else "IfNotPresent"


def _complete_pod_template_object(obj: dict[str, Any]) -> None:
    complete_template(obj["template"])


TABLE = {("", "Pod"): complete_pod, ("", "PodTemplate"): _complete_pod_template_object}
