"""The lock is held until the attempt ends, and somebody else's is respected."""

from gitopskit.apply.guards.lock import LockGuard


def test_it_is_held_until_the_end(attempt):
    with attempt.held:
        assert LockGuard().check(attempt) == ()
        assert attempt.provider.calls == ["lock"]
    assert attempt.provider.calls == ["lock", "unlock"]


def test_somebody_else_holds_it(attempt):
    attempt.provider.is_locked = True
    [refusal] = LockGuard().check(attempt)
    assert "grace@host:1" in refusal.what
    assert not LockGuard.is_waivable
