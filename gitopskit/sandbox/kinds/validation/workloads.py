"""Rules for what keeps Pods running: Deployments, ReplicaSets, StatefulSets, DaemonSets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.numbers import check_not_negative, check_share, is_zero
from gitopskit.sandbox.kinds.validation.pods import RESTARTS, check_template
from gitopskit.sandbox.kinds.validation.selectors import check_selector
from gitopskit.sandbox.machinery.causes import IMMUTABLE, Faults, label_problems

Object = Mapping[str, Any]

_STATEFUL_MUTABLE = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
_STATEFUL_FROZEN = ("selector", "volumeClaimTemplates", "serviceName", "podManagementPolicy")


def _check_pods(spec: Object, faults: Faults, *, claims: frozenset[str] = frozenset(), says_deadline: bool = True) -> None:
    """Check the template of Pods that are to run for ever."""
    check_template(spec["template"], "spec.template", faults, claims=claims)
    pods = spec["template"].get("spec") or {}
    if pods.get("restartPolicy") in RESTARTS and pods["restartPolicy"] != "Always":
        faults.unsupported("spec.template.spec.restartPolicy", pods["restartPolicy"], ("Always",))
    if says_deadline and "activeDeadlineSeconds" in pods:
        faults.forbidden("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicaSet is not Supported")


def check_deployment(obj: Object, faults: Faults) -> None:
    """Check a Deployment."""
    spec = obj["spec"]
    check_not_negative(spec, ("replicas",), "spec", faults)
    check_selector(spec, "deployment", faults)
    _check_pods(spec, faults)
    _check_strategy(spec["strategy"], faults)
    check_not_negative(spec, ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"), "spec", faults)
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        faults.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _check_strategy(strategy: Object, faults: Faults) -> None:
    rolling, kind = strategy.get("rollingUpdate"), strategy.get("type", "")
    if kind not in ("Recreate", "RollingUpdate"):
        faults.unsupported("spec.strategy", strategy, ("Recreate", "RollingUpdate"))
    elif kind == "Recreate" and rolling is not None:
        faults.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif rolling:
        _check_rolling(rolling, "spec.strategy.rollingUpdate", faults)


def _check_rolling(rolling: Object, path: str, faults: Faults) -> None:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    check_share(unavailable, f"{path}.maxUnavailable", faults, limited=True)
    check_share(surge, f"{path}.maxSurge", faults)
    if is_zero(unavailable) and is_zero(surge):
        faults.invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")


def check_selector_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that the selector stays as it was."""
    if new["spec"].get("selector") != old["spec"].get("selector"):
        faults.invalid("spec.selector", new["spec"].get("selector"), IMMUTABLE)


def check_replica_set(obj: Object, faults: Faults) -> None:
    """Check a ReplicaSet."""
    spec = obj["spec"]
    check_not_negative(spec, ("replicas", "minReadySeconds"), "spec", faults)
    check_selector(spec, "deployment", faults)
    _check_pods(spec, faults)


def check_stateful_set(obj: Object, faults: Faults) -> None:
    """Check a StatefulSet."""
    spec = obj["spec"]
    _check_stateful_policies(spec, faults)
    check_not_negative(spec, ("replicas", "minReadySeconds"), "spec", faults)
    check_not_negative(spec.get("ordinals") or {}, ("start",), "spec.ordinals", faults)
    if spec.get("serviceName"):
        faults.each("spec.serviceName", spec["serviceName"], label_problems(spec["serviceName"]))
    check_selector(spec, "statefulset", faults)
    claims = frozenset((claim.get("metadata") or {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or ())
    _check_pods(spec, faults, claims=claims)


def _check_stateful_policies(spec: Object, faults: Faults) -> None:
    policy, strategy = spec.get("podManagementPolicy", ""), spec.get("updateStrategy") or {}
    if policy not in ("OrderedReady", "Parallel"):
        faults.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    if strategy.get("type") not in ("RollingUpdate", "OnDelete"):
        faults.invalid("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'")
    check_not_negative(strategy.get("rollingUpdate") or {}, ("partition",), "spec.updateStrategy.rollingUpdate", faults)
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for name in ("whenDeleted", "whenScaled"):
        if retention.get(name, "Retain") not in ("Retain", "Delete"):
            faults.unsupported(f"spec.persistentVolumeClaimRetentionPolicy.{name}", retention[name], ("Retain", "Delete"))


def check_stateful_set_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update leaves alone what a StatefulSet cannot change."""
    for name in _STATEFUL_FROZEN:
        if new["spec"].get(name) != old["spec"].get(name):
            faults.invalid(f"spec.{name}", new["spec"].get(name), IMMUTABLE)


def check_daemon_set(obj: Object, faults: Faults) -> None:
    """Check a DaemonSet."""
    spec = obj["spec"]
    check_selector(spec, "daemonset", faults, required=False)
    _check_pods(spec, faults, says_deadline=False)
    check_not_negative(spec, ("minReadySeconds",), "spec", faults)
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") not in ("RollingUpdate", "OnDelete"):
        faults.unsupported("spec.updateStrategy", strategy, ("RollingUpdate", "OnDelete"))
    elif strategy.get("rollingUpdate"):
        _check_daemon_rolling(strategy["rollingUpdate"], "spec.updateStrategy.rollingUpdate", faults)
    check_not_negative(spec, ("revisionHistoryLimit",), "spec", faults)


def _check_daemon_rolling(rolling: Object, path: str, faults: Faults) -> None:
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    for name, value in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        if value is not None:
            check_share(value, f"{path}.{name}", faults, limited=True)
    if is_zero(unavailable) and is_zero(surge):
        faults.required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0")
    elif not is_zero(unavailable) and not is_zero(surge):
        faults.invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")


def check_pod_template(obj: Object, faults: Faults) -> None:
    """Check a PodTemplate."""
    check_template(obj["template"], "template", faults)


CREATE = {
    ("", "PodTemplate"): check_pod_template,
    ("apps", "Deployment"): check_deployment,
    ("apps", "ReplicaSet"): check_replica_set,
    ("apps", "StatefulSet"): check_stateful_set,
    ("apps", "DaemonSet"): check_daemon_set,
}
UPDATE = {
    ("apps", "Deployment"): check_selector_update,
    ("apps", "ReplicaSet"): check_selector_update,
    ("apps", "DaemonSet"): check_selector_update,
    ("apps", "StatefulSet"): check_stateful_set_update,
}
