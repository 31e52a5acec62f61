"""How does a live object do, by the rules of Argo CD and of kstatus?

Both are judged, each by its own table, kind by kind (``docs/health.md``), and held to what the two programs themselves say. Nothing is
asked of the cluster, and nothing in an object makes this raise: what is malformed is *Unknown*, and the message says where.
"""

from __future__ import annotations

from datetime import datetime

from gitopskit.model.health import Health
from gitopskit.model.objects import Object
from gitopskit.planning.health import argocd, kstatus


def assess(item: Object, now: datetime) -> Health:
    """Return how one live object does.

    Parameters
    ----------
    now
        When it was read (aware): a Pod that no node takes has 15 seconds before kstatus calls it failed.
    """
    status, message, rule = argocd.judge(item)
    word, why = kstatus.judge(item, now)
    return Health(status=status, message=message, rule=rule, kstatus=word, kstatus_message=why)
