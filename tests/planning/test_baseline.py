"""Drift that is accepted for a time: by the value, with a reason, and not for ever."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gitopskit.errors import BaselineError, UsageError
from gitopskit.model.baseline import accept
from gitopskit.model.values import mask
from gitopskit.planning.differences import compare
from tests.planning.sides import LATE, NOW, body, entry, git, ours, plan_for, sides, there

WEEK = NOW + timedelta(days=7)
HEAD = git(body({"a": "1", "b": "1"}))


def look(live, baseline=None, now=NOW, plan_of=lambda plan: plan, head=HEAD):
    seen = there(body(live, ours(), entry("kubectl-edit", LATE, "a", "b")))
    return compare(plan_of(plan_for(head, seen)), sides(head, seen), baseline=baseline, now=now)


def test_accepted_drift_is_hidden_and_counted_with_its_reason():
    baseline = accept(look({"a": "7", "b": "1"}), reason="load test", until=WEEK)
    found = look({"a": "7", "b": "1"}, baseline)
    assert (list(found), found.hidden["baseline"]) == ([], 1)
    [rule] = [rule for rule in found.rules if rule.id == "baseline"]
    assert (rule.why, "2026-03-08" in rule.hides) == ("load test", True)
    assert [row.live for row in found.show("baseline")] == ["7"]


def test_a_further_change_shows_again_and_so_does_another_field():
    baseline = accept(look({"a": "7", "b": "1"}), reason="load test", until=WEEK)
    assert [row.live for row in look({"a": "8", "b": "1"}, baseline)] == ["8"]
    assert look({"a": "8", "b": "1"}, baseline).warnings == ("1 accepted differences have moved on, and are shown again",)
    assert [row.path for row in look({"a": "7", "b": "9"}, baseline)] == [("data", "b")]


def test_what_git_says_otherwise_since_then_shows_again():
    baseline = accept(look({"a": "7", "b": "1"}), reason="load test", until=WEEK)
    found = look({"a": "7", "b": "1"}, baseline, head=git(body({"a": "2", "b": "1"}), "d"))
    assert [(row.head, row.live) for row in found] == [("2", "7")]
    assert found.warnings == ("1 accepted differences have moved on, and are shown again",)


def test_when_it_is_over_all_is_shown_and_that_is_said():
    baseline = accept(look({"a": "7", "b": "1"}), reason="load test", until=WEEK)
    found = look({"a": "7", "b": "1"}, baseline, now=WEEK)
    assert len(found) == 1
    assert "ended on 2026-03-08 12:00 UTC" in found.warnings[0]
    assert "baseline" not in {rule.id for rule in found.rules}


def test_another_system_is_refused():
    baseline = accept(look({"a": "7", "b": "1"}), reason="load test", until=WEEK)
    with pytest.raises(BaselineError, match="another system"):
        look({"a": "7", "b": "1"}, baseline, plan_of=lambda plan: replace(plan, target=replace(plan.target, uid="other")))


REFUSED = {
    "no reason": ({"reason": " ", "until": WEEK}, "for a reason"),
    "no time zone": ({"reason": "x", "until": datetime(2030, 1, 1)}, "time zone"),
    "over already": ({"reason": "x", "until": NOW}, "after the look"),
    "nothing": ({"reason": "x", "until": WEEK, "rows": ()}, "no drift"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_accepted(case):
    arguments, what = REFUSED[case]
    with pytest.raises(UsageError, match=what) as caught:
        accept(look({"a": "7", "b": "1"}), **arguments)
    assert caught.value.next_step


def test_what_is_accepted_can_be_chosen():
    found = look({"a": "7", "b": "7"})
    [first, _] = list(found)
    baseline = accept(found, reason="x", until=WEEK, rows=[first])
    assert [row.path for row in look({"a": "7", "b": "7"}, baseline)] == [("data", "b")]


def test_a_secret_is_accepted_by_its_fingerprint():
    one, other = (mask(text, key=b"k") for text in ("canary-1", "canary-2"))
    baseline = accept(look({"a": one, "b": "1"}), reason="x", until=WEEK)
    assert list(look({"a": one, "b": "1"}, baseline)) == []
    assert len(look({"a": other, "b": "1"}, baseline)) == 1
    assert "canary" not in repr(baseline)
