"""On both engines: a stranger at work while we apply, and controllers that answer our steps."""

import json

from gitopskit.notebook.workspace import Workspace
from tests.notebook.test_binding import Cluster
from tests.providers.kubernetes.conftest import run_kubectl


def manifest(kind: str, name: str, **rest) -> dict[str, str]:
    return {f"shop/{name}.json": json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}} | rest)}


def test_a_stranger_is_named(cluster, namespace_name, racks):
    racks.write(manifest("Namespace", namespace_name) | manifest("ConfigMap", "settings", data={"greeting": "hello"}), "Begin")
    workspace = Workspace(racks, "shop", revision="main", trunk="main", target=Cluster(cluster.kubeconfig), namespace=namespace_name)
    plan = workspace.plan()
    assert workspace.apply(plan, confirm=plan.id).is_proved
    racks.write(manifest("ConfigMap", "other", data={"greeting": "hi"}), "Add another")
    kubectl = run_kubectl(cluster.kubeconfig, namespace_name)

    def stranger(what, done, total, detail="", objects=0):
        if what == "applying":
            kubectl("annotate", "configmap", "settings", "seen-by=grace", "--field-manager=grace")

    plan, workspace.progress = workspace.plan(), stranger
    report = workspace.apply(plan, confirm=plan.id)
    assert report.is_proved, "what a stranger changed is nothing that we hold"
    [moved] = [one for one in report.meanwhile if not one.is_step]
    assert (moved.id.name, moved.what, "grace" in moved.by) == ("settings", "changed", True)
