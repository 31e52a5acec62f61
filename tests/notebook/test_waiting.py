"""Waiting until everything has come to rest."""

from datetime import UTC, datetime

import pytest

from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.notebook import waiting


def deployment(ready):
    status = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": ready, "availableReplicas": ready}
    conditions = [
        {"type": "Available", "status": "True" if ready == 2 else "False"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]
    body = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "generation": 1},
        "spec": {"replicas": 2}, "status": {**status, "conditions": conditions},
    }  # fmt: skip
    item = Object(id=ObjectId(group="apps", kind="Deployment", namespace="shop", name="web"), api_version="apps/v1", body=body)
    return Snapshot(side=Side.LIVE, objects={item.id: item}, taken_at=datetime.now(UTC))


@pytest.fixture
def clock(monkeypatch):
    """A clock that only waiting moves on."""
    moments = [0.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: moments[0])
    monkeypatch.setattr(waiting.time, "sleep", lambda seconds: moments.__setitem__(0, moments[0] + seconds))
    return moments


@pytest.mark.parametrize(
    ("seen", "looks"),
    [([2, 2], 2), ([0, 1, 2, 2], 4), ([2, 1, 2, 2], 4)],
    ids=["at rest", "on its way", "calm for a moment"],
)
def test_two_calm_looks_in_a_row(clock, seen, looks):
    left = list(map(deployment, seen))
    found = waiting.settled(lambda: left.pop(0), 60)
    assert (len(seen) - len(left), found.objects[next(iter(found.objects))].body["status"]["readyReplicas"]) == (looks, 2)


def test_the_time_is_over(clock):
    found = waiting.settled(lambda: deployment(1), 3)
    assert clock[0] == 3
    assert next(iter(found.objects.values())).body["status"]["readyReplicas"] == 1
