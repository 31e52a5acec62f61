"""Unmodified kubectl drives the simulator; so does the official client."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from kubernetes import client as official
from kubernetes import config, dynamic, watch

from gitopskit.sandbox.kubeconfig import write_kubeconfig
from gitopskit.sandbox.simulator.serve import start

OWN = Path(sys.executable).with_name("kubectl")
KUBECTLS = sorted({str(OWN), shutil.which("kubectl") or str(OWN)})


@pytest.fixture(scope="module")
def running():
    simulator = start(nodes=3)
    yield simulator
    simulator.close()


@pytest.fixture(scope="module")
def kubeconfig(running, tmp_path_factory):
    path = tmp_path_factory.mktemp("kube") / "config"
    write_kubeconfig(path, name="t", server=running.server, token=running.token, ca_pem=running.ca_pem)
    return path


@pytest.fixture(params=KUBECTLS, ids=lambda path: Path(path).parent.parent.name or "path")
def kubectl(request, kubeconfig, tmp_path, namespace_name):
    environment = {
        "KUBECONFIG": str(kubeconfig),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "KUBECTL_EXTERNAL_DIFF": "diff -u",
        "KUBECTL_APPLYSET": "true",
    }

    def run(*words, ok=(0,), stdin=None):
        arguments = [request.param, "--namespace", namespace_name, *words]
        done = subprocess.run(arguments, env=environment, input=stdin, capture_output=True, text=True, timeout=60)
        assert done.returncode in ok, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout or done.stderr if done.returncode else done.stdout

    run("create", "namespace", namespace_name)
    return run


@pytest.fixture
def manifest(tmp_path, deployment):
    body = deployment()
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    path = tmp_path / "web.yaml"
    path.write_text(yaml.safe_dump_all([body, service]))
    return path


def test_apply_settle_change_and_delete(kubectl, manifest):
    assert "deployment.apps/web created" in kubectl("apply", "-f", str(manifest))
    assert "deployment.apps/web unchanged" in kubectl("apply", "-f", str(manifest))
    assert "successfully rolled out" in kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert kubectl("diff", "-f", str(manifest)) == ""
    kubectl("wait", "--for=condition=Available", "deploy/web", "--timeout=30s")
    manifest.write_text(manifest.read_text().replace("web:1", "web:2"))
    assert "+        - image: registry.example/web:2" in kubectl("diff", "-f", str(manifest), ok=(1,)).replace(
        "      - image", "        - image"
    )
    assert "deployment.apps/web configured" in kubectl("apply", "-f", str(manifest))
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    images = kubectl("get", "pods", "-o", "jsonpath={.items[*].spec.containers[*].image}").split()
    assert "registry.example/web:2" in images
    assert "deleted" in kubectl("delete", "-f", str(manifest))


def test_apply_on_the_server(kubectl, manifest):
    assert "serverside-applied" in kubectl("apply", "--server-side", "-f", str(manifest))
    first = kubectl("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}")
    assert "serverside-applied" in kubectl("apply", "--server-side", "-f", str(manifest))
    assert kubectl("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}") == first
    kubectl("scale", "deploy", "web", "--replicas=4")
    manifest.write_text(manifest.read_text().replace("replicas: 2", "replicas: 3"))
    kubectl("apply", "--server-side", "-f", str(manifest), ok=(1,))
    assert "serverside-applied" in kubectl("apply", "--server-side", "--force-conflicts", "-f", str(manifest))
    assert kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "3"


def test_every_form_of_output(kubectl, manifest):
    kubectl("apply", "-f", str(manifest))
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert "2/2" in kubectl("get", "deploy")
    assert "registry.example/web:1" in kubectl("get", "deploy,pods", "-o", "wide")
    assert yaml.safe_load(kubectl("get", "deploy", "web", "-o", "yaml"))["spec"]["replicas"] == 2
    assert kubectl("get", "deploy", "-o", "name") == "deployment.apps/web\n"
    assert "NewReplicaSet:" in kubectl("describe", "deploy", "web")
    assert "FIELD: replicas <integer>" in kubectl("explain", "deployment.spec.replicas")
    assert "deployments" in kubectl("api-resources")
    assert "apps/v1" in kubectl("api-versions")


def test_verbs_that_change_one_thing(kubectl, manifest):
    kubectl("apply", "-f", str(manifest))
    kubectl("label", "deploy", "web", "tier=front")
    kubectl("annotate", "deploy", "web", "note=x")
    kubectl("set", "image", "deploy/web", "web=registry.example/web:5")
    kubectl("patch", "deploy", "web", "-p", '{"spec":{"replicas":1}}')
    live = yaml.safe_load(kubectl("get", "deploy", "web", "-o", "yaml"))
    assert live["metadata"]["labels"]["tier"] == "front"
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:5"
    assert live["spec"]["replicas"] == 1


def test_commands_that_send_protobuf(kubectl):
    kubectl("create", "configmap", "c", "--from-literal=a=b")
    kubectl("create", "secret", "generic", "s", "--from-literal=p=q")
    kubectl("create", "deployment", "d", "--image=registry.example/d:1", "--port=80", "--replicas=2")
    kubectl("expose", "deployment", "d", "--port=80")
    kubectl("create", "quota", "q", "--hard=pods=9,cpu=4")
    kubectl("create", "role", "r", "--verb=get", "--resource=pods")
    kubectl("run", "p", "--image=registry.example/p:1", "--env=A=b", ok=(0, 1))
    live = yaml.safe_load(kubectl("get", "deploy", "d", "-o", "yaml"))
    assert live["spec"]["template"]["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert kubectl("get", "quota", "q", "-o", "jsonpath={.spec.hard}") == '{"cpu":"4","pods":"9"}'
    assert kubectl("get", "secret", "s", "-o", "jsonpath={.data.p}") == "cQ=="
    assert kubectl("auth", "can-i", "create", "pods") == "yes\n"
    assert kubectl("auth", "can-i", "create", "pods", "--as", "nobody", ok=(1,)) == "no\n"


def test_pruning_by_apply_set(kubectl, tmp_path, config_map):
    path = tmp_path / "set.yaml"
    words = ("apply", "-f", str(path), "--prune", "--applyset=secrets/parent")
    path.write_text(yaml.safe_dump_all([config_map("a"), config_map("b")]))
    assert "configmap/b created" in kubectl(*words)
    path.write_text(yaml.safe_dump_all([config_map("a")]))
    assert "configmap/b pruned" in kubectl(*words)
    assert kubectl("get", "configmap", "b", "--ignore-not-found") == ""
    assert "applyset.kubernetes.io/id" in kubectl("get", "secret", "parent", "-o", "yaml")


def test_the_official_client(kubeconfig, namespace_name, config_map):
    api_client = config.new_client_from_config(str(kubeconfig))
    core = official.CoreV1Api(api_client)
    core.create_namespace(official.V1Namespace(metadata=official.V1ObjectMeta(name=namespace_name)))
    made = core.create_namespaced_config_map(
        namespace_name, official.V1ConfigMap(metadata=official.V1ObjectMeta(name="c"), data={"k": "v"})
    )
    assert made.metadata.uid
    dynamic_client = dynamic.DynamicClient(api_client)
    resource = dynamic_client.resources.get(api_version="v1", kind="ConfigMap")
    applied = resource.server_side_apply(body=config_map("d"), namespace=namespace_name, field_manager="py")
    assert applied.data.k == "v"
    events = watch.Watch().stream(core.list_namespaced_config_map, namespace_name, timeout_seconds=1)
    assert {event["object"].metadata.name for event in events} >= {"c", "d"}
    with pytest.raises(official.ApiException) as caught:
        core.read_namespaced_config_map("none", namespace_name)
    assert caught.value.status == 404
    core.delete_namespace(namespace_name)
    api_client.close()


def test_a_kind_that_is_not_served_is_named(kubectl, tmp_path):
    path = tmp_path / "gadget.yaml"
    path.write_text("apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: g}\n")
    for words in (("apply",), ("apply", "--server-side"), ("create",)):
        assert 'no matches for kind "Gadget" in version "example.org/v1"' in kubectl(*words, "-f", str(path), ok=(1,))
