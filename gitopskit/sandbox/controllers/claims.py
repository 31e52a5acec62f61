"""Claims and volumes: which volume serves which claim, and what protects both while they are used.

Volumes are found, never provisioned: as on a control plane without a storage driver.
"""

from __future__ import annotations

from typing import Any

from gitopskit.sandbox.controllers.api import Object
from gitopskit.sandbox.controllers.index import PODS
from gitopskit.sandbox.controllers.templates import is_finished
from gitopskit.sandbox.controllers.work import CONTROLLER, Work, is_going
from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.selectors import matches_selector
from gitopskit.schema.quantity import parse

CLAIMS: StorageKey = ("", "persistentvolumeclaims")
VOLUMES: StorageKey = ("", "persistentvolumes")
CLASSES: StorageKey = ("storage.k8s.io", "storageclasses")
_CLAIM_GUARD, _VOLUME_GUARD = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"
_BOUND_HERE = "pv.kubernetes.io/bound-by-controller"


def reconcile_claim(work: Work) -> None:
    """Bind a claim to a volume; let one go that no Pod uses."""
    claim = work.current()
    if claim is None:
        return
    if is_going(claim):
        if not _users(work):
            _drop_finalizer(work, claim, _CLAIM_GUARD)
        return
    volume = _volume_of(work, claim)
    if volume is None:
        _tell_unbound(work, claim)
        return
    if not _is_bound_to(volume, claim):
        _take(work, volume, claim)
    elif (claim.get("status") or {}).get("phase") != "Bound":
        _settle(work, claim, volume)


def _tell_unbound(work: Work, claim: Object) -> None:
    """Record why a claim stays without a volume."""
    name = claim["spec"].get("storageClassName")
    found = work.get(CLASSES, "", name) if name else None
    if not name:
        work.tell(claim, "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
    elif found is None:
        work.warn(claim, "ProvisioningFailed", f'storageclass.storage.k8s.io "{name}" not found')
    elif found.get("volumeBindingMode") == "WaitForFirstConsumer":
        work.tell(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")


def _users(work: Work) -> list[Object]:
    return [pod for pod in work.index.within(PODS, work.key.namespace) if not is_finished(pod) and uses(pod, work.key.name)]


def uses(pod: Object, claim_name: str) -> bool:
    """Whether a Pod mounts this claim."""
    return claim_name in claims_of(pod)


def claims_of(pod: Object) -> list[str]:
    """Return the names of the claims that a Pod mounts."""
    volumes = pod["spec"].get("volumes") or ()
    return [volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume]


def _drop_finalizer(work: Work, obj: Object, name: str) -> None:
    finalizers = obj["metadata"].get("finalizers") or []
    if name in finalizers:
        work.set_metadata(obj, finalizers=[item for item in finalizers if item != name] or None)


def _is_bound_to(volume: Object, claim: Object) -> bool:
    return bool((volume["spec"].get("claimRef") or {}).get("uid") == claim["metadata"]["uid"])


def _volume_of(work: Work, claim: Object) -> Object | None:
    """Return the volume that a claim names, already has, or fits best."""
    name = claim["spec"].get("volumeName")
    if name:
        volume = work.get(VOLUMES, "", name)
        return volume if volume is not None and (_is_bound_to(volume, claim) or _is_free(volume, claim)) else None
    volumes = [volume for volume in work.index.all(VOLUMES) if not is_going(volume)]
    mine = next((volume for volume in volumes if _is_bound_to(volume, claim)), None)
    fitting = [volume for volume in volumes if _is_free(volume, claim) and _fits(volume, claim)]
    return mine or min(
        fitting, key=lambda volume: (not volume["spec"].get("claimRef"), _size(volume), volume["metadata"]["name"]), default=None
    )


def _size(volume: Object) -> Any:
    return parse(str((volume["spec"].get("capacity") or {}).get("storage", "0")))


def _is_free(volume: Object, claim: Object) -> bool:
    reserved = volume["spec"].get("claimRef")
    if not reserved:
        return True
    names = (reserved.get("namespace"), reserved.get("name"))
    return not reserved.get("uid") and bool(names == (claim["metadata"]["namespace"], claim["metadata"]["name"]))


def _fits(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    asked = ((wanted.get("resources") or {}).get("requests") or {}).get("storage", "0")
    return (
        (spec.get("storageClassName") or "") == (wanted.get("storageClassName") or "")
        and set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ())
        and spec.get("volumeMode") == wanted.get("volumeMode")
        and _size(volume) >= parse(str(asked))
        and ("selector" not in wanted or matches_selector(wanted["selector"], volume["metadata"].get("labels") or {}))
    )


def _take(work: Work, volume: Object, claim: Object) -> None:
    metadata = claim["metadata"]
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    reference |= {name: metadata[name] for name in ("name", "namespace", "uid", "resourceVersion")}
    annotations = {**(volume["metadata"].get("annotations") or {}), _BOUND_HERE: "yes"}
    spec = {**volume["spec"], "claimRef": reference}
    work.api.update({**volume, "metadata": {**volume["metadata"], "annotations": annotations}, "spec": spec}, manager=CONTROLLER)


def _settle(work: Work, claim: Object, volume: Object) -> None:
    annotations = claim["metadata"].get("annotations") or {}
    if "pv.kubernetes.io/bind-completed" not in annotations:
        marks = {"pv.kubernetes.io/bind-completed": "yes"} | ({} if claim["spec"].get("volumeName") else {_BOUND_HERE: "yes"})
        metadata = {**claim["metadata"], "annotations": {**annotations, **marks}}
        spec = {**claim["spec"], "volumeName": volume["metadata"]["name"]}
        work.api.update({**claim, "metadata": metadata, "spec": spec}, manager=CONTROLLER)
        return
    spec = volume["spec"]
    work.set_status(claim, {"phase": "Bound", "accessModes": spec.get("accessModes"), "capacity": spec.get("capacity")})


def reconcile_volume(work: Work) -> None:
    """Say whether a volume is available, bound or released; let one go that nothing is bound to."""
    volume = work.current()
    if volume is None:
        return
    reference = volume["spec"].get("claimRef") or {}
    claim = work.get(CLAIMS, reference.get("namespace", ""), reference.get("name", "")) if reference.get("uid") else None
    is_held = claim is not None and claim["metadata"]["uid"] == reference["uid"]
    phase = "Bound" if is_held else ("Released" if reference.get("uid") else "Available")
    if is_going(volume):
        if not is_held:
            _drop_finalizer(work, volume, _VOLUME_GUARD)
        return
    status = volume.get("status") or {}
    if status.get("phase") != phase:
        work.set_status(volume, {**status, "phase": phase, "lastPhaseTransitionTime": work.stamp()})
