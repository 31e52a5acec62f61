"""Which pairs of words mean the same."""

from itertools import product

from gitopskit.model.health import Health, HealthStatus, KStatus


def test_what_agrees():
    agreeing = {(a, b) for a, b in product(HealthStatus, KStatus) if not Health(status=a, kstatus=b).disagrees}
    assert agreeing == {
        ("Healthy", "Current"),
        ("Suspended", "Current"),
        ("Progressing", "InProgress"),
        ("Progressing", "Terminating"),
        ("Missing", "NotFound"),
        ("Degraded", "Failed"),
        ("Unknown", "Unknown"),
    }


def test_no_word_disagrees_with_none():
    assert not any(Health(status=None, kstatus=word).disagrees for word in KStatus)
