"""Rules for claims, volumes and storage classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.volumes import check_nfs
from gitopskit.sandbox.machinery.causes import IMMUTABLE, Faults, subdomain_problems
from gitopskit.schema.quantity import compare

Object = Mapping[str, Any]

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_NOT_SOURCES = {
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
}
_FROZEN = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_SHRUNK = "field can not be less than status.capacity"
_FROZEN_SOURCE = "spec.persistentvolumesource is immutable after creation"


def check_claim(obj: Object, faults: Faults) -> None:
    """Check a PersistentVolumeClaim."""
    spec = obj["spec"]
    _check_modes(spec, "at least 1 access mode is required", faults)
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        faults.required("spec.resources[storage]")
    elif compare(storage, "0") <= 0:
        faults.invalid("spec.resources[storage]", storage, "must be greater than zero")
    _check_class(spec, faults)
    _check_volume_mode(spec, faults)


def _check_modes(spec: Object, missing: str, faults: Faults) -> None:
    modes = spec.get("accessModes") or ()
    if not modes:
        faults.required("spec.accessModes", missing)
    for mode in modes:
        if mode not in _MODES:
            faults.unsupported("spec.accessModes", mode, _MODES)
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        faults.forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes")


def _check_class(spec: Object, faults: Faults) -> None:
    if spec.get("storageClassName"):
        faults.each("spec.storageClassName", spec["storageClassName"], subdomain_problems(spec["storageClassName"]))


def _check_volume_mode(spec: Object, faults: Faults) -> None:
    if spec.get("volumeMode", "Filesystem") not in ("Block", "Filesystem"):
        faults.unsupported("spec.volumeMode", spec["volumeMode"], ("Block", "Filesystem"))


def check_claim_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update changes nothing but the requested size of a bound claim, upwards."""
    is_bound = (old.get("status") or {}).get("phase") == "Bound"
    free = {"volumeAttributesClassName", *(("resources",) if is_bound else ())}
    if not old["spec"].get("volumeName"):
        free.add("volumeName")
    kept = [{key: value for key, value in obj["spec"].items() if key not in free} for obj in (old, new)]
    if kept[0] != kept[1]:
        faults.forbidden("spec", _FROZEN)
    elif is_bound and compare(_asked(new), _asked(old)) < 0:
        faults.forbidden("spec.resources.requests.storage", _SHRUNK)


def _asked(claim: Object) -> Any:
    return ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0")


def check_volume(obj: Object, faults: Faults) -> None:
    """Check a PersistentVolume."""
    spec = obj["spec"]
    _check_modes(spec, "", faults)
    capacity = spec.get("capacity")
    if not capacity:
        faults.required("spec.capacity")
    if set(capacity or ()) != {"storage"}:
        faults.unsupported("spec.capacity", capacity, ("storage",))
    policies = ("Delete", "Recycle", "Retain")
    if spec.get("persistentVolumeReclaimPolicy", "Retain") not in policies:
        faults.unsupported("spec.persistentVolumeReclaimPolicy", spec["persistentVolumeReclaimPolicy"], policies)
    _check_class(spec, faults)
    _check_volume_mode(spec, faults)
    sources = [name for name in ("hostPath", *spec) if name in spec and name not in _NOT_SOURCES]
    sources = list(dict.fromkeys(sources))
    if not sources:
        faults.required("spec", "must specify a volume type")
    for name in sources[1:]:
        faults.forbidden(f"spec.{name}", "may not specify more than 1 volume type")
    if "nfs" in spec and sources[0] == "nfs":
        check_nfs(spec["nfs"], "spec.nfs", faults)


def check_volume_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that a volume keeps what it is made of."""
    if _source(new) != _source(old):
        faults.forbidden("spec.persistentvolumesource", _FROZEN_SOURCE)
    if new["spec"].get("volumeMode") != old["spec"].get("volumeMode"):
        faults.invalid("spec.volumeMode", new["spec"].get("volumeMode"), IMMUTABLE)


def _source(volume: Object) -> dict[str, Any]:
    return {name: value for name, value in volume["spec"].items() if name not in _NOT_SOURCES}


def check_class(obj: Object, faults: Faults) -> None:
    """Check a StorageClass."""
    if not obj.get("provisioner"):
        faults.required("provisioner")
    supported = {"reclaimPolicy": ("Delete", "Retain"), "volumeBindingMode": ("Immediate", "WaitForFirstConsumer")}
    for name, values in supported.items():
        if obj.get(name, values[0]) not in values:
            faults.unsupported(name, obj[name], values)


def check_class_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that a class stays what it is."""
    for name in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"):
        if (new.get(name) or None) != (old.get(name) or None):
            faults.invalid(name, None, IMMUTABLE)


CREATE = {
    ("", "PersistentVolumeClaim"): check_claim,
    ("", "PersistentVolume"): check_volume,
    ("storage.k8s.io", "StorageClass"): check_class,
}
UPDATE = {
    ("", "PersistentVolumeClaim"): check_claim_update,
    ("", "PersistentVolume"): check_volume_update,
    ("storage.k8s.io", "StorageClass"): check_class_update,
}
