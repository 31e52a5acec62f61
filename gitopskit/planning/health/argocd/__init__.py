"""What would Argo CD say of a live object?

One table, kind by kind, each with the file that holds the rule in Argo CD. A kind that is not in it has no status here; for many
kinds of operators Argo CD bundles scripts that this table does not carry.

The trap that shaped it: a rule in Go stands for one version of its kind, and for the object as a whole; a number written as text
somewhere in a status makes it *Unknown*, however good the rest looks.

References
----------
Argo CD 3.6.1, gitops-engine/pkg/health/health.go, util/lua.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from gitopskit.model.health import HealthStatus
from gitopskit.model.objects import Object
from gitopskit.planning.health.argocd import platform, pods, scripts, workloads
from gitopskit.planning.health.argocd.workloads import PROGRESSING, Verdict
from gitopskit.planning.health.reading import MalformedError, Reader

_GO: Final = "Argo CD gitops-engine/pkg/health/"
_LUA: Final = "Argo CD resource_customizations/"
_HOOK_FINALIZER: Final = "argocd.argoproj.io/hook-finalizer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the table.

    Attributes
    ----------
    source
        Project and file.
    judges
        The rule, by version of the kind; the empty version stands for any.
    is_typed
        Whether Argo CD reads the object as its Go type first.
    """

    source: str
    judges: Mapping[str, Callable[[Reader], Verdict]]
    is_typed: bool = False


def _go(file: str, judge: Callable[[Reader], Verdict], *versions: str) -> Rule:
    return Rule(source=f"{_GO}health_{file}.go", judges=dict.fromkeys(versions or ("",), judge), is_typed=bool(versions))


def _lua(group: str, kind: str, judge: Callable[[Reader], Verdict]) -> tuple[tuple[str, str], Rule]:
    return (group, kind), Rule(source=f"{_LUA}{group}/{kind}/health.lua", judges={"": judge})


_AUTOSCALER: Final = Rule(
    source=f"{_GO}health_hpa.go",
    judges={version: partial(platform.autoscaler, version=version) for version in ("v1", "v2")},
    is_typed=True,
)
RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("apps", "Deployment"): _go("deployment", workloads.deployment, "v1"),
    ("apps", "StatefulSet"): _go("statefulset", workloads.statefulset, "v1"),
    ("apps", "DaemonSet"): _go("daemonset", workloads.daemonset, "v1"),
    ("apps", "ReplicaSet"): _go("replicaset", workloads.replicaset, "v1"),
    ("", "Pod"): _go("pod", pods.pod, "v1"),
    ("batch", "Job"): _go("job", workloads.job, "v1"),
    ("", "Service"): _go("service", platform.service, "v1"),
    ("networking.k8s.io", "Ingress"): _go("ingress", platform.ingress),
    ("extensions", "Ingress"): _go("ingress", platform.ingress),
    ("", "PersistentVolumeClaim"): _go("pvc", platform.claim, "v1"),
    ("autoscaling", "HorizontalPodAutoscaler"): _AUTOSCALER,
    ("apiregistration.k8s.io", "APIService"): _go("apiservice", platform.api_service, "v1", "v1beta1"),
    ("argoproj.io", "Workflow"): _go("argo", platform.workflow),
    **dict(
        (
            _lua("batch", "CronJob", scripts.cronjob),
            _lua("apiextensions.k8s.io", "CustomResourceDefinition", scripts.definition),
            _lua("policy", "PodDisruptionBudget", scripts.budget),
            _lua("route.openshift.io", "Route", scripts.route),
            _lua("apps.openshift.io", "DeploymentConfig", scripts.deployment_config),
            _lua("operators.coreos.com", "Subscription", scripts.subscription),
            _lua("argoproj.io", "ApplicationSet", scripts.application_set),
        )
    ),
}

Judged: TypeAlias = tuple[HealthStatus | None, str, str]


def judge(item: Object) -> Judged:
    """Return Argo CD's word, why, and the rule; no word where neither a rule nor the generic order has one."""
    rule = RULES.get((item.id.group, item.id.kind))
    status, message, source = None, "", rule.source if rule else ""
    if rule is not None:
        try:
            status, message = _apply(rule, item)
        except MalformedError as error:
            return HealthStatus.UNKNOWN, str(error), source
    return _deletion(item) or (status, message, source)


def _apply(rule: Rule, item: Object) -> Verdict:
    version = item.api_version.rpartition("/")[2]
    found = rule.judges.get(version) or rule.judges.get("")
    if found is None:
        return HealthStatus.UNKNOWN, f"Argo CD has no rule for version {version} of this kind"
    reader = Reader(item.body)
    if rule.is_typed:
        _check_metadata(reader)
    return found(reader)


def _check_metadata(reader: Reader) -> None:
    """Read what the Go type of every object holds and the generic order asks for."""
    reader.time("metadata.deletionTimestamp")
    reader.texts("metadata.finalizers")
    reader.number("metadata.generation")
    reader.map("metadata.annotations")


def _deletion(item: Object) -> Judged | None:
    """Return what is said of an object that is being deleted, unless a hook's own finalizer keeps it."""
    reader = Reader(item.body)
    with suppress(MalformedError):  # Argo CD passes over both where they are malformed
        if reader.time("metadata.deletionTimestamp") is not None:
            return _held_back(_finalizers(reader))
    return None


def _finalizers(reader: Reader) -> list[str]:
    try:
        return reader.texts("metadata.finalizers")
    except MalformedError:
        return []


def _held_back(finalizers: list[str]) -> Judged | None:
    if _HOOK_FINALIZER in finalizers:
        return None
    waits = f"; it waits for {', '.join(finalizers)}" if finalizers else ""
    return PROGRESSING, f"it is being deleted{waits}", f"{_GO}health.go"
