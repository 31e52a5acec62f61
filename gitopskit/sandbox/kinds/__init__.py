"""How objects of each kind are read: built-in kinds by OpenAPI and Go's struct tags, custom kinds by their own schema.

`Kinds.read` turns a parsed body into the object that the server works on: decoded, pruned, defaulted. What it finds wrong on the way
becomes a 400, a 422 or a warning, as the request's field validation says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import orjson

from gitopskit.sandbox.kinds import defaults
from gitopskit.sandbox.machinery.decode import DecodeError, Decoder, Reading
from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.request import copy
from gitopskit.sandbox.machinery.status import Cause, StatusError, bad_request, internal, invalid
from gitopskit.sandbox.rules import custom
from gitopskit.schema.library import Library
from gitopskit.schema.merge import fill_defaults
from gitopskit.schema.problems import Problem
from gitopskit.schema.types import Type
from gitopskit.schema.validate import drop_nulls, prune_unknown, validate

Object = dict[str, Any]
Found = TypeVar("Found")

_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_REASONS = {
    "required": "FieldValueRequired",
    "long": "FieldValueTooLong",
    "many": "FieldValueTooMany",
    "unsupported": "FieldValueNotSupported",
    "duplicate": "FieldValueDuplicate",
    "type": "FieldValueTypeInvalid",
}
_BLOCKING = {"required", "long", "many", "unsupported", "type"}
_UNCHECKED = (
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)


class Terms(Protocol):
    """What a request says of how its object is to be read."""

    @property
    def validation(self) -> str:
        """``Ignore``, ``Warn`` or ``Strict``: what is done about fields that are not known or stated twice."""

    @property
    def warnings(self) -> list[str]:
        """Texts for ``Warning`` headers; grows."""

    @property
    def is_patch(self) -> bool:
        """Whether the object was put together from a patch."""


class Kinds:
    """The schemas of everything that is served."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._decoder = Decoder(library.definitions)

    def type_of(self, resource: Resource) -> Type:
        """Return the structured-merge type of a resource's objects."""
        return _known(self.library.type_of(resource.group, resource.version, resource.kind), resource)

    def read(self, resource: Resource, obj: Object, terms: Terms, repeated: list[str]) -> Object:
        """Return the object that a body means.

        Parameters
        ----------
        repeated
            Texts about keys that the body holds twice.

        Raises
        ------
        StatusError
            400 for wrong types and, under strict validation, for unknown fields.
        """
        read = self._read_custom if resource.crd else self._read_builtin
        try:
            decoded, unknown = read(resource, obj)
        except DecodeError as error:
            raise _unreadable(resource, obj, terms, str(error)) from error
        if resource.crd:
            decoded = drop_nulls(decoded, self.type_of(resource))
        self._tell(resource, obj, terms, unknown, repeated)
        terms.warnings.extend(_without_repeated_owners(decoded, " after mutating admission happens" if terms.is_patch else ""))
        return decoded

    def settle(self, resource: Resource, obj: Object) -> Object:
        """Return an object that a merge or patch made in canonical form, with its defaults.

        Raises
        ------
        DecodeError
            A value has the wrong type.
        """
        if resource.crd:
            return self._read_custom(resource, obj)[0]
        reading = Reading(wrap=True)
        decoded = self._decoder.decode(self._definition(resource), obj, reading)
        defaults.complete(resource.group, resource.kind, decoded)
        return decoded

    def empty(self, resource: Resource) -> Object:
        """Return an object of a kind that holds just the structures that are always there."""
        return {} if resource.crd else self._decoder.decode(self._definition(resource), {}, Reading(fills=False))

    def _definition(self, resource: Resource) -> str:
        return _known(self.library.definition_of(resource.group, resource.version, resource.kind), resource)

    def _read_builtin(self, resource: Resource, obj: Object) -> tuple[Object, list[str]]:
        reading = Reading(keeps_empty=True)
        decoded = self._decoder.decode(self._definition(resource), obj, reading)
        defaults.complete(resource.group, resource.kind, decoded)
        return decoded, reading.unknown

    def _read_custom(self, resource: Resource, obj: Object) -> tuple[Object, list[str]]:
        type_ = self.type_of(resource)
        pruned, unknown = prune_unknown(obj, type_)
        metadata = self._decoder.decode(
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", pruned.get("metadata") or {}, Reading(keeps_empty=True)
        )
        filled: Object = fill_defaults({**pruned, "metadata": metadata}, type_)
        return filled, unknown

    def _tell(self, resource: Resource, obj: Object, terms: Terms, unknown: list[str], repeated: list[str]) -> None:
        texts = [f'unknown field "{path}"' for path in unknown] + repeated
        if not texts or terms.validation == "Ignore":
            return
        if terms.validation == "Strict":
            if repeated and repeated[0].startswith("line "):  # as YAML counts
                texts = ["yaml: unmarshal errors:\n  " + "\n  ".join(repeated), *texts[: -len(repeated)]]
            why = "strict decoding error: " + ", ".join(texts)
            raise _unreadable(resource, obj, terms, why)
        terms.warnings.extend(texts)

    def check_schema(
        self, resource: Resource, obj: Object, warnings: list[str], subresource: str = "", old: Mapping[str, Any] | None = None
    ) -> None:
        """Check a custom object against its schema and the rules in it; through ``status`` only that is looked at.

        Parameters
        ----------
        warnings
            Grows by the rules that are broken by what has not changed.

        Raises
        ------
        StatusError
            422 with every problem.
        """
        if not resource.crd:
            return
        problems = self._problems(resource, obj, subresource)
        causes = [Cause(reason=_REASONS.get(p.reason, "FieldValueInvalid"), message=p.message, field=_field(p.path)) for p in problems]
        if custom.is_ruled(self.type_of(resource)):
            if {problem.reason for problem in problems} & _BLOCKING:
                causes.append(Cause(reason="FieldValueInvalid", message=_UNCHECKED, field="<nil>"))
            else:
                causes += self._broken_rules(resource, obj, old, warnings)
        if causes:
            raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), causes)

    def _problems(self, resource: Resource, obj: Object, subresource: str) -> list[Problem]:
        """Return what does not fit the schema, of the status alone if only that is written."""
        type_ = self.type_of(resource)
        if subresource != "status":
            return [*validate(copy(obj), type_, ()), *_scale_problems(resource, obj)]
        found = validate(copy(obj.get("status") or {}), type_.child("status"), ())
        return [*(replace(problem, path=("status", *problem.path)) for problem in found), *_scale_problems(resource, obj)]

    def _broken_rules(self, resource: Resource, obj: Object, old: Mapping[str, Any] | None, warnings: list[str]) -> list[Cause]:
        """Return the rules that do not hold, even where only the status is written; warn of those that did not before."""
        broken = list(custom.broken_rules(obj, old, self.type_of(resource), is_root=True))
        warnings.extend(f"{item.cause.field}: {item.cause.message}" for item in broken if item.is_old)
        return [item.cause for item in broken if not item.is_old]


