"""Of what does the server warn although it takes the object? One small function per kind, in one table.

References
----------
Kubernetes API concepts, "Warnings" (the ``Warning`` header of RFC 9111).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.schema.quantity import parse

Object = Mapping[str, Any]

_BYTES: Final = ("memory", "ephemeral-storage")
_OLD_LABELS: Final = {
    "beta.kubernetes.io/arch": ("v1.14", "kubernetes.io/arch"),
    "beta.kubernetes.io/os": ("v1.14", "kubernetes.io/os"),
    "failure-domain.beta.kubernetes.io/region": ("v1.17", "topology.kubernetes.io/region"),
    "failure-domain.beta.kubernetes.io/zone": ("v1.17", "topology.kubernetes.io/zone"),
    "beta.kubernetes.io/instance-type": ("v1.17", "node.kubernetes.io/instance-type"),
}
_OLD_VOLUMES: Final = {
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
}
_OLD_ANNOTATIONS: Final = {
    "volume.beta.kubernetes.io/storage-class": 'deprecated since v1.8; use "storageClassName" attribute instead',
    "kubernetes.io/enforce-mountable-secrets": "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets",
}
_NO_SELECTOR: Final = "a null labelSelector results in matching no pod"
_DOTS: Final = "which can result in surprising behavior; a DNS label is recommended: [must not contain dots]"
_TEMPLATES: Final = {
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("", "ReplicationController"): ("spec", "template"),
    ("", "PodTemplate"): ("template",),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}
"""Where a kind holds a Pod template; it is warned of when the object is new, or when what it asks for has changed."""


def warnings_of(resource: Resource, new: Object, old: Object | None = None) -> Iterator[str]:
    """Yield what is to be said of an object, as it is to be stored in place of `old`."""
    key = (resource.group, resource.kind)
    if key in _WARNINGS and not (old and key == ("", "Pod")):
        yield from _WARNINGS[key](new)
    if key in _TEMPLATES and (old is None or old["metadata"].get("generation") != new["metadata"].get("generation")):
        template: Any = new
        for part in _TEMPLATES[key]:
            template = template[part]
        yield from _pod_warnings(template.get("spec") or {}, ".".join(_TEMPLATES[key]) + ".spec")


def _pod(obj: Object) -> Iterator[str]:
    if "." in obj["metadata"]["name"]:
        yield f"metadata.name: this is used in the Pod's hostname, {_DOTS}"
    yield from _pod_warnings(obj["spec"], "spec")


def _pod_warnings(spec: Object, path: str) -> Iterator[str]:
    for label in sorted(_OLD_LABELS.keys() & (spec.get("nodeSelector") or {}).keys()):
        since, instead = _OLD_LABELS[label]
        yield f'{path}.nodeSelector[{label}]: deprecated since {since}; use "{instead}" instead'
    yield from _selector_warnings(spec, path)
    secrets = [item.get("name", "") for item in spec.get("imagePullSecrets") or ()]
    for at, name in enumerate(secrets):
        if name in secrets[:at]:
            yield f'{path}.imagePullSecrets[{at}].name: duplicate name "{name}"'
    yield from (f'{path}.imagePullSecrets[{at}].name: invalid empty name ""' for at, name in enumerate(secrets) if not name)
    for at, volume in enumerate(spec.get("volumes") or ()):
        yield from (f"{path}.volumes[{at}].{kind}: {why}" for kind, why in _OLD_VOLUMES.items() if kind in volume)
    yield from _container_warnings(spec, path)


def _selector_warnings(spec: Object, path: str) -> Iterator[str]:
    affinity = spec.get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        for at, term in enumerate((affinity.get(kind) or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()):
            if "labelSelector" not in term:
                yield f"{path}.affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution[{at}].labelSelector: {_NO_SELECTOR}"
    for at, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        if "labelSelector" not in constraint:
            yield f"{path}.topologySpreadConstraints[{at}].labelSelector: {_NO_SELECTOR}"


def _container_warnings(spec: Object, path: str) -> Iterator[str]:
    ports: list[tuple[str, str, Object]] = []
    for kind in ("initContainers", "containers"):
        for at, container in enumerate(spec.get(kind) or ()):
            here = f"{path}.{kind}[{at}]"
            yield from _fractions(container.get("resources") or {}, f"{here}.resources", _BYTES)
            yield from _hidden(container.get("env") or (), f"{here}.env")
            ports += [(here, f"{here}.ports[{number}]", port) for number, port in enumerate(container.get("ports") or ())]
    yield from _port_warnings(ports)


def _port_warnings(ports: Sequence[tuple[str, str, Object]]) -> Iterator[str]:
    for at, (_, where, port) in enumerate(ports):
        for _, other_place, other in ports[:at]:
            if word := _clash(port, other):
                yield f"{where}: {word} port definition with {other_place}"
    names: dict[str, tuple[str, str]] = {}
    for container, where, port in ports:
        first_container, first = names.setdefault(port.get("name", ""), (container, where))
        if port.get("name") and first_container != container:
            advice = f"services and probes that select ports by name will use {first}"
            yield f'{where}: duplicate port name "{port["name"]}" with {first}, {advice}'


def _clash(port: Object, other: Object) -> str:
    """Return how a container's port collides with another; empty where it does not."""
    if (port.get("protocol"), port["containerPort"]) != (other.get("protocol"), other["containerPort"]):
        return ""
    host, other_host = port.get("hostPort", 0), other.get("hostPort", 0)
    if (port.get("hostIP"), host) == (other.get("hostIP"), other_host):
        return "duplicate"
    if not host or not other_host:
        return "overlapping"
    return "dangerously ambiguous" if host == other_host and bool(port.get("hostIP")) != bool(other.get("hostIP")) else ""


