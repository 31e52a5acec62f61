"""Rules for Namespaces, ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.metadata import check_finalizer_names
from gitopskit.sandbox.machinery.causes import IMMUTABLE, Faults, config_key_problems, qualified_name_problems

Object = Mapping[str, Any]

DATA_LIMIT_BYTES = 1024 * 1024
_FROZEN_DATA = "field is immutable when `immutable` is set"
_REQUIRED_KEYS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_LEVELS = ("privileged", "baseline", "restricted")
_ACCOUNT = "kubernetes.io/service-account.name"


def check_config_map(obj: Object, faults: Faults) -> None:
    """Check a ConfigMap."""
    size = 0
    texts, binaries = obj.get("data") or {}, obj.get("binaryData") or {}
    for field, content in (("data", texts), ("binaryData", binaries)):
        for key in sorted(content):
            faults.each(f"{field}[{key}]", key, config_key_problems(key))
    for key in sorted(set(texts) & set(binaries)):
        faults.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    size = sum(len(value.encode(errors="surrogatepass")) for value in texts.values())
    if size + sum(len(value) * 3 // 4 for value in binaries.values()) > DATA_LIMIT_BYTES:
        faults.too_long("[]", DATA_LIMIT_BYTES)


def check_secret(obj: Object, faults: Faults) -> None:
    """Check a Secret."""
    content, kind = obj.get("data") or {}, obj.get("type", "")
    for key in sorted(content):
        faults.each(f"data[{key}]", key, config_key_problems(key))
    if sum(len(value) * 3 // 4 for value in content.values()) > DATA_LIMIT_BYTES:
        faults.too_long("data", DATA_LIMIT_BYTES)
    for key in _REQUIRED_KEYS.get(kind, ()):
        if key not in content:
            faults.required(f"data[{key}]")
        elif kind.startswith("kubernetes.io/docker"):
            _check_json(content[key], f"data[{key}]", faults)
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & set(content):
        faults.required("data[username]")
        faults.required("data[password]")
    if kind == "kubernetes.io/service-account-token" and not (obj["metadata"].get("annotations") or {}).get(_ACCOUNT):
        faults.required(f"metadata.annotations[{_ACCOUNT}]")


def _check_json(encoded: str, field: str, faults: Faults) -> None:
    """Check that a key holds JSON; the value is a secret, so not even its first wrong character is quoted exactly."""
    try:
        text = base64.b64decode(encoded).decode()
        json.loads(text)
    except (binascii.Error, ValueError):
        first = text.strip()[:1] if "text" in locals() else ""
        detail = f"invalid character '{first}' looking for beginning of value" if first else "unexpected end of JSON input"
        faults.invalid(field, "<secret contents redacted>", detail)


def check_frozen(new: Object, old: Object, faults: Faults) -> None:
    """Check that what is marked immutable stays as it was."""
    if new.get("type") != old.get("type"):
        faults.invalid("type", new.get("type"), IMMUTABLE)
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        faults.forbidden("immutable", _FROZEN_DATA)
    for field in ("data", "binaryData"):
        if (new.get(field) or {}) != (old.get(field) or {}):
            faults.forbidden(field, _FROZEN_DATA)


def check_namespace(obj: Object, faults: Faults) -> None:
    """Check a Namespace."""
    finalizers = (obj.get("spec") or {}).get("finalizers") or ()
    for name in finalizers:
        faults.each("spec.finalizers", name, qualified_name_problems(name))
    is_stored = "resourceVersion" in obj["metadata"]  # only then are they counted
    check_finalizer_names(finalizers, "spec.finalizers", faults, numbered=is_stored)
    for key, value in sorted((obj["metadata"].get("labels") or {}).items()):
        _check_security(key, value, faults)


def _check_security(key: str, value: str, faults: Faults) -> None:
    """Check a label that says what Pods of a namespace may do."""
    prefix, _, name = key.partition("/")
    if prefix != "pod-security.kubernetes.io":
        return
    mode, _, is_version = name.partition("-")
    if mode not in ("enforce", "audit", "warn"):
        return
    if not is_version and value not in _LEVELS:
        faults.invalid(f"metadata.labels[{key}]", value, f"must be one of {', '.join(_LEVELS)}")
    elif is_version and not re.fullmatch(r"latest|v1\.(0|[1-9]\d*)", value):
        faults.invalid(f"metadata.labels[{key}]", value, 'must be "latest" or "v1.x"')


CREATE = {("", "Namespace"): check_namespace, ("", "ConfigMap"): check_config_map, ("", "Secret"): check_secret}
UPDATE = {("", "ConfigMap"): check_frozen, ("", "Secret"): check_frozen}
