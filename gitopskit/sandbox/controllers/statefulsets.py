"""StatefulSets: Pods with names and volumes that stay, one after the other."""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.controllers import revisions
from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.templates import is_available, is_finished, is_ready, pod_from
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, is_going
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.status import StatusError

CLAIMS: StorageKey = ("", "persistentvolumeclaims")
_HASH = "controller.kubernetes.io/hash"


def reconcile(work: Work) -> None:
    """Take one step towards the wanted Pods, then say in the status how far they are."""
    found = work.living()
    if found is None or work.adopt(found, PODS, found["spec"]["selector"]):
        return
    update, old = revisions.ensure(work, found, _HASH, {})
    if update is None:
        return
    pods = {_ordinal(pod): pod for pod in work.index.controlled(found, PODS)}
    current = _current_revision(found, update, old)
    try:
        if _advance(work, found, pods, current, update):
            return
    except StatusError:
        _write_status(work, found, list(pods.values()), current, update)
        raise
    _write_status(work, found, list(pods.values()), current, update)
    revisions.forget(work, found, old, {current["metadata"]["name"], *(_revision_of(pod) for pod in pods.values())})


def _ordinal(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _revision_of(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(revisions.HASH_LABEL, ""))


def _current_revision(found: Object, update: Object, old: list[Object]) -> Object:
    name = (found.get("status") or {}).get("currentRevision")
    return next((item for item in old if item["metadata"]["name"] == name), update)


def _wanted(found: Object) -> range:
    start = (found["spec"].get("ordinals") or {}).get("start", 0)
    return range(start, start + found["spec"].get("replicas", 1))


def _advance(work: Work, found: Object, pods: dict[int, Object], current: Object, update: Object) -> bool:
    """Create or delete Pods; return whether anything was done."""
    one_by_one = found["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    done = False
    for ordinal in _wanted(found):
        pod = pods.get(ordinal)
        if pod is None:
            _create(work, found, ordinal, _revision_for(found, ordinal, current, update))
            done = True
        elif is_finished(pod) and not is_going(pod):
            _delete(work, found, pod)
            done = True
        if one_by_one and (done or pod is None or not is_ready(pod) or is_going(pod)):
            return done
    return done or _shrink(work, found, pods, one_by_one) or _update(work, found, pods, update)


def _revision_for(found: Object, ordinal: int, current: Object, update: Object) -> Object:
    partition = (found["spec"].get("updateStrategy", {}).get("rollingUpdate") or {}).get("partition", 0)
    return current if ordinal < _wanted(found).start + partition else update


def _create(work: Work, found: Object, ordinal: int, revision: Object) -> None:
    name = f"{found['metadata']['name']}-{ordinal}"
    labels = {
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": str(ordinal),
        revisions.HASH_LABEL: revision["metadata"]["name"],
    }
    template = {key: value for key, value in revision["data"]["spec"]["template"].items() if key != "$patch"}
    pod = pod_from(found, template, name=name, generateName=f"{found['metadata']['name']}-", labels=labels)
    pod["spec"] |= {"hostname": name} | ({"subdomain": found["spec"]["serviceName"]} if found["spec"].get("serviceName") else {})
    _add_claims(work, found, pod)
    told = f"Pod {name} in StatefulSet {found['metadata']['name']}"
    try:
        work.api.create(pod, manager=CONTROLLER)
    except StatusError as error:
        work.warn(found, "FailedCreate", f"Create {told} failed error: {error.message}")
        raise
    work.tell(found, "SuccessfulCreate", f"Create {told} successful")


def _delete(work: Work, found: Object, pod: Object) -> None:
    work.delete_pod(found, pod, f"Delete Pod {{}} in StatefulSet {found['metadata']['name']} successful")


def _add_claims(work: Work, found: Object, pod: dict[str, Any]) -> None:
    """Create the claims that are not there yet, and mount them instead of the template's volumes of the same name."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    for template in found["spec"].get("volumeClaimTemplates") or ():
        claim_name = f"{template['metadata']['name']}-{pod['metadata']['name']}"
        source = {"persistentVolumeClaim": {"claimName": claim_name}}
        volumes[template["metadata"]["name"]] = {"name": template["metadata"]["name"], **source}
        if work.get(CLAIMS, found["metadata"]["namespace"], claim_name) is None:
            work.api.create(_claim(found, template, claim_name), manager=CONTROLLER)
            told = f"Create Claim {claim_name} Pod {pod['metadata']['name']} in StatefulSet {found['metadata']['name']} success"
            work.tell(found, "SuccessfulCreate", told)
    if volumes:
        pod["spec"]["volumes"] = list(volumes.values())


def _claim(found: Object, template: Object, name: str) -> dict[str, Any]:
    labels = {**(template["metadata"].get("labels") or {}), **(found["spec"]["selector"].get("matchLabels") or {})}
    kept = {key: value for key, value in template["metadata"].items() if key == "annotations"}
    metadata = {**kept, "name": name, "namespace": found["metadata"]["namespace"], "labels": labels}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template["spec"]}


def _shrink(work: Work, found: Object, pods: dict[int, Object], one_by_one: bool) -> bool:
    wanted = _wanted(found)
    extra = [pods[ordinal] for ordinal in sorted(pods, reverse=True) if ordinal not in wanted]
    if not extra:
        return False
    going = [pod for pod in extra if is_going(pod)]
    if one_by_one and going:
        return False
    for pod in extra[:1] if one_by_one else extra:
        if not is_going(pod):
            _delete(work, found, pod)
    return len(going) < len(extra)


def _update(work: Work, found: Object, pods: dict[int, Object], update: Object) -> bool:
    """Delete the last Pod that is of an older revision, unless one is on its way."""
    strategy = found["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return False
    wanted = _wanted(found)
    first = wanted.start + (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for ordinal in reversed(range(first, wanted.stop)):
        pod = pods[ordinal]
        if _revision_of(pod) != update["metadata"]["name"] and not is_going(pod):
            _delete(work, found, pod)
            return True
        if not is_ready(pod) or is_going(pod):
            return False
    return False


def _write_status(work: Work, found: Object, pods: list[Object], current: Object, update: Object) -> None:
    counts = _counts(work, found, pods, current["metadata"]["name"], update["metadata"]["name"])
    names = {"currentRevision": current["metadata"]["name"], "updateRevision": update["metadata"]["name"]}
    present = counts.get("replicas", 0)
    is_done = counts.get("updatedReplicas", 0) == present == counts.get("readyReplicas", 0)
    if is_done and present == found["spec"].get("replicas", 1) and (found["spec"].get("updateStrategy") or {}).get("type") != "OnDelete":
        names["currentRevision"] = names["updateRevision"]
        counts |= {"currentReplicas": counts["updatedReplicas"]} if "updatedReplicas" in counts else {}
    fixed = {"replicas": present, "availableReplicas": counts.get("availableReplicas", 0), "collisionCount": 0}
    generation = {"observedGeneration": found["metadata"].get("generation", 0)}
    work.set_status(found, {**counts, **fixed, **names, **generation})


def _counts(work: Work, found: Object, pods: list[Object], current: str, update: str) -> dict[str, int]:
    ready = [pod for pod in pods if is_ready(pod)]
    seconds = found["spec"].get("minReadySeconds", 0)
    counts = {
        "replicas": len(pods),
        "readyReplicas": len(ready),
        "availableReplicas": sum(is_available(pod, seconds, work) for pod in ready),
        "currentReplicas": sum(_revision_of(pod) == current and not is_going(pod) for pod in pods),
        "updatedReplicas": sum(_revision_of(pod) == update and not is_going(pod) for pod in pods),
    }
    return {name: count for name, count in counts.items() if count}
