"""Which schema belongs to which kind?

The packaged library holds the structure of one Kubernetes release (see `gitopskit.sandbox.controlplane.schemas` for what makes it);
a live cluster's own OpenAPI makes another. Custom resource definitions add theirs.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

import orjson

from gitopskit.schema.types import Type

_KINDS: Final = "x-kubernetes-group-version-kind"
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
BUNDLED: Final = "1.37"


class Library:
    """The schemas of a server.

    Parameters
    ----------
    version
        The release that they come from.
    discovery
        Items of aggregated discovery, core group first.
    definitions
        OpenAPI component name to schema.
    """

    def __init__(self, version: str, discovery: list[dict[str, Any]], definitions: dict[str, dict[str, Any]]) -> None:
        self.version = version
        self.discovery = discovery
        self.definitions = definitions
        self._names = {
            (kind["group"], kind["version"], kind["kind"]): name for name, schema in definitions.items() for kind in schema.get(_KINDS, ())
        }
        self._types: dict[tuple[str, str, str], Type] = {}

    def definition_of(self, group: str, version: str, kind: str) -> str | None:
        """Return the component name of a built-in kind."""
        return self._names.get((group, version, kind))

    def type_of(self, group: str, version: str, kind: str) -> Type | None:
        """Return the type of a kind's objects, built on first use."""
        key = (group, version, kind)
        if key not in self._types and key in self._names:
            self._types[key] = Type(self.definitions[self._names[key]], self.definitions)
        return self._types.get(key)

    def add_crd(self, definition: Mapping[str, Any]) -> None:
        """Add the kinds that a CustomResourceDefinition defines."""
        spec = definition["spec"]
        for version in spec.get("versions") or ():
            given = (version.get("schema") or {}).get("openAPIV3Schema") or {"x-kubernetes-preserve-unknown-fields": True}
            schema = _as_object(_with_embedded(given))
            self._types[spec["group"], version["name"], spec["names"]["kind"]] = Type(schema, self.definitions)

    def without_crd(self, definition: Mapping[str, Any]) -> None:
        """Forget the kinds that a definition defined."""
        spec = definition["spec"]
        for version in spec.get("versions") or ():
            self._types.pop((spec["group"], version["name"], spec["names"]["kind"]), None)


def _as_object(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a whole object, with what every object has."""
    text, properties = {"type": "string"}, schema.get("properties") or {}
    own = {name: value for name, value in properties.items() if name not in ("apiVersion", "kind", "metadata")}
    common = {"apiVersion": text, "kind": text, "metadata": {"$ref": f"#/components/schemas/{_META}"}}
    return {**schema, "properties": {**common, **own}}


def _with_embedded(schema: Any) -> Any:
    """Return a schema in which every embedded resource has what every object has, and must say what it is."""
    if isinstance(schema, list):
        return [_with_embedded(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {name: _with_embedded(value) for name, value in schema.items()}
    if found.get("x-kubernetes-embedded-resource") is not True:
        return found
    required = [name for name in ("apiVersion", "kind") if name not in (found.get("required") or ())]
    return _as_object({**found, "required": [*(found.get("required") or ()), *required]})


def bundled(version: str = BUNDLED) -> Library:
    """Return the packaged library of a Kubernetes release."""
    packed = (files("gitopskit.schema") / f"kubernetes-v{version}.json.gz").read_bytes()
    document = orjson.loads(gzip.decompress(packed))
    return Library(document["version"], document["discovery"], document["components"])


def from_openapi_v3(documents: Iterable[Mapping[str, Any]], version: str = "") -> Library:
    """Return the library of a live server, from its OpenAPI v3 documents."""
    definitions: dict[str, dict[str, Any]] = {}
    for document in documents:
        definitions |= (document.get("components") or {}).get("schemas") or {}
    return Library(version, [], definitions)
