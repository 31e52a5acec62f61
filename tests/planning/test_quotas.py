"""What the quotas and limit ranges of a new namespace have against the rest of it; and the simulator, which must refuse just that."""

import itertools
import json
import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.values import Sensitive
from gitopskit.planning.order import wave_of
from gitopskit.planning.quotas import shortfalls
from gitopskit.sandbox.controllers import Controllers
from gitopskit.sandbox.machinery.request import Request
from gitopskit.sandbox.simulator.api import Api
from gitopskit.sandbox.simulator.control import Control
from gitopskit.sandbox.simulator.seed import fill
from gitopskit.schema.library import bundled

KINDS = {
    "ConfigMap": ("v1", "configmaps"),
    "Secret": ("v1", "secrets"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "Service": ("v1", "services"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "ResourceQuota": ("v1", "resourcequotas"),
    "LimitRange": ("v1", "limitranges"),
    "Pod": ("v1", "pods"),
    "ReplicationController": ("v1", "replicationcontrollers"),
    "Deployment": ("apps/v1", "deployments"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "Job": ("batch/v1", "jobs"),
    "CronJob": ("batch/v1", "cronjobs"),
    "Widget": ("example.org/v1", ""),
}


def desired(kind, name="a", namespace="new", **body):
    api_version, _ = KINDS[kind]
    object_id = ObjectId(group=api_version.rpartition("/")[0], kind=kind, namespace=namespace, name=name)
    metadata = {"name": name, "namespace": namespace}
    return Object(id=object_id, api_version=api_version, body={"apiVersion": api_version, "kind": kind, "metadata": metadata, **body})


def plural_of(item):
    return KINDS[item.id.kind][1]


def quota(name="q", scopes=None, **hard):
    return desired("ResourceQuota", name, spec={"hard": hard, **({"scopes": scopes} if scopes else {})})


def limit_range(kind="Container", name="l", **limit):
    return desired("LimitRange", name, spec={"limits": [{"type": kind, **limit}]})


def pods_of(*containers, **spec):
    named = [{"name": name, "image": "i", **({"resources": resources} if resources else {})} for name, resources in containers]
    return {"containers": named, **spec}


def pod(name="a", limits=None, **requests):
    resources = {"requests": requests} | ({"limits": limits} if limits else {})
    return desired("Pod", name, spec=pods_of(("main", resources if requests or limits else None)))


def workload(kind="Deployment", name="a", requests=None, limits=None, **spec):
    resources = {field: amounts for field, amounts in (("requests", requests), ("limits", limits)) if amounts}
    labels = {"app": name}
    selector = {} if kind in ("Job", "CronJob") else {"selector": labels if kind == "ReplicationController" else {"matchLabels": labels}}
    ending = {"restartPolicy": "Never"} if kind in ("Job", "CronJob") else {}
    template = {"metadata": {"labels": labels}, "spec": pods_of(("main", resources), **ending)}
    body = {**selector, "template": template, **spec}
    return desired(kind, name, spec={"schedule": "0 0 1 1 *", "jobTemplate": {"spec": body}} if kind == "CronJob" else body)


def claim(name="a", storage="1Gi", of_class=""):
    resources = {"requests": {"storage": storage}}
    return desired(
        "PersistentVolumeClaim", name, spec={"storageClassName": of_class, "accessModes": ["ReadWriteOnce"], "resources": resources}
    )


def service(name="a", kind="ClusterIP", ports=1):
    return desired("Service", name, spec={"type": kind, "ports": [{"port": 80 + at, "name": f"p{at}"} for at in range(ports)]})


def said(*objects, namespaces=("new",)):
    """Return what is said, by kind and name."""
    return {f"{found.kind}/{found.name}": list(told) for found, told in shortfalls(objects, namespaces, plural_of).items()}


FULL = "quota q limits configmaps to 2, and 2 are used before this one (kube-root-ca.crt counts)"


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            [quota(configmaps="2"), *(desired("ConfigMap", name) for name in "cab")],
            {"ConfigMap/b": [FULL], "ConfigMap/c": [FULL]},
            id="the first that is too many, by name, and all after it; the cluster's own counts",
        ),
        pytest.param(
            [quota(**{"count/configmaps": 0}), desired("ConfigMap")],
            {"ConfigMap/a": ["quota q limits count/configmaps to 0, and 1 is used before this one (kube-root-ca.crt counts)"]},
            id="a quota that is too small even for what the cluster puts there",
        ),
        pytest.param(
            [
                quota(**{"configmaps": 1, "count/serviceaccounts": 1}),
                desired("ConfigMap", "kube-root-ca.crt"),
                desired("ServiceAccount", "default"),
            ],
            {},
            id="what the cluster gives is not counted twice where it is desired as well",
        ),
        pytest.param(
            [quota(**{"count/serviceaccounts": "1"}), desired("ServiceAccount")],
            {"ServiceAccount/a": ["quota q limits count/serviceaccounts to 1, and 1 is used before this one (default counts)"]},
            id="the service account default counts",
        ),
        pytest.param(
            [quota("a", secrets=2), quota("b", **{"count/secrets": 1}), *(desired("Secret", name) for name in "abc")],
            {f"Secret/{name}": ["quota b limits count/secrets to 1, and 1 is used before this one"] for name in "bc"},
            id="what one quota refuses uses nothing of the other",
        ),
        pytest.param(
            [quota(**{"services": 3, "services.nodeports": 2}), service("a", "NodePort", 3), service("b", "NodePort", 2), service("c")],
            {"Service/a": ["it needs 3 of services.nodeports; quota q allows 2, of which 0 are used"]},
            id="what is refused uses nothing: a smaller one fits after it",
        ),
        pytest.param(
            [quota(**{"services.loadbalancers": 0}), service("a", "LoadBalancer")],
            {"Service/a": ["quota q limits services.loadbalancers to 0, and 0 are used before this one"]},
            id="no load balancers at all",
        ),
        pytest.param(
            [
                quota(**{"requests.storage": "5Gi", "gold.storageclass.storage.k8s.io/requests.storage": "1Gi"}),
                *(claim("a", "3Gi"), claim("b", "3072Mi"), claim("c", "2Gi", "gold"), claim("d", "2Gi")),
            ],
            {
                "PersistentVolumeClaim/b": ["it needs 3Gi of requests.storage; quota q allows 5Gi, of which 3Gi is used"],
                "PersistentVolumeClaim/c": [
                    "it needs 2Gi of gold.storageclass.storage.k8s.io/requests.storage; quota q allows 1Gi, of which 0 is used"
                ],
            },
            id="storage is added up in the spelling of the server, all together and by class",
        ),
        pytest.param(
            [quota("a", resourcequotas=1), quota("b"), quota("c", resourcequotas=0)],
            {f"ResourceQuota/{name}": ["quota a limits resourcequotas to 1, and 1 is used before this one"] for name in "bc"},
            id="a quota is held against the quotas after it, not against itself",
        ),
        pytest.param(
            [quota(**{"count/widgets.example.org": 0, "count/": 0}), desired("Widget")], {}, id="a kind whose plural is unknown is left out"
        ),
        pytest.param([quota(configmaps="2"), desired("Secret"), desired("ConfigMap")], {}, id="all fits"),
        pytest.param(
            [quota(name="old\x1b[2J", secrets=0), desired("Secret")],
            {"Secret/a": ["quota old\\x1b[2J limits secrets to 0, and 0 are used before this one"]},
            id="a name cannot take over the terminal",
        ),
    ],
)  # fmt: skip
def test_numbers_of_objects(objects, expected):
    assert said(*objects) == expected
    assert said(*reversed(objects)) == expected, "the order of files says nothing"


