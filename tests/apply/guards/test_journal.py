"""Without a journal and a ledger nothing is written."""

import errno
from dataclasses import replace

import pytest

from gitopskit.apply import execute
from gitopskit.apply.guards.journal import JournalGuard
from gitopskit.apply.journal import Journal
from gitopskit.apply.ledger import Ledger


def test_passes_and_leaves_nothing(attempt):
    assert JournalGuard().check(attempt) == ()
    assert attempt.journal.path.stat().st_mode & 0o777 == 0o600
    assert attempt.journal.path.read_bytes() == b""


@pytest.mark.parametrize(("book", "code"), [(Journal, "journal/journal"), (Ledger, "journal/ledger")])
def test_a_full_disk(attempt, monkeypatch, book, code):
    def full(self):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(book, "check", full)
    [refusal] = JournalGuard().check(attempt)
    assert "No space left" in refusal.what
    assert refusal.code == code
    assert not JournalGuard.is_waivable
    assert execute(replace(attempt)).stopped
    assert attempt.provider.writes == []


def test_a_place_that_is_no_file(attempt):
    attempt.journal.path.mkdir()
    report = execute(attempt)
    assert "the journal cannot be written" in next(guard.message for guard in report.guards if guard.name == "journal")
    assert attempt.provider.writes == []
