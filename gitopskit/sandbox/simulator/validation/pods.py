"""Rules for Pods and Pod templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitopskit.schema.quantity import compare
from gitopskit.sandbox.simulator.validation.faults import Faults, label_problems, qualified_name_problems
from gitopskit.sandbox.simulator.validation.metadata import check_labels

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
PORT_RANGE = "must be between 1 and 65535, inclusive"
_STANDARD_RESOURCES = {"cpu", "memory", "ephemeral-storage"}
_REFERENCES = {"configMap": "name", "persistentVolumeClaim": "claimName", "secret": "secretName", "hostPath": "path"}
_ENV_NAME = re.compile(r"[ -<>-~]+")
_PROBE_ACTIONS = ("exec", "httpGet", "tcpSocket", "grpc")

Object = Mapping[str, Any]


def check_pod_spec(spec: Object, path: str, faults: Faults) -> None:
    """Check a Pod's spec, in a Pod or in a template."""
    volumes = _check_volumes(spec.get("volumes") or (), f"{path}.volumes", faults)
    if not spec.get("containers"):
        faults.required(f"{path}.containers")
    seen: set[str] = set()
    for name in ("containers", "initContainers"):
        for at, container in enumerate(spec.get(name) or ()):
            _check_container(container, f"{path}.{name}[{at}]", volumes, seen, faults)
    policies = ("Always", "OnFailure", "Never")
    if spec.get("restartPolicy") not in policies:
        faults.unsupported(f"{path}.restartPolicy", spec.get("restartPolicy", ""), policies)
    if spec.get("dnsPolicy") not in (dns := ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")):
        faults.unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy", ""), dns)
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        faults.invalid(f"{path}.terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"], "must be greater than or equal to 0")
    check_labels(spec.get("nodeSelector"), f"{path}.nodeSelector", faults)


def check_template_labels(template: Object, path: str, faults: Faults) -> None:
    """Check labels and spec of a Pod template."""
    check_labels((template.get("metadata") or {}).get("labels"), f"{path}.labels", faults)
    check_pod_spec(template.get("spec") or {}, f"{path}.spec", faults)


def check_port_number(value: Any, field: str, faults: Faults) -> None:
    """Check a port given by number."""
    if not isinstance(value, int) or not 1 <= value <= 65535:
        faults.invalid(field, value, PORT_RANGE)


def _check_volumes(volumes: Any, path: str, faults: Faults) -> set[str]:
    names: set[str] = set()
    for at, volume in enumerate(volumes):
        name = volume.get("name", "")
        if not name:
            faults.required(f"{path}[{at}].name")
        elif name in names:
            faults.duplicate(f"{path}[{at}].name", name)
        else:
            for problem in label_problems(name):
                faults.invalid(f"{path}[{at}].name", name, problem)
        names.add(name)
        for source, field in _REFERENCES.items():
            if source in volume and not volume[source].get(field):
                faults.required(f"{path}[{at}].{source}.{field}")
        sources = [key for key in volume if key != "name"]
        if len(sources) > 1:
            faults.forbidden(f"{path}[{at}].{sorted(sources)[1]}", "may not specify more than 1 volume type")
    return names


def _check_container(container: Object, path: str, volumes: set[str], seen: set[str], faults: Faults) -> None:
    name = container.get("name", "")
    if not name:
        faults.required(f"{path}.name")
    else:
        for problem in label_problems(name):
            faults.invalid(f"{path}.name", name, problem)
    if name and name in seen:
        faults.duplicate(f"{path}.name", name)
    seen.add(name)
    if not container.get("image"):
        faults.required(f"{path}.image")
    elif container["image"] != container["image"].strip():
        faults.invalid(f"{path}.image", container["image"], "must not have leading or trailing whitespace")
    _check_ports(container.get("ports") or (), f"{path}.ports", faults)
    _check_env(container.get("env") or (), f"{path}.env", faults)
    _check_mounts(container.get("volumeMounts") or (), f"{path}.volumeMounts", volumes, faults)
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            _check_probe(container[probe], f"{path}.{probe}", faults)
    if container.get("imagePullPolicy") not in PULL_POLICIES:
        faults.unsupported(f"{path}.imagePullPolicy", container.get("imagePullPolicy", ""), PULL_POLICIES)
    check_resources(container.get("resources") or {}, f"{path}.resources", faults)


