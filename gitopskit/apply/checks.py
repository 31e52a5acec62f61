"""Which checks does every binding make?

References
----------
Kubernetes, "Version Skew Policy": kubectl is supported within one minor version of kube-apiserver.
"""

from __future__ import annotations

import re
import shutil
from typing import Final

from gitopskit import home
from gitopskit.apply.operation import tool_versions
from gitopskit.apply.preflight import Check, Finding, failed, passed, unknown
from gitopskit.apply.subject import Subject
from gitopskit.model.binding import Level, moved_parts

SKEW_LIMIT_S: Final = 5.0
ROOM_BYTES: Final = 64 * 2**20
_NAMED: Final = 5


def known_target(subject: Subject) -> Finding:
    """Look whether the system tells who it is and who we are to it."""
    target = subject.target
    said = f"{target.name} at {target.server}, uid {target.uid or 'unknown'}, as {target.user or 'unknown'}"
    if target.user and (target.uid or target.authority):
        return passed(said if target.uid else f"{said}: known by its certificate authority alone")
    return failed(said, "ask for the right to read it: without, another system behind the same name is not recognised")


def same_target(subject: Subject) -> Finding:
    """Look whether the name stands for the system that it stood for before."""
    if subject.before is None:
        return passed("a sandbox, to be thrown away" if subject.target.is_sandbox else "it is bound for the first time")
    moved = [f"its {part} was {old}, and is {new}" for part, old, new in moved_parts(subject.before, subject.target)]
    if not moved:
        return passed("as it was when it was last bound")
    return failed("; ".join(moved), "make sure that it is meant, then take it as a new one: ws.bind(…, anew=True)")


def reachable(subject: Subject) -> Finding:
    """Look whether the system answers, and how fast."""
    vitals = subject.vitals
    if vitals is None:
        return passed(f"{subject.target.name} answers")
    return passed(f"it answers in {vitals.round_trip_s * 1000:.0f} ms")


def loaded(subject: Subject) -> Finding:
    """Look whether the desired state can be read."""
    desired = subject.desired
    commit = f" at {desired.source.commit[:12]} ({desired.source.revision})" if desired.source else ""
    return passed(f"{len(desired)} objects{commit}")


def on_trunk(subject: Subject) -> Finding:
    """Look whether the commit has reached the trunk."""
    source = subject.desired.source
    if source is None or not source.trunk:
        said = "no trunk is named"
        return (
            failed(said, 'name it: Workspace(…, trunk="main")')
            if subject.policy.require_trunk
            else passed(f"{said}, and none is asked for")
        )
    if source.on_trunk:
        found = subject.ahead(source.commit, source.trunk) if subject.ahead else None
        if found is not None and found.count:
            newer = f"{found.count} newer commit{'s' if found.count > 1 else ''}"
            return failed(
                f"{source.commit[:12]} is on {source.trunk}, which has {newer}", "plan from the trunk, unless the older one is meant"
            )
        return passed(f"{source.commit[:12]} is on {source.trunk}")
    word = "is not known to be" if source.on_trunk is None else "is not"
    return failed(f"{source.commit[:12]} {word} on {source.trunk}", "merge it through a reviewed pull request")


def whole_ledger(subject: Subject) -> Finding:
    """Look whether the ledger can be written, and nobody has altered it."""
    ledger = subject.ledger
    try:
        ledger.check()
    except OSError as error:
        return failed(f"it cannot be written: {error.strerror}", "make room, or set GITOPSKIT_STATE to a folder that can be written")
    if not ledger.is_whole():
        return failed("a line was altered or taken out", f"keep {ledger.path} as evidence, and move it away")
    count = len(ledger.entries())
    return passed(f"{count} execution{'s' if count != 1 else ''}, the chain is whole")


def nothing_open(subject: Subject) -> Finding:
    """Look whether an earlier operation died on the way."""
    left = subject.ledger.unclosed()
    if not left:
        return passed("every operation that was opened was closed")
    last = left[-1]
    who = f"{last['who']} at {last['began_at'][:19]} UTC" + (f" ({last['why']})" if last["why"] else "")
    more = f"; {len(left) - 1} more" if len(left) > 1 else ""
    step = f"make the same call again: it goes on where plan {last['plan'][:12]} stopped; or plan anew"
    return failed(f"an operation opened by {who} has no end: it died, or is under way{more}", step)


def readable(subject: Subject) -> Finding:
    """Look whether all of the scope can be read."""
    blind = subject.live.unreadable
    if not blind:
        return passed(f"{len(subject.live)} live objects were read")
    named = ", ".join(f"{one.group_kind or 'everything'} {one.namespace}".strip() + f" ({one.reason})" for one in blind[:_NAMED])
    return failed(f"could not be read: {named}" + _more(len(blind)), "ask for the right to read it; nothing is pruned there")


