"""What a binding, a strip, a recorded report and what moved meanwhile look like, as text to read in a review."""

import re
from dataclasses import replace

import pytest

from gitopskit.model.binding import Binding, CheckRow, Level
from gitopskit.model.events import Movement, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.model.report import summarise
from gitopskit.model.strip import Standing, Strip, StripRow
from gitopskit.views import html, terminal
from gitopskit.views.ledger import to_checks, to_meanwhile, to_sections
from gitopskit.views.words import meanwhile_text
from tests.views.test_views import FULL, HOSTILE, NOW, events, plan


def row(name: str, level: Level, outcome: Outcome, found: str = "", next_step: str = "") -> CheckRow:
    return CheckRow(name=name, level=level, outcome=outcome, found=found, next_step=next_step)


def moved(name: str, by: str = "", *, is_step: bool = False, what: str = "changed") -> Movement:
    return Movement(id=ObjectId(group="apps", kind="Deployment", namespace="shop", name=name), what=what, by=by, is_step=is_step)


UNFIT = Binding(
    name="production", target=None, who="ada", why="the shop is slow", ticket="SHOP-7", at=NOW,
    rows=(
        row("known target", Level.MUST, Outcome.PASSED, "production at https://10.0.0.1, as ada"),
        row("ledger", Level.MUST, Outcome.FAILED, "a line was altered or taken out", "keep the file as evidence, and move it away"),
        row("clock", Level.SHOULD, Outcome.FAILED, "90 s behind ours", "set the clock of this machine, or tell theirs"),
        row("webhooks", Level.MAY, Outcome.UNKNOWN, "webhooks and policies cannot be read"),
    ),
)  # fmt: skip
MOVED = (
    moved("cart", "kubectl (Update via scale)"),
    moved("gone", what="gone"),
    moved("web", "kube-controller-manager (Update)", is_step=True),
)
PROVED = summarise(FULL, events(*[Outcome.CHANGED] * 3), plan())
NOUNS = {
    "binding": UNFIT,
    "fit binding": replace(UNFIT, rows=UNFIT.rows[:1], why="", ticket=""),
    "recorded report": replace(PROVED, recorded_at=NOW),
    "report with strangers": replace(PROVED, meanwhile=MOVED),
    "strip": Strip(
        title="order.ipynb", at=NOW,
        rows=(
            StripRow(name="Plan", standing=Standing.OK, cells=(Standing.OK, Standing.OK)),
            StripRow(name="Apply", standing=Standing.STALE, cells=(Standing.STALE, Standing.NOT_RUN), found="Git moved: main is abc"),
        ),
    ),
    "strip of plans": Strip(title="ws", at=NOW, rows=(StripRow(name="plan abc", standing=Standing.APPLIED, found="2 steps"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", NOUNS)
def test_terminal(name, snapshot):
    assert terminal.render(NOUNS[name], is_coloured=False) == snapshot


@pytest.mark.parametrize("name", NOUNS)
def test_html(name, snapshot):
    text = re.sub(r"<style>.*?</style>", "", html.fragment(NOUNS[name]), flags=re.DOTALL)
    assert text.replace("><", ">\n<") == snapshot


def test_nothing_from_outside_is_markup():
    bad = Binding(
        name=HOSTILE, target=None, who=HOSTILE, why=HOSTILE, ticket=HOSTILE, at=NOW,
        rows=(row(HOSTILE, Level.MUST, Outcome.FAILED, HOSTILE, HOSTILE),),
    )  # fmt: skip
    strip = Strip(title=HOSTILE, at=NOW, rows=(StripRow(name=HOSTILE, standing=Standing.OK, cells=(Standing.OK,), found=HOSTILE),))
    report = replace(PROVED, meanwhile=(moved(HOSTILE, HOSTILE, what=HOSTILE),))
    for noun in (bad, strip, report):
        shown, text = html.fragment(noun), terminal.render(noun, is_coloured=False)
        assert "<img" not in shown
        assert "</script" not in shown
        assert "\x1b" not in shown + text
        assert "\u202e" not in shown + text


@pytest.mark.parametrize(
    ("movements", "said"),
    [
        ((), ""),
        ((moved("a", "x"),), "besides our steps, 1 object changed meanwhile (by x)"),
        ((moved("a"), moved("b", is_step=True)), "besides our steps, 1 object changed meanwhile; 1 changed again after our step"),
        (tuple(moved(n, n) for n in "abcd"), "besides our steps, 4 objects changed meanwhile (by a, b, c, …)"),
    ],
)
def test_what_moved_in_a_sentence(movements, said):
    assert meanwhile_text(movements) == said


def test_frames_are_exact():
    checks, strip, strangers = to_checks(UNFIT), to_sections(NOUNS["strip"]), to_meanwhile(NOUNS["report with strangers"])
    assert checks["outcome"].tolist() == ["passed", "failed", "failed", "unknown"]
    assert strip[["name", "standing", "cells", "level"]].values.tolist() == [["Plan", "ok", 2, 2], ["Apply", "stale", 2, 2]]
    assert strangers["after_our_step"].tolist() == [False, False, True]
    empty = to_meanwhile(PROVED)
    assert empty.dtypes.to_dict() == strangers.dtypes.to_dict()
