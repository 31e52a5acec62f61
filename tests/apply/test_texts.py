"""What a refusal looks like to a person and to a program."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from gitopskit.apply import Approval, Policy, execute
from gitopskit.apply.guards import GUARDS
from gitopskit.apply.journal import Journal
from gitopskit.errors import UnreachableError
from gitopskit.model.changes import Conflict, FieldOwner
from gitopskit.model.events import Outcome
from gitopskit.providers.base import Denied
from gitopskit.views import terminal
from tests.apply.conftest import with_plan
from tests.apply.fake_provider import NOW, desired

OWNER = FieldOwner(name="argocd\x1b[2J", operation="Apply")


def first(attempt, **changes):
    step, *others = attempt.plan.changes
    return with_plan(attempt, changes=(replace(step, **changes), *others))


def on_system(attempt, **changes):
    for name, value in changes.items():
        setattr(attempt.provider, name, value)
    return attempt


def unanswered():
    raise UnreachableError("nobody answers", next_step="start it")


def full(self):
    raise OSError(28, "No space left on device")


SPOILED = {
    "intact/version": lambda a: with_plan(a, tool="gitopskit/9.0.0"),
    "fresh/too-old": lambda a: replace(a, now=lambda: NOW + timedelta(hours=2)),
    "fresh/future": lambda a: replace(a, now=lambda: NOW - timedelta(hours=2)),
    "approval/missing": lambda a: replace(a, approval=None),
    "approval/other-plan": lambda a: replace(a, approval=Approval(plan_id="0" * 64, by="ada", how="plan id")),
    "approval/ended": lambda a: replace(a, approval=replace(a.approval, until=NOW - timedelta(days=1))),
    "reason/missing": lambda a: replace(a, why="", policy=replace(Policy.for_sandbox(), needs_reason=True)),
    "binding/missing": lambda a: replace(a, policy=replace(Policy.for_sandbox(), needs_binding=True)),
    "source/render": lambda a: replace(a, desired=desired(a=4)),
    "source/no-trunk": lambda a: replace(
        with_plan(a, source=replace(a.plan.source, trunk="", on_trunk=None)), policy=Policy(needs_person=False)
    ),
    "source/not-on-trunk": lambda a: replace(with_plan(a, source=replace(a.plan.source, on_trunk=False)), policy=Policy()),
    "scope/rule": lambda a: replace(a, policy=replace(Policy.for_sandbox(), protected_namespaces=("hall-*",))),
    "ownership/object": lambda a: first(a, owner="Helm release web"),
    "ownership/field": lambda a: first(a, conflicts=(Conflict(path=("size",), owner=OWNER),)),
    "blast-radius/changes": lambda a: replace(a, policy=replace(Policy.for_sandbox(), max_changes=1)),
    "identity/uid": lambda a: on_system(a, target=replace(a.provider.target, uid="other")),
    "identity/unanswered": lambda a: on_system(a, identify=unanswered),
    "rights/denied": lambda a: on_system(a, lacking=(Denied(verb="patch", resource="servers", namespace="hall-1", name=""),)),
    "lock/held": lambda a: on_system(a, is_locked=True),
    "staleness/moved": lambda a: on_system(a, servers={"a": 7}),
}


@pytest.mark.parametrize("code", SPOILED)
def test_a_refusal_says_what_why_and_what_next(attempt, code):
    spoiled = SPOILED[code](attempt)
    report = execute(spoiled)
    [guard] = [event for event in report.guards if event.outcome is Outcome.REFUSED]
    refusal, *_ = guard.refusals
    assert refusal.code == code
    assert refusal.next_step
    assert refusal.next_step in guard.message
    assert ("set this guard aside" in guard.message) == next(one.is_waivable for one in GUARDS if one.name == guard.name)
    assert attempt.provider.writes == []
    assert report.stopped == "refused; nothing was written"

    text = terminal.render(report, is_coloured=False)
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith(("✓", "■ refused     server."))]
    assert len(lines) <= 12
    assert guard.name in text
    assert not [character for character in text if not character.isprintable() and character != "\n"]
    assert "canary" not in text
    assert "Traceback" not in text

    content = refusal.to_dict()
    assert json.loads(json.dumps(content)) == content
    assert content["guard"] == guard.name
    assert re.fullmatch(r"[a-z-]+/[a-z-]+", content["code"])


def test_a_full_disk_reads_as_well(attempt, monkeypatch):
    monkeypatch.setattr(Journal, "check", full)
    [guard] = [event for event in execute(attempt).guards if event.outcome is Outcome.REFUSED]
    assert guard.refusals[0].to_dict()["code"] == "journal/journal"
    assert "GITOPSKIT_STATE" in guard.message


def test_a_call_that_is_proposed_is_one_that_works(attempt):
    """The waiver in the text of a refusal is taken as it stands, with a reason filled in."""
    late = replace(attempt, now=lambda: NOW + timedelta(hours=2))
    [guard] = [event for event in execute(late).guards if event.outcome is Outcome.REFUSED]
    [waiver] = re.findall(r"waive=(\{.*\})", guard.message)
    assert execute(replace(late, waivers=json.loads(waiver.replace("<why>", "agreed with Ada")))).is_proved
