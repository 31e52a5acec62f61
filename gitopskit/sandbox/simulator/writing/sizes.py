"""How large an object may be to be stored: what the real server's etcd takes.

The trap that shaped it: managed fields count, so an applied object with many keys is refused though its content is small; other writes
give them up instead.

References
----------
etcd, ``--max-request-bytes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.request import encode
from gitopskit.sandbox.machinery.status import internal
from gitopskit.sandbox.simulator.options import Intent

REQUEST_LIMIT_BYTES = 3 * 512 * 1024
MESSAGE_LIMIT_BYTES = 2 * 1024 * 1024


def make_fit(intent: Intent, obj: dict[str, Any]) -> None:
    """Leave an object's managed fields out if it is too large with them, unless it is applied; refuse what still is too large (500)."""
    problem = _problem(obj)
    if problem and not intent.is_apply:
        obj["metadata"].pop("managedFields", None)
        problem = _problem(obj)
    if problem:
        raise internal(problem)


def _problem(obj: Mapping[str, Any]) -> str:
    size = len(encode(obj))
    if size > MESSAGE_LIMIT_BYTES:
        why = f"trying to send message larger than max ({size} vs. {MESSAGE_LIMIT_BYTES})"
        return f"rpc error: code = ResourceExhausted desc = {why}"
    return "etcdserver: request is too large" if size > REQUEST_LIMIT_BYTES else ""
