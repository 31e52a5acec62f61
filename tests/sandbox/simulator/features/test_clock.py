"""A lesson steps time: ``sandbox.clock.advance(minutes=10)``."""

from datetime import UTC, datetime, timedelta

import pytest

from gitopskit.errors import SandboxError

JOBS = "/apis/batch/v1/namespaces/default/jobs"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def condition(obj, kind):
    return next((item for item in obj["status"].get("conditions", []) if item["type"] == kind), {"status": "", "reason": ""})


def test_steps_time_wherever_the_simulator_runs(either):
    before = either.sandbox.clock.stop()
    assert either.sandbox.clock.now() == before
    assert either.sandbox.clock.advance(minutes=10, seconds=5) == before + timedelta(minutes=10, seconds=5)
    made = either.create("/api/v1/namespaces", {"metadata": {"name": "later"}})
    assert made["metadata"]["creationTimestamp"] == either.sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert made["metadata"]["managedFields"][0]["time"] == made["metadata"]["creationTimestamp"]


def test_is_the_wall_clock_until_it_is_touched_and_runs_on_after_it(cluster):
    cluster.sandbox.clock.start()
    assert abs(cluster.sandbox.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    cluster.sandbox.clock.advance(days=1)
    one = cluster.sandbox.clock.now()
    assert timedelta(hours=23, minutes=59) < one - datetime.now(UTC) < timedelta(hours=24, minutes=1)
    while cluster.sandbox.clock.now() == one:
        pass


def test_a_job_misses_its_deadline_and_is_cleared_away(cluster, job):
    cluster.create(JOBS, job(activeDeadlineSeconds=60, ttlSecondsAfterFinished=100))  # no node: its Pod waits
    started = cluster.sandbox.clock.advance(seconds=59)
    assert condition(cluster.get(f"{JOBS}/once"), "Failed")["status"] == ""
    cluster.sandbox.clock.advance(seconds=2)
    failed = condition(cluster.get(f"{JOBS}/once"), "Failed")
    assert failed["reason"] == "DeadlineExceeded"
    due = started + timedelta(seconds=1)
    assert abs(datetime.fromisoformat(failed["lastTransitionTime"]) - due) <= timedelta(seconds=1), "at its own moment"
    cluster.sandbox.clock.advance(minutes=1)
    assert len(cluster.items(JOBS)) == 1
    cluster.sandbox.clock.advance(minutes=1)
    assert cluster.items(JOBS) == []


def test_a_rollout_misses_its_progress_deadline(cluster, deployment):
    cluster.create(DEPLOYMENTS, deployment(progressDeadlineSeconds=30))
    cluster.sandbox.clock.advance(seconds=29)
    assert condition(cluster.get(f"{DEPLOYMENTS}/web"), "Progressing")["reason"] != "ProgressDeadlineExceeded"
    cluster.sandbox.clock.advance(seconds=3)
    assert condition(cluster.get(f"{DEPLOYMENTS}/web"), "Progressing")["reason"] == "ProgressDeadlineExceeded"


def test_what_is_steps_apart_happens_in_one_step_each_at_its_moment(cluster, job):
    cluster.create("/api/v1/nodes", {"metadata": {"name": "n"}, "status": {"capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"}}})
    cluster.create(JOBS, job(completions=3, parallelism=1))
    cluster.sandbox.clock.advance(minutes=1)
    done = cluster.get(f"{JOBS}/once")
    assert condition(done, "Complete")["status"] == "True"
    pods = sorted(cluster.items("/api/v1/namespaces/default/pods"), key=lambda pod: pod["metadata"]["creationTimestamp"])
    assert len({pod["metadata"]["creationTimestamp"] for pod in pods}) == 3
    assert done["status"]["completionTime"] < cluster.sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan"), 10**9])
def test_refuses_to_run_backwards_or_forever(cluster, seconds):
    before = cluster.sandbox.clock.now()
    with pytest.raises((SandboxError, OverflowError, ValueError)):
        cluster.sandbox.clock.advance(seconds=seconds)
    assert cluster.sandbox.clock.now() == before


def test_a_control_plane_keeps_its_own_time(controlplane):
    with pytest.raises(SandboxError, match="engine='simulator'"):
        controlplane.sandbox.clock.advance(minutes=1)


def test_only_the_administrator_has_them(either):
    import urllib.error

    either._client._headers["Impersonate-User"] = "ann"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        either("POST", "/gitopskit.dev/clock", {"do": "stop"})