def _check_ports(ports: Any, path: str, faults: Faults) -> None:
    names: set[str] = set()
    for at, port in enumerate(ports):
        name = port.get("name")
        if name:
            if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", name):
                faults.invalid(f"{path}[{at}].name", name, _port_name_problem(name))
            if name in names:
                faults.duplicate(f"{path}[{at}].name", name)
            names.add(name)
        if not port.get("containerPort"):
            faults.required(f"{path}[{at}].containerPort")
        else:
            check_port_number(port["containerPort"], f"{path}[{at}].containerPort", faults)
        if port.get("hostPort"):
            check_port_number(port["hostPort"], f"{path}[{at}].hostPort", faults)
        if port.get("protocol") not in PROTOCOLS:
            faults.unsupported(f"{path}[{at}].protocol", port.get("protocol", ""), PROTOCOLS)


def _port_name_problem(name: str) -> str:
    if len(name) > 15:
        return "must be no more than 15 characters"
    return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"


def _check_env(items: Any, path: str, faults: Faults) -> None:
    for at, item in enumerate(items):
        name = item.get("name", "")
        if not name:
            faults.required(f"{path}[{at}].name")
        elif not _ENV_NAME.fullmatch(name):
            detail = "a valid environment variable name must consist only of printable ASCII characters other than '='"
            faults.invalid(f"{path}[{at}].name", name, detail)
        if item.get("value") and "valueFrom" in item:
            faults.invalid(f"{path}[{at}].valueFrom", "", "may not be specified when `value` is not empty")
        elif "valueFrom" in item and not item["valueFrom"]:
            detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            faults.invalid(f"{path}[{at}].valueFrom", "", detail)
        for source in ("configMapKeyRef", "secretKeyRef"):
            reference = (item.get("valueFrom") or {}).get(source)
            if reference is not None and not reference.get("key"):
                faults.required(f"{path}[{at}].valueFrom.{source}.key")


def _check_mounts(mounts: Any, path: str, volumes: set[str], faults: Faults) -> None:
    places: set[str] = set()
    for at, mount in enumerate(mounts):
        if not mount.get("name"):
            faults.required(f"{path}[{at}].name")
        if mount.get("name", "") not in volumes:
            faults.not_found(f"{path}[{at}].name", mount.get("name", ""))
        place = mount.get("mountPath", "")
        if not place:
            faults.required(f"{path}[{at}].mountPath")
        if place in places:
            faults.invalid(f"{path}[{at}].mountPath", place, "must be unique")
        places.add(place)


def _check_probe(probe: Object, path: str, faults: Faults) -> None:
    chosen = [name for name in _PROBE_ACTIONS if name in probe]
    if not chosen:
        faults.required(path, "must specify a handler type")
    for name in chosen[1:]:
        faults.forbidden(f"{path}.{name}", "may not specify more than 1 handler type")
    for name in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"):
        if probe.get(name, 0) < 0:
            faults.invalid(f"{path}.{name}", probe[name], "must be greater than or equal to 0")


def check_resources(resources: Object, path: str, faults: Faults) -> None:
    """Check what a container requests and is limited to."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, value in sorted(limits.items()):
        _check_amount(name, value, f"{path}.limits[{name}]", faults)
    for name, value in sorted(requests.items()):
        _check_amount(name, value, f"{path}.requests[{name}]", faults)
        if name in limits and compare(value, limits[name]) > 0:
            faults.invalid(f"{path}.requests", value, f"must be less than or equal to {name} limit of {limits[name]}")


def _check_amount(name: str, value: Any, path: str, faults: Faults) -> None:
    for problem in qualified_name_problems(name):
        faults.invalid(path, name, problem)
    if "/" not in name:
        if name not in _STANDARD_RESOURCES and not name.startswith(("hugepages-", "requests.", "limits.")):
            faults.invalid(path, name, "must be a standard resource type or fully qualified")
        if name not in _STANDARD_RESOURCES and not name.startswith("hugepages-"):
            faults.invalid(path, name, "must be a standard resource for containers")
    if compare(value, "0") < 0:
        faults.invalid(path, value, "must be greater than or equal to 0")


_MUTABLE_IN_CONTAINERS = {"image"}
_POD_FROZEN = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
    "previously negative)"
)


def check_pod(pod: Object, faults: Faults) -> None:
    """Check a Pod."""
    check_pod_spec(pod["spec"], "spec", faults)


def check_pod_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update leaves alone what a running Pod cannot change."""
    if _frozen(new["spec"]) != _frozen(old["spec"]):
        faults.forbidden("spec", _POD_FROZEN)


def _frozen(spec: Object) -> dict[str, Any]:
    kept = {k: v for k, v in spec.items() if k not in {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"}}
    for name in ("containers", "initContainers"):
        if kept.get(name):
            kept[name] = [{k: v for k, v in c.items() if k not in _MUTABLE_IN_CONTAINERS} for c in kept[name]]
    kept.pop("nodeName", None)
    return kept
