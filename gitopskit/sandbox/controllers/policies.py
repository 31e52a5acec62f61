"""What admission policies are told about themselves: which generation was looked at.

The real controller also looks whether the expressions fit the types of what they match, and warns of that in the status. Here only what
would never work is refused, when the policy is written.
"""

from __future__ import annotations

from gitopskit.sandbox.controllers.work import Work
from gitopskit.sandbox.machinery.registry import StorageKey

POLICIES: StorageKey = ("admissionregistration.k8s.io", "validatingadmissionpolicies")
_MANAGER = "validatingadmissionpolicy-status"


def reconcile(work: Work) -> None:
    """Note in the status of a policy that its generation was looked at."""
    found = work.living()
    if found is None or (found.get("status") or {}).get("observedGeneration") == found["metadata"]["generation"]:
        return
    identity = {name: found[name] for name in ("apiVersion", "kind")} | {"metadata": {"name": found["metadata"]["name"]}}
    status = {"observedGeneration": found["metadata"]["generation"], "typeChecking": {}}
    work.api.apply({**identity, "status": status}, manager=_MANAGER, subresource="status")
