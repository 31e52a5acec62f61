"""Does every integer of a desired object fit, by the live server's own schema?

Only an object that holds an integer beyond 32 bits is looked at, so that a schema is hardly ever fetched for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitopskit.model.objects import Object
from gitopskit.planning.ranges import out_of_range
from gitopskit.providers.kubernetes.discovery import ApiResource
from gitopskit.providers.kubernetes.schemas import Schemas


def range_problem(item: Object, resource: ApiResource, schemas: Schemas) -> str:
    """Return one sentence about integers that the server would wrap or refuse; empty where all is well."""
    if not any(abs(number) >= 2**31 for number in _numbers(item.body)):
        return ""
    type_ = schemas.type_of(resource)
    return "; ".join(out_of_range(item.body, type_)) if type_ else ""


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value
