"""Rules for the small kinds of the core group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.schema.quantity import compare
from gitopskit.sandbox.simulator.validation.faults import (
    IMMUTABLE,
    NOT_NEGATIVE,
    Faults,
    config_key_problems,
    label_1035_problems,
    qualified_name_problems,
)
from gitopskit.sandbox.simulator.validation.pods import PORT_RANGE, PROTOCOLS

Object = Mapping[str, Any]

DATA_LIMIT_BYTES = 1024 * 1024
_FROZEN_DATA = "field is immutable when `immutable` is set"
_REQUIRED_KEYS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")


def _check_data(obj: Object, fields: tuple[str, ...], faults: Faults) -> None:
    size = 0
    for field in fields:
        for key, value in sorted((obj.get(field) or {}).items()):
            for problem in config_key_problems(key):
                faults.invalid(f"{field}[{key}]", key, problem)
            size += len(value.encode(errors="surrogatepass")) if field == "data" else len(value) * 3 // 4
    if size > DATA_LIMIT_BYTES:
        faults.too_long("", DATA_LIMIT_BYTES)


def check_config_map(obj: Object, faults: Faults) -> None:
    """Check a ConfigMap."""
    for key in set(obj.get("data") or ()) & set(obj.get("binaryData") or ()):
        faults.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    _check_data(obj, ("data", "binaryData"), faults)


def check_secret(obj: Object, faults: Faults) -> None:
    """Check a Secret."""
    content = obj.get("data") or {}
    for key in sorted(content):
        for problem in config_key_problems(key):
            faults.invalid(f"data[{key}]", key, problem)
    if sum(len(value) * 3 // 4 for value in content.values()) > DATA_LIMIT_BYTES:
        faults.too_long("data", DATA_LIMIT_BYTES)
    for key in _REQUIRED_KEYS.get(obj.get("type", ""), ()):
        if key not in content:
            faults.required(f"data[{key}]")


def check_frozen_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that what is marked immutable stays as it was (ConfigMaps and Secrets)."""
    if new.get("type") != old.get("type"):
        faults.invalid("type", new.get("type"), IMMUTABLE)
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        faults.forbidden("immutable", _FROZEN_DATA)
    for field in ("data", "binaryData"):
        if (new.get(field) or {}) != (old.get(field) or {}):
            faults.forbidden(field, _FROZEN_DATA)


def check_service(obj: Object, faults: Faults) -> None:
    """Check a Service."""
    spec = obj["spec"]
    kind = spec.get("type")
    ports = spec.get("ports") or ()
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        faults.required("spec.ports")
    names: set[str] = set()
    for at, port in enumerate(ports):
        _check_port(port, f"spec.ports[{at}]", len(ports) > 1, names, faults)
    _check_port_pairs(ports, faults)
    if spec.get("sessionAffinity") not in _AFFINITIES:
        faults.unsupported("spec.sessionAffinity", spec.get("sessionAffinity"), _AFFINITIES)
    if kind not in _SERVICE_TYPES:
        faults.unsupported("spec.type", kind, _SERVICE_TYPES)
    if kind == "ExternalName" and not spec.get("externalName"):
        faults.required("spec.externalName")