CPU = {"requests": {"cpu": "500m"}}


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            [quota("compute", **{"requests.cpu": "1"}), workload(requests={"cpu": "500m"}, replicas=3)],
            ["3 Pods of it need 1500m of requests.cpu; quota compute allows 1, of which 0 is used, so 2 fit"],
            id="some of the Pods fit",
        ),
        pytest.param(
            [quota(**{"requests.cpu": 1, "limits.cpu": "1500m"}), workload("ReplicaSet", limits={"cpu": 1}, replicas=2)],
            [
                "2 Pods of it need 2 of limits.cpu; quota q allows 1500m, of which 0 is used, so 1 fits",
                "2 Pods of it need 2 of requests.cpu; quota q allows 1, of which 0 is used, so 1 fits",
            ],
            id="what is limited is requested",
        ),
        pytest.param(
            [quota(pods=2), pod("a"), workload("ReplicationController", replicas=2)],
            ["2 Pods of it need 2 of pods; quota q allows 2, of which 1 is used, so 1 fits"],
            id="a Pod before it takes room away",
        ),
        pytest.param(
            [quota(**{"requests.memory": "1Gi"}), workload(requests={"memory": "2Gi"})],
            ["1 Pod of it needs 2Gi of requests.memory; quota q allows 1Gi, of which 0 is used, so none fits"],
            id="one Pod is the default, and does not fit",
        ),
        pytest.param([quota(pods=0), workload(replicas=0)], [], id="a workload of no Pods"),
        pytest.param([quota(pods=0), workload(paused=True)], [], id="a Deployment that is paused brings nothing"),
        pytest.param([quota(pods=0), workload("Job", suspend=True)], [], id="a Job that is suspended brings nothing"),
        pytest.param([quota(pods=2), workload("Job", parallelism=9, completions=2)], [], id="no more Pods than completions"),
        pytest.param([quota(pods=1), workload("Job", completions=5)], [], id="a Job takes one Pod at a time"),
        pytest.param(
            [quota(pods=1), workload("Job", parallelism=2)],
            ["2 Pods of it need 2 of pods; quota q allows 1, of which 0 are used, so 1 fits at a time"],
            id="Pods of a Job make room",
        ),
        pytest.param(
            [quota(**{"count/replicasets.apps": 0, "pods": 0}), workload()],
            ["1 ReplicaSet of it needs 1 of count/replicasets.apps; quota q allows 0, of which 0 are used, so none fits"],
            id="a Deployment needs a ReplicaSet, or there are no Pods to speak of",
        ),
        pytest.param(
            [quota(**{"count/deployments.apps": 0, "pods": 0}), workload()],
            ["quota q limits count/deployments.apps to 0, and 0 are used before this one"],
            id="a workload that is refused brings nothing",
        ),
        pytest.param(
            [
                quota(**{"requests.storage": "5Gi"}),
                workload("StatefulSet", replicas=3, volumeClaimTemplates=[{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}]),
            ],
            ["3 Pods of it, with claims, need 6Gi of requests.storage; quota q allows 5Gi, of which 0 is used, so 2 fit"],
            id="claims come with each Pod of a StatefulSet",
        ),
        pytest.param([quota(pods=0), workload("DaemonSet")], [], id="how many Pods a DaemonSet has is not known"),
        pytest.param([quota(pods=0), workload("CronJob")], [], id="how many Pods a CronJob has is not known"),
        pytest.param(
            [quota(**{"requests.cpu": 9}), workload("DaemonSet")],
            ["quota q asks for requests.cpu to be stated by container main"],
            id="a DaemonSet has to state what is counted",
        ),
        pytest.param(
            [quota(**{"limits.memory": 9}), workload("CronJob")],
            ["quota q asks for limits.memory to be stated by container main"],
            id="a CronJob has to state what is counted",
        ),
        pytest.param(
            [quota(**{"cpu": 0, "requests.memory": 0}), desired("Pod", spec=pods_of(("main", CPU), ("b", None), ("a", None)))],
            [
                "quota q asks for cpu to be stated by containers a, b",
                "quota q asks for requests.memory to be stated by containers a, b, main",
            ],
            id="who leaves out what; and then amounts are not told",
        ),
        pytest.param([quota(**{"requests.ephemeral-storage": "1"}), workload()], [], id="only cpu and memory have to be stated"),
        pytest.param(
            [quota(**{"requests.example.org/gpu": 1}), workload(limits={"example.org/gpu": 1}, replicas=2)],
            ["2 Pods of it need 2 of requests.example.org/gpu; quota q allows 1, of which 0 is used, so 1 fits"],
            id="devices",
        ),
        pytest.param(
            [quota(scopes=["BestEffort"], pods=0), workload("ReplicaSet", "b"), pod("a", cpu=1)],
            ["1 Pod of it needs 1 of pods; quota q allows 0, of which 0 are used, so none fits"],
            id="a quota counts what is in its scopes, the Pods that ask for nothing",
        ),
        pytest.param(
            [quota(scopes=["BestEffort"], pods=0), limit_range(defaultRequest={"cpu": "1m"}), workload()],
            [],
            id="a limit range takes a Pod out of a scope",
        ),
        pytest.param(
            [quota(scopes=["Terminating"], pods=0), pod("b"), desired("Pod", "a", spec=pods_of(("main", None), activeDeadlineSeconds=60))],
            ["quota q limits pods to 0, and 0 are used before this one"],
            id="a Pod in the scope of those that end",
        ),
        pytest.param(
            [quota(**{"requests.cpu": 1}), desired("Pod", spec=pods_of(("main", None), resources={"requests": {"cpu": 9}}))],
            [],
            id="what a Pod asks for as a whole is not judged",
        ),
    ],
)  # fmt: skip
def test_pods(objects, expected):
    found = said(*objects)
    assert list(itertools.chain(*found.values())) == expected
    assert len(found) == bool(expected)


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            [quota(**{"requests.cpu": "1"}), limit_range(defaultRequest={"cpu": "400m"}), workload(replicas=3)],
            ["3 Pods of it need 1200m of requests.cpu; quota q allows 1, of which 0 is used, so 2 fit"],
            id="containers are completed before they are counted",
        ),
        pytest.param(
            [quota(**{"requests.cpu": "1"}), limit_range(max={"cpu": "700m"}), workload(replicas=2)],
            ["2 Pods of it need 1400m of requests.cpu; quota q allows 1, of which 0 is used, so 1 fits"],
            id="a limit range completes itself first",
        ),
        pytest.param(
            [limit_range(min={"cpu": "100m"}), pod(limits={"cpu": "80m"}, cpu="50m")],
            ["limit range l refuses it: minimum cpu usage per Container is 100m, but request is 50m"],
            id="too little",
        ),
        pytest.param(
            [limit_range(max={"cpu": 1}), workload(limits={"cpu": 1.5})],
            ["limit range l refuses its Pods: maximum cpu usage per Container is 1, but limit is 1500m"],
            id="too much",
        ),
        pytest.param(
            [limit_range(maxLimitRequestRatio={"cpu": 2}), workload("DaemonSet", requests={"cpu": "100m"}, limits={"cpu": "300m"})],
            ["limit range l refuses its Pods: cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000"],
            id="too far apart, in a DaemonSet",
        ),
        pytest.param(
            [limit_range("Pod", max={"memory": "1Gi"}), workload("CronJob")],
            ["limit range l refuses its Pods: maximum memory usage per Pod is 1Gi.  No limit is specified"],
            id="a bound for whole Pods, in a CronJob",
        ),
        pytest.param(
            [limit_range("PersistentVolumeClaim", max={"storage": "1Gi"}), claim(storage="2Gi")],
            ["limit range l refuses it: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi"],
            id="a claim",
        ),
        pytest.param(
            [
                limit_range("PersistentVolumeClaim", min={"storage": "1Gi"}),
                workload("StatefulSet", volumeClaimTemplates=[{"spec": {"resources": {"requests": {"storage": "9Mi"}}}}]),
            ],
            ["limit range l refuses its claims: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 9Mi"],
            id="claims of a StatefulSet",
        ),
        pytest.param(
            [limit_range(default={"cpu": "500m"}), workload(requests={"cpu": 1})],
            ["with the defaults of limit range l, container main requests 1 of cpu and is limited to 500m"],
            id="a default that is below what is requested",
        ),
        pytest.param(
            [limit_range(name="k", defaultRequest={"cpu": 2}), limit_range(name="l", default={"cpu": 1}), pod()],
            ["with the defaults of limit range l, container main requests 2 of cpu and is limited to 1"],
            id="two limit ranges that contradict each other",
        ),
        pytest.param(
            [limit_range(max={"cpu": 1}), quota(**{"count/pods": 1}), pod("a", limits={"cpu": 2}), pod("b")],
            ["limit range l refuses it: maximum cpu usage per Container is 1, but limit is 2"],
            id="what a limit range refuses uses nothing of a quota",
        ),
        pytest.param([limit_range("example.org/Image", max={"storage": 1}), pod(), claim()], [], id="a bound for something else"),
    ],
)  # fmt: skip
def test_limit_ranges(objects, expected):
    assert list(itertools.chain(*said(*objects).values())) == expected


