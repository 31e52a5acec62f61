"""A server that fails in every way there is: what is said is true, what is left is done by the next run, and nothing is written twice."""

import json
import urllib.request
from collections import Counter

import pytest

from gitopskit.model.events import EventKind, Outcome
from gitopskit.providers.kubernetes import KubernetesProvider, connect
from gitopskit.providers.kubernetes import connection as module
from gitopskit.sandbox import open_sandbox
from gitopskit.sandbox.client import Client
from tests.providers.kubernetes.conftest import Site, run_kubectl

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
IMMUTABLE = CONFIG + "immutable: true\n"
ALL = "---".join(CONFIG.replace("settings", f"settings-{number}") for number in range(12))


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("simulator", nodes=0) as opened:
        yield opened


@pytest.fixture
def shaky(sandbox, namespace_name, monkeypatch):
    """A namespace on a simulator that fails on demand."""
    monkeypatch.setattr(module, "_pause", lambda attempt, answer: 0.0)
    kubectl = run_kubectl(sandbox.kubeconfig, namespace_name)
    kubectl("create", "namespace", namespace_name)
    return Site(KubernetesProvider(connect(kubeconfig=sandbox.kubeconfig, is_sandbox=True)), namespace_name, kubectl, "simulator")


def of(site, fault):
    """Aim a fault at the ConfigMaps of the test alone."""
    return {"kind": "configmaps", "namespace": site.namespace, **fault}


def outcomes(events):
    return {event.id.name: event.outcome for event in events if event.kind is EventKind.OUTCOME and event.id.name.startswith("settings")}


def revision(sandbox):
    return int(Client.of(sandbox.kubeconfig).get("/api/v1/namespaces?limit=1")["metadata"]["resourceVersion"])


def written(sandbox, site, since):
    """Count what was really written to each of our objects since then."""
    site.kubectl("create", "configmap", "end-of-watch")
    path = f"{sandbox.server}/api/v1/configmaps?watch=1&resourceVersion={since}"  # every namespace: spared from the faults
    client, names = Client.of(sandbox.kubeconfig), []
    with client._opener.open(urllib.request.Request(path, headers=client._headers), timeout=30) as stream:
        while "end-of-watch" not in names:
            metadata = json.loads(stream.readline())["object"]["metadata"]
            names += [metadata["name"]] if metadata.get("namespace") == site.namespace else []
    return Counter(name for name in names if name.startswith("settings"))


TRUTH = {  # what is said of a step that was not carried out
    409: {Outcome.FAILED, Outcome.CHANGED},
    429: {Outcome.CHANGED},
    500: {Outcome.FAILED},
    503: {Outcome.FAILED},
    504: {Outcome.UNKNOWN},
    "cut": {Outcome.UNKNOWN},
    "latency": {Outcome.CHANGED},
}
CASES = [(what, False) for what in TRUTH] + [(what, True) for what in (500, 503, 504, "cut")]


@pytest.mark.parametrize("action", ["create", "update", "replace", "delete"])
@pytest.mark.parametrize(("what", "commit"), CASES)
def test_one_write_goes_wrong(sandbox, shaky, what, commit, action):
    text = IMMUTABLE if action == "replace" else CONFIG
    new = {"create": text, "delete": "", "update": text.replace("hello", "hi"), "replace": text.replace("hello", "hi")}[action]
    if action != "create":
        shaky.apply(text)
    plan = shaky.plan(new, prune=True)
    since = revision(sandbox)
    fault = of(shaky, {"what": what, "verb": "write", "commit": commit, "dry_run": False, "nth": 1, "latency_s": 0.1, "name": "settings"})
    with sandbox.faults(fault) as faults:
        events = list(shaky.provider.apply(plan))
    assert faults.end()[0]["hit"] == 1, "the fault bit"
    [outcome] = outcomes(events).values()
    is_done = shaky.plan(new, prune=True).is_empty
    if commit and (action, what) != ("replace", "cut"):  # of a replacement whose deletion was cut off, half is done
        assert (outcome, is_done) == (Outcome.CHANGED, True)
    elif not commit:
        assert outcome in TRUTH[what]
        assert is_done == (outcome is Outcome.CHANGED)
    list(shaky.provider.apply(shaky.plan(new, prune=True)))
    assert shaky.plan(new, prune=True).is_empty, "the next run converges"
    assert written(sandbox, shaky, since) == {"settings": 2 if action == "replace" else 1}, "nothing is written twice"


@pytest.mark.parametrize("what", [429, 500, 503, 504, "cut"])
@pytest.mark.parametrize("verb", ["list", "get", "patch"])
def test_reading_and_planning_go_wrong_once(sandbox, shaky, what, verb):
    shaky.apply(CONFIG)
    with sandbox.faults(of(shaky, {"what": what, "verb": verb, "nth": 1})):
        try:
            plan = shaky.plan(CONFIG.replace("hello", "hi"))
        except module.ProviderError:
            assert (what, verb) == (500, "get"), "it is said that the parent could not be read"
            return
    told = [*plan.unreadable, *(change.problem for change in plan.changes if change.problem)]
    assert len(plan.steps) == 1 or told, "it is planned, or it is said why not"
    assert what == 500 or not told, "what the server asks to be sent again is"


@pytest.mark.parametrize("what", [429, 500, 503, 504, "cut"])
def test_a_server_that_goes_on_failing_is_not_taken_for_an_empty_one(sandbox, shaky, what):
    shaky.apply(CONFIG)
    with sandbox.faults(of(shaky, {"what": what, "verb": "read"})):
        try:
            plan = shaky.plan("", prune=True)
        except module.ProviderError:
            return
    assert plan.unreadable
    assert not plan.steps, "nothing is deleted for what could not be read"


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_day_ends_well(sandbox, shaky, seed):
    since = revision(sandbox)
    faults = [of(shaky, {"what": what, "probability": 0.06, "verb": "write"}) for what in (409, 429, 500, 503, 504, "cut")]
    faults += [of(shaky, {"what": what, "probability": 0.04, "verb": "write", "commit": True}) for what in (500, 504, "cut")]
    faults += [of(shaky, {"what": what, "probability": 0.05, "verb": "read"}) for what in (429, 503, "cut")]
    is_ours = lambda item: item["metadata"]["namespace"] == shaky.namespace  # noqa: E731
    with sandbox.faults(*faults, seed=seed) as bad:
        for _ in range(60):
            try:
                plan = shaky.plan(ALL)
            except module.ProviderError:  # a request that failed four times in a row
                continue
            if plan.is_empty:
                break
            said = outcomes(list(shaky.provider.apply(plan)))
            there = {item["metadata"]["name"] for item in Client.of(sandbox.kubeconfig).get("/api/v1/configmaps")["items"] if is_ours(item)}
            assert {name for name, outcome in said.items() if outcome is Outcome.CHANGED} <= there, "what is said to be done is"
            assert not {name for name, outcome in said.items() if outcome is Outcome.FAILED} & there, "what is said not to be is not"
    assert sum(fault["hit"] for fault in bad.end()) > 0
    assert shaky.plan(ALL).is_empty
    assert set(written(sandbox, shaky, since).values()) == {1}, "each was written once"
