"""Requests go wrong on demand: ``with sandbox.faults({"verb": "patch", "kind": "deployments", "nth": 3, "what": 429}): …``."""

import json
import time
import urllib.error

import pytest

from gitopskit.errors import SandboxError

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def answer(cluster, method="GET", path=CONFIG_MAPS, body=None):
    """Return status, headers and body, whatever they are."""
    try:
        return 200, {}, cluster._client.send(method, path, body and json.dumps(body).encode()).decode()
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read().decode()


def config_map(name="c", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {"k": "v"}}


def names(cluster):
    return {item["metadata"]["name"] for item in cluster.items(CONFIG_MAPS)} - {"kube-root-ca.crt"}


def test_holds_as_long_as_asked_for_and_counts(either):
    with either.sandbox.faults({"verb": "list", "kind": "configmaps", "what": 503}) as faults:
        assert [answer(either)[0] for _ in range(3)] == [503] * 3
        assert answer(either, path="/api/v1/namespaces/default/secrets")[0] == 200
    assert answer(either)[0] == 200
    [told] = faults.end()
    assert (told["met"], told["hit"]) == (3, 3)


@pytest.mark.parametrize(
    ("what", "headers", "text"),
    [
        (429, {"retry-after": "7", "content-type": "text/plain; charset=utf-8"}, "Too many requests, please try again later.\n"),
        (503, {"content-type": "text/plain; charset=utf-8"}, "service unavailable\n"),
        (
            504,
            {"content-type": "text/plain; charset=utf-8"},
            '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout",'
            '"reason":"Timeout","details":{},"code":504}\n',
        ),
        (500, {"content-type": "application/json"}, '"message":"etcdserver: leader changed","code":500'),
        (
            409,
            {"content-type": "application/json"},
            '"details":{"name":"kube-root-ca.crt","kind":"configmaps"},"code":409',
        ),
    ],
)
def test_refuses_in_the_real_servers_words(cluster, what, headers, text):
    with cluster.sandbox.faults({"what": what, "retry_after_s": 7}):
        status, found, body = answer(cluster, path=f"{CONFIG_MAPS}/kube-root-ca.crt")
    assert status == what
    assert found.items() >= headers.items()
    assert text in body


@pytest.mark.parametrize("what", [409, 429, 500, 503, 504, "cut"])
@pytest.mark.parametrize("commit", [False, True])
def test_fails_before_or_after_the_commit(cluster, what, commit):
    with cluster.sandbox.faults({"verb": "create", "what": what, "commit": commit}):
        if what == "cut":
            with pytest.raises(OSError, match=r"closed|reset|EOF"):
                cluster.create(CONFIG_MAPS, config_map())
        else:
            assert answer(cluster, "POST", body=config_map())[0] == what
    assert names(cluster) == ({"c"} if commit else set())


def test_a_refusal_of_its_own_is_not_hidden_by_a_fault_after_the_commit(cluster):
    with cluster.sandbox.faults({"verb": "create", "what": 504, "commit": True}):
        assert answer(cluster, "POST", body=config_map("Not_A_Name"))[0] == 422


def test_counts_position_and_times(cluster):
    with cluster.sandbox.faults({"verb": "list", "what": 500, "nth": 3}):
        assert [answer(cluster)[0] for _ in range(5)] == [200, 200, 500, 200, 200]
    with cluster.sandbox.faults({"verb": "read", "what": 500, "times": 2}):
        assert [answer(cluster)[0] for _ in range(4)] == [500, 500, 200, 200]


def test_a_seed_decides_what_is_left_to_chance(cluster):
    def drawn(seed):
        with cluster.sandbox.faults({"what": 500, "probability": 0.5}, {"what": 429, "probability": 0.2}, seed=seed):
            return [answer(cluster)[0] for _ in range(40)]

    first = drawn(7)
    assert drawn(7) == first
    assert drawn(8) != first
    assert set(first) == {200, 429, 500}
    assert 10 < first.count(500) < 30


@pytest.mark.parametrize(
    ("fault", "path", "status"),
    [
        ({"kind": "deployments"}, "/apis/apps/v1/namespaces/default/deployments", 500),
        ({"kind": "Deployment"}, "/apis/apps/v1/namespaces/default/deployments", 500),
        ({"kind": "deployments.apps"}, "/apis/apps/v1/namespaces/default/deployments", 500),
        ({"kind": "deployments"}, "/apis/apps/v1/namespaces/default/replicasets", 200),
        ({"kind": "namespaces"}, "/api/v1/namespaces/default/status", 200),
        ({"kind": "namespaces/status"}, "/api/v1/namespaces/default/status", 500),
        ({"namespace": "default"}, "/api/v1/namespaces/kube-system/configmaps", 200),
        ({"name": "default"}, "/api/v1/namespaces/default", 500),
        ({"verb": "write"}, CONFIG_MAPS, 200),
        ({"verb": "list"}, "/api/v1/namespaces/default", 200),
    ],
)
def test_hits_what_was_meant(cluster, fault, path, status):
    with cluster.sandbox.faults(fault | {"what": 500}):
        assert answer(cluster, path=path)[0] == status


def test_tells_dry_runs_from_writes(cluster):
    with cluster.sandbox.faults({"verb": "create", "what": 500, "dry_run": False}):
        assert answer(cluster, "POST", f"{CONFIG_MAPS}?dryRun=All", config_map())[0] == 200
        assert answer(cluster, "POST", body=config_map())[0] == 500


def test_answers_late(cluster):
    with cluster.sandbox.faults({"verb": "list", "what": "latency", "latency_s": 0.3}):
        start = time.monotonic()
        assert answer(cluster)[0] == 200
    assert time.monotonic() - start >= 0.3


def test_a_watch_expires(cluster):
    for name in "abc":
        cluster.create(CONFIG_MAPS, config_map(name))
    with cluster.sandbox.faults({"what": "watch 410", "after_events": 2}):
        lines = cluster._client.get_text(f"{CONFIG_MAPS}?watch=1&timeoutSeconds=30").splitlines()
        assert answer(cluster)[0] == 200, "a list is no watch"
    assert [json.loads(line)["type"] for line in lines] == ["ADDED", "ADDED", "ERROR"]
    assert json.loads(lines[-1])["object"].items() >= {"kind": "Status", "reason": "Expired", "code": 410}.items()


def test_a_watch_is_slow(cluster):
    for name in "abc":
        cluster.create(CONFIG_MAPS, config_map(name))
    with cluster.sandbox.faults({"what": "slow watch", "latency_s": 0.2}):
        start = time.monotonic()
        lines = cluster._client.get_text(f"{CONFIG_MAPS}?watch=1&timeoutSeconds=1").splitlines()
    assert time.monotonic() - start >= 0.6
    assert len(lines) >= 3


def test_the_controllers_are_spared(cluster, deployment):
    with cluster.sandbox.faults({"what": 500, "kind": "replicasets"}):
        cluster.create("/apis/apps/v1/namespaces/default/deployments", deployment())
        cluster.sandbox.clock.advance(seconds=1)
    assert len(cluster.items("/apis/apps/v1/namespaces/default/replicasets")) == 1


@pytest.mark.parametrize(
    "fault", [{"what": 418}, {"which": 500}, {}, {"what": 500, "probability": 2}, {"what": "latency", "latency_s": 1e9}, "500"]
)
def test_refuses_what_is_no_fault(cluster, fault):
    with pytest.raises(SandboxError):
        cluster.sandbox.faults(fault)
    assert answer(cluster)[0] == 200
