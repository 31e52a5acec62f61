"""Progress shows where somebody watches, after a moment's patience, and leaves nothing behind on a terminal."""

import io
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.views import progress as module
from gitopskit.views.progress import Display, Line, follow, progress


class Recorder:
    """A surface that remembers what it was told."""

    def __init__(self):
        self.drawn = []
        self.ended = None

    def draw(self, what, done, total):
        self.drawn.append((what, done, total))

    def end(self, seconds):
        self.ended = seconds


class Clock:
    """Time that moves when told."""

    now = 100.0

    def __call__(self):
        return self.now


def watch(pauses):
    clock, surface = Clock(), Recorder()
    with progress(clock=clock, surface=surface) as step:
        for at, pause in enumerate(pauses):
            clock.now += pause
            step("reading", at + 1, len(pauses))
    return surface


def test_what_ends_quickly_never_shows():
    surface = watch([0.01] * 30)
    assert (surface.drawn, surface.ended) == ([], None)


def test_it_shows_after_a_moment_and_not_too_often():
    surface = watch([0.3, 0.11, 0.01, 0.01, 0.1])
    assert surface.drawn == [("reading", 2, 5), ("reading", 5, 5)]
    assert surface.ended == pytest.approx(0.53)


def test_it_ends_when_the_work_fails():
    clock, surface = Clock(), Recorder()
    with pytest.raises(KeyError), progress(clock=clock, surface=surface) as step:
        clock.now += 1
        step("planning", 1, 2)
        raise KeyError
    assert surface.ended == 1


def test_foreign_text_is_made_plain():
    clock, surface = Clock(), Recorder()
    with progress(clock=clock, surface=surface) as step:
        clock.now += 1
        step("applying \x1b[2J", 1, 2)
    assert "\x1b" not in surface.drawn[0][0]


def test_events_become_steps():
    steps = []
    read = follow(lambda *step: steps.append(step), total=2)
    at, place = datetime(2026, 1, 1, tzinfo=UTC), ObjectId(group="", kind="Secret", namespace="shop", name="redis")
    read(Event(kind=EventKind.GUARD, at=at, name="lock", outcome=Outcome.PASSED))
    read(Event(kind=EventKind.INTENT, at=at, id=place))
    for _ in range(3):
        read(Event(kind=EventKind.OUTCOME, at=at, id=place, outcome=Outcome.CHANGED))
    done = "applying Secret shop/redis"
    assert steps == [("guard: lock", 0, 0), (done, 1, 2), (done, 2, 2), (done, 2, 2)]


def test_a_terminal_line_is_wiped_away():
    stream = io.StringIO()
    line = Line(stream)
    line.draw("reading", 3, 8)
    line.end(2.0)
    assert "3/8 reading" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[2K")


def test_a_notebook_line_is_updated_in_place(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=lambda content, **_: shown.append(content))
    monkeypatch.setattr("IPython.display.display", lambda content, **_: shown.append(content) or handle)
    line = Display()
    line.draw("reading <b>", 3, 8)
    line.end(1.25)
    assert 'value="3"' in shown[0]["text/html"]
    assert "reading &lt;b&gt;" in shown[0]["text/html"]
    assert shown[1]["text/plain"] == "took 1.2 s"


@pytest.mark.parametrize(("metadata", "kind"), [({"cellId": "a"}, Display), ({}, type(None)), (None, type(None))])
def test_a_front_end_is_told_from_a_run_without_a_person(monkeypatch, metadata, kind):
    shell = SimpleNamespace(get_parent=lambda: {"metadata": metadata})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(module._find_surface(), kind)