def _check_port(port: Object, path: str, is_named: bool, names: set[str], faults: Faults) -> None:
    name = port.get("name")
    if is_named and not name:
        faults.required(f"{path}.name")
    elif name:
        for problem in label_1035_problems(name) if not name[0].isdigit() else ():
            faults.invalid(f"{path}.name", name, problem)
        if name in names:
            faults.duplicate(f"{path}.name", name)
        names.add(name)
    if not 1 <= port.get("port", 0) <= 65535:
        faults.invalid(f"{path}.port", port.get("port", 0), PORT_RANGE)
    if port.get("protocol") not in PROTOCOLS:
        faults.unsupported(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    target = port.get("targetPort")
    if isinstance(target, int) and not 1 <= target <= 65535:
        faults.invalid(f"{path}.targetPort", target, PORT_RANGE)


def _check_port_pairs(ports: Any, faults: Faults) -> None:
    seen: set[tuple[Any, Any]] = set()
    for at, port in enumerate(ports):
        pair = (port.get("protocol"), port.get("port"))
        if pair in seen:
            faults.duplicate(f"spec.ports[{at}]", {"protocol": pair[0], "port": pair[1]})
        seen.add(pair)


def check_service_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update keeps the cluster IP."""
    before, after = old["spec"].get("clusterIP"), new["spec"].get("clusterIP")
    if "ExternalName" in (old["spec"].get("type"), new["spec"].get("type")):
        return
    if before and before != after:
        ips = new["spec"].get("clusterIPs") or ([after] if after else [])
        faults.invalid("spec.clusterIPs[0]", ips, "may not change once set")


def check_claim(obj: Object, faults: Faults) -> None:
    """Check a PersistentVolumeClaim."""
    spec = obj["spec"]
    if not spec.get("accessModes"):
        faults.required("spec.accessModes", "at least 1 access mode is required")
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        faults.required("spec.resources[storage]")
    elif compare(storage, "0") <= 0:
        faults.invalid("spec.resources[storage]", storage, "must be greater than zero")


def check_claim_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update changes nothing but the requested size, upwards."""
    free = {"resources", "volumeName", "volumeAttributesClassName"}
    frozen = {k: v for k, v in old["spec"].items() if k not in free} != {k: v for k, v in new["spec"].items() if k not in free}
    if frozen:
        detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        faults.forbidden("spec", detail)


def check_quota(obj: Object, faults: Faults) -> None:
    """Check a ResourceQuota."""
    for name, value in sorted((obj["spec"].get("hard") or {}).items()):
        field = f"spec.hard[{name}]"
        for problem in qualified_name_problems(name):
            faults.invalid(field, name, problem)
        if "/" not in name and not name.replace(".", "").replace("-", "").isalnum():
            faults.invalid(field, name, "must be a standard resource for quota")
        if compare(value, "0") < 0:
            faults.invalid(field, value, NOT_NEGATIVE)


def check_limit_range(obj: Object, faults: Faults) -> None:
    """Check a LimitRange."""
    for at, limit in enumerate(obj["spec"].get("limits") or ()):
        _check_limit(limit, f"spec.limits[{at}]", faults)


def _check_limit(limit: Object, path: str, faults: Faults) -> None:
    lowest, highest = limit.get("min") or {}, limit.get("max") or {}
    request, default = limit.get("defaultRequest") or {}, limit.get("default") or {}
    for name in sorted({*lowest, *highest, *request, *default}):
        low, high = lowest.get(name), highest.get(name)
        if low and high and compare(low, high) > 0:
            faults.invalid(f"{path}.min[{name}]", low, f"min value {low} is greater than max value {high}")
        for field, words, values in (("defaultRequest", "default request", request), ("default", "default", default)):
            value = values.get(name)
            if value and low and compare(low, value) > 0:
                faults.invalid(f"{path}.{field}[{name}]", value, f"min value {low} is greater than {words} value {value}")
            if value and high and compare(value, high) > 0:
                faults.invalid(f"{path}.{field}[{name}]", value, f"{words} value {value} is greater than max value {high}")


CREATE = {
    ("", "ConfigMap"): check_config_map,
    ("", "Secret"): check_secret,
    ("", "Service"): check_service,
    ("", "PersistentVolumeClaim"): check_claim,
    ("", "ResourceQuota"): check_quota,
    ("", "LimitRange"): check_limit_range,
}
UPDATE = {
    ("", "ConfigMap"): check_frozen_update,
    ("", "Secret"): check_frozen_update,
    ("", "Service"): check_service_update,
    ("", "PersistentVolumeClaim"): check_claim_update,
}
