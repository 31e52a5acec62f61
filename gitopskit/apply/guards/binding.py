"""Is this the system that was looked at before work began, and did it pass what it must?"""

from __future__ import annotations

from collections.abc import Iterator

from gitopskit.apply.attempt import Attempt
from gitopskit.apply.refusal import Refusal
from gitopskit.model.binding import Binding, moved_parts


class BindingGuard:
    """Compares the plan's target with the bound one, and looks at the checks that must hold.

    The identity guard holds the live system against the plan's target, so that both together hold it against the bound one.
    """

    name = "binding"
    is_waivable = False
    asks_system = False

    def check(self, attempt: Attempt) -> tuple[Refusal, ...]:
        """Refuse a system that is not the bound one, a failed must, and no binding at all where the policy asks for one."""
        if attempt.binding is not None:
            return (*self._moved(attempt, attempt.binding), *self._failed(attempt.binding))
        if not attempt.policy.needs_binding:
            return ()
        call = 'bind the workspace first: ws.bind(why="…")'
        return (Refusal(guard=self.name, code="binding/missing", what="this workspace is not bound to its target", next_step=call),)

    def _moved(self, attempt: Attempt, binding: Binding) -> Iterator[Refusal]:
        if binding.target is None:
            return
        for part, bound, found in moved_parts(binding.target, attempt.plan.target):
            yield Refusal(
                guard=self.name, code=f"binding/{part}", what=f"the plan is not for the system that was bound: its {part} differs",
                expected=bound, found=found, next_step="bind again, and look at what it is: ws.bind(why=…)",
            )  # fmt: skip

    def _failed(self, binding: Binding) -> Iterator[Refusal]:
        for row in binding.failed_musts:
            yield Refusal(
                guard=self.name, code="binding/failed", what=f"the check {row.name!r} must hold: {row.found}",
                next_step=row.next_step or "mend it, and bind again",
            )  # fmt: skip