def _fractions(resources: Object, path: str, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for kind in ("limits", "requests"):
            amount = (resources.get(kind) or {}).get(name)
            if amount is not None and parse(amount) % 1:
                yield f'{path}.{kind}[{name}]: fractional byte value "{amount}" is invalid, must be an integer'


def _hidden(env: Any, path: str) -> Iterator[str]:
    seen: set[str] = set()
    for at, item in enumerate(env):
        if item["name"] in seen and f"$({item['name']})" not in item.get("value", ""):
            yield f'{path}[{at}]: hides previous definition of "{item["name"]}", which may be dropped when using apply'
        seen.add(item["name"])


def _service(obj: Object) -> Iterator[str]:
    spec = obj["spec"]
    if "service.kubernetes.io/topology-aware-hints" in (obj["metadata"].get("annotations") or {}):
        old, new = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
        yield f"annotation {old} is deprecated, please use {new} instead"
    if spec.get("clusterIP") == "None":
        yield from (f"spec.{name} is ignored for headless services" for name in ("loadBalancerIP", "externalIPs") if spec.get(name))
        if spec.get("sessionAffinity") == "ClientIP":
            yield "spec.SessionAffinity is ignored for headless services"
    if spec.get("externalName") and spec.get("type") != "ExternalName":
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


def _secret(obj: Object) -> Iterator[str]:
    data = obj.get("data") or {}
    if obj.get("type") == "kubernetes.io/tls":
        for key, noun in (("tls.crt", "certificate"), ("tls.key", "key")):
            if b"-----BEGIN" not in b64decode(data.get(key, "")):
                yield f"tls: failed to find any PEM data in {noun} input"
                return


def _old_annotations(obj: Object) -> Iterator[str]:
    found = obj["metadata"].get("annotations") or {}
    yield from (f"metadata.annotations[{name}]: {why}" for name, why in _OLD_ANNOTATIONS.items() if name in found)


def _claim(obj: Object) -> Iterator[str]:
    yield from _old_annotations(obj)
    yield from _fractions(obj["spec"].get("resources") or {}, "spec.resources", ("storage",))


def _volume(obj: Object) -> Iterator[str]:
    yield from _old_annotations(obj)
    if obj["spec"].get("persistentVolumeReclaimPolicy") == "Recycle":
        advice = "Instead, the recommended approach is to use dynamic provisioning."
        yield f"spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. {advice}"


def _ingress(obj: Object) -> Iterator[str]:
    if "kubernetes.io/ingress.class" in (obj["metadata"].get("annotations") or {}):
        yield "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"


def _names_pods(obj: Object) -> Iterator[str]:
    if "." in obj["metadata"]["name"]:
        yield f"metadata.name: this is used in Pod names and hostnames, {_DOTS}"


def _stateful_set(obj: Object) -> Iterator[str]:
    for at, claim in enumerate(obj["spec"].get("volumeClaimTemplates") or ()):
        resources = (claim.get("spec") or {}).get("resources") or {}
        yield from _fractions(resources, f"spec.volumeClaimTemplates[{at}].resources", ("storage",))
    if obj["spec"].get("revisionHistoryLimit", 0) < 0:
        yield "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"


def _not_asked(_: Object) -> Iterator[str]:
    yield "the simulator keeps MutatingAdmissionPolicies and does not apply them: open the sandbox with engine='controlplane'"


_WARNINGS: Final[Mapping[tuple[str, str], Callable[[Object], Iterator[str]]]] = {
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("", "Secret"): _secret,
    ("", "ServiceAccount"): _old_annotations,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("", "ReplicationController"): _names_pods,
    ("apps", "ReplicaSet"): _names_pods,
    ("batch", "Job"): _names_pods,
    ("apps", "StatefulSet"): _stateful_set,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): _not_asked,
}
