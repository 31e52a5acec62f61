"""Autoscalers, without metrics: a target outside its bounds is brought back into them, inside them nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.controllers import conditions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.conditions import Condition
from gitopskit.sandbox.controllers.work import CONTROLLER, Work
from gitopskit.sandbox.machinery.registry import StorageKey

AUTOSCALERS: StorageKey = ("autoscaling", "horizontalpodautoscalers")
TARGETS: Mapping[tuple[str, str], StorageKey] = {
    ("apps", "Deployment"): ("apps", "deployments"),
    ("apps", "ReplicaSet"): ("apps", "replicasets"),
    ("apps", "StatefulSet"): ("apps", "statefulsets"),
    ("", "ReplicationController"): ("", "replicationcontrollers"),
}
_UNCOMPUTED = "the HPA was unable to compute the replica count: "
_UNKNOWN = (
    "failed to get {name} {kind}: unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: the server "
    "could not find the requested resource (get pods.metrics.k8s.io)"
)


def target_of(found: Object) -> tuple[StorageKey, str] | None:
    """Return what an autoscaler scales, if that is of a known kind."""
    reference = found["spec"].get("scaleTargetRef") or {}
    group = reference.get("apiVersion", "").rpartition("/")[0]
    storage = TARGETS.get((group, reference.get("kind", "")))
    return (storage, reference.get("name", "")) if storage else None


def reconcile(work: Work) -> None:
    """Scale a target into its bounds, or say why it can't be judged."""
    found = work.living()
    place = target_of(found) if found is not None else None
    if found is None or place is None:
        return
    storage, name = place
    target = work.get(storage, work.key.namespace, name)
    status: dict[str, Any] = {**(found.get("status") or {}), "observedGeneration": found["metadata"].get("generation", 0)}
    if target is None:
        why = f'the HPA controller was unable to get the target\'s current scale: {storage[1]}.{storage[0]} "{name}" not found'
        _write(work, found, status, [conditions.make("AbleToScale", "False", "FailedGetScale", why)])
        return
    present = int(target["spec"].get("replicas", 0))
    wanted = min(max(present, found["spec"].get("minReplicas", 1)), found["spec"]["maxReplicas"]) if present else 0
    status |= {"currentReplicas": (target.get("status") or {}).get("replicas", 0), "desiredReplicas": 0}
    status["currentMetrics"] = [{"type": ""} for _ in found["spec"].get("metrics") or ()] if present == wanted and present else None
    if wanted != present:
        work.api.update({**target, "spec": {**target["spec"], "replicas": wanted}}, manager=CONTROLLER, subresource="scale")
        status |= {"desiredReplicas": wanted, "lastScaleTime": work.stamp()}
        bound = "below Spec.MinReplicas" if wanted > present else "above Spec.MaxReplicas"
        work.tell(found, "SuccessfulRescale", f"New size: {wanted}; reason: Current number of replicas {bound}")
    _write(work, found, status, _judgement(found, present, wanted))


def _judgement(found: Object, present: int, wanted: int) -> list[Condition]:
    if wanted != present:
        message = f"the HPA controller was able to update the target scale to {wanted}"
        few = wanted > present
        reason, bound = ("TooFewReplicas", "more than the maximum") if not few else ("TooManyReplicas", "less than the minimum")
        return [
            conditions.make("AbleToScale", "True", "SucceededRescale", message),
            conditions.make("ScalingLimited", "True", reason, f"the desired replica count is {bound} replica count"),
        ]
    able = conditions.make("AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale")
    if not present:
        why = "scaling is disabled since the replica count of the target is zero"
        return [able, conditions.make("ScalingActive", "False", "ScalingDisabled", why)]
    metric = next((m["resource"] for m in found["spec"].get("metrics") or () if m.get("type") == "Resource"), None)
    if metric is None:
        return [able]
    kind = "utilization" if metric["target"]["type"] == "Utilization" else "usage"
    why = _UNCOMPUTED + _UNKNOWN.format(name=metric["name"], kind=kind)
    return [able, conditions.make("ScalingActive", "False", "FailedGetResourceMetric", why)]


def _write(work: Work, found: Object, status: dict[str, Any], made: list[Condition]) -> None:
    listed: list[Condition] = list(status.get("conditions") or ())
    for item in made:
        listed = conditions.put(listed, item, work.stamp())
    if work.set_status(found, {**status, "conditions": listed}):
        _tell(work, found, made)


def _tell(work: Work, found: Object, made: list[Condition]) -> None:
    """Record what keeps an autoscaler from its work."""
    for item in made:
        if item["reason"] == "FailedGetScale":
            work.warn(found, item["reason"], item["message"].partition("current scale: ")[2])
        elif item["reason"] == "FailedGetResourceMetric":
            why = item["message"].removeprefix(_UNCOMPUTED)
            name = why.partition("failed to get ")[2].partition(" ")[0]
            first = f"first error is: failed to get {name} resource metric value: {why}"
            work.warn(found, item["reason"], why)
            work.warn(found, "FailedComputeMetricsReplicas", f"invalid metrics (1 invalid out of 1), {first}")