def test_only_new_namespaces_are_looked_at():
    objects = [quota(secrets=0), desired("Secret"), desired("Secret", namespace="old"), desired("ConfigMap", namespace="")]
    objects.append(desired("ResourceQuota", namespace="old", spec={"hard": {"secrets": 0}}))
    assert said(*objects, namespaces=[]) == {}
    assert {found.namespace for found in shortfalls(objects, ["new", "", "none"], plural_of)} == {"new"}
    assert {found.namespace for found in shortfalls(objects, {"new", "old"}, plural_of)} == {"new", "old"}


def test_the_sentences_come_in_the_order_of_execution():
    objects = [quota(pods=0, secrets=0, services=0), pod("b"), service("c"), desired("Secret", "d"), pod("a")]
    assert list(said(*objects)) == ["Secret/d", "Service/c", "Pod/a", "Pod/b"]


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(desired("ResourceQuota", "r"), id="a quota without a spec"),
        pytest.param(desired("ResourceQuota", "r", spec={"hard": None}), id="a quota of nothing"),
        pytest.param(desired("ResourceQuota", "r", spec=[]), id="a quota whose spec is a list"),
        pytest.param(desired("ResourceQuota", "r", spec={"hard": {"secrets": "much", "pods": 0}}), id="a quota of nonsense"),
        pytest.param(desired("ResourceQuota", "r", spec={"hard": {"secrets": None, "pods": 0}}), id="a quota of null"),
        pytest.param(desired("ResourceQuota", "r", spec={"hard": {"pods": 0}, "scopes": "BestEffort"}), id="scopes that are no list"),
        pytest.param(
            desired("ResourceQuota", "r", spec={"hard": {"pods": 0}, "scopeSelector": {"matchExpressions": [{"operator": "In"}]}}),
            id="a scope without a name",
        ),
        pytest.param(desired("LimitRange", "m"), id="a limit range without a spec"),
        pytest.param(desired("LimitRange", "m", spec={"limits": {"type": "Container"}}), id="limits that are no list"),
        pytest.param(desired("LimitRange", "m", spec={"limits": [{"max": {"cpu": 0}}]}), id="a limit of no type"),
        pytest.param(
            desired("LimitRange", "m", spec={"limits": [{"type": "Container", "max": {"cpu": "1 core"}}]}), id="a limit of nonsense"
        ),
        pytest.param(desired("Pod", "z"), id="a Pod without a spec"),
        pytest.param(desired("Pod", "z", spec=None), id="a Pod whose spec is null"),
        pytest.param(desired("Pod", "z", spec={"containers": {"name": "main"}}), id="containers that are no list"),
        pytest.param(desired("Pod", "z", spec={"containers": [None]}), id="a container that is null"),
        pytest.param(desired("Pod", "z", spec={"containers": [{"image": "i"}]}), id="a container without a name"),
        pytest.param(pod("z", cpu="much"), id="a request of nonsense"),
        pytest.param(pod("z", cpu=-5), id="a negative request"),
        pytest.param(pod("z", cpu="1e99999"), id="a request beyond all numbers"),
        pytest.param(pod("z", cpu="1e999999999999"), id="a request beyond all exponents"),
        pytest.param(pod("z", cpu=True), id="a request of true"),
        pytest.param(pod("z", cpu=float("nan")), id="a request of no number"),
        pytest.param(pod("z", cpu=Sensitive("f", "9")), id="a request that is a secret"),
        pytest.param(workload("Deployment", "z", {"cpu": 9}, replicas="3"), id="replicas that are a text"),
        pytest.param(workload("Deployment", "z", {"cpu": 9}, replicas=-1), id="less than no replicas"),
        pytest.param(workload("Deployment", "z", {"cpu": 9}, replicas=2**40), id="replicas beyond all integers"),
        pytest.param(workload("Job", "z", {"cpu": 9}, parallelism=[]), id="a parallelism that is a list"),
        pytest.param(desired("Deployment", "z", spec={"template": None}), id="a workload without a template"),
        pytest.param(desired("CronJob", "z", spec={"jobTemplate": {"spec": {"template": []}}}), id="a template that is a list"),
        pytest.param(desired("Service", "z", spec={"type": "NodePort", "ports": 80}), id="ports that are a number"),
        pytest.param(desired("PersistentVolumeClaim", "z", spec={"resources": {"requests": {"storage": {}}}}), id="a claim of a map"),
    ],
)
def test_what_a_server_would_not_take_is_left_out(spoilt):
    most = quota(**{"pods": 3, "requests.cpu": 4, "count/deployments.apps": 0, "services": 0, "persistentvolumeclaims": 0, "secrets": 0})
    objects = [most, limit_range(defaultRequest={"cpu": 1}), desired("Secret"), workload("ReplicaSet", "y", {"cpu": 2}, replicas=3)]
    assert len(said(*objects)) == 2
    assert said(*objects, spoilt) == said(*objects)


