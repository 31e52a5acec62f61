"""Random triples to predict an apply for: what Git says, what is there, and how that came about.

A live object is made by a random history: our applies, and those, patches and replacements of others in between. Most of what is then
desired is near to what we applied last, for what matters is whether nothing changes: the same in another spelling, one field other.
"""

from __future__ import annotations

import copy
import json
import random

from tests.conformance.sequences import KINDS as SEQUENCE_KINDS
from tests.conformance.sequences import METADATA, STEADY, Always, Items, some, value

OURS = "gitopskit"
OTHERS = ("kubectl", "controller")
AMOUNTS = [["1", "1000m", 1, "1e0"], ["500m", "0.5"], ["1Gi", "1024Mi", "1073741824", "1048576Ki"], ["100m", "0.1"], ["2k", "2000", 2000]]
RESOURCES = {
    "limits": {"cpu": ["1", "500m"], "memory": ["1Gi"]},
    "requests": {"cpu": ["100m"], "memory": ["512Mi"], "ephemeral-storage": ["2k"]},
}
CLAIMS = Items(
    {"metadata": [{"name": "data"}]},
    {"spec": Always({"accessModes": Always([["ReadWriteOnce"]]), "resources": Always({"requests": Always({"storage": ["1Gi"]})})})},
    least=1,
)
METRICS = Items(
    {"type": ["Resource"]},
    {"resource": Always({"name": ["cpu"], "target": Always({"type": ["Utilization"], "averageUtilization": [50, 60]})})},
)
PATHS = Items(
    {"path": ["/", "/a"], "pathType": ["Prefix"]},
    {"backend": Always({"service": Always({"name": ["s", "t"], "port": Always({"number": [80]})})})},
    least=1,
)


POD = {
    "containers": Always(Items({"name": ["c", "d"]}, {
        "image": Always(["nginx:1", "nginx:2"]), "args": [["1"], ["1", "2"], []], "resources": RESOURCES,
        "imagePullPolicy": ["Always", "IfNotPresent"], "env": Items({"name": ["A", "B"]}, {
            "value": ["v", "w", ""], "valueFrom": [{"fieldRef": {"fieldPath": "metadata.name"}}],
        }),
        "ports": Items({"containerPort": [80, 81]}, {"protocol": ["TCP", "UDP"], "name": ["http"]}),
        "readinessProbe": {"httpGet": Always({"path": ["/"], "port": Always([80])}), "periodSeconds": [5, 10]},
        "securityContext": {"capabilities": {"add": [["A"], ["A", "B"]]}, "runAsUser": [1, 0], "privileged": [False]},
        "volumeMounts": Items({"mountPath": ["/a", "/b"]}, {"name": Always(["v"]), "readOnly": [True, False]}),
    }, least=1)),
    "initContainers": Items({"name": ["i"]}, {"image": Always(["nginx:1"])}),
    "nodeSelector": {"x": ["a", "b"]}, "terminationGracePeriodSeconds": [30, 5], "hostNetwork": [False], "serviceAccountName": ["s", ""],
    "tolerations": Items({"key": ["a", "b"]}, {"operator": ["Exists", "Equal"], "effect": ["NoSchedule"]}),
    "volumes": Always([[{"name": "v", "emptyDir": {}}], [{"name": "v", "configMap": {"name": "c"}}]]),
    "imagePullSecrets": Items({"name": ["a", "b"]}, {}), "securityContext": [{}, {"fsGroup": 1}],
    "topologySpreadConstraints": [[{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "k", "operator": "Exists"}]},
    ]}]}},
}  # fmt: skip
TEMPLATE = {"metadata": Always({"labels": Always({"app": Always(["x"]), "y": ["a", ""]})}), "spec": Always(POD)}


def workload(**more):
    """Return the fields of a kind with a pod template."""
    return {"spec": Always({"selector": Always([{"matchLabels": {"app": "x"}}]), "template": Always(TEMPLATE), **more})}


