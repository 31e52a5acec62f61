"""What moved while we applied, and no step meant: told with who did it, from the two looks that are taken anyway."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitopskit.apply import execute
from gitopskit.apply.meanwhile import movements, versions
from gitopskit.model.events import Movement
from gitopskit.model.objects import Object
from gitopskit.model.snapshot import Side, Snapshot, Unreadable
from gitopskit.views import html, terminal
from gitopskit.views.ledger import to_meanwhile
from tests.apply.conftest import again, attempt_of
from tests.apply.fake_provider import NOW, FakeProvider, desired, identity


def test_quiet_times(attempt):
    report = execute(attempt)
    assert report.meanwhile == ()
    assert "meanwhile" not in terminal.render(report, is_coloured=False)
    assert to_meanwhile(report).empty


def test_strangers_are_told(home_dir):
    provider = FakeProvider(servers={"a": 1, "gone": 1})
    attempt = attempt_of(provider, desired(a=1, b=2))

    def strangers():
        provider.servers.update(a=7, new=1)
        provider.servers.pop("gone", None)

    provider.meanwhile = strangers
    report = execute(attempt)
    assert {(one.id.name, one.what, one.is_step) for one in report.meanwhile} == {
        ("a", "changed", False), ("new", "appeared", False), ("gone", "gone", False),
    }  # fmt: skip
    assert "besides our steps, 3 objects changed meanwhile" in terminal.render(report, is_coloured=False)
    assert "Besides our steps, 3 objects changed meanwhile" in html.fragment(report)
    assert sorted(to_meanwhile(report)["what"]) == ["appeared", "changed", "gone"]


def test_it_costs_no_look_more(attempt):
    execute(attempt)
    assert attempt.provider.calls.count("read") == 2


def test_looking_again_has_one_look_and_tells_nothing(attempt):
    execute(attempt)
    attempt.provider.servers["z"] = 1
    assert execute(again(attempt)).meanwhile == ()


def item(version: str, *entries: dict, name: str = "a") -> Object:
    return Object(id=identity(name), api_version="1", body={"metadata": {"managedFields": list(entries)}}, resource_version=version)


def entry(manager: str, at, subresource: str = "") -> dict:
    return {"manager": manager, "operation": "Update", "time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "subresource": subresource}


def seen(*items: Object) -> Snapshot:
    return Snapshot(side=Side.LIVE, objects={one.id: one for one in items}, taken_at=NOW)


EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(seconds=2)


OLD = entry("helm", EARLIER)


@pytest.mark.parametrize(
    ("entries", "by"),
    [
        ((OLD, entry("kubectl-edit", LATER), entry("argocd", LATER)), "argocd (Update), kubectl-edit (Update)"),
        ((OLD, entry("kubectl", NOW, "scale")), "kubectl (Update via scale)"),
        ((entry("kube-scheduler", EARLIER), OLD), "kube-scheduler (Update)"),  # in the very second of the first look
        ((OLD,), "helm (Update)"),
        ((), ""),
    ],
)
def test_who_it_was(entries, by):
    [moved] = movements(versions(seen(item("1", OLD))), seen(item("2", *entries)), {})
    assert (moved.what, moved.by) == ("changed", by)


@pytest.mark.parametrize(("left", "now", "count"), [("2", "2", 0), ("2", "3", 1), ("", "3", 0)])
def test_a_step_is_held_against_what_it_left(left, now, count):
    found = list(movements(versions(seen(item("1"))), seen(item(now)), {identity("a"): left}))
    assert [one.is_step for one in found] == [True] * count


def test_who_answered_our_step():
    ours = {"manager": "gitopskit", "operation": "Apply", "time": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}
    after = item("3", OLD, ours, entry("kube-controller-manager", LATER, "status"))
    [moved] = movements(versions(seen(item("1", OLD))), seen(after), {identity("a"): "2"})
    assert moved.by == "kube-controller-manager (Update via status)"


def test_names_from_outside_are_no_markup(attempt):
    moved = Movement(id=identity("<img src=x>"), what="changed", by="<script>\x1b[2J")
    report = replace(execute(attempt), meanwhile=(moved,))
    shown = html.fragment(report) + terminal.render(report, is_coloured=False)
    assert "<img" not in shown
    assert "<script>" not in html.fragment(report)
    assert "\x1b" not in shown


BLIND = Unreadable(group_kind="server.datacentre", namespace="hall-1", reason="Forbidden", message="no")
ELSEWHERE = replace(BLIND, namespace="hall-2")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((), (), ["appeared", "gone"]), ((ELSEWHERE,), (ELSEWHERE,), ["appeared", "gone"]),
        ((BLIND,), (), ["gone"]), ((), (BLIND,), ["appeared"]), ((BLIND,), (BLIND,), []),
    ],
)  # fmt: skip
def test_what_could_not_be_read_has_neither_appeared_nor_gone(before, after, told):
    first = replace(seen(item("1", name="a")), unreadable=before)
    second = replace(seen(item("1", name="b")), unreadable=after)
    assert [one.what for one in movements(versions(first), second, {})] == told
