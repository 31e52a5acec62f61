"""Columns of Pods and of what makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gitopskit.sandbox.kinds.tables.columns import Column, Object, age, column, duration, field, joined, pairs, selector
from gitopskit.sandbox.machinery.registry import StorageKey


def _ready(obj: Object) -> str:
    statuses = (obj.get("status") or {}).get("containerStatuses") or ()
    return f"{sum(bool(s.get('ready')) for s in statuses)}/{len(obj['spec'].get('containers') or ())}"


def _pod_status(obj: Object) -> str:
    """Return a Pod's state as kubectl words it: the most telling reason of any container, else the phase."""
    status = obj.get("status") or {}
    shown = status.get("reason") or status.get("phase", "")
    for item in reversed(status.get("containerStatuses") or ()):
        state = item.get("state") or {}
        for name in ("waiting", "terminated"):
            if (state.get(name) or {}).get("reason"):
                shown = state[name]["reason"]
    if obj["metadata"].get("deletionTimestamp"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return str(shown)


def _restarts(obj: Object) -> str:
    return str(sum(s.get("restartCount", 0) for s in (obj.get("status") or {}).get("containerStatuses") or ()))


def _gates(obj: Object) -> str:
    gates = obj["spec"].get("readinessGates") or ()
    conditions = {c["type"]: c["status"] for c in (obj.get("status") or {}).get("conditions") or ()}
    return f"{sum(conditions.get(g['conditionType']) == 'True' for g in gates)}/{len(gates)}" if gates else "<none>"


def _containers(path: str) -> list[Column]:
    """Return the wide columns with the names and images of a template's containers."""
    read = field(path, ())
    return [
        column("Containers", lambda obj: ",".join(c.get("name", "") for c in read(obj)), wide=True),
        column("Images", lambda obj: ",".join(c.get("image", "") for c in read(obj)), wide=True),
    ]


_TEMPLATE = _containers("spec.template.spec.containers")


def _count(name: str, path: str) -> Column:
    return column(name, field(path, 0), kind="integer")


def _of(ready: str, wanted: str) -> Column:
    have, want = field(ready, 0), field(wanted, 0)
    return column("Ready", lambda obj: f"{have(obj)}/{want(obj)}")


def _text(name: str, path: str) -> Column:
    read = field(path, 0)
    return column(name, lambda obj: str(read(obj)) if not isinstance(read(obj), int) else read(obj))


def _job_status(obj: Object) -> str:
    conditions = {c["type"] for c in (obj.get("status") or {}).get("conditions") or () if c["status"] == "True"}
    for kind in ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if kind in conditions:
            return kind
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else "Running"


def _completions(obj: Object) -> str:
    spec, done = obj["spec"], (obj.get("status") or {}).get("succeeded", 0)
    if "completions" in spec:
        return f"{done}/{spec['completions']}"
    parallel = spec.get("parallelism", 1)
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _job_duration(obj: Object, now: datetime) -> str:
    status = obj.get("status") or {}
    if not status.get("startTime"):
        return ""
    end = datetime.fromisoformat(status["completionTime"]) if status.get("completionTime") else now
    return duration(int((end - datetime.fromisoformat(status["startTime"])).total_seconds()))


def _last_schedule(obj: Object, now: datetime) -> str:
    last = (obj.get("status") or {}).get("lastScheduleTime")
    return age(last, now) if last else "<none>"


def _reference(obj: Object) -> str:
    target = obj["spec"].get("scaleTargetRef") or {}
    return f"{target.get('kind', '')}/{target.get('name', '')}"


def _targets(obj: Object) -> str:
    shown = []
    for metric in obj["spec"].get("metrics") or ():
        source: Mapping[str, Any] = metric.get("resource") or {}
        goal = source.get("target") or {}
        wanted = f"{goal['averageUtilization']}%" if "averageUtilization" in goal else goal.get("averageValue") or goal.get("value", "")
        shown.append(f"{source.get('name', metric.get('type', '').lower())}: <unknown>/{wanted}")
    return ", ".join(shown) or "<none>"


_LABELS = column("Selector", lambda obj: selector(obj["spec"].get("selector")), wide=True)
_SCALED = [_count("Desired", "spec.replicas"), _count("Current", "status.replicas"), _count("Ready", "status.readyReplicas")]

COLUMNS: Mapping[StorageKey, Sequence[Column]] = {
    ("", "pods"): [
        column("Ready", _ready),
        column("Status", _pod_status),
        column("Restarts", _restarts),
        column("IP", field("status.podIP", "<none>"), wide=True),
        column("Node", field("spec.nodeName", "<none>"), wide=True),
        column("Nominated Node", field("status.nominatedNodeName", "<none>"), wide=True),
        column("Readiness Gates", _gates, wide=True),
    ],
    ("apps", "deployments"): [
        _of("status.readyReplicas", "spec.replicas"),
        _text("Up-to-date", "status.updatedReplicas"),
        _text("Available", "status.availableReplicas"),
        *_TEMPLATE,
        _LABELS,
    ],
    ("apps", "replicasets"): [*_SCALED, *_TEMPLATE, _LABELS],
    ("", "replicationcontrollers"): [
        *_SCALED,
        *_TEMPLATE,
        column("Selector", lambda obj: pairs(obj["spec"].get("selector")), wide=True),
    ],
    ("apps", "statefulsets"): [_of("status.readyReplicas", "spec.replicas"), *_TEMPLATE],
    ("apps", "daemonsets"): [
        _count("Desired", "status.desiredNumberScheduled"),
        _count("Current", "status.currentNumberScheduled"),
        _count("Ready", "status.numberReady"),
        _count("Up-to-date", "status.updatedNumberScheduled"),
        _count("Available", "status.numberAvailable"),
        column("Node Selector", lambda obj: pairs(obj["spec"]["template"]["spec"].get("nodeSelector"))),
        *_TEMPLATE,
        _LABELS,
    ],
    ("batch", "jobs"): [
        column("Status", _job_status),
        column("Completions", _completions),
        Column(name="Duration", cell=_job_duration),
        *_TEMPLATE,
        _LABELS,
    ],
    ("batch", "cronjobs"): [
        column("Schedule", field("spec.schedule")),
        column("Timezone", field("spec.timeZone", "<none>")),
        column("Suspend", lambda obj: str(bool(obj["spec"].get("suspend"))), kind="boolean"),
        column("Active", lambda obj: len((obj.get("status") or {}).get("active") or ()), kind="integer"),
        Column(name="Last Schedule", cell=_last_schedule),
        *_containers("spec.jobTemplate.spec.template.spec.containers"),
        column("Selector", lambda obj: selector(obj["spec"]["jobTemplate"]["spec"].get("selector")), wide=True),
    ],
    ("autoscaling", "horizontalpodautoscalers"): [
        column("Reference", _reference),
        column("Targets", _targets),
        column("MinPods", lambda obj: str(obj["spec"].get("minReplicas", "<unset>"))),
        column("MaxPods", field("spec.maxReplicas", 0)),
        column("Replicas", field("status.currentReplicas", 0)),
    ],
    ("policy", "poddisruptionbudgets"): [
        column("Min Available", lambda obj: str(obj["spec"].get("minAvailable", "N/A"))),
        column("Max Unavailable", lambda obj: str(obj["spec"].get("maxUnavailable", "N/A"))),
        _count("Allowed Disruptions", "status.disruptionsAllowed"),
    ],
    ("apps", "controllerrevisions"): [
        column(
            "Controller", lambda obj: joined(f"{o['kind'].lower()}.apps/{o['name']}" for o in obj["metadata"].get("ownerReferences") or ())
        ),
        column("Revision", field("revision", 0)),
    ],
}
