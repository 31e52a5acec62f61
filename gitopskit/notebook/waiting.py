"""Has everything come to rest?

The trap that shaped it: what was applied a moment ago has not been looked at by its controller yet, and by some rules that is healthy. So
one calm look is not enough: two in a row must agree.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from gitopskit.model.health import Health, HealthStatus, KStatus
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.health import assess

PAUSE_S: Final = 0.5
CALM_LOOKS: Final = 2


def settled(look: Callable[[], Snapshot], timeout_s: float) -> Snapshot:
    """Look again and again until nothing is on its way, by either rule set; return what was seen last, whatever it is by then."""
    deadline, calm = time.monotonic() + timeout_s, 0
    while True:
        seen = look()
        calm = 0 if any(map(_is_on_its_way, _assessed(seen))) else calm + 1
        if calm >= CALM_LOOKS or time.monotonic() >= deadline:
            return seen
        time.sleep(PAUSE_S)


def _assessed(seen: Snapshot) -> list[Health]:
    now = datetime.now(UTC)
    return [assess(item, now) for item in seen.objects.values()]


def _is_on_its_way(health: Health) -> bool:
    return health.status is HealthStatus.PROGRESSING or health.kstatus in (KStatus.IN_PROGRESS, KStatus.TERMINATING)
