"""Progress shows where somebody watches, after a moment's patience, and leaves nothing behind on a terminal."""

import io
import sys
from types import SimpleNamespace

import pytest

from gitopskit.views.progress import Bar, has_front_end, watched


class Clock:
    """Time that moves when told."""

    now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    """Standard error of somebody who watches."""

    def isatty(self):
        return True


def reading(bar, clock, pauses, what="reading"):
    for at, pause in enumerate(pauses):
        bar(what, at, len(pauses) - 1)
        clock.now += pause


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr("gitopskit.views.progress.sys", SimpleNamespace(stderr=stream))  # pytest's own capture would be put back
    return stream


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would show, in order; a front end sent the cell."""
    contents = []
    handle = SimpleNamespace(update=lambda content, **_: contents.append(content))
    monkeypatch.setattr("IPython.display.display", lambda content, **_: contents.append(content) or handle)
    monkeypatch.setattr("gitopskit.views.progress.has_front_end", lambda: True)
    return contents


def test_what_ends_quickly_never_shows(terminal):
    clock = Clock()
    reading(Bar(in_kernel=False, clock=clock), clock, [0.01] * 30)
    assert terminal.getvalue() == ""


def test_a_terminal_line_comes_after_a_moment_and_is_wiped_away(terminal):
    clock = Clock()
    reading(Bar(in_kernel=False, clock=clock), clock, [0.1, 0.3, 0.3, 0.01, 0.01])
    assert terminal.getvalue().count("reading") == 1
    assert "reading 3 of 4" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_what_is_being_read_and_how_fast(terminal):
    clock = Clock()
    bar = Bar(in_kernel=False, clock=clock)
    for done in range(4):
        bar("reading", done, 10, "Deployment.apps", 1500 * done)
        clock.now += 0.5
    assert terminal.getvalue().split("\x1b[K")[-1] == "reading 3 of 10: Deployment.apps, 4,500 objects, 3,000/s"


def test_without_objects_the_steps_are_counted(terminal):
    clock = Clock()
    bar = Bar(in_kernel=False, clock=clock)
    for done in (0, 50, 100):
        bar("planning", done, 1000, "Deployment.apps")
        clock.now += 1.0
    assert terminal.getvalue().endswith("planning 100 of 1000: Deployment.apps, 50/s")


def test_a_line_stays_one_line(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    clock = Clock()
    bar = Bar(in_kernel=False, clock=clock)
    for done in (0, 1, 2):
        bar("reading", done, 9, "CustomResourceDefinition.apiextensions.k8s.io\x1b[2J", 1000)
        clock.now += 1.0
    assert len(terminal.getvalue().split("\x1b[K")[-1]) == 39
    assert "\x1b[2J" not in terminal.getvalue()


def test_nobody_at_a_pipe_is_told(monkeypatch):
    clock, stream = Clock(), io.StringIO()
    monkeypatch.setattr("gitopskit.views.progress.sys", SimpleNamespace(stderr=stream))
    reading(Bar(in_kernel=False, clock=clock), clock, [1.0] * 5)
    assert stream.getvalue() == ""


def test_a_notebook_bar_is_updated_in_place_and_ends_as_a_word(shown):
    clock = Clock()
    reading(Bar(in_kernel=True, clock=clock), clock, [0.1, 0.4, 0.4, 0.4], what="reading <b>\x1b[2J")
    assert 'value="2"' in shown[0]["text/html"]
    assert "reading &lt;b&gt;" in shown[0]["text/html"]
    assert "took" in shown[-1]["text/plain"]
    assert not any("\x1b" in content["text/plain"] + content["text/html"] for content in shown)


def test_each_piece_of_work_has_a_line_of_its_own(shown):
    clock = Clock()
    bar = Bar(in_kernel=True, clock=clock)
    for what in ("reading", "planning"):
        reading(bar, clock, [0.1, 0.5, 0.5, 0.1], what=what)
    assert [content["text/plain"].split()[0] for content in shown] == ["reading", "reading", "planning", "planning"]


def test_a_kernel_without_a_front_end_shows_nothing(shown, monkeypatch):
    monkeypatch.setattr("gitopskit.views.progress.has_front_end", lambda: False)
    clock = Clock()
    reading(Bar(in_kernel=True, clock=clock), clock, [1.0] * 5)
    assert shown == []


@pytest.mark.parametrize(("metadata", "expected"), [({"cellId": "a"}, True), ({}, False), (None, False)])
def test_a_front_end_is_told_from_a_run_without_a_person(monkeypatch, metadata, expected):
    shell = SimpleNamespace(get_parent=lambda: {"metadata": metadata})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert has_front_end() is expected


def break_off(bar, clock, error=None):
    """Work that comes to 2 of 9."""
    with watched(bar):
        for done in range(3):
            bar("reading", done, 9)
            clock.now += 0.5
        if error:
            raise error


def test_what_is_interrupted_says_so_and_what_follows_has_a_line_of_its_own(shown):
    clock = Clock()
    bar = Bar(in_kernel=True, clock=clock)
    with pytest.raises(KeyboardInterrupt):
        break_off(bar, clock, KeyboardInterrupt)
    assert shown[-1]["text/plain"] == "reading interrupted at 2 of 9, after 1.5 s"
    told = len(shown)
    clock.now += 5
    reading(bar, clock, [0.5, 0.5, 0.5])
    assert "1 of 2" in shown[told]["text/plain"]
    assert shown[-1]["text/plain"] == "reading took 1.0 s"


def test_what_fails_or_ends_early_is_not_said_to_be_done(shown):
    clock = Clock()
    bar = Bar(in_kernel=True, clock=clock)
    with pytest.raises(ValueError, match="no"):
        break_off(bar, clock, ValueError("no"))
    break_off(bar, clock)
    ends = [content["text/plain"] for content in shown if "stopped" in content["text/plain"]]
    assert ends == ["reading stopped at 2 of 9, after 1.5 s"] * 2


def test_something_else_does_not_make_the_first_thing_done(shown):
    clock = Clock()
    bar = Bar(in_kernel=True, clock=clock)
    for what in ("applying", "reading"):
        for done in range(2):
            bar(what, done, 9)
            clock.now += 0.5
    assert shown[1]["text/plain"] == "applying stopped at 1 of 9, after 1.0 s"


def test_what_is_finished_is_not_ended_again(shown):
    clock = Clock()
    bar = Bar(in_kernel=True, clock=clock)
    with watched(bar):
        reading(bar, clock, [0.5, 0.5, 0.5])
    assert shown[-1]["text/plain"] == "reading took 1.0 s"


def test_a_terminal_line_goes_with_an_interrupt(terminal):
    clock = Clock()
    with pytest.raises(KeyboardInterrupt):
        break_off(Bar(in_kernel=False, clock=clock), clock, KeyboardInterrupt)
    assert terminal.getvalue().endswith("\r\x1b[K")
