"""Rules for containers: names, images, ports, environment, probes, hooks, security."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.resources import check_resources
from gitopskit.sandbox.kinds.validation.volumes import check_mounts
from gitopskit.sandbox.machinery.causes import (
    NOT_NEGATIVE,
    PORT_RANGE,
    Faults,
    config_key_problems,
    env_name_problems,
    label_problems,
    port_name_problems,
    subdomain_problems,
)

Object = Mapping[str, Any]

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
_ACTIONS = ("exec", "httpGet", "tcpSocket", "grpc")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_ID_RANGE = "must be between 0 and 2147483647, inclusive"
_FIELD = re.compile(
    r"metadata\.(name|namespace|uid|labels\['[^']+'\]|annotations\['[^']+'\])|spec\.(nodeName|serviceAccountName)|"
    r"status\.(hostIP|hostIPs|podIP|podIPs)"
)
_ONE_OF = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
_ONE_ONLY = "may not have more than one field specified at a time"


def check_container(container: Object, path: str, volumes: set[str], seen: set[str], faults: Faults) -> None:
    """Check one container.

    Parameters
    ----------
    volumes
        Names of the volumes that there are.
    seen
        Names of the containers before; grows.
    """
    name, image = container.get("name", ""), container.get("image", "")
    if not name:
        faults.required(f"{path}.name")
    else:
        faults.each(f"{path}.name", name, label_problems(name))
    if not image:
        faults.required(f"{path}.image")
    elif image != image.strip():
        faults.invalid(f"{path}.image", image, "must not have leading or trailing whitespace")
    _check_ports(container.get("ports") or (), f"{path}.ports", faults)
    _check_env(container.get("env") or (), f"{path}.env", faults)
    _check_env_from(container.get("envFrom") or (), f"{path}.envFrom", faults)
    check_mounts(container.get("volumeMounts") or (), f"{path}.volumeMounts", volumes, faults)
    if container.get("imagePullPolicy") not in PULL_POLICIES:
        faults.unsupported(f"{path}.imagePullPolicy", container.get("imagePullPolicy", ""), PULL_POLICIES)
    check_resources(container.get("resources") or {}, f"{path}.resources", faults)
    _check_security(container.get("securityContext") or {}, f"{path}.securityContext", faults)
    if name and name in seen:
        faults.duplicate(f"{path}.name", name)
    seen.add(name)


def check_actions(container: Object, path: str, faults: Faults) -> None:
    """Check what is done to a container while it runs: hooks and probes."""
    for hook in ("postStart", "preStop"):
        action = (container.get("lifecycle") or {}).get(hook)
        if action is not None:
            _check_handler(action, f"{path}.lifecycle.{hook}", (*_ACTIONS[:3], "sleep"), faults)
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            _check_probe(container[probe], f"{path}.{probe}", faults)
            if probe != "readinessProbe" and container[probe].get("successThreshold", 1) != 1:
                faults.invalid(f"{path}.{probe}.successThreshold", container[probe]["successThreshold"], "must be 1")


def check_port_number(value: Any, field: str, faults: Faults) -> None:
    """Check a port given by number."""
    if not isinstance(value, int) or not 1 <= value <= 65535:
        faults.invalid(field, value, PORT_RANGE)


def check_port(value: Any, field: str, faults: Faults) -> None:
    """Check a port given by number or name."""
    if isinstance(value, int):
        check_port_number(value, field, faults)
    else:
        faults.each(field, value, port_name_problems(value))


def _check_ports(ports: Any, path: str, faults: Faults) -> None:
    names: set[str] = set()
    for at, port in enumerate(ports):
        name = port.get("name")
        if name:
            problems = port_name_problems(name)
            faults.each(f"{path}[{at}].name", name, problems)
            if name in names and not problems:
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


def _check_env(items: Any, path: str, faults: Faults) -> None:
    for at, item in enumerate(items):
        name = item.get("name", "")
        if not name:
            faults.required(f"{path}[{at}].name")
        else:
            faults.each(f"{path}[{at}].name", name, env_name_problems(name))
        if "valueFrom" in item:
            _check_value_from(item, f"{path}[{at}].valueFrom", faults)


def _check_value_from(item: Object, path: str, faults: Faults) -> None:
    source = item["valueFrom"]
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            _check_key(source[kind], f"{path}.{kind}", faults)
    if "fieldRef" in source:
        _check_field(source["fieldRef"].get("fieldPath", ""), f"{path}.fieldRef.fieldPath", faults)
    if not source:
        faults.invalid(path, "", _ONE_OF)
    elif item.get("value"):
        faults.invalid(path, "", "may not be specified when `value` is not empty")
    elif len(source) > 1:
        faults.invalid(path, "", _ONE_ONLY)


def _check_key(reference: Object, path: str, faults: Faults) -> None:
    name = reference.get("name", "")
    faults.each(f"{path}.name", name, subdomain_problems(name))
    if not reference.get("key"):
        faults.required(f"{path}.key")
    else:
        faults.each(f"{path}.key", reference["key"], config_key_problems(reference["key"]))


def _check_field(field_path: str, path: str, faults: Faults) -> None:
    if not field_path:
        faults.required(path)
    elif not _FIELD.fullmatch(field_path):
        faults.invalid(path, field_path, f"error converting fieldPath: field label not supported: {field_path}")


def _check_env_from(items: Any, path: str, faults: Faults) -> None:
    for at, item in enumerate(items):
        if item.get("prefix"):
            faults.each(f"{path}[{at}].prefix", item["prefix"], env_name_problems(item["prefix"]))
        kinds = [kind for kind in ("configMapRef", "secretRef") if kind in item]
        for kind in kinds:
            name = item[kind].get("name", "")
            faults.each(f"{path}[{at}].{kind}.name", name, subdomain_problems(name))
        if not kinds:
            faults.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(kinds) > 1:
            faults.invalid(path, "", _ONE_ONLY)


def _check_handler(action: Object, path: str, kinds: tuple[str, ...], faults: Faults) -> None:
    chosen = [kind for kind in kinds if kind in action]
    if not chosen:
        faults.required(path, "must specify a handler type")
    for kind in chosen[1:]:
        faults.forbidden(f"{path}.{kind}", "may not specify more than 1 handler type")
    for kind in chosen[:1]:
        _check_action(kind, action[kind], f"{path}.{kind}", faults)


def _check_action(kind: str, action: Object, path: str, faults: Faults) -> None:
    if kind == "exec" and not action.get("command"):
        faults.required(f"{path}.command")
    elif kind in {"httpGet", "tcpSocket", "grpc"}:
        check_port(action.get("port", 0), f"{path}.port", faults)
    if kind == "httpGet" and action.get("scheme") not in ("HTTP", "HTTPS"):
        faults.unsupported(f"{path}.scheme", action.get("scheme", ""), ("HTTP", "HTTPS"))


def _check_probe(probe: Object, path: str, faults: Faults) -> None:
    _check_handler(probe, path, _ACTIONS, faults)
    for name in _NUMBERS:
        if probe.get(name, 0) < 0:
            faults.invalid(f"{path}.{name}", probe[name], NOT_NEGATIVE)


def _check_security(context: Object, path: str, faults: Faults) -> None:
    check_ids(context, ("runAsUser", "runAsGroup"), path, faults)
    if context.get("allowPrivilegeEscalation") is False and context.get("privileged"):
        faults.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")


def check_ids(context: Object, names: tuple[str, ...], path: str, faults: Faults) -> None:
    """Check user and group numbers."""
    for name in names:
        if not 0 <= context.get(name, 0) < 2**31:
            faults.invalid(f"{path}.{name}", context[name], _ID_RANGE)