@pytest.mark.parametrize(("hard", "request_cpu"), [("1", "400m"), (1, 0.4), (1.0, "0.4"), ("1000m", ".4")])
def test_numbers_mean_the_same_as_texts(hard, request_cpu):
    found = said(quota(**{"requests.cpu": hard}), workload(requests={"cpu": request_cpu}, replicas=3))
    assert found["Deployment/a"] == ["3 Pods of it need 1200m of requests.cpu; quota q allows 1, of which 0 is used, so 2 fit"]


FIELDS = """spec hard limits type containers name resources requests cpu pods template replicas scopes max volumeClaimTemplates default
jobTemplate ports storage requests.cpu parallelism initContainers overhead"""
NAMES = st.sampled_from(FIELDS.split())
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["1", "500m", "1Gi", "Container", "Pod", "9e99", "1e-99999", Sensitive("f", "1")]),
)
BODIES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)), max_leaves=25
)
AMOUNTS = st.one_of(BODIES, st.dictionaries(st.sampled_from(["cpu", "memory", "pods", "requests.cpu", "storage"]), LEAVES, max_size=3))
RESOURCES = st.one_of(BODIES, st.fixed_dictionaries({}, optional={"requests": AMOUNTS, "limits": AMOUNTS}))
CONTAINERS = st.lists(st.fixed_dictionaries({"name": LEAVES}, optional={"resources": RESOURCES}), max_size=2)
TEMPLATE = st.fixed_dictionaries({"spec": st.fixed_dictionaries({"containers": CONTAINERS}, optional={"overhead": AMOUNTS})})
LIMITS = st.lists(
    st.fixed_dictionaries({"type": LEAVES}, optional=dict.fromkeys(("max", "min", "default", "maxLimitRequestRatio"), AMOUNTS)), max_size=2
)
SPECS = st.one_of(
    BODIES,
    st.fixed_dictionaries({"hard": AMOUNTS}),
    st.fixed_dictionaries({"limits": LIMITS}),
    st.fixed_dictionaries({"template": TEMPLATE}, optional={"replicas": LEAVES, "volumeClaimTemplates": BODIES}),
    st.fixed_dictionaries({"containers": CONTAINERS}),
)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from("ab"), SPECS), max_size=6), st.sampled_from(["", "pods", "services"])
)
@example([("ResourceQuota", "a", {"hard": {"pods": 2**70}}), ("Pod", "a", {"containers": []})], "pods")
def test_no_body_is_too_strange(listed, plural):
    objects = [desired(kind, name, spec=spec) for kind, name, spec in listed]
    for plural_of_item in (plural_of, lambda item: plural):
        found = shortfalls(objects, ["new"], plural_of_item)
        assert all(isinstance(text, str) and text for told in found.values() for text in told)


