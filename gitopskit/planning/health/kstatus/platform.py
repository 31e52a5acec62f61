"""What does kstatus say of everything else that it knows by kind?

References
----------
kubernetes-sigs/cli-utils 0.37.2, pkg/kstatus/status/core.go.
"""

from __future__ import annotations

from datetime import datetime

from gitopskit.planning.health.kstatus.workloads import CURRENT, FAILED, IN_PROGRESS, Verdict
from gitopskit.planning.health.reading import Reader


def by_being_there(_item: Reader, _now: datetime) -> Verdict:
    """Nothing has to happen to it once it is stored (Secret, ConfigMap, CronJob)."""
    return CURRENT, ""


def budget(_item: Reader, _now: datetime) -> Verdict:
    """Whoever comes this far has been observed."""
    return CURRENT, ""


def service(item: Reader, _now: datetime) -> Verdict:
    """Of type LoadBalancer it needs an address inside the cluster; the one outside is not asked for."""
    is_waiting = item.lenient("spec.type", "ClusterIP") == "LoadBalancer" and not item.lenient("spec.clusterIP", "")
    return (IN_PROGRESS, "it has no address inside the cluster yet") if is_waiting else (CURRENT, "")


def claim(item: Reader, _now: datetime) -> Verdict:
    """Bound or not; a claim whose volume is lost is in progress, too."""
    phase = item.lenient("status.phase", "unknown")
    return (CURRENT, "") if phase == "Bound" else (IN_PROGRESS, f"its phase is {phase}")


def definition(item: Reader, _now: datetime) -> Verdict:
    """Names accepted and established, by the first condition that tells."""
    for condition in item.conditions():
        if condition.type == "NamesAccepted" and condition.status == "False":
            return FAILED, condition.message
        if condition.type == "Established" and condition.status == "False" and condition.reason != "Installing":
            return FAILED, condition.message
        if condition.type == "Established" and condition.status == "True":
            return CURRENT, ""
    return IN_PROGRESS, "it is being installed"
