"""Pods that want company, keep others away, or are spread; the texts are held to the real scheduler by the settled cases."""

import pytest

PODS = ("", "pods")
HOST = "kubernetes.io/hostname"


@pytest.fixture
def pod(make, template):
    def build(name, labels=None, **spec):
        return make("v1", "Pod", name, labels=labels or {}, spec=template("x:1", **spec)["spec"])

    return build


def term(app, key=HOST, **rest):
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key, **rest}


def affinity(kind, *terms):
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}


def places(fake):
    return {item["metadata"]["name"]: item["spec"].get("nodeName") for item in fake.all(PODS)}


def test_company_in_the_same_domain(fake, pod):
    fake.create(pod("db", {"app": "db"}, nodeName="node-1"))
    fake.create(pod("near", affinity=affinity("podAffinity", term("db"))), pod("far", affinity=affinity("podAntiAffinity", term("db"))))
    assert places(fake)["near"] == "node-1"
    assert places(fake)["far"] != "node-1"


def test_company_in_another_namespace(fake, pod, make):
    fake.create(make("v1", "Namespace", "other", namespace=None, labels={"team": "a"}))
    body = pod("db", {"app": "db"}, nodeName="node-2")
    body["metadata"]["namespace"] = "other"
    fake.create(body)
    fake.create(pod("named", affinity=affinity("podAffinity", term("db", namespaces=["other"]))))
    fake.create(pod("chosen", affinity=affinity("podAffinity", term("db", namespaceSelector={"matchLabels": {"team": "a"}}))))
    fake.create(pod("here", affinity=affinity("podAffinity", term("db"))))
    assert {name: places(fake)[name] for name in ("named", "chosen", "here")} == {"named": "node-2", "chosen": "node-2", "here": None}


def test_spread_by_label(fake, pod):
    constraint = {"maxSkew": 1, "topologyKey": HOST, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "s"}}}
    fake.create(pod("all", {"app": "s"}, nodeName="node-0"), pod("more", {"app": "s"}, nodeName="node-0"))
    for number in range(4):
        fake.create(pod(f"s{number}", {"app": "s"}, topologySpreadConstraints=[constraint]))
    counts = [list(places(fake).values()).count(f"node-{number}") for number in range(3)]
    assert counts == [2, 2, 2]


@pytest.mark.parametrize(("given", "is_free"), [({}, False), ({"protocol": "UDP"}, True), ({"hostIP": "10.0.0.1"}, False)])
def test_host_ports(fake, pod, given, is_free):
    def asks(**port):
        return [{"name": "c", "image": "x:1", "ports": [{"containerPort": 80, "hostPort": 8080, **port}]}]

    chosen = {"nodeSelector": {HOST: "node-0"}}
    for name, port in (("first", {}), ("second", given)):
        body = pod(name, **chosen)
        body["spec"]["containers"] = asks(**port)
        fake.create(body)
    assert (places(fake)["second"] == "node-0") is is_free


def test_what_is_preferred(fake, pod):
    preferred = {"weight": 1, "preference": {"matchExpressions": [{"key": HOST, "operator": "In", "values": ["node-2"]}]}}
    fake.create(pod("p", affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}}))
    fake.change(("", "nodes"), "node-0", lambda body: body["spec"].update(taints=[{"key": "k", "effect": "PreferNoSchedule"}]), "")
    fake.create(pod("q"))
    assert places(fake) == {"p": "node-2", "q": "node-1"}
