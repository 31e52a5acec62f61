"""Nouns show themselves in a notebook as HTML and as text; an error of ours shows without its traceback."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from gitopskit.errors import RevisionError
from gitopskit.notebook import display


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setattr(InteractiveShell, "init_history", lambda self: None)
    shell = InteractiveShell()
    display._register_formatters(shell)
    return shell


def test_nouns_have_html_and_text(workspace, shell):
    plan = workspace.plan()
    report = workspace.apply(plan, confirm=plan.id)
    for noun, words in (
        (plan, "Plan"),
        (report, "Report on plan"),
        (workspace.desired(), "Desired state"),
        (workspace.live(), "Live state"),
    ):
        shown, _ = shell.display_formatter.format(noun)
        assert words in shown["text/html"]
        assert shown["text/plain"]
        assert "canary-pw" not in str(shown)


def test_the_code_is_shown_on_a_named_context_only(workspace, hall, shell):
    from dataclasses import replace

    plan = workspace.plan()
    assert "type its code" not in shell.display_formatter.format(plan)[0]["text/html"]
    named = replace(plan, target=replace(plan.target, is_sandbox=False))
    assert "type its code" in shell.display_formatter.format(named)[0]["text/html"]


def test_an_error_says_what_where_and_next_without_a_traceback():
    told = []

    class Shell:
        def _showtraceback(self, kind, error, lines):
            told.append((kind, lines))

    error = RevisionError("no such branch", where="shop", next_step="git branch --all")
    display._show_error(Shell(), RevisionError, error, None)
    [(kind, lines)] = told
    assert kind is RevisionError
    assert "no such branch" in lines[0]
    assert [line.strip() for line in lines[1:]] == ["where: shop", "next:  git branch --all"]


def test_nouns_become_frames(workspace):
    display.register()
    plan = workspace.plan()
    assert len(plan.to_frame()) == 2
    assert "password" in plan.to_fields()["path"].str.strip(".").tolist()
    assert workspace.desired().to_frame()["name"].tolist() == ["a", "b"]
    assert workspace.apply(plan, confirm=plan.id).to_frame()["outcome"].tolist() == ["changed", "changed"]
