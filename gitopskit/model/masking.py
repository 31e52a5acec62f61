"""Which values of an object are secret?

Every object goes through `mask_object` where it enters the model, desired and live alike. What is masked: the content of a Secret,
what other tools remember of an object (`last-applied-configuration` and its kin), and values whose *name* or *shape* gives them away:
literal environment variables and ConfigMap entries called password, token, …; private keys, JSON web tokens, addresses with a
password in them.

The trap that shaped it: a server's dry-run answers with the whole live Secret, and an annotation can hold a copy of one.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from gitopskit.model.concealment import learn
from gitopskit.model.spellings import is_open_name
from gitopskit.model.values import Sensitive, mask

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
REMEMBERED: Final = frozenset(
    {
        LAST_APPLIED,
        "kapp.k14s.io/original",
        "kapp.k14s.io/original-diff",
        "objectset.rio.cattle.io/applied",
        "banzaicloud.com/last-applied",
    }
)
_SECRET_NAME: Final = re.compile(
    r"(?:^|[_.\-]|(?<=[a-z0-9]))(?:passw(?:or)?d|passphrase|token|secret|api[_.\-]?key|access[_.\-]?key|private[_.\-]?key|credentials?)$",
    re.IGNORECASE,
)
_SECRET_SHAPE: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@", re.IGNORECASE
)


def mask_object(body: Mapping[str, Any], *, key: bytes) -> Mapping[str, Any]:
    """Return an object as it came from JSON or YAML with its secrets marked; the same object where there are none.

    Parameters
    ----------
    key
        The user's mask key (`gitopskit.home.mask_key`).
    """
    masked = _mask_annotations(body, key)
    if body.get("kind") == "Secret" and body.get("apiVersion") == "v1":
        return _mask_secret(masked, key)
    if body.get("kind") == "ConfigMap":
        return _replaced(masked, "data", {name: _by_name(name, value, key) for name, value in _map(masked.get("data")).items()})
    return _mask_pods(masked, key)


def remembered_object(body: Mapping[str, Any], *, key: bytes) -> Mapping[str, Any] | None:
    """Return what ``kubectl apply`` noted on an object, with its secrets marked; None where it noted nothing that can be read.

    What it is, is said by the object itself: anybody can write the annotation.
    """
    text = _map(_map(body.get("metadata")).get("annotations")).get(LAST_APPLIED)
    try:
        noted = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return None
    if not isinstance(noted, dict) or not _has_shape(noted):
        return None
    return mask_object({**noted, **{name: body[name] for name in ("apiVersion", "kind") if name in body}}, key=key)


def _has_shape(noted: Mapping[str, Any]) -> bool:
    """Whether an object has mappings where whoever compares it relies on them."""
    metadata = noted.get("metadata")
    parts = (metadata, *(_map(metadata).get(name) for name in ("labels", "annotations")), noted.get("data"), noted.get("stringData"))
    return all(part is None or isinstance(part, dict) for part in parts)


def is_secret_name(name: str) -> bool:
    """Whether a variable or entry of that name holds a secret.

    Examples
    --------
    >>> [is_secret_name(name) for name in ("DB_PASSWORD", "apiToken", "tokenTTL", "secretName")]
    [True, True, False, False]
    """
    return bool(_SECRET_NAME.search(name))


def _mask_secret(body: Mapping[str, Any], key: bytes) -> Mapping[str, Any]:
    encoded = {name: _secret(name, value, key, _decoded(value)) for name, value in _map(body.get("data")).items()}
    plain = {name: _secret(name, value, key) for name, value in _map(body.get("stringData")).items()}
    return _replaced(_replaced(body, "data", encoded), "stringData", plain)


def _secret(name: str, value: Any, key: bytes, content: bytes | None = None) -> Sensitive:
    if not is_open_name(name):
        learn(*(one for one in (value, content) if isinstance(one, str | bytes)))
    return mask(value, key=key, compared_as=content)


def _decoded(value: Any) -> bytes:
    """Return the content of an encoded value; of one that is not encoded, what no content equals."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return repr(value).encode() + b"\0"


def _mask_annotations(body: Mapping[str, Any], key: bytes) -> Mapping[str, Any]:
    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or not (REMEMBERED & annotations.keys()):
        return body
    masked = {name: mask(value, key=key) if name in REMEMBERED else value for name, value in annotations.items()}
    return {**body, "metadata": {**_map(metadata), "annotations": masked}}


def _mask_pods(body: Mapping[str, Any], key: bytes) -> Mapping[str, Any]:
    """Mask literal environment variables, wherever the kind keeps its pod spec."""
    spec = body.get("spec")
    return _replaced(body, "spec", _mask_spec(spec, key)) if isinstance(spec, dict) else body


def _mask_spec(spec: Mapping[str, Any], key: bytes) -> Mapping[str, Any]:
    for name in ("jobTemplate", "template"):
        inner = spec.get(name)
        if isinstance(inner, dict) and isinstance(inner.get("spec"), dict):
            spec = _replaced(spec, name, _replaced(inner, "spec", _mask_spec(inner["spec"], key)))
    for name in ("containers", "initContainers", "ephemeralContainers"):
        containers = spec.get(name)
        if isinstance(containers, list):
            spec = _replaced(spec, name, _all(containers, lambda item: _mask_container(item, key)))
    return spec


def _mask_container(container: Any, key: bytes) -> Any:
    variables = container.get("env") if isinstance(container, dict) else None
    if isinstance(variables, dict):  # a slip, and no reason to show what is in it
        return _replaced(container, "env", {name: _by_name(name, value, key) for name, value in variables.items()})
    if not isinstance(variables, list):
        return container
    return _replaced(container, "env", _all(variables, lambda item: _mask_variable(item, key)))


def _mask_variable(variable: Any, key: bytes) -> Any:
    if not isinstance(variable, dict) or not isinstance(variable.get("value"), str):
        return variable
    return _replaced(variable, "value", _by_name(str(variable.get("name", "")), variable["value"], key))


def _by_name(name: str, value: Any, key: bytes) -> Any:
    if isinstance(value, str) and value and (is_secret_name(name) or _SECRET_SHAPE.search(value)):
        learn(value)
        return mask(value, key=key)
    return value


def _all(items: list[Any], change: Any) -> list[Any]:
    changed = [change(item) for item in items]
    return changed if any(new is not old for new, old in zip(changed, items, strict=True)) else items


def _replaced(body: Mapping[str, Any], name: str, value: Any) -> Mapping[str, Any]:
    """Return the mapping with one value replaced; itself where nothing changes."""
    old = body.get(name)
    if name not in body or value is old or (isinstance(old, dict) and isinstance(value, dict) and _same(old, value)):
        return body
    return {**body, name: value}


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return len(old) == len(new) and all(new.get(name) is item for name, item in old.items())


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
