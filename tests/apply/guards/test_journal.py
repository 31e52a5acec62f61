"""Without a journal nothing is written."""

import errno

from gitopskit.apply.guards.journal import JournalGuard
from gitopskit.apply.journal import Journal


def test_passes(attempt):
    assert JournalGuard().check(attempt) == ()
    assert attempt.journal.path.stat().st_mode & 0o777 == 0o600


def test_a_full_disk(attempt, monkeypatch):
    def full(self):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Journal, "check", full)
    [refusal] = JournalGuard().check(attempt)
    assert "No space left" in refusal.what
    assert not JournalGuard.is_waivable
