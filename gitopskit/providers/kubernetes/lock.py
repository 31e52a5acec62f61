"""One writer per inventory: a Lease beside the parent object.

Taken by a create-only apply, renewed while held, deleted at the end. The trap that shaped it: clocks of two machines differ, so a
lease is taken over only when *we* have watched it stay the same for its whole duration, by our own monotonic clock, or when its
holder was a process of this very machine that is gone.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from gitopskit.errors import ProviderError, RefusedError, plain
from gitopskit.model.plan import Plan
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.providers.kubernetes.connection import Answer, Connection, error_of
from gitopskit.providers.kubernetes.dry_run import APPLY, CREATE_ONLY

DURATION_S: Final = 15
POLL_S: Final = 0.5


@contextlib.contextmanager
def hold(connection: Connection, plan: Plan, *, namespace: str, name: str) -> Iterator[None]:
    """Hold the lease of an inventory.

    Raises
    ------
    RefusedError
        Somebody else holds it, and goes on renewing it.
    """
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
    held = _acquire(connection, path, plan)
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(connection, path, plan, held, done), daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": held["metadata"]["uid"]}}
        with contextlib.suppress(ProviderError):
            connection.send("DELETE", path, body=orjson.dumps(options))


def _acquire(connection: Connection, path: str, plan: Plan) -> dict[str, Any]:
    deadline = time.monotonic() + DURATION_S
    watched = ""
    while True:
        answer = _apply(connection, path, plan, {"resourceVersion": CREATE_ONLY})
        if answer.is_ok:
            return answer.json()
        if answer.status != 409:
            raise error_of(answer, connection, path)
        current = connection.read(path).json()
        metadata, spec = current.get("metadata") or {}, current.get("spec") or {}
        if not metadata:
            continue  # released this moment
        if metadata["resourceVersion"] != watched:
            if watched:
                raise _refusal(path, spec)  # it is being renewed
            watched = metadata["resourceVersion"]
            deadline = time.monotonic() + float(spec.get("leaseDurationSeconds") or DURATION_S)
        if _is_gone(str(spec.get("holderIdentity", ""))) or time.monotonic() > deadline:
            answer = _apply(connection, path, plan, {"uid": metadata["uid"], "resourceVersion": watched})
            if answer.is_ok:
                return answer.json()
        time.sleep(POLL_S)


def _renew(connection: Connection, path: str, plan: Plan, held: dict[str, Any], done: threading.Event) -> None:
    while not done.wait(DURATION_S / 3):
        with contextlib.suppress(ProviderError):
            _apply(connection, path, plan, {"uid": held["metadata"]["uid"]})


def _apply(connection: Connection, path: str, plan: Plan, metadata: dict[str, str]) -> Answer:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    body = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": path.rpartition("/")[2], "annotations": {"gitopskit/plan": plan.id}, **metadata},
        "spec": {"holderIdentity": _identity(), "leaseDurationSeconds": DURATION_S, "acquireTime": now, "renewTime": now},
    }
    query = {"fieldManager": FIELD_MANAGER, "force": "true"}
    return connection.send("PATCH", path, query=query, body=orjson.dumps(body), content_type=APPLY)


def _identity() -> str:
    return f"{getpass.getuser()}@{platform.node()}:{os.getpid()}"


def _is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that no longer runs."""
    owner, _, pid = holder.rpartition(":")
    if owner.rpartition("@")[2] != platform.node() or not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _refusal(path: str, spec: dict[str, Any]) -> RefusedError:
    holder, since = plain(str(spec.get("holderIdentity", "somebody"))), plain(str(spec.get("acquireTime", "")))
    return RefusedError(
        f"{holder} is applying to this inventory, since {since}",
        where=path.rpartition("/v1/")[2],
        next_step="wait until it is done, then apply again",
    )
