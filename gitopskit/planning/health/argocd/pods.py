"""What does Argo CD say of a Pod?

The restart policy decides: a Pod that restarts always is meant to run, any other is meant to end. Waiting containers count against the
former alone, so that a hook whose image is slow to come is not given up.

References
----------
Argo CD 3.6.1, gitops-engine/pkg/health/health_pod.go, gitops-engine/pkg/sync/hook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gitopskit.model.health import HealthStatus
from gitopskit.planning.health.argocd.workloads import DEGRADED, HEALTHY, PROGRESSING, Verdict
from gitopskit.planning.health.reading import Reader

_HOOK: Final = "argocd.argoproj.io/hook"
_IGNORE_POLICY: Final = "argocd.argoproj.io/ignore-restart-policy"
_HELM_HOOK: Final = "helm.sh/hook"


def pod(item: Reader) -> Verdict:
    """Judge by restart policy, waiting containers, phase and readiness."""
    phase, policy, message = item.text("status.phase"), item.text("spec.restartPolicy"), item.text("status.message")
    first, containers = item.items("status.initContainerStatuses"), item.items("status.containerStatuses")
    troubles, failures, has_ended = _troubles(containers), _failures([*first, *containers]), _has_ended(containers)
    ready, annotations = item.condition("Ready"), item.map("metadata.annotations")
    runs_always = policy == "Always" or (annotations.get(_IGNORE_POLICY) == "true" and not _is_hook(annotations))
    if runs_always and troubles:
        return DEGRADED, ", ".join(troubles)
    match phase:
        case "Pending":
            return PROGRESSING, message
        case "Succeeded":
            return HEALTHY, message
        case "Failed":
            return DEGRADED, message or next(filter(None, failures), "")
        case "Running" if runs_always:
            is_ready = ready is not None and ready.status == "True"
            return HEALTHY if is_ready else DEGRADED if has_ended else PROGRESSING, message
        case "Running" if policy in ("OnFailure", "Never"):
            return PROGRESSING, message
    return HealthStatus.UNKNOWN, message or f"it has {'an unknown' if phase else 'no'} phase or restart policy"


def _troubles(containers: list[Reader]) -> list[str]:
    """Return what the containers wait for that nobody wants to wait for."""
    waiting = [(item.text("state.waiting.reason"), item.text("state.waiting.message")) for item in containers]
    return [message for reason, message in waiting if reason.startswith("Err") or reason.endswith(("Error", "BackOff"))]


def _failures(containers: list[Reader]) -> list[str]:
    return [_failure(item) for item in containers]


def _failure(container: Reader) -> str:
    name, at = container.text("name"), "state.terminated"
    message, reason, code = container.text(f"{at}.message"), container.text(f"{at}.reason"), container.number(f"{at}.exitCode")
    if message or reason == "OOMKilled":
        return message or reason
    return f"container {name} ended with exit code {code}" if code else ""


def _has_ended(containers: list[Reader]) -> bool:
    """Whether a container ended before and was started again."""
    return {item.has("lastState.terminated") for item in containers} >= {True}  # all of them are read: each may be malformed


def _is_hook(annotations: Mapping[str, str]) -> bool:
    if _HOOK in annotations:
        return {word.strip() for word in annotations[_HOOK].split(",")} & _HOOK_TYPES != {"Skip"}
    return _HELM_HOOK in annotations and annotations[_HELM_HOOK] != "crd-install"


_HOOK_TYPES: Final = frozenset({"PreSync", "Sync", "PostSync", "SyncFail", "Skip"})
