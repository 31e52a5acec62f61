"""What does it mean to take only some steps of a plan?

The part is a plan of its own, with an id of its own: the same rows, of which only the chosen ones are steps. What the chosen ones need is
taken along, what needs something that was refused is left out, and both are told with a reason.

The trap that shaped it: a part that remembered its rows would be stale at once, for every apply plans again. So the choice is one of the
options of a plan, and planning again with the same options gives the same part.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from gitopskit.errors import UsageError, plain
from gitopskit.model.brief import ID_LENGTH, brief, tally
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan
from gitopskit.planning.needs import Need, needs_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Part of a plan, and what became part of it or not for the sake of other steps.

    Attributes
    ----------
    plan
        The part; the whole plan itself where every step was chosen.
    dragged
        Why steps were taken along that nobody named: one need for each of them.
    blocked
        Why steps were left out although they were wanted: one need for each of them.
    """

    plan: Plan
    dragged: tuple[Need, ...] = ()
    blocked: tuple[Need, ...] = ()

    def __repr__(self) -> str:
        found = {"steps": len(self.plan.steps), "taken along": len(self.dragged), "left out": len(self.plan.left_out)}
        return brief(self, f"of plan {self.plan.id[:ID_LENGTH]}", tally(found))


def select(
    plan: Plan, ids: Iterable[ObjectId] | None = None, *, without: Iterable[ObjectId] = (), needs: Collection[Need] | None = None
) -> Selection:
    """Return the part of a plan that takes these steps and those that they need.

    Parameters
    ----------
    ids
        The objects whose steps are wanted; all of the plan's by default. Rows that are no steps may be among them.
    without
        Objects whose steps are not taken whatever needs them: what does is left out as well.
    needs
        What `needs_of` gave for this plan, where somebody selects again and again.

    Raises
    ------
    UsageError
        An object is not in the plan, or the system applies nothing but its own saved plan.
    """
    steps = {change.id: number for number, change in enumerate(plan.changes) if change.action.writes}
    refused = set(without)
    wanted = {change.id for change in plan.steps} if ids is None else set(ids)
    _check(plan, wanted | refused)
    found = needs_of(plan) if needs is None else needs
    hopeless = _reached(refused, found, backwards=True)
    chosen = (wanted & steps.keys()) - refused - hopeless.keys()
    dragged = _reached(chosen, found)
    chosen |= dragged.keys()
    only = None if len(chosen) == len(steps) else tuple(sorted(chosen, key=lambda item: item.parts))
    return Selection(
        plan=plan if only == plan.options.only else replace(plan, options=replace(plan.options, only=only)),
        dragged=tuple(dragged[one] for one in sorted(dragged, key=steps.__getitem__)),
        blocked=tuple(hopeless[one] for one in sorted(hopeless.keys() & wanted, key=steps.__getitem__)),
    )


def _check(plan: Plan, named: set[ObjectId]) -> None:
    if plan.tool_plan:
        what = "this system applies just its own saved plan: no part of it can be left out"
        raise UsageError(what, next_step="plan again for fewer objects, with the tool's own means")
    if unknown := named - {change.id for change in plan.changes}:
        one = min(unknown, key=lambda item: item.parts)
        raise UsageError(f"{plain(str(one))} is not in plan {plan.id[:12]}", next_step="take rows of plan.to_frame()")


def _reached(start: Iterable[ObjectId], needs: Collection[Need], *, backwards: bool = False) -> dict[ObjectId, Need]:
    """Return what is reached from some steps along the needs (or, backwards, along who needs them), and by which need."""
    along: Mapping[ObjectId, list[Need]] = defaultdict(list)
    for need in needs:
        along[need.needs if backwards else need.id].append(need)
    begun, found = set(start), dict[ObjectId, Need]()
    queue = deque(sorted(begun, key=lambda item: item.parts))
    while queue:
        for need in along[queue.popleft()]:
            other = need.id if backwards else need.needs
            if other not in begun and other not in found:
                found[other] = need
                queue.append(other)
    return found
