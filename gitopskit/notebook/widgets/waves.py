"""How far is an apply, wave by wave? The events of a run, folded into a few numbers."""

from __future__ import annotations

from typing import Any

from gitopskit.model.changes import Action, Change
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.plan import Plan
from gitopskit.planning.order import PRUNE_WAVE, WAVE_NAMES

_EXPECTED = (Outcome.CHANGED, Outcome.UNCHANGED)


class Waves:
    """What became of the steps of a plan so far.

    Attributes
    ----------
    words
        One sentence: what is happening now.
    """

    def __init__(self, plan: Plan) -> None:
        self.words = "asking the guards …"
        self._wave_of = {change.id: _wave(change) for change in plan.steps}
        self._totals = dict.fromkeys(sorted(set(self._wave_of.values())), 0)
        for wave in self._wave_of.values():
            self._totals[wave] += 1
        self._done = dict.fromkeys(self._totals, 0)
        self._bad = dict.fromkeys(self._totals, 0)
        self._passed = 0

    def take(self, event: Event) -> None:
        """Take in what happened."""
        match event.kind:
            case EventKind.GUARD:
                self._passed += event.outcome is not Outcome.REFUSED
                self.words = f"{self._passed} guards have nothing against it …"
            case EventKind.OUTCOME if event.id in self._wave_of:
                wave = self._wave_of[event.id]
                self._done[wave] += event.outcome in _EXPECTED
                self._bad[wave] += event.outcome not in _EXPECTED
                self.words = f"{sum(self._done.values())} of {len(self._wave_of)} steps are done …"
                if not any(left for left in self._left()):
                    self.words = "every step is done; planning once more for the proof …"
            case _:
                pass

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per wave that has steps: name, done, total, bad."""
        return [
            {"name": WAVE_NAMES[wave] if wave < len(WAVE_NAMES) else f"wave {wave}", "done": self._done[wave], "total": total, "bad": bad}
            for (wave, total), bad in zip(self._totals.items(), self._bad.values(), strict=True)
        ]

    def _left(self) -> list[int]:
        return [total - self._done[wave] - self._bad[wave] for wave, total in self._totals.items()]


def _wave(change: Change) -> int:
    return PRUNE_WAVE if change.action is Action.DELETE else change.wave
