"""Rules for Pods and Pod templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitopskit.sandbox.kinds.validation.containers import check_actions, check_container, check_ids
from gitopskit.sandbox.kinds.validation.metadata import check_annotations, check_labels
from gitopskit.sandbox.kinds.validation.scheduling import check_placement
from gitopskit.sandbox.kinds.validation.volumes import check_volumes
from gitopskit.sandbox.machinery.causes import Faults, address_problems, label_problems, subdomain_problems

Object = Mapping[str, Any]

RESTARTS = ("Always", "Never", "OnFailure")
_DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_KINDS = ("containers", "initContainers")
_FROZEN = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
    "previously negative)"
)
_FREE = {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName"}


def check_pod_spec(spec: Object, path: str, faults: Faults, *, claims: frozenset[str] = frozenset()) -> None:
    """Check a Pod's spec, in a Pod or in a template.

    Parameters
    ----------
    claims
        Names of volumes that somebody else adds.
    """
    volumes = check_volumes(spec.get("volumes") or (), f"{path}.volumes", faults) | claims
    _check_containers(spec, path, volumes, faults)
    if spec.get("restartPolicy") not in RESTARTS:
        faults.unsupported(f"{path}.restartPolicy", spec.get("restartPolicy", ""), ("Always", "OnFailure", "Never"))
    if spec.get("dnsPolicy") not in _DNS:
        faults.unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy", ""), ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"))
    elif spec["dnsPolicy"] == "None" and not spec.get("dnsConfig"):
        faults.required(f"{path}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
    _check_pod_security(spec.get("securityContext") or {}, f"{path}.securityContext", faults)
    _check_references(spec, path, faults)
    check_placement(spec, path, faults)
    _check_names(spec, path, faults)
    if "activeDeadlineSeconds" in spec and not 1 <= spec["activeDeadlineSeconds"] < 2**31:
        faults.invalid(f"{path}.activeDeadlineSeconds", spec["activeDeadlineSeconds"], "must be between 1 and 2147483647, inclusive")


def _check_containers(spec: Object, path: str, volumes: set[str] | frozenset[str], faults: Faults) -> None:
    if not spec.get("containers"):
        faults.required(f"{path}.containers")
    seen: set[str] = set()
    for kind in _KINDS:
        for at, container in enumerate(spec.get(kind) or ()):
            check_container(container, f"{path}.{kind}[{at}]", set(volumes), seen, faults)
            if kind == "containers" or container.get("restartPolicy") == "Always":
                check_actions(container, f"{path}.{kind}[{at}]", faults)
    _check_host_ports(spec, path, faults)


def _check_host_ports(spec: Object, path: str, faults: Faults) -> None:
    taken: set[str] = set()
    for at, container in enumerate(spec.get("containers") or ()):
        for number, port in enumerate(container.get("ports") or ()):
            field, host = f"{path}.containers[{at}].ports[{number}].hostPort", port.get("hostPort", 0)
            if not host:
                continue
            if spec.get("hostNetwork") and host != port.get("containerPort"):
                faults.invalid(field, host, "must match `containerPort` when `hostNetwork` is true")
            place = f"{port.get('protocol')}/{port.get('hostIP', '')}/{host}"
            if place in taken:
                faults.duplicate(field, place)
            taken.add(place)


def _check_pod_security(context: Object, path: str, faults: Faults) -> None:
    check_ids(context, ("fsGroup", "runAsUser", "runAsGroup"), path, faults)
    for at, group in enumerate(context.get("supplementalGroups") or ()):
        if not 0 <= group < 2**31:
            faults.invalid(f"{path}.supplementalGroups[{at}]", group, "must be between 0 and 2147483647, inclusive")


def _check_references(spec: Object, path: str, faults: Faults) -> None:
    for name in ("serviceAccountName", "nodeName"):
        if spec.get(name):
            faults.each(f"{path}.{name}", spec[name], subdomain_problems(spec[name]))
    for name in ("runtimeClassName", "priorityClassName"):
        if spec.get(name):
            faults.each(f"{path}.{name}", spec[name], subdomain_problems(spec[name]))


def _check_names(spec: Object, path: str, faults: Faults) -> None:
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            faults.each(f"{path}.{name}", spec[name], label_problems(spec[name]))
    for at, alias in enumerate(spec.get("hostAliases") or ()):
        faults.each(f"{path}.hostAliases[{at}].ip", alias.get("ip", ""), address_problems(alias.get("ip", "")))
        for number, name in enumerate(alias.get("hostnames") or ()):
            faults.each(f"{path}.hostAliases[{at}].hostnames[{number}]", name, subdomain_problems(name))


def check_template(template: Object, path: str, faults: Faults, *, claims: frozenset[str] = frozenset()) -> None:
    """Check labels, annotations and spec of a Pod template."""
    metadata = template.get("metadata") or {}
    check_labels(metadata.get("labels"), f"{path}.labels", faults)
    check_annotations(metadata.get("annotations") or {}, f"{path}.annotations", faults)
    check_pod_spec(template.get("spec") or {}, f"{path}.spec", faults, claims=claims)


def check_pod(pod: Object, faults: Faults) -> None:
    """Check a Pod."""
    check_pod_spec(pod["spec"], "spec", faults)
    if not pod["spec"].get("serviceAccountName"):
        _check_no_tokens(pod["spec"], faults)


def _check_no_tokens(spec: Object, faults: Faults) -> None:
    for at, volume in enumerate(spec.get("volumes") or ()):
        for number, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if "serviceAccountToken" in source:
                field = f"spec.volumes[{at}].projected.sources[{number}].serviceAccountToken"
                faults.forbidden(field, "must not be specified when serviceAccountName is not set")


def check_pod_update(new: Object, old: Object, faults: Faults) -> None:
    """Check that an update leaves alone what a running Pod cannot change."""
    for kind in _KINDS:
        if len(new["spec"].get(kind) or ()) != len(old["spec"].get(kind) or ()):
            faults.forbidden(f"spec.{kind}", "pod updates may not add or remove containers")
            return
    _check_gates(new["spec"], old["spec"], faults)
    kept = [_without_seconds(item) for item in new["spec"].get("tolerations") or ()]
    if any(_without_seconds(item) not in kept for item in old["spec"].get("tolerations") or ()):
        faults.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
    elif _frozen(new["spec"], old["spec"]) != _frozen(old["spec"], old["spec"]) or _is_regraced(new["spec"], old["spec"]):
        faults.forbidden("spec", _FROZEN)


def _is_regraced(new: Object, old: Object) -> bool:
    """Whether the grace period changes otherwise than from below zero to 1."""
    before, after = (spec.get("terminationGracePeriodSeconds") for spec in (old, new))
    return bool(before != after and not (before is not None and before < 0 and after == 1))


def _without_seconds(toleration: Object) -> dict[str, Any]:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _check_gates(new: Object, old: Object, faults: Faults) -> None:
    """Check that gates only go, and that a gated Pod only becomes choosier."""
    gates = [item["name"] for item in old.get("schedulingGates") or ()]
    for at, item in enumerate(new.get("schedulingGates") or ()):
        if item["name"] not in gates:
            faults.forbidden(
                f"spec.schedulingGates[{at}].name", f"only deletion is allowed, but found new scheduling gate '{item['name']}'"
            )
    before, after = old.get("nodeSelector") or {}, new.get("nodeSelector") or {}
    if gates and not before.items() <= after.items():
        faults.invalid("spec.nodeSelector", after, "only additions to spec.nodeSelector are allowed (no mutations or deletions)")


def _frozen(spec: Object, old: Object) -> dict[str, Any]:
    free = {*_FREE, "schedulingGates"} | ({"nodeSelector"} if old.get("schedulingGates") else set())
    kept = {key: value for key, value in spec.items() if key not in free}
    for kind in _KINDS:
        if kept.get(kind):
            kept[kind] = [{key: value for key, value in item.items() if key != "image"} for item in kept[kind]]
    return kept


CREATE = {("", "Pod"): check_pod}
UPDATE = {("", "Pod"): check_pod_update}
