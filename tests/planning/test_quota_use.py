"""How much room a quota leaves, in the server's own amounts."""

import pytest

from gitopskit.planning.quota_use import Room, allowances
from tests.views.charts.samples import ESTATE, live, live_object, object_id

QUOTA = object_id("ResourceQuota", "q")


def of(used, hard):
    status = {"hard": {"x": hard}} | ({"used": {"x": used}} if used is not None else {})
    [one] = allowances(live(live_object(QUOTA, status=status)))
    return one


@pytest.mark.parametrize(
    ("used", "hard", "room", "share"),
    [
        ("0", "2", Room.WITHIN, 0), ("1500m", "2", Room.WITHIN, 0.75), ("1600m", "2", Room.NEAR, 0.8), ("2", "2", Room.FULL, 1),
        ("1024Mi", "1Gi", Room.FULL, 1), ("4608Mi", "4Gi", Room.OVER, 1.125), ("0", "0", Room.FULL, 1), ("1", "0", Room.OVER, 2),
        (None, "3", Room.UNCOUNTED, None), ("many", "3", Room.UNCOUNTED, None), ("1", "many", Room.UNCOUNTED, None),
    ],
)  # fmt: skip
def test_room(used, hard, room, share):
    one = of(used, hard)
    assert (one.room, one.share) == (room, share)
    assert (one.used, one.hard) == (used or "", hard)


def test_quotas_in_order_with_the_limits_that_the_server_counts_against():
    assert [(one.quota.name, one.resource) for one in allowances(ESTATE)] == [
        ("new", "pods"), ("team", "count/secrets"), ("team", "pods"), ("team", "requests.cpu"), ("team", "requests.memory"),
        ("team", "services"),
    ]  # fmt: skip


def test_only_quotas_count():
    other = object_id("ResourceQuota", "q", group="example")
    assert allowances(live(live_object(other, status={"hard": {"x": "1"}}), live_object(QUOTA))) == ()