KINDS = {
    **{kind: (version, fields) for kind, (version, _, fields) in SEQUENCE_KINDS.items() if kind != "Pod"},
    "Deployment": ("apps/v1", workload(
        replicas=[0, 1, 2], paused=[True, False], minReadySeconds=[0, 1], revisionHistoryLimit=[1, 10], strategy={"type": ["Recreate"]},
    )),
    "StatefulSet": ("apps/v1", workload(
        replicas=[0, 1], serviceName=Always(["s"]), podManagementPolicy=["Parallel", "OrderedReady"], volumeClaimTemplates=CLAIMS,
    )),
    "PodTemplate": ("v1", {"template": Always(TEMPLATE)}),
    "DaemonSet": ("apps/v1", workload(minReadySeconds=[0, 1], updateStrategy={"type": ["OnDelete", "RollingUpdate"]})),
    "CronJob": ("batch/v1", {"spec": Always({
        "schedule": Always(["@daily", "0 1 * * *"]), "suspend": [True, False], "concurrencyPolicy": ["Allow", "Forbid"],
        "successfulJobsHistoryLimit": [0, 3],
        "jobTemplate": Always({"spec": Always({"backoffLimit": [0, 6], "template": Always({"spec": Always({
            "restartPolicy": Always(["Never"]), "containers": [[{"name": "c", "image": "nginx:1"}], [{"name": "c", "image": "nginx:2"}]],
        })})})}),
    })}),
    "Ingress": ("networking.k8s.io/v1", {"spec": Always({
        "ingressClassName": ["nginx", "other"], "tls": [[{"hosts": ["a.example"], "secretName": "t"}], []],
        "rules": Always(Items({"host": ["a.example", "b.example"]}, {"http": Always({"paths": Always(PATHS)})}, least=1)),
    })}),
    "HorizontalPodAutoscaler": ("autoscaling/v2", {"spec": Always({
        "scaleTargetRef": Always([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}]), "minReplicas": [1, 2],
        "maxReplicas": Always([3, 4]), "metrics": METRICS,
    })}),
    "PodDisruptionBudget": ("policy/v1", {"spec": Always({
        "minAvailable": Always([1, "50%", 0]), "selector": {"matchLabels": {"app": Always(["x", "y"])}},
    })}),
    "ResourceQuota": ("v1", {"spec": {"hard": {
        "requests.cpu": ["1", "500m"], "requests.memory": ["1Gi"], "pods": ["2k", "10"], "limits.cpu": ["100m"],
    }}}),
    "LimitRange": ("v1", {"spec": Always({"limits": Always(Items(
        {"type": ["Container"]}, {"default": {"cpu": Always(["1", "500m"])}, "max": {"memory": Always(["1Gi"])}}, least=1,
    ))})}),
    "ServiceAccount": ("v1", {
        "automountServiceAccountToken": [True, False], "imagePullSecrets": Items({"name": ["a", "b"]}, {}),
        "secrets": Items({"name": ["a", "b"]}, {}),
    }),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", {
        "rules": Items({"verbs": [["get"], ["get", "list"]]}, {"apiGroups": Always([[""]]), "resources": Always([["pods"], ["*"]])}),
        "aggregationRule": {"clusterRoleSelectors": [[{"matchLabels": {"a": "b"}}]]},
    }),
}  # fmt: skip


class Dice(random.Random):
    """Draws; seldom a value of another type than the first of a choice, seldom a null."""

    def pick(self, choices):
        """Return one of the choices."""
        right = [one for one in choices if one is not None and type(one) is type(choices[0])]
        return self.choice(right if right and self.random() < 0.97 else choices)