# --- held to the simulator ------------------------------------------------------------------------------------------------------------


class Server:
    """A simulated cluster without a socket, with as many namespaces as are asked for."""

    def __init__(self):
        self._api = Api(bundled(), token="t", clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self._controllers = Controllers(Control(self._api))
        self._numbers = itertools.count()
        fill(self._api, nodes=1)

    def ask(self, method, path, body=None):
        headers = {"authorization": "Bearer t", "user-agent": "tester/1", "content-type": "application/json"}
        answer = self._api.handle(
            Request(method=method, path=path, query={}, headers=headers, body=json.dumps(body).encode() if body else b"")
        )
        return answer.status, json.loads(answer.body)

    def settle(self):
        while self._controllers.step():
            pass

    def refused(self, objects):
        """Return what is refused or lacks a part, with the number of its Pods; each is created when all before it has settled."""
        namespace = f"n-{next(self._numbers)}"
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        self.settle()
        found = {}
        for item in sorted(
            objects, key=lambda item: (item.id.kind not in ("ResourceQuota", "LimitRange"), wave_of(item.id), *item.id.parts)
        ):
            status, answer = self.ask("POST", place(item.id.kind, namespace), {**item.body, "metadata": {"name": item.id.name}})
            assert status in (201, 403, 422), answer
            self.settle()
            brought = {kind: len(self.names(kind, namespace, f"{item.id.name}-")) for kind in ("Pod", "ReplicaSet")}
            if status != 201 or brought["Pod"] < pods_wanted(item) or brought["ReplicaSet"] < (item.id.kind == "Deployment"):
                found[f"{item.id.kind}/{item.id.name}"] = brought["Pod"]
        return found

    def names(self, kind, namespace, beginning):
        listed = self.ask("GET", place(kind, namespace))[1]["items"]
        return [one["metadata"]["name"] for one in listed if one["metadata"]["name"].startswith(beginning)]


def place(kind, namespace):
    version, plural = KINDS[kind]
    return f"/{'apis' if '/' in version else 'api'}/{version}/namespaces/{namespace}/{plural}"


def pods_wanted(item):
    spec = item.body.get("spec") or {}
    return spec.get("replicas", spec.get("parallelism", 0))


def room_in(told):
    """Return how many Pods fit by what is said."""
    return min((0 if number == "none" else int(number) for text in told for number in re.findall(r"so (\w+) fit", text)), default=0)


@pytest.fixture(scope="module")
def server():
    return Server()


SMALL = st.integers(0, 4)
MILLIS = st.sampled_from([None, "100m", "250m", 0.4, 1, "1500m"])
QUOTAS = st.builds(
    lambda name, hard, scopes: quota(name, scopes if set(hard) <= {"pods"} else None, **hard),
    st.sampled_from("pq"),
    st.one_of(
        st.dictionaries(
            st.sampled_from(["configmaps", "count/secrets", "services", "services.nodeports", "persistentvolumeclaims", "count/jobs.batch",
                             "pods", "count/pods", "count/replicasets.apps", "count/deployments.apps"]), SMALL, max_size=4),
        st.dictionaries(st.sampled_from(["requests.cpu", "limits.cpu", "cpu", "pods", "configmaps"]), st.integers(1, 4), max_size=3),
        st.fixed_dictionaries({"requests.storage": st.sampled_from(["2Gi", "3Gi", "2500M"])}),
        st.fixed_dictionaries({"pods": SMALL}),
    ),
    st.sampled_from([None, ["BestEffort"], ["NotBestEffort"], ["NotTerminating"]]),
)  # fmt: skip
RANGES = st.one_of(
    st.builds(lambda cpu: limit_range(defaultRequest={"cpu": cpu}), st.sampled_from(["100m", 1])),
    st.builds(lambda cpu: limit_range(max={"cpu": cpu}), st.sampled_from(["300m", 1])),
    st.builds(lambda cpu: limit_range("Pod", min={"cpu": cpu}), st.sampled_from(["200m"])),
    st.builds(lambda size: limit_range("PersistentVolumeClaim", max={"storage": size}), st.sampled_from(["1Gi", "3G"])),
)
WANTS = st.tuples(MILLIS, MILLIS).filter(lambda pair: None in pair or pair[0] == pair[1]).map(
    lambda pair: {field: {"cpu": amount} for field, amount in zip(("requests", "limits"), pair, strict=True) if amount is not None}
)  # fmt: skip
MEMBERS = st.one_of(
    st.builds(desired, st.sampled_from(["ConfigMap", "Secret"]), st.sampled_from("abc")),
    st.builds(service, st.sampled_from("abc"), st.sampled_from(["ClusterIP", "NodePort"]), st.integers(1, 2)),
    st.builds(claim, st.sampled_from("abc"), st.sampled_from(["1Gi", "1500M", "2Gi"])),
    st.builds(lambda name, wants: pod(name, wants.get("limits"), **wants.get("requests", {})), st.sampled_from("abc"), WANTS),
    st.builds(lambda name, wants, many: workload("ReplicaSet", name, **wants, replicas=many), st.sampled_from("de"), WANTS, SMALL),
    st.builds(lambda name, wants, many: workload("Deployment", name, **wants, replicas=many), st.sampled_from("fg"), WANTS, SMALL),
    st.builds(lambda name, wants, many: workload("Job", name, **wants, parallelism=many), st.sampled_from("hi"), WANTS, SMALL),
    st.builds(
        lambda wants, many, size: workload(
            "StatefulSet", "s", **wants, replicas=many, podManagementPolicy="Parallel", serviceName="s",
            volumeClaimTemplates=[{"metadata": {"name": "v"}, "spec": {**claim(storage=size).body["spec"]}}],
        ),
        WANTS, SMALL, st.sampled_from(["1Gi", "1500M"]),
    ),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.one_of(QUOTAS, RANGES), min_size=1, max_size=3), st.lists(MEMBERS, min_size=4, max_size=9))
def test_the_simulator_refuses_just_what_is_told(server, rules, members):
    objects = list({item.id: item for item in [*rules, *members]}.values())
    told = said(*objects)
    found = server.refused(objects)
    assert found.keys() == told.keys()
    assert {name: room_in(told[name]) for name in told} == found


def test_ten_thousand_objects_elsewhere_cost_next_to_nothing():
    elsewhere = [desired("Secret", f"s-{number}", namespace=f"n-{number % 100}") for number in range(10_000)]
    unruled = [desired("Secret", f"s-{number}") for number in range(10_000)]
    asked = []
    start = time.perf_counter()
    assert shortfalls([*elsewhere, *unruled], {"new"}, asked.append) == {}
    assert time.perf_counter() - start < 1
    assert asked == []
