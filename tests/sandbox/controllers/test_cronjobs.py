"""When CronJobs start Jobs, and what becomes of those."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from gitopskit.sandbox.controllers.schedule import moments

CRON_JOBS, JOBS = ("batch", "cronjobs"), ("batch", "jobs")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def cron(make, template):
    def build(schedule="*/10 * * * *", **spec):
        job = {"spec": {"template": template("x:1", restartPolicy="Never"), "completions": 1, "parallelism": 1, "backoffLimit": 6}}
        return make("batch/v1", "CronJob", "tick", spec={"schedule": schedule, "jobTemplate": job, **spec})

    return build


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("*/20 * * * *", "", ["01-01T00:20", "01-01T00:40", "01-01T01:00"]),
        ("@hourly", "", ["01-01T01:00", "01-01T02:00", "01-01T03:00"]),
        ("@every 1h30m", "", ["01-01T01:30", "01-01T03:00", "01-01T04:30"]),
        ("0 9 * * MON-FRI", "Europe/Berlin", ["01-01T08:00", "01-02T08:00", "01-05T08:00"]),
        ("0 0 13 * 5", "", ["01-02T00:00", "01-09T00:00", "01-13T00:00"]),
        ("0 0 30 2 *", "", []),
    ],
)
def test_moments(schedule, zone, expected):
    found = [moment.astimezone(UTC).strftime("%m-%dT%H:%M") for moment in islice(moments(schedule, zone, START), 3)]
    assert found == expected


def test_a_job_each_time_and_three_are_kept(fake, cron):
    fake.create(cron())
    fake.wait(3605)
    assert sorted(fake.names(JOBS)) == ["tick-29453800", "tick-29453810", "tick-29453820"]
    status = fake.get(CRON_JOBS, "tick")["status"]
    assert status["lastScheduleTime"] == "2026-01-01T01:00:00Z"
    assert status["lastSuccessfulTime"] > status["lastScheduleTime"]
    assert "active" not in status


def test_one_that_is_suspended_starts_nothing(fake, cron):
    fake.create(cron(suspend=True))
    fake.wait(3600)
    assert fake.names(JOBS) == []


@pytest.mark.parametrize(
    ("policy", "running", "reason"), [("Forbid", 1, "JobAlreadyActive"), ("Replace", 1, "SuccessfulDelete"), ("Allow", 3, "")]
)
def test_jobs_that_still_run(fake, cron, policy, running, reason):
    body = cron(concurrencyPolicy=policy)
    body["spec"]["jobTemplate"]["spec"]["template"]["spec"]["nodeSelector"] = {"no": "where"}
    fake.create(body)
    fake.wait(1805)
    assert len(fake.names(JOBS)) == running
    told = {event["reason"] for event in fake.all(("", "events")) if event.get("involvedObject", {}).get("kind") == "CronJob"}
    assert not reason or reason in told


def test_after_a_long_stop_one_job_starts_and_a_warning_is_told(fake, cron):
    fake.create(cron("* * * * *", suspend=True))
    fake.wait(3 * 3600)
    fake.change(CRON_JOBS, "tick", lambda body: body["spec"].update(suspend=False))
    assert len(fake.names(JOBS)) == 1
    assert any(event["reason"] == "TooManyMissedTimes" for event in fake.all(("", "events")))


def test_a_deadline_that_has_passed_starts_nothing(fake, cron):
    fake.create(cron("0 0 * * *", suspend=True, startingDeadlineSeconds=60))
    fake.wait(24 * 3600 + 120)
    fake.change(CRON_JOBS, "tick", lambda body: body["spec"].update(suspend=False))
    assert fake.names(JOBS) == []


def test_a_job_that_somebody_else_starts_is_unexpected(fake, cron, make):
    fake.create(cron(suspend=True))
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": "tick",
        "uid": fake.get(CRON_JOBS, "tick")["metadata"]["uid"],
        "controller": True,
    }
    job = make("batch/v1", "Job", "by-hand", spec=cron()["spec"]["jobTemplate"]["spec"])
    job["metadata"]["ownerReferences"] = [owner]
    fake.create(job)
    assert any(event["reason"] == "UnexpectedJob" for event in fake.all(("", "events")))
    assert "active" not in fake.get(CRON_JOBS, "tick").get("status", {})
