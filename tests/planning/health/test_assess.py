"""Nothing in an object makes an assessment raise, or give a secret away."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.model.health import HealthStatus, KStatus
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.values import mask
from gitopskit.planning.health import argocd, assess, kstatus
from tests.planning.health import objects

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = mask("canary-4711", key=b"k")
BY_HAND = objects.by_hand()
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "health.md"
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just(SECRET), st.just(2**70))
NAMES = st.sampled_from(["type", "status", "reason", "message", "conditions", "replicas", "state", "name", "ingress", "phase"])
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)


def live(body, version="") -> Object:
    group = body.get("apiVersion", "").rpartition("/")[0]
    place = ObjectId(group=group, kind=body.get("kind", ""), namespace="", name="a")
    return Object(id=place, api_version=version or body.get("apiVersion", ""), body=body)


def paths(value, path=()):
    yield path
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*path, name))


def put(value, path, new):
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


@given(st.data())
def test_nothing_in_an_object_raises(data):
    body = data.draw(st.sampled_from(list(BY_HAND.values())))
    for path in data.draw(st.lists(st.sampled_from([p for p in paths(body) if p and p[0] not in ("apiVersion", "kind")]), max_size=3)):
        if path in set(paths(body)):
            body = put(body, path, data.draw(ANYTHING))
    health = assess(live(body), NOW)
    assert "canary" not in str(health)
    if health.status is HealthStatus.UNKNOWN:
        assert health.message


@pytest.mark.parametrize("kind", [*argocd.RULES, *kstatus.RULES, ("example.org", "Widget")], ids=str)
@pytest.mark.parametrize(
    "rest", [{"metadata": []}, {"status": SECRET}, {"spec": SECRET, "status": {}}, {"status": {"conditions": SECRET}}], ids=str
)
def test_a_secret_or_a_list_is_not_what_belongs_there(kind, rest):
    group, name = kind
    body = {"apiVersion": f"{group}/v1" if group else "v1", "kind": name, "metadata": {"generation": 1}} | rest
    health = assess(live(body), NOW)
    assert health.status in (HealthStatus.UNKNOWN, HealthStatus.PROGRESSING, HealthStatus.HEALTHY, None)
    assert "canary" not in str(health)


def test_a_message_says_what_stands_where():
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}, "status": {"conditions": [{}, {"type": SECRET}]}}
    health = assess(live(body), NOW)
    assert (health.status, health.kstatus) == (HealthStatus.UNKNOWN, KStatus.UNKNOWN)
    assert health.message == health.kstatus_message == "malformed: status.conditions[1].type holds a secret where text belongs"


@pytest.mark.parametrize(
    ("age_s", "created", "expected"),
    [(14.9, None, "InProgress"), (15, None, "Failed"), (60, None, "Failed"), (0, "soon", "Failed"), (0, "2026-03-01T12:00:00", "Failed")],
)
def test_a_pod_has_fifteen_seconds_to_find_a_node(age_s, created, expected):
    conditions = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]
    metadata = {"creationTimestamp": created or "2026-03-01T12:00:00Z"}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": {"phase": "Pending", "conditions": conditions}}
    assert assess(live(body), NOW + timedelta(seconds=age_s)).kstatus == expected


def test_where_argo_cd_has_no_rule_it_has_no_word():
    stalled = [{"type": "Stalled", "status": "True", "message": "no"}]
    health = assess(live({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {}, "status": {"conditions": stalled}}), NOW)
    assert (health.status, health.rule, health.kstatus, health.kstatus_message) == (None, "", KStatus.FAILED, "no")
    assert not health.disagrees


DISAGREEING = {
    "Job batch/v1, running": ("Progressing", "Current"),
    "Pod v1, failed": ("Degraded", "Current"),
    "Pod v1, no image": ("Degraded", "InProgress"),
    "PersistentVolumeClaim v1, lost": ("Degraded", "InProgress"),
    "Service v1, outside, waiting": ("Progressing", "Current"),
    "Ingress networking.k8s.io/v1, waiting": ("Progressing", "Current"),
    "ReplicaSet apps/v1, failing": ("Degraded", "InProgress"),
    "CronJob batch/v1, failed": ("Degraded", "Current"),
    "HorizontalPodAutoscaler autoscaling/v2, no metrics": ("Degraded", "Current"),
    "Deployment apps/v1, scaled down": ("Healthy", "InProgress"),
    "StatefulSet apps/v1, too many": ("Healthy", "InProgress"),
    "StatefulSet apps/v1, on delete, not ready": ("Progressing", "Current"),
    "DaemonSet apps/v1, on delete": ("Healthy", "InProgress"),
    "Pod v1, no node takes it": ("Progressing", "Failed"),
    "PodDisruptionBudget policy/v1, sync failed": ("Degraded", "Current"),
    "CustomResourceDefinition apiextensions.k8s.io/v1, not structural": ("Degraded", "Current"),
    "APIService apiregistration.k8s.io/v1, not available": ("Progressing", "Current"),
    "Route route.openshift.io/v1, refused": ("Degraded", "Current"),
    "DeploymentConfig apps.openshift.io/v1, neither": ("Degraded", "Current"),
    "Subscription operators.coreos.com/v1alpha1, catalogue unhealthy": ("Degraded", "Current"),
    "ApplicationSet argoproj.io/v1alpha1, error": ("Degraded", "Current"),
    "Workflow argoproj.io/v1alpha1, failed": ("Degraded", "Current"),
}


@pytest.mark.parametrize("name", DISAGREEING)
def test_where_the_two_disagree(name):
    health = assess(live(BY_HAND[name]), NOW)
    assert (health.status, health.kstatus) == DISAGREEING[name]
    assert health.disagrees


def test_every_kind_stands_in_the_documentation():
    rows = [line for line in DOCUMENTATION.read_text().splitlines() if line.startswith("| ")]
    wanted = {kind: rule.source.rpartition("/")[2].replace("health.lua", "Lua:") for (_, kind), rule in argocd.RULES.items()}
    assert [kind for kind, file in wanted.items() if not any(kind in row.split("|")[1] and file in row.split("|")[2] for row in rows)] == []
    assert [kind for _, kind in kstatus.RULES if not any(kind in row.split("|")[1] for row in rows)] == []
