"""What do the Lua scripts say that Argo CD bundles for kinds without a rule in Go?

A script compares what it finds and never asks for its type, and it fails where it takes a field of what is not there. So do these,
with one difference: what is no list, no structure or no text where one is needed is malformed here, whatever Lua would make of it.

References
----------
Argo CD 3.6.1, resource_customizations/GROUP/KIND/health.lua.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from gitopskit.planning.health.argocd.workloads import DEGRADED, HEALTHY, PROGRESSING, Verdict
from gitopskit.planning.health.reading import ABSENT, MalformedError, Reader, is_number

_Entry: TypeAlias = Mapping[str, Any]
_ADMITTING: Final = (PROGRESSING, "its routers have not all admitted it yet")
_STARTING: Final = (PROGRESSING, "its Pods are not running yet")


def cronjob(item: Reader) -> Verdict:
    """Only a last run that ended without success is degraded; what nobody knows counts as healthy."""
    _need(item, "spec")
    if item.find("spec.suspend") is True:
        return HEALTHY, "it is suspended"
    if not _is_there(item, "status"):
        return PROGRESSING, "its controller has not seen it yet"
    if not _is_there(item, "status.lastScheduleTime"):
        return HEALTHY, "it has not been due yet"
    if not _is_there(item, "status.lastSuccessfulTime"):
        return HEALTHY, "none of its Jobs has succeeded so far"
    if _listed(item, "status.active"):
        return HEALTHY, "a Job is running; the one before may have failed"
    if item.text("status.lastSuccessfulTime") < item.text("status.lastScheduleTime"):
        return DEGRADED, "its last Job did not succeed"
    return HEALTHY, "its last Job succeeded"


def definition(item: Reader) -> Verdict:
    """Names accepted, schema structural, established; the first condition that says otherwise decides."""
    if _is_there(item, "metadata.deletionTimestamp"):
        return PROGRESSING, "it is being deleted"
    _need(item, "status")
    is_established = False
    for entry in _conditions(item) or ():
        if (found := _obstacle(entry)) is not None:
            return found
        is_established |= _is(entry, "Established", "True")
    return (HEALTHY, "") if is_established else (PROGRESSING, "it is not established yet")


def _obstacle(entry: _Entry) -> Verdict | None:
    """Return what one condition of a definition says against it."""
    if _is(entry, "Terminating", "True"):
        return PROGRESSING, _text(entry, "message")
    if _is(entry, "NamesAccepted", "False") or _is(entry, "NonStructuralSchema", "True"):
        return DEGRADED, _text(entry, "message")
    if entry.get("type") == "Established" and entry.get("status") != "True":
        if entry.get("reason") == "Installing":
            return PROGRESSING, "it is being installed"
        if entry.get("reason") == "InvalidCABundle":
            return DEGRADED, _text(entry, "message")
    return None


def budget(item: Reader) -> Verdict:
    """Any condition that is false is degraded, but for too few Pods: that is what a budget is for."""
    verdict: Verdict = (PROGRESSING, "its controller has not seen it yet")
    for entry in _conditions(item) or ():
        is_degraded = entry.get("status") == "False" and entry.get("reason") != "InsufficientPods"
        verdict = (DEGRADED if is_degraded else HEALTHY, _text(entry, "reason"))
        if is_degraded:
            break
    return verdict


def route(item: Reader) -> Verdict:
    """Each router says whether it admits the route; where none says anything, nothing is missing."""
    routers = _listed(item, "status.ingress")
    if routers is None:
        return _ADMITTING
    admitted = [entry.get("status") for router in routers for entry in _admissions(router)]
    if admitted.count("True") == len(routers):
        return HEALTHY, ""
    return (DEGRADED, "a router refuses it") if "False" in admitted else _ADMITTING


def _admissions(router: Any) -> list[_Entry]:
    found = _listed(Reader(router, "status.ingress[]"), "conditions")
    if found is None:
        raise MalformedError("status.ingress[].conditions", None, "a list")
    return [entry for entry in _entries(found, "status.ingress[].conditions") if entry.get("type") == "Admitted"]


def deployment_config(item: Reader) -> Verdict:
    """Available and rolled out: both is healthy, one is under way, none is degraded."""
    conditions, replicas = _conditions(item), item.find("status.replicas") if _is_there(item, "status") else None
    if conditions is None or replicas is None or replicas is ABSENT:
        return _STARTING
    count = sum(_is(entry, "Available", "True") or _is_rolled_out(entry) for entry in conditions)
    if count == 2 or (is_number(replicas) and replicas == 0):
        return HEALTHY, ""
    return _STARTING if count == 1 else (DEGRADED, "it is neither available nor rolled out")


def _is_rolled_out(entry: _Entry) -> bool:
    return _is(entry, "Progressing", "True") and entry.get("reason") == "NewReplicationControllerAvailable"


def subscription(item: Reader) -> Verdict:
    """Catalogues and resolution in order, install plan done; one that waits for approval is healthy once something is installed."""
    conditions = _conditions(item)
    if conditions is None:
        return PROGRESSING, "nobody has looked at it yet"
    waits = _waits_for_approval(item, conditions)
    judged = [entry for entry in conditions if not (waits and entry.get("type") == "InstallPlanPending")]
    told = [f"{_text(entry, 'type')} {_text(entry, 'status')}" for entry in judged]
    state = item.text("status.state")
    message = ", ".join([*told, f"state {state or 'not known yet'}"])
    if state == "UpgradeFailed" or any(map(_is_broken, judged)):
        return DEGRADED, message
    is_on_its_way = state in ("", "UpgradeAvailable") or (state == "UpgradePending" and not waits)
    is_pending = is_on_its_way or any(_is(entry, "InstallPlanPending", "True") for entry in judged)
    return PROGRESSING if is_pending else HEALTHY, message


def _waits_for_approval(item: Reader, conditions: list[_Entry]) -> bool:
    if not _is_there(item, "spec") or item.find("spec.installPlanApproval") != "Manual" or not _is_there(item, "status.installedCSV"):
        return False
    return any(_is(entry, "InstallPlanPending", "True") and entry.get("reason") == "RequiresApproval" for entry in conditions)


def _is_broken(entry: _Entry) -> bool:
    if entry.get("type") == "InstallPlanMissing":
        return entry.get("reason") != "ReferencedInstallPlanNotFound"
    return any(_is(entry, name, "True") for name in ("CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed"))


_SET_ORDER: Final = (
    ("ErrorOccurred", "True", DEGRADED),
    ("ResourcesUpToDate", "False", DEGRADED),
    ("RolloutProgressing", "True", PROGRESSING),
    ("ResourcesUpToDate", "True", HEALTHY),
)


def application_set(item: Reader) -> Verdict:
    """Errors first, then what is not up to date, then what rolls out."""
    conditions = _conditions(item) or []
    for type_, status, verdict in _SET_ORDER:
        for entry in conditions:
            if _is(entry, type_, status):
                return verdict, _text(entry, "message") if entry.get("message") is not None else ""
    return PROGRESSING, "nobody has looked at it yet"


def _is(entry: _Entry, type_: str, status: str) -> bool:
    return bool(entry.get("type") == type_ and entry.get("status") == status)


def _is_there(item: Reader, path: str) -> bool:
    found = item.find(path)
    return found is not ABSENT and found is not None


def _need(item: Reader, path: str) -> None:
    found = item.find(path)
    if not isinstance(found, Mapping):
        raise MalformedError(path, found, "a map")


def _conditions(item: Reader) -> list[_Entry] | None:
    found = _listed(item, "status.conditions")
    return None if found is None else _entries(found, "status.conditions")


def _listed(item: Reader, path: str) -> list[Any] | None:
    if not _is_there(item, path):
        return None
    if not isinstance(found := item.find(path), list):
        raise MalformedError(item.at(path), found, "a list")
    return found


def _entries(found: list[Any], path: str) -> list[_Entry]:
    for entry in found:
        if not isinstance(entry, Mapping):
            raise MalformedError(f"{path}[]", entry, "a map")
    return found


def _text(entry: _Entry, name: str) -> str:
    if not isinstance(found := entry.get(name), str):
        raise MalformedError(f"status.conditions[].{name}", found, "text")
    return found
