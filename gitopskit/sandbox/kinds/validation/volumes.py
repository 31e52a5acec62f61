"""Rules for a Pod's volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.machinery.causes import Faults, label_problems, relative_path_problems

Object = Mapping[str, Any]

HOST_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_REFERENCES = {"configMap": "name", "persistentVolumeClaim": "claimName", "secret": "secretName", "hostPath": "path"}
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
_ONE_SOURCE = "may not specify more than 1 volume type"


def check_volumes(volumes: Any, path: str, faults: Faults) -> set[str]:
    """Check volumes and return their names."""
    names: set[str] = set()
    for at, volume in enumerate(volumes):
        before = len(faults.causes)
        _check_source(volume, f"{path}[{at}]", faults)
        is_wrong = len(faults.causes) > before
        name = volume.get("name", "")
        if not name:
            faults.required(f"{path}[{at}].name")
        elif name in names:
            faults.duplicate(f"{path}[{at}].name", name)
        else:
            faults.each(f"{path}[{at}].name", name, label_problems(name))
        if not is_wrong:
            names.add(name)
    return names


def _check_source(volume: Object, path: str, faults: Faults) -> None:
    sources = [key for key in volume if key != "name"]
    for source in sources[1:]:
        faults.forbidden(f"{path}.{source}", _ONE_SOURCE)
    for source, field in _REFERENCES.items():
        if source in volume and not volume[source].get(field):
            faults.required(f"{path}.{source}.{field}")
    for source in ("configMap", "secret", "downwardAPI", "projected"):
        if source in volume:
            _check_modes(volume[source], f"{path}.{source}", faults)
    if "hostPath" in volume:
        _check_host_path(volume["hostPath"], f"{path}.hostPath", faults)
    if "nfs" in volume:
        check_nfs(volume["nfs"], f"{path}.nfs", faults)


def _check_modes(source: Object, path: str, faults: Faults) -> None:
    if not 0 <= source.get("defaultMode", 0) <= 0o777:
        faults.invalid(f"{path}.defaultMode", source["defaultMode"], _MODE)
    for at, item in enumerate(source.get("items") or ()):
        where = f"{path}.items[{at}]"
        if "downwardAPI" not in path and not item.get("key"):
            faults.required(f"{where}.key")
        if not item.get("path"):
            faults.required(f"{where}.path")
        faults.each(f"{where}.path", item.get("path", ""), relative_path_problems(item.get("path", "")))
        if not 0 <= item.get("mode", 0) <= 0o777:
            faults.invalid(f"{where}.mode", item["mode"], _MODE)


def _check_host_path(source: Object, path: str, faults: Faults) -> None:
    if ".." in source.get("path", "").split("/"):
        faults.invalid(f"{path}.path", source["path"], "must not contain '..'")
    if source.get("type", "") not in HOST_TYPES:
        faults.unsupported(f"{path}.type", source["type"], HOST_TYPES)


def check_nfs(source: Object, path: str, faults: Faults) -> None:
    """Check an NFS source."""
    for field in ("server", "path"):
        if not source.get(field):
            faults.required(f"{path}.{field}")
    if not source.get("path", "").startswith("/"):
        faults.invalid(f"{path}.path", source.get("path", ""), "must be an absolute path")


def check_mounts(mounts: Any, path: str, volumes: set[str], faults: Faults) -> None:
    """Check what a container mounts, and that it is there."""
    places: set[str] = set()
    for at, mount in enumerate(mounts):
        name, place = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            faults.required(f"{path}[{at}].name")
        if name not in volumes:
            faults.not_found(f"{path}[{at}].name", name)
        if not place:
            faults.required(f"{path}[{at}].mountPath")
        if place in places:
            faults.invalid(f"{path}[{at}].mountPath", place, "must be unique")
        places.add(place)
        if mount.get("subPath"):
            faults.each(f"{path}.subPath", mount["subPath"], relative_path_problems(mount["subPath"]))
