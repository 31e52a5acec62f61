"""A masker with nothing learnt yet."""

import pytest

from gitopskit.views.anonymise import Labels
from gitopskit.views.evidence.masker import Masker
from gitopskit.views.lexicon import lexicon


@pytest.fixture
def masker() -> Masker:
    return Masker(Labels(), lexicon())