def owned(subject: Subject) -> Finding:
    """Look whether the inventory is ours."""
    inventory = subject.plan.inventory
    if inventory is None or not inventory.exists:
        return passed("there is no inventory yet")
    if inventory.tooling.partition("/")[0] == "gitopskit":
        return passed(f"{inventory.name} is managed by {inventory.tooling}")
    return failed(f"{inventory.name} is managed by {inventory.tooling or 'nobody'}", "take it over on purpose: ws.plan(adopt=True)")


def allowed(subject: Subject) -> Finding:
    """Look whether we may do all that a plan of this moment needs."""
    lacking = subject.denied
    if not lacking:
        return passed(f"all of the {len(subject.plan.steps)} steps")
    named = ", ".join(f"{one.verb} {one.resource}" + (f" in {one.namespace}" if one.namespace else "") for one in lacking[:_NAMED])
    return failed(f"may not {named}" + _more(len(lacking)), "ask for the right, or act as somebody who has it")


def clock(subject: Subject) -> Finding:
    """Look whether the system's clock and ours agree: locks and certificates live by them."""
    vitals = subject.vitals
    if vitals is None or vitals.skew_s is None:
        return unknown("the system does not tell its time")
    said = f"{abs(vitals.skew_s):.0f} s {'ahead of' if vitals.skew_s > 0 else 'behind'} ours"
    return (
        passed("it agrees with ours")
        if abs(vitals.skew_s) <= SKEW_LIMIT_S
        else failed(said, "set the clock of this machine, or tell theirs")
    )


def known_version(subject: Subject) -> Finding:
    """Look whether the server's version is near those of our schema and of kubectl."""
    vitals, version = subject.vitals, subject.target.version
    if vitals is None or not vitals.known_version:
        return passed(version or "nothing is known of versions")
    tools = {"our schema": vitals.known_version, "kubectl": tool_versions()["kubectl"]}
    far = [f"{tool} {found}" for tool, found in tools.items() if found and _distance(version, found) > 1]
    if not _minor(version):
        return unknown(f"the version {version!r} tells nothing")
    return (
        failed(f"{version} is more than one minor version from {' and '.join(far)}", "expect more dry-runs, and look twice")
        if far
        else passed(version)
    )


def mutated(subject: Subject) -> Finding:
    """Look what may change objects on their way in."""
    vitals = subject.vitals
    if vitals is None:
        return passed("nothing of the kind")
    if vitals.mutators is None:
        return unknown("webhooks and policies cannot be read", "ask for the right to list them; until then more is asked by dry-run")
    return passed(
        f"{vitals.mutators} rules may change objects on their way in" if vitals.mutators else "nothing changes objects on their way in"
    )


def room(_subject: Subject) -> Finding:
    """Look whether there is room for journals and ledger."""
    folder = home.state_dir()
    free = shutil.disk_usage(folder).free
    said = f"{free / 2**20:,.0f} MiB are free for {folder}"
    return passed(said) if free >= ROOM_BYTES else failed(said, "make room, or set GITOPSKIT_STATE")


def place(subject: Subject) -> Finding:
    """Say what kind of place this is."""
    if subject.target.is_sandbox:
        return passed("a sandbox: everything is allowed that harms no truth")
    asked = [name for name in ("needs_person", "needs_reason", "needs_binding", "require_trunk") if getattr(subject.policy, name)]
    return passed(f"a named context; the policy asks for {', '.join(asked) or 'nothing'}")


CHECKS: Final = (
    Check(name="known target", level=Level.MUST, ask=known_target),
    Check(name="same target", level=Level.MUST, ask=same_target),
    Check(name="reachable", level=Level.MUST, ask=reachable),
    Check(name="desired state", level=Level.MUST, ask=loaded),
    Check(name="ledger", level=Level.MUST, ask=whole_ledger),
    Check(name="nothing left open", level=Level.SHOULD, ask=nothing_open),
    Check(name="on trunk", level=Level.SHOULD, ask=on_trunk),
    Check(name="readable", level=Level.SHOULD, ask=readable),
    Check(name="inventory", level=Level.SHOULD, ask=owned),
    Check(name="rights", level=Level.SHOULD, ask=allowed),
    Check(name="clock", level=Level.SHOULD, ask=clock),
    Check(name="version", level=Level.SHOULD, ask=known_version),
    Check(name="room", level=Level.SHOULD, ask=room),
    Check(name="webhooks", level=Level.MAY, ask=mutated),
    Check(name="place", level=Level.MAY, ask=place),
)


def _more(count: int) -> str:
    return f" and {count - _NAMED} more" if count > _NAMED else ""


def _minor(version: str) -> tuple[int, int] | None:
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None


def _distance(one: str, other: str) -> int:
    first, second = _minor(one), _minor(other)
    if first is None or second is None:
        return 0
    return abs(first[1] - second[1]) if first[0] == second[0] else 100
