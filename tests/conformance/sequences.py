"""Random sequences of operations, in the language of the cases; the same seed gives the same sequence.

What an object may hold is a table: a list is a choice, a dict holds some of its keys, `Items` is a list of such. Wrong types, nulls and
other spellings of the same value are among the choices, for it is there that engines differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

MANAGERS = "abc"
TEXT = ["v", "w", "", None]
PORT = [80, 80, 8080, "80", None]
IMAGE = ["nginx:1", "nginx:2"]


@dataclass(frozen=True)
class Items:
    """A list of `least` to three such items; `always` is in each of them."""

    always: dict[str, Any]
    some: dict[str, Any]
    least: int = 0


@dataclass(frozen=True)
class Always:
    """A part that is never left out."""

    of: Any


METADATA = {
    "labels": {"x": Always(TEXT), "y": ["a", 5, None]},
    "annotations": {"x": Always(TEXT), "example.org/y": TEXT},
    "finalizers": [["example.org/a"], ["example.org/b", "example.org/a"], None],
}
STEADY = {"labels": {"x": Always(["v", "w"])}, "annotations": {"x": Always(["v", "w", ""])}}
"""Never empty again: the real server stores a custom object whose labels were emptied once more with the next apply, changed or not."""
CONTAINER = Items(
    {"name": ["c", "c", "d", "e"]},
    {
        "image": [*IMAGE, *IMAGE, *IMAGE, None],
        "args": [["1"], ["1", "2"], [], None],
        "ports": Items({"containerPort": [80, 81]}, {"protocol": ["TCP", "UDP", None], "name": ["http", "dns"], "hostPort": [80, None]}),
        "env": Items({"name": ["A", "B"]}, {"value": TEXT, "valueFrom": [{"fieldRef": {"fieldPath": "metadata.name"}}, None]}),
        "resources": {
            "limits": {"cpu": ["1", "1000m", 1, 0.5, "0.5"], "memory": ["1Gi", "1024Mi", "1G"]},
            "requests": {"cpu": ["100m", "0.1", None]},
        },
        "securityContext": {"capabilities": {"add": [["A"], ["A", "B"], None]}, "runAsUser": [1, "1", 1.0, None]},
        "imagePullPolicy": ["Always", "IfNotPresent", None],
    },
)
POD = {
    "containers": CONTAINER,
    "nodeSelector": {"x": ["a", "b"], "y": ["a", None]},
    "tolerations": Items({"key": ["a", "b"]}, {"operator": ["Exists", "Equal", None], "effect": ["NoSchedule"]}),
    "volumes": Items({"name": ["c", "d"]}, {"emptyDir": [{}, {"medium": "Memory"}, None], "configMap": [{"name": "c"}, None]}),
    "restartPolicy": ["Always", None],
    "terminationGracePeriodSeconds": [30, 5, None, 4294967298],
    "imagePullSecrets": Items({"name": ["a", "b"]}, {}),
}
TEMPLATE = {"metadata": {"labels": {"app": Always(["x", "x", "x", None]), "y": TEXT}}, "spec": POD}
FIXED = ("/apiVersion", "/kind", "/metadata/name")
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ConfigMap": ("v1", "configmaps", {
        "data": {"k": [*TEXT, 5], "l": TEXT, "m": TEXT}, "binaryData": {"b": Always(["AAA=", "?", "AA="])},
        "immutable": [True, False, False, None],
    }),
    "Secret": ("v1", "secrets", {
        "data": {"k": ["dg==", "dw==", "?"], "l": ["dg=="]}, "stringData": {"k": TEXT, "p": TEXT},
        "type": ["Opaque", "example.org/t", None],
    }),
    "Service": ("v1", "services", {
        "spec": {
            "ports": Items({"port": [80, 81, 80]}, {
                "name": ["http", "dns", None], "protocol": ["TCP", "UDP", None], "targetPort": PORT, "nodePort": [None],
            }),
            "selector": {"app": ["x", "y"], "y": TEXT}, "type": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", None],
            "externalName": ["example.org", None], "sessionAffinity": ["ClientIP", "None", None], "clusterIP": ["None", None, None],
        },
    }),
    "PodTemplate": ("v1", "podtemplates", {"template": TEMPLATE}),
    "Pod": ("v1", "pods", {"spec": Always(POD | {"schedulerName": Always(["nobody"])})}),
    "Deployment": ("apps/v1", "deployments", {
        "spec": {
            "replicas": [0, 0, 1.0, "1", None], "paused": [True], "selector": [{"matchLabels": {"app": "x"}}] * 2 + [None],
            "template": TEMPLATE, "minReadySeconds": [1, 0, None], "revisionHistoryLimit": [1, 10, None],
            "strategy": {"type": ["Recreate", "RollingUpdate", None], "rollingUpdate": {"maxSurge": [1, "25%", "1", None]}},
        },
    }),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies", {
        "spec": {
            "podSelector": {"matchLabels": {"x": Always(["a", "b"])}}, "policyTypes": [["Ingress"], ["Ingress", "Egress"], None],
            "ingress": Items({}, {"ports": Items({}, {"port": PORT, "protocol": ["TCP", None]}, least=1)}, least=1),
        },
    }),
    "Role": ("rbac.authorization.k8s.io/v1", "roles", {
        "rules": Items({"verbs": [["get"], ["get", "list"]]}, {"apiGroups": [[""], None], "resources": [["pods"], ["*"]]}, least=1),
    }),
    "Widget": ("conformance.example.org/v1", "/apis/conformance.example.org/v1/namespaces/{namespace}/widgets", {
        "spec": {
            "size": [1, 2, "2", 1.5, None], "big": [2**53 + 1, 2**63, -1], "name": TEXT, "level": ["low", "high", None],
            "share": [1, "1", "50%", None],
            "parts": Items({"name": ["a", "b"]}, {"kind": ["x", "y", None], "note": TEXT}),
            "tags": [["a"], ["a", "b"], ["b", "b"], [], None],
            "order": [["a"], ["b", "a"], None], "settings": {"k": TEXT, "l": TEXT}, "whole": {"k": TEXT, "l": TEXT},
            "free": {"a": [1, "1", None, [1, 2], {"b": None}], "c": {"d": TEXT}}, "unknown": [1, None],
        },
    }),
}  # fmt: skip
WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.conformance.example.org"},
    "spec": {
        "group": "conformance.example.org", "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [{"name": "v1", "served": True, "storage": True,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
            "type": "object", "properties": {
                "size": {"type": "integer", "format": "int32", "minimum": 1, "default": 1}, "big": {"type": "integer", "format": "int64"},
                "name": {"type": "string", "nullable": True}, "level": {"type": "string", "enum": ["low", "high"], "default": "low"},
                "share": {"x-kubernetes-int-or-string": True},
                "parts": {
                    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "kind"], "items": {
                        "type": "object", "required": ["name"], "properties": {
                            "name": {"type": "string"}, "kind": {"type": "string", "default": "x"}, "note": {"type": "string"},
                        },
                    },
                },
                "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "order": {"type": "array", "items": {"type": "string"}},
                "settings": {"type": "object", "additionalProperties": {"type": "string"}},
                "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
        }}}}}],
    },
}  # fmt: skip


class Dice(random.Random):
    """Draws; when `is_strict`, no values of another type than the first of a choice."""

    is_strict = False

    def pick(self, choices):
        """Return one of the choices."""
        right = [one for one in choices if one is None or type(one) is type(choices[0])]
        return self.choice(right if self.is_strict else choices)


def sequence(seed):
    """Return a case of up to eight operations on one or two objects of a kind."""
    dice = Dice(seed)
    kind = dice.choice(list(KINDS))
    return {"about": f"random sequence {seed}", "steps": [operation(dice, kind) for _ in range(dice.randint(2, 8))]}


def operation(dice, kind):
    """Return one step."""
    version, collection, fields = KINDS[kind]
    metadata = STEADY if kind == "Widget" else METADATA
    name = dice.choice("ooop")
    place = f"{collection}/{name}"
    step = {"as": dice.choice(MANAGERS)}
    params = {"dryRun": "All"} if dice.random() < 0.1 else {}
    if dice.random() < 0.2:
        params["fieldValidation"] = dice.choice(["Strict", "Ignore", "Warn"])
    verb = dice.choices(
        ["apply", "force", "create", "update", "merge", "strategic", "json", "delete", "get"], [45, 12, 8, 10, 10, 6, 5, 4, 2]
    )[0]
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": name} | some(dice, metadata, 0.15)} | some(dice, fields, 0.6)
    if verb in ("delete", "get"):
        return {verb: place} | step | ({"params": params} if verb == "delete" and params else {})
    if verb == "json":
        body = [json_operation(dice, whole) for _ in range(dice.randint(1, 3))]
    elif verb in ("merge", "strategic"):
        dice.is_strict = verb == "strategic"  # which wrong type is told, and how, is a matter of Go's conversions there
        body = some(dice, {"metadata": metadata, **fields}, 0.4)
    else:
        body = whole
    dice.is_strict = False
    if verb == "force":
        verb, params = "apply", params | {"force": True}
    return {verb: body, "at": collection if verb == "create" else place} | step | ({"params": params} if params else {})


def some(dice, table, share=0.5):
    """Return an object with some of the keys of a table."""
    return {key: value(dice, node) for key, node in table.items() if isinstance(node, Always) or dice.random() < share}


def value(dice, node):
    """Return one of the values that a node of a table stands for."""
    if isinstance(node, Always):
        return value(dice, node.of)
    if isinstance(node, dict):
        return some(dice, node)
    if isinstance(node, Items):
        items = range(dice.randint(node.least, 3))
        return [{key: dice.choice(of) for key, of in node.always.items()} | some(dice, node.some) for _ in items]
    return dice.pick(node)


def json_operation(dice, body):
    """Return an operation of a JSON patch on a field that such an object may have."""
    path, at = "", body
    while path.count("/") < 2 or dice.random() < 0.8:
        keys = (
            [key for key in at if f"{path}/{key}" not in FIXED] if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        )
        if not keys:
            break
        key = dice.choice(keys)
        path, at = f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}", at[key]
    if path == "/metadata":
        path, at = "/metadata/labels/x", "v"
    found = {"op": dice.choice(["add", "add", "replace", "remove", "test", "copy"]), "path": path}
    if found["op"] == "copy":
        return found | {"from": "/metadata/name"}
    return found if found["op"] == "remove" else found | {"value": at}
