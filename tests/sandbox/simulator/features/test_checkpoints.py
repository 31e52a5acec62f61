"""A mistake is one call away from undone, and thirty clusters start equal: ``sandbox.back_to(mark)``, ``gk.sandbox(load=path)``."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox import open_sandbox, teaching
from tests.sandbox.simulator.features.conftest import Cluster

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"


def config_map(name="c", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {"k": "v"}}


def widget_definition():
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"}, "versions": [version]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": spec,
    }


def everything(cluster):
    """Return all that there is of what a test makes, versions apart."""
    paths = ("/api/v1/namespaces", "/api/v1/configmaps", "/api/v1/pods", "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets", CRDS)
    found = {path: cluster.items(path) for path in paths}
    for item in (item for items in found.values() for item in items):
        item["metadata"].pop("resourceVersion")
    return found


def is_gone(cluster, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        cluster.get(path)
    return True


def test_a_mistake_is_undone(either, deployment):
    either.create(CONFIG_MAPS, config_map(answer="42"))
    either.create(DEPLOYMENTS, deployment())
    either.sandbox.clock.stop()
    either.sandbox.clock.advance(seconds=10)
    before, mark = everything(either), either.sandbox.checkpoint()
    either("DELETE", f"{CONFIG_MAPS}/c")
    either.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 5}})
    either.create("/api/v1/namespaces", {"metadata": {"name": "mistake"}})
    either.sandbox.clock.advance(minutes=5)
    assert everything(either) != before
    either.sandbox.back_to(mark)
    assert everything(either) == before
    either.sandbox.clock.advance(minutes=5)
    after = everything(either)
    assert [pod["metadata"]["uid"] for pod in after["/api/v1/pods"]] == [pod["metadata"]["uid"] for pod in before["/api/v1/pods"]]
    either.sandbox.back_to(mark)
    assert everything(either) == before, "as often as one likes"


def test_the_controllers_go_on_from_there(cluster, deployment):
    cluster.sandbox.add_nodes([{"name": "n"}])
    mark = cluster.sandbox.checkpoint()
    cluster.create(DEPLOYMENTS, deployment(replicas=3))
    cluster.sandbox.clock.advance(seconds=5)
    second = cluster.sandbox.checkpoint()
    cluster.sandbox.back_to(mark)
    cluster.sandbox.clock.advance(seconds=5)
    assert cluster.items("/api/v1/namespaces/default/pods") == []
    cluster.sandbox.back_to(second)
    cluster.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 4}})
    cluster.sandbox.clock.advance(seconds=5)
    pods = cluster.items("/api/v1/namespaces/default/pods")
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 4
    assert cluster.get(f"{DEPLOYMENTS}/web")["status"]["readyReplicas"] == 4


def test_versions_never_go_backwards(cluster):
    made = cluster.create(CONFIG_MAPS, config_map(answer="42"))
    kept = cluster.create(CONFIG_MAPS, config_map("kept"))
    mark = cluster.sandbox.checkpoint()
    changed = cluster.patch(f"{CONFIG_MAPS}/c", {"data": {"answer": "43"}})
    cluster.sandbox.back_to(mark)
    back = cluster.get(f"{CONFIG_MAPS}/c")
    assert back["data"] == {"answer": "42"}
    assert back["metadata"]["uid"] == made["metadata"]["uid"]
    version = int(back["metadata"]["resourceVersion"])
    assert version > int(changed["metadata"]["resourceVersion"])
    assert int(cluster.get(CONFIG_MAPS)["metadata"]["resourceVersion"]) >= version
    assert cluster.get(f"{CONFIG_MAPS}/kept") == kept, "what did not differ was not touched"
    with pytest.raises(urllib.error.HTTPError, match="409"):
        cluster("PUT", f"{CONFIG_MAPS}/c", {**changed, "data": {"answer": "44"}})


def test_whoever_watches_is_told_to_list_again(cluster):
    mark = cluster.sandbox.checkpoint()
    seen = cluster.get(CONFIG_MAPS)["metadata"]["resourceVersion"]
    lines, started = [], threading.Event()

    def watch():
        request = urllib.request.Request(
            f"{cluster.sandbox.server}{CONFIG_MAPS}?watch=1&resourceVersion={seen}", headers=cluster._client._headers
        )
        with cluster._client._opener.open(request, timeout=30) as stream:
            started.set()
            lines.extend(stream)

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert started.wait(30)
    cluster.create(CONFIG_MAPS, config_map())
    cluster.sandbox.back_to(mark)
    watcher.join(30)
    assert not watcher.is_alive(), "the watch has ended"
    last = json.loads(lines[-1])
    assert (last["type"], last["object"]["code"], last["object"]["reason"]) == ("ERROR", 410, "Expired")
    late = json.loads(cluster._client.get_text(f"{CONFIG_MAPS}?watch=1&resourceVersion={seen}&timeoutSeconds=1").splitlines()[0])
    assert (late["type"], late["object"]["code"]) == ("ERROR", 410), "nor can anybody go on from before"
    now = cluster.get(CONFIG_MAPS)["metadata"]["resourceVersion"]
    cluster.create(CONFIG_MAPS, config_map("after"))
    lines = cluster._client.get_text(f"{CONFIG_MAPS}?watch=1&resourceVersion={now}&timeoutSeconds=1").splitlines()
    assert [json.loads(line)["object"]["metadata"]["name"] for line in lines] == ["after"]


def test_definitions_come_and_go(cluster):
    empty = cluster.sandbox.checkpoint()
    cluster.create(CRDS, widget_definition())
    cluster.create(WIDGETS, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})
    full = cluster.sandbox.checkpoint()
    cluster.sandbox.back_to(empty)
    assert is_gone(cluster, WIDGETS)
    cluster.sandbox.back_to(full)
    assert [item["metadata"]["name"] for item in cluster.items(WIDGETS)] == ["w"]


def test_a_stopped_clock_is_part_of_it(cluster):
    mark, then = cluster.sandbox.checkpoint(), cluster.sandbox.clock.now()
    cluster.sandbox.clock.advance(days=1)
    cluster.sandbox.back_to(mark)
    assert cluster.sandbox.clock.now() == then


def test_thirty_start_equal(cluster, deployment, tmp_path):
    cluster.sandbox.add_nodes([{"name": "n", "count": 2, "kernel": "5.4.0"}])
    cluster.create(DEPLOYMENTS, deployment(replicas=2))
    cluster.create(CRDS, widget_definition())
    cluster.create(WIDGETS, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})
    cluster.sandbox.clock.advance(seconds=5)
    path = cluster.sandbox.save(tmp_path / "workshop.state")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["workshop.state"], "nothing half-written is left"
    rooms = [Cluster(open_sandbox("simulator", load=path)) for _ in range(3)]
    try:
        assert [everything(room) for room in rooms] == [everything(cluster)] * 3
        assert {room.sandbox.fingerprint() for room in rooms} == {cluster.sandbox.fingerprint()}
        assert [item["metadata"]["name"] for item in rooms[0].items("/api/v1/nodes")] == ["n-0", "n-1"]
        assert rooms[0].items(WIDGETS)
        rooms[0].patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}})
        rooms[0].sandbox.clock.advance(seconds=5)
        assert rooms[0].get(f"{DEPLOYMENTS}/web")["status"]["readyReplicas"] == 3
        assert rooms[0].sandbox.fingerprint() != rooms[1].sandbox.fingerprint()
    finally:
        for room in rooms:
            room.sandbox.close()


def test_a_running_sandbox_loads_one_too(either, tmp_path):
    either.create(CONFIG_MAPS, config_map("big", text="x" * 900_000))
    path = either.sandbox.save(tmp_path / "one.state")
    fingerprint, version = either.sandbox.fingerprint(), int(either.get(CONFIG_MAPS)["metadata"]["resourceVersion"])
    either("DELETE", f"{CONFIG_MAPS}/big")
    assert either.sandbox.fingerprint() != fingerprint
    either.sandbox.load(path)
    assert either.sandbox.fingerprint() == fingerprint
    assert int(either.get(CONFIG_MAPS)["metadata"]["resourceVersion"]) > version
    either.sandbox.save(path)  # over a state of ours


def test_a_large_state_goes_in_parts(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(teaching, "PART", 1000)
    cluster.create(CONFIG_MAPS, config_map("c"))
    path = cluster.sandbox.save(tmp_path / "one.state")
    cluster("DELETE", f"{CONFIG_MAPS}/c")
    cluster.sandbox.load(path)
    assert cluster.get(f"{CONFIG_MAPS}/c")


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda text: text[:-9] + "AAAAAAA\n", "damaged"),
        (lambda text: text[: len(text) // 2], "damaged"),
        (lambda text: text.replace("state 1 ", "state 0 ", 1), "format '0'"),
        (lambda text: text.replace("state 1 ", "state 2 ", 1), "format '2'"),
        (lambda text: "apiVersion: v1\nkind: Secret\n", "not a sandbox's state"),
        (lambda text: "", "not a sandbox's state"),
        (lambda text: "\x00\xff\x1b[2J", "not a sandbox's state"),
    ],
)
def test_a_file_that_is_not_one_is_refused_and_left_alone(cluster, tmp_path, damage, what):
    path = cluster.sandbox.save(tmp_path / "one.state")
    path.write_text(damage(path.read_text()))
    before, fingerprint = path.read_bytes(), cluster.sandbox.fingerprint()
    for use in (cluster.sandbox.load, cluster.sandbox.save, lambda where: open_sandbox("simulator", load=where)):
        with pytest.raises(SandboxError, match=what) as caught:
            use(path)
        assert str(path) in str(caught.value)
        assert caught.value.next_step
        assert "\x1b" not in str(caught.value)
    assert path.read_bytes() == before
    assert cluster.sandbox.fingerprint() == fingerprint


def test_a_mark_of_another_sandbox_is_none(cluster, tmp_path):
    with open_sandbox("simulator", nodes=0) as other:
        mark = other.checkpoint()
    with pytest.raises(SandboxError, match="none of this sandbox's"):
        cluster.sandbox.back_to(mark)
    with pytest.raises(SandboxError, match="cannot read"):
        cluster.sandbox.load(tmp_path / "none.state")
    with pytest.raises(SandboxError, match="cannot write"):
        cluster.sandbox.save("/proc/none.state")


def test_a_control_plane_has_none(controlplane, tmp_path):
    with open_sandbox("simulator", nodes=0) as other:
        path = other.save(tmp_path / "one.state")
    sandbox = controlplane.sandbox
    for call in (
        sandbox.checkpoint,
        lambda: sandbox.save(path),
        lambda: sandbox.load(path),
        lambda: open_sandbox("controlplane", load=path),
    ):
        with pytest.raises(SandboxError, match="engine='simulator'"):
            call()


def test_a_fingerprint_is_of_what_was_declared(cluster, deployment):
    def built(order):
        with open_sandbox("simulator", nodes=1) as sandbox:
            other = Cluster(sandbox)
            for step in order:
                step(other)
            sandbox.clock.advance(minutes=7)
            return sandbox.fingerprint()

    steps = [
        lambda c: c.create(DEPLOYMENTS, deployment()),
        lambda c: c.create(CONFIG_MAPS, config_map()),
        lambda c: c.create(SERVICES, SERVICE),
    ]
    one = built(steps)
    assert built(reversed(steps)) == one, "whatever the order, times, uids, addresses and names of Pods"
    assert built([*steps, lambda c: c.patch(f"{CONFIG_MAPS}/c", {"data": {"k": "other"}})]) != one
    assert built([*steps, lambda c: c.patch("/api/v1/nodes/node-0/status", {"status": {"nodeInfo": {"kernelVersion": "5"}}})]) != one


def test_a_fingerprint_is_told_on_a_control_plane_too(controlplane):
    before = controlplane.sandbox.fingerprint()
    controlplane.create(CONFIG_MAPS, config_map())
    assert controlplane.sandbox.fingerprint() != before
    controlplane("DELETE", f"{CONFIG_MAPS}/c")
    assert controlplane.sandbox.fingerprint() == before


SERVICES = "/api/v1/namespaces/default/services"
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
