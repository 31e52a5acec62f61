"""Whatever somebody else wrote stays text, in every slot of every noun: in a page, and on a terminal."""

import html as escaping
import re

import pytest

from gitopskit.errors import GitopskitError, plain
from gitopskit.model.snapshot import Snapshot
from gitopskit.views import html, terminal
from tests.views.everything import everything
from tests.views.payloads import PAYLOADS
from tests.views.test_views import ALLOWED, Elements

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
ATTRIBUTES = {"class", "aria-label", "aria-hidden", "scope", "open", "tabindex", "role", "title"}
FEW = 12
"""Characters of a commit that are shown."""


def test_there_are_enough():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 40


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_page_holds_our_markup_only(payload):
    for name, noun in everything(payload).items():
        text = html.fragment(noun)
        found = Elements(text)
        assert found.tags <= ALLOWED, name
        assert found.attributes <= ATTRIBUTES, name
        assert not UNSEEN.search(text), name
        assert text.startswith('<div class="gk mathjax_ignore tex2jax_ignore">'), name
        assert escaping.escape(plain(payload[:FEW])) in text, name


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_terminal_is_sent_no_command(payload):
    nouns = {name: noun for name, noun in everything(payload).items() if not isinstance(noun, Snapshot | GitopskitError)}
    assert len(nouns) > 8
    for name, noun in nouns.items():
        text = terminal.render(noun, is_coloured=False)
        assert not UNSEEN.search(text), name
        assert plain(payload[:FEW]) in text, name


@pytest.mark.parametrize("broken", ["\n", "\r", "\t", "\x1b", "\u2028"])
def test_a_line_stays_a_line(broken):
    for name, noun in everything("x").items():
        if not isinstance(noun, Snapshot | GitopskitError):
            other = everything(f"x{broken}")[name]
            assert len(terminal.render(other, is_coloured=False).splitlines()) == len(terminal.render(noun, is_coloured=False).splitlines())
