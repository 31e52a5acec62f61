"""What the views render, as text to read in a review. `make snapshots` accepts what they render now."""

import re

import pytest

from gitopskit.model.events import Outcome
from gitopskit.model.report import summarise
from gitopskit.views import html, terminal
from tests.views.test_views import FULL, events, plan

NOUNS = {
    "plan": FULL,
    "empty plan": plan(),
    "stopped report": summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED)),
    "proved report": summarise(FULL, events(*[Outcome.CHANGED] * 3), plan()),
}


@pytest.mark.parametrize("name", NOUNS)
def test_terminal(name, snapshot):
    assert terminal.render(NOUNS[name], is_coloured=False) == snapshot


@pytest.mark.parametrize("name", NOUNS)
def test_html(name, snapshot):
    text = re.sub(r"<style>.*?</style>", "", html.fragment(NOUNS[name]), flags=re.DOTALL)
    assert text.replace("><", ">\n<") == snapshot
