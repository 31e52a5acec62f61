"""Words that may stand in a sentence, and those that may be somebody's name."""

import json
import re
from pathlib import Path

import pytest

from gitopskit.views.lexicon import lexicon

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*/*.ipynb"))


@pytest.mark.parametrize(
    "word", ["plan", "Plan", "quotas", "InProgress", "server-default", "Friday", "to_frame", "Deployment", "deployments"]
)
def test_a_word_of_the_language_stands(word):
    assert lexicon().has(word)


@pytest.mark.parametrize(
    "word", ["zanzibar", "Ada", "Linus", "acme", "AcmeShop", "shop", "acme-plan", "xyzzy", "0badc0de", "Müller", "größe"]
)
def test_any_other_word_may_be_a_name(word):
    assert not lexicon().has(word)


@pytest.mark.parametrize(
    ("name", "is_known"), [("to_frame", True), ("groupby", True), ("old_plan", True), ("acme_plan", False), ("x2", False)]
)
def test_names_in_a_program(name, is_known):
    assert lexicon().has_identifier(name) == is_known


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_language_covers_our_own_lessons(path):
    """What a copy without names is good for: nearly all of a lesson's sentences can still be read."""
    cells = json.loads(path.read_text())["cells"]
    words = [word for cell in cells if cell["cell_type"] == "markdown" for word in re.findall(r"[A-Za-z]+", "".join(cell["source"]))]
    unknown = [word for word in words if not lexicon().has(word)]
    assert len(words) > 200
    assert len(unknown) < len(words) * 0.05, sorted(set(unknown))
