"""Does every integer of a desired object fit, by the live server's own schema?

Only an object that holds an integer beyond 32 bits is looked at, so that the schema is hardly ever fetched; once per group and plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitopskit.model.objects import Object
from gitopskit.planning.ranges import Components, out_of_range
from gitopskit.providers.kubernetes.connection import Connection
from gitopskit.providers.kubernetes.discovery import ApiResource

_KIND = "x-kubernetes-group-version-kind"


def range_problem(connection: Connection, resource: ApiResource, item: Object, known: dict[str, Components]) -> str:
    """Return one sentence about integers that the server would wrap or refuse; empty where all is well.

    Parameters
    ----------
    known
        Schemas that were fetched already, by group and version; added to.
    """
    if not any(abs(number) >= 2**31 for number in _numbers(item.body)):
        return ""
    root = f"apis/{resource.group}/{resource.version}" if resource.group else f"api/{resource.version}"
    if root not in known:
        known[root] = (connection.read(f"/openapi/v3/{root}").json().get("components") or {}).get("schemas") or {}
    components = known[root]
    wanted = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    schema = next((schema for schema in components.values() if wanted in (schema.get(_KIND) or ())), None)
    return "; ".join(out_of_range(item.body, schema, components)) if schema else ""


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value
