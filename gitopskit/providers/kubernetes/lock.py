"""One writer per inventory: a Lease beside the parent object.

Taken by a create-only apply, renewed while held, deleted at the end; every write to it is conditional on the version that we wrote, so
that a lease that was lost is never taken back nor deleted by accident.

The trap that shaped it: clocks of two machines differ, so a lease is taken over only when *we* have watched it stay the same for its
whole duration, by our own monotonic clock, or when its holder was a process of this very machine that is gone.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from gitopskit.errors import ProviderError, RefusedError, plain
from gitopskit.model.plan import Plan
from gitopskit.planning.managed import FIELD_MANAGER
from gitopskit.providers.kubernetes.connection import Answer, Connection, error_of
from gitopskit.providers.kubernetes.dry_run import APPLY, CREATE_ONLY

DURATION_S: Final = 15
RENEW_S: Final = 5.0
POLL_S: Final = 0.5


@contextlib.contextmanager
def hold(
    connection: Connection, plan: Plan, *, namespace: str, name: str, duration_s: int = DURATION_S, renew_s: float = RENEW_S
) -> Iterator[None]:
    """Hold the lease of an inventory.

    Parameters
    ----------
    duration_s, renew_s
        Seconds after which others may take over a lease that was not renewed, and between two renewals.

    Raises
    ------
    RefusedError
        Somebody else holds it, and goes on renewing it.
    """
    lease = _Lease(connection, plan, f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}", duration_s)
    lease.acquire()
    done = threading.Event()
    renewer = threading.Thread(target=lambda: _renew(lease, done, renew_s), daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
        lease.release()


def _renew(lease: _Lease, done: threading.Event, renew_s: float) -> None:
    while not done.wait(renew_s):
        with contextlib.suppress(ProviderError):
            lease.renew()


class _Lease:
    """One lease, as we last wrote it."""

    def __init__(self, connection: Connection, plan: Plan, path: str, duration_s: int) -> None:
        self._connection = connection
        self._plan = plan
        self._path = path
        self._duration_s = duration_s
        self._since = _moment()
        self._held: dict[str, str] = {}

    def acquire(self) -> None:
        """Create the lease, or take over one that nobody holds any more."""
        answer = self._write({"resourceVersion": CREATE_ONLY})
        watched, deadline = "", 0.0
        while not self._held:
            if answer.status != 409:
                raise error_of(answer, self._connection, self._path)
            found = self._connection.get(self._path) if self._exists() else {}
            metadata, spec = found.get("metadata") or {}, found.get("spec") or {}
            version = metadata.get("resourceVersion", "")
            if watched and version and version != watched:
                raise _refusal(self._path, spec)  # somebody renews it
            if not watched:
                watched, deadline = version, time.monotonic() + float(spec.get("leaseDurationSeconds") or self._duration_s)
            if not version:
                answer = self._write({"resourceVersion": CREATE_ONLY})  # released this moment
            elif _is_gone(str(spec.get("holderIdentity", ""))) or time.monotonic() > deadline:
                answer = self._write({"uid": metadata["uid"], "resourceVersion": version})
            else:
                time.sleep(POLL_S)

    def renew(self) -> None:
        """Say that we are still there; a lease that was lost stays lost."""
        if self._held:
            self._write(self._held)

    def release(self) -> None:
        """Delete the lease, if it is still as we wrote it."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": self._held}
        with contextlib.suppress(ProviderError):
            self._connection.write("DELETE", self._path, body=orjson.dumps(options))

    def _exists(self) -> bool:
        return self._connection.read(self._path).status != 404

    def _write(self, condition: dict[str, str]) -> Answer:
        metadata = {"name": self._path.rpartition("/")[2], "annotations": {"gitopskit/plan": self._plan.id}, **condition}
        spec = {
            "holderIdentity": identity(),
            "leaseDurationSeconds": self._duration_s,
            "acquireTime": self._since,
            "renewTime": _moment(),
        }
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        answer = self._connection.write("PATCH", self._path, query=query, body=orjson.dumps(body), content_type=APPLY)
        if answer.is_ok:
            written: dict[str, Any] = answer.json()["metadata"]
            self._held = {"uid": written["uid"], "resourceVersion": written["resourceVersion"]}
        return answer


def identity() -> str:
    """Return who we are to other machines and processes: ``user@machine/boot:process``."""
    return f"{getpass.getuser()}@{platform.node()}/{_machine()}:{os.getpid()}"


@cache
def _machine() -> str:
    """Return a mark of where process ids mean the same: this boot of this machine, and this container."""
    try:
        mark = Path("/proc/sys/kernel/random/boot_id").read_text() + str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        mark = str(uuid.getnode())
    return hashlib.sha256(mark.encode()).hexdigest()[:8]


def _is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that no longer runs."""
    place, _, process = holder.rpartition(":")
    if place.partition("@")[2] != identity().rpartition(":")[0].partition("@")[2] or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _refusal(path: str, spec: dict[str, Any]) -> RefusedError:
    holder, since = plain(str(spec.get("holderIdentity", "somebody"))), plain(str(spec.get("acquireTime", "")))
    until = f"renewed {plain(str(spec.get('renewTime', '')))}, for {spec.get('leaseDurationSeconds', '?')} s at a time"
    return RefusedError(
        f"{holder} is applying to this inventory, since {since} ({until})",
        where=path.rpartition("/v1/")[2],
        next_step="wait until it is done, then apply again",
    )