def configuration(dice, kind, name, share=0.6):
    """Return a random object of a kind."""
    version, fields = KINDS[kind]
    metadata = {"name": name} | some(dice, STEADY if kind == "Widget" else {**METADATA, "finalizers": [[]]}, 0.15)
    metadata.pop("finalizers", None)
    metadata["labels"] = {**(metadata.get("labels") or {}), "part-of": "o"}  # as the tool itself puts one on every object
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | _distinct(some(dice, fields, share))


def _distinct(body):
    """Return an object without items that begin like an earlier one: most lists have keys."""
    if isinstance(body, dict):
        return {name: _distinct(item) for name, item in body.items()}
    if isinstance(body, list) and body and all(isinstance(item, dict) and item for item in body):
        first = {json.dumps(next(iter(item.items()))): item for item in reversed(body)}
        return [_distinct(item) for item in reversed(first.values())]
    return body


def history(dice, kind, name):
    """Yield what happens to an object: manager, verb and body; begins with an apply of ours."""
    yield OURS, "apply", configuration(dice, kind, name)
    for _ in range(dice.randint(0, 4)):
        manager = dice.choice((OURS, *OTHERS))
        verb = "apply" if manager == OURS else dice.choice(["apply", "force", "merge", "merge"])
        body = configuration(dice, kind, name, dice.choice([0.1, 0.3, 0.6]))
        yield manager, verb, {part: body[part] for part in body if part not in ("apiVersion", "kind")} if verb == "merge" else body


def variants(dice, last, kind, count):
    """Yield desired objects near to what we applied last."""
    yield copy.deepcopy(last)
    for _ in range(count - 1):
        body = respelled(dice, last) if dice.random() < 0.75 else copy.deepcopy(last)
        if dice.random() < 0.55:
            body = mutated(dice, body, kind)
        yield body


def respelled(dice, body):
    """Return the same in another spelling: amounts, the order of keys and (where that is another thing) of items."""
    if isinstance(body, dict):
        names = list(body)
        if dice.random() < 0.3:
            dice.shuffle(names)
        return {name: respelled(dice, body[name]) for name in names}
    if isinstance(body, list):
        items = [respelled(dice, item) for item in body]
        draw = dice.random()
        if draw < 0.1:
            dice.shuffle(items)
        elif draw < 0.12 and items:
            items[-1] = copy.deepcopy(dice.choice(items))  # a twin, of as many as before
        return items
    if isinstance(body, bool) or body is None:
        return body
    return next((dice.choice(same) for same in AMOUNTS if body in same and dice.random() < 0.5 and isinstance(body, str)), body)


def mutated(dice, body, kind):
    """Return an object with one thing other: drawn anew, left out, or added."""
    found = copy.deepcopy(body)
    spots = list(_spots(found))
    draw = dice.random()
    if draw < 0.35 or not spots:
        fresh = configuration(dice, kind, body["metadata"]["name"], 0.9)
        part = dice.choice([name for name in fresh if name not in ("apiVersion", "kind", "metadata")] or ["metadata"])
        found[part] = fresh[part]
        return found
    holder, key = dice.choice(spots)
    if draw < 0.6:
        del holder[key]
    elif draw < 0.65:
        found["status"] = dice.choice([{}, {"phase": "x"}, {"replicas": 1}])
    elif draw < 0.75:
        holder[key] = dice.choice(["", 0, False, [], {}, None])
    else:
        holder[key] = _other(dice, holder[key])
    return found


def _other(dice, item):
    if isinstance(item, bool):
        return not item
    if isinstance(item, int):
        return dice.choice([item + 1, str(item), float(item)])
    return f"{item}x" if isinstance(item, str) else item


def _spots(body):
    for key, item in list(body.items()) if isinstance(body, dict) else list(enumerate(body)):
        if key not in ("apiVersion", "kind", "metadata", "name"):
            yield body, key
        if isinstance(item, dict | list):
            yield from ((holder, inner) for holder, inner in _spots(item) if not (key == "metadata" and inner == "name"))


__all__ = ["KINDS", "OURS", "Dice", "configuration", "history", "value", "variants"]
