"""Plan files, policies and approvals: what is written, and what readers refuse."""

import json
from datetime import UTC, datetime

import pytest

from gitopskit.apply import Policy, approval, planfile
from gitopskit.errors import PlanDigestError, PlanError, PlanFormatError, UsageError


@pytest.fixture
def saved(attempt, tmp_path):
    return planfile.save(attempt.plan, tmp_path / "plan.json")


def test_a_plan_comes_back_as_it_was(attempt, saved):
    loaded = planfile.load(saved)
    assert loaded == attempt.plan
    assert loaded.id == attempt.plan.id == json.loads(saved.read_text())["id"]
    assert saved.stat().st_mode & 0o777 == 0o600
    assert all(change.desired is None for change in loaded.changes), "a saved plan holds no desired objects"


def edited(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["plan"]["changes"][0].update(action="no-op"),
        lambda c: c["plan"]["options"].update(prune=True),
        lambda c: c.update(id="0" * 64),
        lambda c: c["plan"]["target"].update(server="https://elsewhere"),
        lambda c: c["plan"].update(note="slipped in"),
        lambda c: c["plan"]["changes"][0]["fields"][0].update(extra=1),
    ],
)
def test_an_altered_plan_is_recognised(saved, change):
    with pytest.raises(PlanDigestError, match="altered"):
        planfile.load(edited(saved, change))


@pytest.mark.parametrize("change", [lambda c: c.update(format=99), lambda c: c["plan"].update(tool="gitopskit/9.1.0")])
def test_other_versions_are_refused(saved, change):
    with pytest.raises(PlanFormatError):
        planfile.load(edited(saved, change))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"format": 2, "id": "x", "plan": {"tool": "gitopskit/0.1.0"}}',
        "\x00",
        '{"format": 2, "id": "x", "plan": [1]}',
        '{"format": 2, "plan": "x"}',
        '{"format": 2, "plan": {"tool": "gitopskit/0.1.0", "target": 5}}',
        "[" * 100_000,
    ],
)
def test_garbage_is_one_clear_error(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(PlanError, match="next:"):
        planfile.load(path)


def test_an_old_file_is_left_when_the_new_one_cannot_be_written(attempt, tmp_path):
    with pytest.raises(PlanError, match="cannot be saved"):
        planfile.save(attempt.plan, tmp_path / "nowhere" / "plan.json")


def test_policy_files(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('protected_namespaces = ["x"]\nmax_deletes = 3\nallow_namespaces = true\n')
    policy = Policy.load(path)
    assert (policy.protected_namespaces, policy.max_deletes, policy.allow_namespaces, policy.require_trunk) == (("x",), 3, True, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [("max_delets = 3", "did you mean max_deletes"), ("max_deletes = true", "must be a int"), ("allow_rights = 'False'", "must be a bool"),
     ("protected_namespaces = 'x'", "a list of texts"), ("= 3", "not TOML"), ("max_deletes = -1", "below zero")],
)  # fmt: skip
def test_policies_that_are_refused(tmp_path, text, said):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match="next:") as caught:
        Policy.load(path)
    assert said in str(caught.value)


def test_a_sandbox_is_generous_and_a_context_is_not():
    assert not Policy.for_sandbox().needs_person
    assert Policy.strict() == Policy()
    assert (Policy().needs_person, Policy().require_trunk, Policy().allow_rights) == (True, True, False)


def test_the_id_confirms_where_that_is_enough(attempt):
    plan = attempt.plan
    assert approval.grant(plan, plan.id, accepts_id=True).how == "plan id"
    assert approval.grant(plan, plan.id[:12], accepts_id=True)
    assert approval.grant(plan, plan.id[:11], accepts_id=True) is None
    assert approval.grant(plan, plan.id, accepts_id=False) is None
    assert approval.grant(plan, None, accepts_id=True) is None


@pytest.mark.parametrize("confirm", [True, 1, ["x"]])
def test_a_confirmation_is_text(attempt, confirm):
    with pytest.raises(UsageError, match="a confirmation is text"):
        approval.grant(attempt.plan, confirm, accepts_id=True)


def test_a_code_is_good_once(attempt):
    code = approval.code_for(attempt.plan)
    assert approval.code_for(attempt.plan) == code
    assert approval.grant(attempt.plan, "AAA-AAA", accepts_id=False) is None
    assert approval.grant(attempt.plan, code.lower(), accepts_id=False).how == "code"
    assert approval.grant(attempt.plan, code, accepts_id=False) is None


def test_an_approval_file(attempt, tmp_path):
    path = tmp_path / "approval.json"
    path.write_text(json.dumps({"plan": attempt.plan.id, "by": "Grace", "until": "2030-01-01T00:00:00+00:00"}))
    granted = approval.grant(attempt.plan, path, accepts_id=False)
    assert (granted.by, granted.how, granted.until) == ("Grace", "approval file", datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["", "[]", '{"plan": "x"}', '{"plan": "x", "by": "y", "until": "2030-01-01"}', '{"plan": "x", "by": "y", "until": "soon"}']
)
def test_approval_files_that_are_none(attempt, tmp_path, text):
    path = tmp_path / "approval.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="approval file"):
        approval.grant(attempt.plan, path, accepts_id=False)
