"""Which cluster is this, and who are we to it?

A context is only a name that somebody gave. A cluster is known by its certificate authority and by the uid of its kube-system
namespace, which lives as long as the cluster does.
"""

from __future__ import annotations

from typing import Any

import orjson

from gitopskit.errors import ForbiddenError
from gitopskit.model.snapshot import Target
from gitopskit.providers.kubernetes.connection import Connection
from gitopskit.workers import workers


def identify(connection: Connection) -> Target:
    """Ask the cluster who it is; parts that we have no right to read stay empty."""
    with workers(2) as pool:
        asked, known = pool.submit(_user, connection), pool.submit(_uid, connection)
        version, user, uid = connection.get("/version"), asked.result(), known.result()
    return Target(
        system="kubernetes",
        name=connection.name,
        server=connection.server,
        authority=connection.authority,
        uid=uid,
        version=str(version.get("gitVersion", "")),
        user=str(user.get("username", "")),
        groups=tuple(sorted(user.get("groups") or ())),
        is_sandbox=connection.is_sandbox,
    )


def unidentified(target: Target) -> tuple[str, ...]:
    """Say which parts of a cluster's identity could not be read."""
    missing = [
        what for what, found in (("which cluster it is (uid of kube-system)", target.uid), ("who we are to it", target.user)) if not found
    ]
    return tuple(f"{target.name} does not tell {what}: there is no right to read it" for what in missing)


def _uid(connection: Connection) -> str:
    try:
        return str(connection.get("/api/v1/namespaces/kube-system")["metadata"]["uid"])
    except ForbiddenError:
        return ""


def _user(connection: Connection) -> dict[str, Any]:
    body = orjson.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    answer = connection.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=body)
    return dict((answer.json().get("status") or {}).get("userInfo") or {}) if answer.is_ok else {}
