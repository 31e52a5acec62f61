"""The checks of a binding: what each finds, what an error is, and what is asked for once only."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from gitopskit.apply import Policy, checks, execute
from gitopskit.apply.bind import bind
from gitopskit.apply.bound import last_bound, remember
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.preflight import Check, failed, look
from gitopskit.apply.subject import Subject
from gitopskit.errors import RevisionError, UnreachableError, UsageError
from gitopskit.model.events import Outcome
from gitopskit.model.snapshot import Inventory, Unreadable
from gitopskit.providers.base import Denied, Vitals
from gitopskit.sources.trunk import Ahead
from tests.apply.conftest import attempt_of
from tests.apply.fake_provider import HALL, NOW, FakeProvider, Killed, desired

HEALTHY = Vitals(round_trip_s=0.004, skew_s=0.4, known_version="1.37", mutators=0)


class Clinic(FakeProvider):
    """A fake system that tells of its health, and spoils its plans on request."""

    health = HEALTHY
    unreadable = ()
    inventory = None

    def vitals(self):
        return self.health

    def read(self, scope, progress=None, *, only=None):
        return replace(super().read(scope), unreadable=self.unreadable)

    def plan(self, *rest):
        return replace(super().plan(*rest), inventory=self.inventory)


def subject_of(provider=None, *, load=lambda: desired(a=1), policy=None, **rest) -> Subject:
    return Subject(provider=provider or Clinic(), policy=policy or Policy.for_sandbox(), load=load, now=lambda: NOW, **rest)


def clinic(**changes) -> Clinic:
    made = Clinic()
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def row(name: str, subject: Subject):
    [found] = look(subject, [check for check in checks.CHECKS if check.name == name])
    return found


def test_a_healthy_sandbox_passes_everything(home_dir):
    binding = bind(subject_of(clinic(target=replace(HALL, version="v1.37.2"))), why="a lesson")
    assert [one.name for one in binding.rows if not one.holds] == []
    assert binding.is_fit
    assert binding.verdict == "fit (must 5/5, should 8/8, may 2/2)"
    assert binding.target.uid == HALL.uid


OTHERS = Inventory(id="x", group_kind="ConfigMap", namespace="hall-1", name="racks", tooling="kubectl/v1.37.1", uid="1")
NAMED = replace(HALL, is_sandbox=False)
DENIED = tuple(Denied(verb="patch", resource=f"r{number}", namespace="x", name="") for number in range(7))
SPOILED = {
    "no uid": ("known target", lambda: subject_of(clinic(target=replace(HALL, uid=""))), "unknown", "not recognised"),
    "another uid": ("same target", lambda: subject_of(before=replace(HALL, uid="old")), "its uid was old", "anew=True"),
    "clock": ("clock", lambda: subject_of(clinic(health=replace(HEALTHY, skew_s=-90.0))), "90 s behind ours", "set the clock"),
    "old server": ("version", lambda: subject_of(clinic(target=replace(HALL, version="v1.29.3"))), "v1.29.3 is more than one", "dry-runs"),
    "no trunk": (
        "on trunk",
        lambda: subject_of(
            load=lambda: replace(desired(a=1), source=replace(desired().source, trunk="", on_trunk=None)), policy=Policy.strict()
        ),
        "no trunk is named", "trunk=",
    ),
    "behind the trunk": (
        "on trunk", lambda: subject_of(ahead=lambda commit, trunk: Ahead(count=2, tip=f"{trunk} {commit}")),
        "main, which has 2 newer commits", "plan from the trunk",
    ),
    "not on trunk": (
        "on trunk", lambda: subject_of(load=lambda: replace(desired(a=1), source=replace(desired().source, on_trunk=False))),
        "is not on main", "merge it",
    ),
    "blind": (
        "readable", lambda: subject_of(clinic(unreadable=(Unreadable(group_kind="Secret", reason="Forbidden", message="no"),))),
        "Secret (Forbidden)", "ask for the right",
    ),
    "rights": (
        "rights", lambda: subject_of(clinic(lacking=DENIED)),
        "and 2 more", "ask for the right",
    ),
    "another tool's": ("inventory", lambda: subject_of(clinic(inventory=OTHERS)), "managed by kubectl", "adopt=True"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_what_a_check_finds(home_dir, case):
    name, make, found, step = SPOILED[case]
    one = row(name, make())
    assert one.outcome is Outcome.FAILED
    assert found in one.found
    assert step in one.next_step


def test_an_authority_will_do_where_there_is_no_right_to_read_the_uid(home_dir):
    found = row("known target", subject_of(clinic(target=replace(HALL, uid="", authority="ca"))))
    assert (found.holds, "certificate authority alone" in found.found) == (True, True)
    assert not row("known target", subject_of(clinic(target=replace(HALL, user="")))).holds


def test_what_cannot_be_found_out_is_unknown(home_dir):
    assert row("webhooks", subject_of(clinic(health=replace(HEALTHY, mutators=None)))).outcome is Outcome.UNKNOWN
    assert row("clock", subject_of(clinic(health=replace(HEALTHY, skew_s=None)))).outcome is Outcome.UNKNOWN
    assert row("version", subject_of(clinic(target=replace(HALL, version="latest")))).outcome is Outcome.UNKNOWN


def test_a_system_that_is_not_there_is_asked_once(home_dir):
    calls = Counter()

    class Gone(FakeProvider):
        def identify(self):
            calls["identify"] += 1
            raise UnreachableError("hall cannot be reached", next_step="check that it runs")

        read = lambda self, *rest, **more: self.identify()  # noqa: E731

    binding = bind(subject_of(Gone()))
    assert not binding.is_fit
    assert {one.name for one in binding.failed_musts} == {"known target", "same target", "reachable", "ledger"}
    assert binding.failed_musts[0].next_step == "check that it runs"
    assert calls["identify"] == 2, "once for who it is, once by the read"


def test_a_source_that_cannot_be_loaded(home_dir):
    def load():
        raise RevisionError("no such branch", next_step="git branch --all")

    binding = bind(subject_of(load=load))
    assert [one.name for one in binding.failed_musts] == ["desired state"]
    assert "git branch --all" in binding.failed_musts[0].next_step


def test_an_altered_ledger_must_not_be(home_dir):
    execute(attempt_of(FakeProvider(), desired(a=1)))
    ledger = Ledger(HALL)
    ledger.path.write_bytes(ledger.path.read_bytes().replace(b"the hall is full", b"no reason at all"))
    assert "altered" in row("ledger", subject_of()).found


def test_an_operation_that_died_is_told_with_how_it_goes_on(home_dir):
    attempt = attempt_of(FakeProvider(kill_after=0), desired(a=1, b=2))
    with pytest.raises(Killed):
        execute(attempt)
    found = row("nothing left open", subject_of())
    assert "the hall is full" in found.found
    assert attempt.plan.id[:12] in found.next_step


def test_checks_of_ones_own(home_dir):
    mine = [
        Check(name="the ticket is open", level="must", ask=lambda subject: False),
        Check(name="a quiet hour", level="should", ask=lambda subject: subject.now().hour == 12),
        Check(name="enough racks", level="may", ask=lambda subject: failed("two", "order more")),
        Check(name="broken", level="must", ask=lambda subject: 1 / 0),
        Check(name="says nothing", level="must", ask=lambda subject: None),
    ]
    binding = bind(subject_of(), more=mine)
    assert [(one.outcome.value, one.found) for one in binding.rows[-5:]] == [
        ("failed", "it does not hold"), ("passed", ""), ("failed", "two"), ("unknown", "the check itself failed (ZeroDivisionError)"),
        ("failed", "it does not hold"),
    ]  # fmt: skip
    assert [one.name for one in binding.failed_musts] == ["the ticket is open", "broken", "says nothing"]


def test_a_level_that_there_is_not():
    with pytest.raises(UsageError, match="must, should or may"):
        Check(name="x", level="maybe", ask=lambda subject: True)


def test_a_name_is_remembered_for_what_it_stood_for(home_dir):
    assert last_bound("datacentre", "hall") is None
    assert bind(subject_of(clinic(target=NAMED))).is_fit
    assert last_bound("datacentre", "hall").uid == "hall-uid"
    moved = clinic(target=replace(NAMED, uid="another"))
    assert [one.name for one in bind(subject_of(moved)).failed_musts] == ["same target"]
    assert last_bound("datacentre", "hall").uid == "hall-uid", "a binding that is not fit changes nothing"
    assert bind(subject_of(moved), anew=True).is_fit
    assert last_bound("datacentre", "hall").uid == "another"


def test_a_sandbox_is_not_remembered(home_dir):
    bind(subject_of())
    assert last_bound("datacentre", "hall") is None


def test_a_torn_line_is_left_out(home_dir):
    remember(NAMED)
    path = next((home_dir / "bound").iterdir())
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    assert last_bound("datacentre", "hall").uid == "hall-uid"


def test_the_moment_is_the_subjects(home_dir):
    assert bind(replace(subject_of(), now=lambda: NOW + timedelta(days=1))).at == NOW + timedelta(days=1)
