"""What the server fills in by code, kind by kind, beyond the defaults that OpenAPI declares.

Each function completes a freshly decoded object in place; a table per module says which kind gets which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitopskit.sandbox.kinds.defaults import batch, core, extensions, pods, services, workloads

Complete = Callable[[dict[str, Any]], None]

TABLE: Mapping[tuple[str, str], Complete] = {
    **core.TABLE,
    **pods.TABLE,
    **services.TABLE,
    **workloads.TABLE,
    **batch.TABLE,
    **extensions.TABLE,
}


def complete(group: str, kind: str, obj: dict[str, Any]) -> None:
    """Fill in what the kind's own code fills in."""
    found = TABLE.get((group, kind))
    if found:
        found(obj)
