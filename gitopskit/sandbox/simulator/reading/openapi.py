"""What the API says about the shape of its objects: OpenAPI v3 per group version, and v2 in one document.

Made from the structure that the schema file keeps: types, paths, verbs, parameters; no prose. A document is made when it is first asked
for, and again when a definition has changed.

The trap that shaped it: kubectl looks up a kind by the ``x-kubernetes-group-version-kind`` of *operations*, and learns from their
parameters whether the server validates fields; a document without paths makes it fall back or fail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gitopskit.sandbox.machinery.registry import Registry, Resource
from gitopskit.sandbox.machinery.request import Request, Response, encode
from gitopskit.sandbox.machinery.status import no_such_path
from gitopskit.schema.library import Library

_V3 = "application/json"
_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_METHODS = {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}
_COLLECTION = {"list": "get", "create": "post", "deletecollection": "delete"}
_ACTIONS = {"update": "put", "create": "post"}
_WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")
_PARAMETERS = {
    "create": _WRITE_PARAMETERS,
    "update": _WRITE_PARAMETERS,
    "patch": (*_WRITE_PARAMETERS, "force"),
    "delete": ("dryRun", "gracePeriodSeconds", "propagationPolicy"),
    "list": ("continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "watch"),
}
_PATCH_TYPES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json")
_STRATEGIC = "application/strategic-merge-patch+json"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"


def version(git_version: str) -> bytes:
    """Return the answer of ``/version``."""
    major, minor, _ = git_version.removeprefix("v").split(".", 2)
    shown = {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": git_version,
        "gitCommit": "simulated",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "none",
        "platform": "linux/amd64",
    }
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2)


def paths(registry: Registry) -> list[str]:
    """Return the paths that the root lists."""
    found = {"/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"}
    for group, versions in registry.groups.items():
        if group:
            found |= {f"/apis/{group}", *(f"/apis/{group}/{name}" for name in versions)}
    return sorted(found)


def answer(request: Request, parts: list[str], registry: Registry, library: Library) -> Response:
    """Return the document at ``/openapi/…``."""
    if parts == ["openapi", "v2"]:
        accept = request.headers.get("accept", "")
        if "protobuf" in accept and "json" not in accept:
            return Response(body=_empty_protobuf(library.version), content_type=_V2_PROTOBUF)
        return Response(body=encode(_swagger(registry, library)))
    if parts == ["openapi", "v3"]:
        return Response(body=encode(_index(registry)))
    match parts[2:]:
        case ["api", name]:
            return Response(body=_document("", name, registry, library))
        case ["apis", group, name]:
            return Response(body=_document(group, name, registry, library))
    raise no_such_path()


def _index(registry: Registry) -> dict[str, Any]:
    shown = {}
    for group, versions in registry.groups.items():
        for name in versions:
            path = f"apis/{group}/{name}" if group else f"api/{name}"
            shown[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={_hash(registry.resources(group, name))}"}
    return {"paths": shown}


def _hash(resources: Iterable[Resource]) -> str:
    """Return what changes when a group version does (clients keep documents by it)."""
    digest = hashlib.sha256()
    for resource in resources:
        digest.update(encode([resource.plural, dict(resource.crd["spec"]) if resource.crd else None]))
    return digest.hexdigest().upper()


def _document(group: str, name: str, registry: Registry, library: Library) -> bytes:
    resources = registry.resources(group, name)
    if not resources:
        raise no_such_path()
    schemas = _schemas(resources, library)
    served = {path: item for resource in resources for path, item in _paths_of(resource, library).items()}
    head = {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": library.version}}
    return encode({**head, "paths": served, "components": {"schemas": schemas}})


def _schemas(resources: Iterable[Resource], library: Library) -> dict[str, Any]:
    """Return the definitions that the resources need, with everything that those refer to."""
    found: dict[str, Any] = {}
    waiting = [f"{_META}.DeleteOptions", f"{_META}.Status"]
    for resource in resources:
        if resource.crd:
            found[_custom_name(resource)] = _custom_schema(resource)
            waiting += [f"{_META}.ObjectMeta", f"{_META}.ListMeta"]
        else:
            own = library.definition_of(resource.group, resource.version, resource.kind)
            waiting += [own, f"{own}List"] if own else []
            waiting += [n for n in (_response_name(sub, library) for sub in resource.subresources.values()) if n]
    while waiting:
        name = waiting.pop()
        if name not in found and name in library.definitions:
            found[name] = library.definitions[name]
            waiting.extend(_references(found[name]))
    return found


def _references(schema: Any) -> Iterable[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def _response_name(sub: Mapping[str, Any], library: Library) -> str | None:
    kind = sub.get("responseKind") or {}
    return library.definition_of(kind.get("group", ""), kind.get("version", ""), kind.get("kind", ""))


def _custom_name(resource: Resource) -> str:
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def _custom_schema(resource: Resource) -> dict[str, Any]:
    schema = dict((resource.definition.get("schema") or {}).get("openAPIV3Schema") or {"type": "object"})
    reference = {"allOf": [{"$ref": f"#/components/schemas/{_META}.ObjectMeta"}]}
    own = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": reference}
    schema["properties"] = {**(schema.get("properties") or {}), **own}
    schema["x-kubernetes-group-version-kind"] = [_kind(resource)]
    return schema


def _kind(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _paths_of(resource: Resource, library: Library) -> dict[str, Any]:
    base = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    scope = f"{base}/namespaces/{{namespace}}" if resource.namespaced else base
    items = {
        f"{scope}/{resource.plural}": _operations(resource, _COLLECTION, resource.verbs, library),
        f"{scope}/{resource.plural}/{{name}}": _operations(resource, _METHODS, resource.verbs, library),
    }
    if resource.namespaced:
        items[f"{base}/{resource.plural}"] = _operations(resource, {"list": "get"}, resource.verbs, library)
    for name, sub in resource.subresources.items():
        items[f"{scope}/{resource.plural}/{{name}}/{name}"] = _operations(
            resource, {**_METHODS, "create": "post"}, sub.get("verbs", ()), library
        )
    return {path: item for path, item in items.items() if item}


def _operations(resource: Resource, methods: Mapping[str, str], verbs: Iterable[str], library: Library) -> dict[str, Any]:
    return {methods[verb]: _operation(resource, verb, library) for verb in methods if verb in verbs}


def _operation(resource: Resource, verb: str, library: Library) -> dict[str, Any]:
    own = _custom_name(resource) if resource.crd else library.definition_of(resource.group, resource.version, resource.kind)
    schema = {"$ref": f"#/components/schemas/{own}{'List' if verb == 'list' and not resource.crd else ''}"}
    operation: dict[str, Any] = {
        "operationId": f"{verb}{resource.version.title()}{resource.kind}",
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS.get(verb, ())],
        "responses": {"200": {"description": "OK", "content": {_V3: {"schema": schema}}}},
        "x-kubernetes-action": _ACTIONS.get(verb, verb),
        "x-kubernetes-group-version-kind": _kind(resource),
    }
    if verb in {"create", "update"}:
        operation["requestBody"] = {"content": {"*/*": {"schema": schema}}, "required": True}
    elif verb == "patch":
        media = _PATCH_TYPES if resource.crd else (*_PATCH_TYPES, _STRATEGIC)
        patch = {"schema": {"$ref": f"#/components/schemas/{_META}.Patch"}}
        operation["requestBody"] = {"content": dict.fromkeys(media, patch), "required": True}
    return operation


def _swagger(registry: Registry, library: Library) -> dict[str, Any]:
    """Return OpenAPI v2: the definitions, with references as v2 writes them."""
    definitions = _schemas(registry.resources(), library)
    flat = {name: _to_v2(schema) for name, schema in definitions.items()}
    return {"swagger": "2.0", "info": {"title": "Kubernetes", "version": library.version}, "paths": {}, "definitions": flat}


def _empty_protobuf(version_text: str) -> bytes:
    """Return a v2 document without definitions in protobuf.

    kubectl asks for it only after v3 has not told it about a kind, and needs no more than a document that does not know it either.
    """
    info = _text(1, b"Kubernetes") + _text(2, version_text.encode())
    return _text(1, b"2.0") + _text(2, info) + _text(8, b"") + _text(9, b"")


def _text(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2, len(value))) + value


def _to_v2(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_to_v2(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema and isinstance(schema["$ref"], str):
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    inner = schema.get("allOf")
    if isinstance(inner, list) and len(inner) == 1 and "$ref" in inner[0]:
        return _to_v2(inner[0])
    if "oneOf" in schema:
        return {"type": "string"} | ({"format": schema["format"]} if "format" in schema else {})
    return {key: _to_v2(value) for key, value in schema.items() if key != "nullable"}
