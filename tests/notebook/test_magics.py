"""The short spellings do what the verbs do, and nothing besides; what is wrong is one clear error."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from gitopskit.apply.approval import code_for
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.policy import Policy
from gitopskit.errors import UsageError
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.notebook import magics
from gitopskit.notebook.workspace import Workspace
from tests.notebook.conftest import server


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setattr(InteractiveShell, "init_history", lambda self: None)
    shell = InteractiveShell()
    magics.load_ipython_extension(shell)
    return shell


@pytest.fixture
def ready(shell, workspace):
    shell.user_ns["ws"] = workspace
    return shell


def test_a_plan_is_the_workspaces_own(ready, workspace):
    plan = ready.run_line_magic("gitops", "plan")
    assert isinstance(plan, Plan)
    assert workspace.history == [plan]
    assert len(plan.steps) == 2


def test_a_plan_can_be_kept(ready):
    ready.run_cell("plan = %gitops plan").raise_error()
    assert isinstance(ready.user_ns["plan"], Plan)


def test_words_reach_the_verb(ready, workspace, racks, hall):
    first = workspace.desired().source.commit
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    racks.remove("racks/b.json", "Give one back")
    assert ready.run_line_magic("gitops", "plan").is_empty
    assert len(ready.run_line_magic("gitops", "plan --prune").steps) == 1
    assert ready.run_line_magic("gitops", f"plan {first}").source.commit == first
    assert ready.run_line_magic("gitops", f"plan --adopt {first}").options.adopt


def test_status_and_history_say_what_was_done(ready, workspace):
    assert ready.run_line_magic("gitops", "status")["last"].tolist() == [""]
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    assert ready.run_line_magic("gitops", "status")[["workspace", "path", "last"]].iloc[0].tolist() == [
        "ws",
        "racks",
        "report: 2 changed; proved",
    ]
    history = ready.run_line_magic("gitops", "history")
    assert history["noun"].tolist() == ["plan", "report"]
    assert history["plan"].tolist() == [plan.id[:12]] * 2
    assert history["said"].tolist() == ["plan: 2 create", "report: 2 changed; proved"]


def test_status_tells_no_password(ready, workspace):
    workspace.repo = "https://ada:canary-pw@example.org/shop.git"
    assert "canary" not in ready.run_line_magic("gitops", "status").to_csv()


def test_drift_is_the_differences_that_somebody_else_made(ready, workspace, racks, hall, capsys):
    workspace.apply(plan := workspace.plan(), confirm=plan.id)
    racks.write(server("c", 3), "Order another")
    hall.system.servers |= {"a": 9}
    drift = ready.run_line_magic("gitops", "drift")
    assert tuple(drift.columns) == magics.DRIFT
    assert drift[["class", "name", "path", "base", "head", "live", "last_applied"]].to_numpy().tolist() == [
        ["drifted", "a", ".size", "1", "1", "9", "1"],
    ]
    assert capsys.readouterr().out == "not drift: 1 changed in Git\n"
    assert workspace.history[-1].plan is plan, "a look is no plan that was made"


def test_what_both_have_moved_is_drift_too(ready, workspace, racks, hall):
    workspace.apply(plan := workspace.plan(), confirm=plan.id)
    racks.write(server("b", 5), "Grow")
    hall.system.servers |= {"b": 7}
    drift = ready.run_line_magic("gitops", "drift")
    assert drift[["class", "base", "head", "live", "last_applied"]].to_numpy().tolist() == [["both", "2", "5", "7", "2"]]


def test_drift_looks_from_the_revision_that_is_named(ready, workspace, racks, hall, capsys):
    first = workspace.desired().source.commit
    racks.write(server("b", 5), "Grow")
    workspace.apply(plan := workspace.plan(), confirm=plan.id)
    hall.system.servers |= {"b": 7}
    assert ready.run_line_magic("gitops", f"drift {first}")["base"].tolist() == ["2"]
    assert ready.run_line_magic("gitops", "drift")["base"].tolist() == ["5"]
    hall.system.servers |= {"b": 5}
    assert ready.run_line_magic("gitops", f"drift {first}").empty
    assert capsys.readouterr().out == "1 more is hidden by rules: 1 already-live\n"


def test_what_makes_a_drift_doubtful_is_said_beside_it(ready, workspace, capsys):
    workspace.apply(plan := workspace.plan(), confirm=plan.id)
    Ledger(workspace.provider.identify()).path.write_text("{no json\n")
    assert ready.run_line_magic("gitops", "drift").empty
    assert capsys.readouterr().out.startswith("what was last applied cannot be told")


@pytest.mark.parametrize("body", ["{plan.id}", "  {plan.id}  \n", "# agreed\n{plan.id}\n\n", "plan.id", "{plan.id:.12}"])
def test_a_plan_is_applied_with_its_confirmation(ready, workspace, hall, body):
    plan = ready.user_ns["plan"] = workspace.plan()
    report = ready.run_cell_magic("gitops_apply", "plan", body.format(plan=plan))
    assert isinstance(report, Report)
    assert report.is_proved
    assert workspace.history == [plan, report]
    assert hall.system.writes == ["a", "b"]


@pytest.mark.parametrize("body", ["\n", "yes", "other.id", "# plan.id", "0" * 64])
def test_nothing_is_written_without_the_confirmation(ready, workspace, hall, body):
    ready.user_ns["plan"] = workspace.plan()
    report = ready.run_cell_magic("gitops_apply", "plan", body)
    assert report.stopped
    assert hall.system.writes == []


def test_the_plans_id_is_not_enough_on_a_named_context(shell, racks, hall):
    hall.is_sandbox = False
    shell.user_ns["ws"] = workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=Policy.for_sandbox())
    plan = shell.user_ns["plan"] = workspace.plan()
    assert shell.run_cell_magic("gitops_apply", "plan", "plan.id").stopped
    assert hall.system.writes == []
    assert shell.run_cell_magic("gitops_apply", "plan", code_for(plan)).is_proved


def test_a_waiver_reaches_the_guards(shell, racks, hall):
    shell.user_ns["ws"] = workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=Policy(max_changes=1))
    shell.user_ns["plan"] = workspace.plan()
    assert shell.run_cell_magic("gitops_apply", "plan", "plan.id").stopped
    body = "plan.id\nwaive blast radius: agreed with Ada: once"
    report = shell.run_cell_magic("gitops_apply", "plan", body)
    assert [guard.message for guard in report.guards if guard.outcome == "waived"]
    assert "agreed with Ada: once" in str(report.guards)


WRONG = {
    "": "say what to do", "fly": "knows no 'fly'", "plan a b": "one revision", "plan --force": "no --force", "plan 'x": "quotation mark",
    "drift --prune": "no --prune", "drift a b": "one revision",
    "use": "say which", "use nothing": "no workspace", "\x1b[2J": "knows no",
}  # fmt: skip


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_word_is_one_clear_error(ready, hall, line):
    with pytest.raises(UsageError) as caught:
        ready.run_line_magic("gitops", line)
    assert WRONG[line] in caught.value.what
    assert caught.value.next_step
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "body", "what"),
    [
        ("", "x", "which variable"),
        ("nothing", "x", "holds no plan"),
        ("ws", "x", "holds no plan"),
        ("plan", "a\nb", "more than one confirmation"),
        ("plan", "plan.id\nwaive source", "needs a guard and a reason"),
        ("plan", "plan.id\nwaive : x", "needs a guard and a reason"),
    ],
)
def test_a_wrong_cell_writes_nothing(ready, workspace, hall, line, body, what):
    ready.user_ns["plan"] = workspace.plan()
    with pytest.raises(UsageError, match=what) as caught:
        ready.run_cell_magic("gitops_apply", line, body)
    assert caught.value.next_step
    assert hall.system.writes == []


def test_the_workspace_is_the_only_one_or_the_chosen_one(ready, workspace, racks, hall):
    ready.user_ns |= {"_": workspace, "same": workspace}
    assert ready.run_line_magic("gitops", "plan"), "one workspace under two names is one"
    ready.user_ns["other"] = other = Workspace(racks, "racks", revision="main", target=hall)
    with pytest.raises(UsageError, match="2 workspaces: ws, other") as caught:
        ready.run_line_magic("gitops", "plan")
    assert "%gitops use other" in caught.value.next_step
    assert ready.run_line_magic("gitops", "use other") is other
    ready.run_line_magic("gitops", "plan")
    assert len(other.history) == 1
    del ready.user_ns["other"]
    with pytest.raises(UsageError, match="no workspace any more"):
        ready.run_line_magic("gitops", "plan")


def test_without_a_workspace_the_error_says_how_to_make_one(shell):
    with pytest.raises(UsageError) as caught:
        shell.run_line_magic("gitops", "plan")
    assert "gk.Workspace" in caught.value.next_step


@pytest.mark.parametrize("name", ["gitops", "gitops_apply"])
def test_help_reads_well(shell, name):
    kind = "line" if name == "gitops" else "cell"
    text = shell.find_magic(name, magic_kind=kind).__doc__
    assert f"%{name} " in text
    assert "ws.apply" in text
