"""How does a live object do, in the words of the two tools that people know?

Argo CD's word and kstatus' word (Flux, cli-utils) stand side by side. A kind for which our table has no rule of Argo CD has no
status at all: to call it healthy would be a word that nobody said.

The trap that shaped it: the two disagree on ordinary objects (a Job that runs, a Pod that failed, an Ingress without an address), and
a single word hides that one of them is wrong for what you want to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class HealthStatus(StrEnum):
    """Argo CD's words, from best to worst, in its own order: an application is as well as the worst of its objects."""

    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"


class KStatus(StrEnum):
    """The words of kstatus."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


AGREEING: Final = frozenset(
    {
        (HealthStatus.HEALTHY, KStatus.CURRENT),
        (HealthStatus.SUSPENDED, KStatus.CURRENT),
        (HealthStatus.PROGRESSING, KStatus.IN_PROGRESS),
        (HealthStatus.PROGRESSING, KStatus.TERMINATING),
        (HealthStatus.MISSING, KStatus.NOT_FOUND),
        (HealthStatus.DEGRADED, KStatus.FAILED),
        (HealthStatus.UNKNOWN, KStatus.UNKNOWN),
    }
)
"""The pairs that mean the same. kstatus has no word for *suspended*: what somebody has stopped is as it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one live object does.

    Attributes
    ----------
    status
        Argo CD's word; None where our table has no rule of Argo CD for the kind.
    message
        Why; empty where the word says it all. Parts of it may be the cluster's own text.
    rule
        Where the rule of `status` comes from: project and file; empty where there is none.
    kstatus, kstatus_message
        The word of kstatus, and why.
    """

    status: HealthStatus | None
    message: str = ""
    rule: str = ""
    kstatus: KStatus
    kstatus_message: str = ""

    @property
    def disagrees(self) -> bool:
        """Whether the two words mean different things; where one side has no word, nothing disagrees."""
        return self.status is not None and (self.status, self.kstatus) not in AGREEING