def _scale_problems(resource: Resource, obj: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the numbers that a scale shows."""
    scale = (resource.definition.get("subresources") or {}).get("scale") or {}
    for path in (scale.get("specReplicasPath"), scale.get("statusReplicasPath")):
        value: Any = obj
        for part in path.strip(".").split(".") if path else ():
            value = value.get(part) if isinstance(value, Mapping) else None
        if path and isinstance(value, int) and value < 0:
            yield Problem(("", *path.strip(".").split(".")), "invalid", f"Invalid value: {value}: should be a non-negative integer")


def _known(found: Found | None, resource: Resource) -> Found:
    if found is None:
        raise internal(f"{resource.qualified} is served without a schema")
    return found


def _unreadable(resource: Resource, obj: Object, terms: Terms, why: str) -> StatusError:
    """Refuse a body that does not fit its kind; what a patch made is quoted."""
    if not terms.is_patch:
        return bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {why}')
    quoted = orjson.dumps(orjson.dumps(obj).decode()).decode()
    return invalid("", "", "", [Cause(reason="FieldValueInvalid", message=f"Invalid value: {quoted}: {why}", field="patch")])


def _field(path: Any) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts)[1:] if parts and parts[0] != "[" else "".join(parts)


def _without_repeated_owners(obj: Object, when: str) -> Iterator[str]:
    """Take owners out of an object that it names twice, and yield what is to be said of that."""
    metadata = obj.get("metadata") or {}
    owners = metadata.get("ownerReferences") or ()
    repeated = [owner["uid"] for at, owner in enumerate(owners) if owner in owners[:at]]
    if repeated:
        metadata["ownerReferences"] = [owner for at, owner in enumerate(owners) if owner not in owners[:at]]
        yield _REPEATED_OWNERS.format(when) + ", ".join(repeated)


_REPEATED_OWNERS = (
    ".metadata.ownerReferences contains duplicate entries{}; API server dedups owner references in 1.20+, and may reject such requests as "
    "early as 1.24; please fix your requests; duplicate UID(s) observed: "
)
