"""Is this the plan that was made, by a version that knows how to apply it?"""

from __future__ import annotations

from gitopskit import __version__
from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.canonical import digest
from gitopskit.model.plan import FORMAT


class IntactGuard:
    """Compares the plan's id with its content, and its format and tool with ours."""

    name = "intact"
    is_waivable = False
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a plan that was altered, or that another version made."""
        plan = attempt.plan
        if digest(plan) != plan.id:
            return (self._refuse("altered", "the plan was altered", plan.id[:12], digest(plan)[:12]),)
        ours = f"gitopskit/{__version__}"
        if plan.format != FORMAT or plan.tool.rpartition(".")[0] != ours.rpartition(".")[0]:
            return (self._refuse("version", "the plan was made by another version", ours, plan.tool),)
        if plan.tool_plan and plan.options.only is not None:
            return (self._refuse("part", "the system applies its own saved plan, of which no part can be left out", "all steps", "some"),)
        return ()

    def _refuse(self, case: str, what: str, expected: str, found: str) -> Refusal:
        return Refusal(guard=self.name, code=f"intact/{case}", what=what, expected=expected, found=found, next_step="plan again")
