"""Does a baseline still hold, and for which rows?

The trap that shaped it: drift that was accepted once is forgotten. So a baseline ends by itself, an accepted field that moves on, live
or in Git, shows again, and both are said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from gitopskit.errors import BaselineError, plain
from gitopskit.model.baseline import Accepted, Baseline, identity_of
from gitopskit.model.canonical import digest
from gitopskit.model.differences import Difference, HidingRule
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import path_to_list
from gitopskit.model.plan import Plan
from gitopskit.planning.suppression import BASELINE_RULE


class Acceptance:
    """A baseline at one moment.

    Raises
    ------
    BaselineError
        It is another system's.
    """

    def __init__(self, baseline: Baseline | None, plan: Plan, now: datetime) -> None:
        self._baseline = baseline
        self.is_over = baseline is not None and now >= baseline.expires_at
        self._moved = 0
        if baseline is not None and (baseline.system, baseline.target) != (plan.target.system, identity_of(plan.target)):
            what = f"the baseline was made for another system: {plain(baseline.system)} {plain(baseline.target)}"
            raise BaselineError(what, where=plan.target.server, next_step="look at the differences, and accept what may stay")
        fields = baseline.fields if baseline is not None else ()
        self._accepted: Mapping[tuple[ObjectId, tuple[str, ...]], Accepted] = {(one.id, one.path): one for one in fields}
        self._objects = {one.id for one in fields}

    def judge(self, row: Difference) -> Difference:
        """Return the row, hidden if just this was accepted."""
        if row.rule or row.id not in self._objects:
            return row
        accepted = self._accepted.get((row.id, tuple(path_to_list(row.path))))
        if accepted is None or self.is_over:
            return row
        if (accepted.live, accepted.head) == (digest(row.live), digest(row.head)):
            return replace(row, rule=BASELINE_RULE)
        self._moved += 1
        return row

    @property
    def rules(self) -> tuple[HidingRule, ...]:
        """The baseline as it stands beside the rules; none where it is over."""
        if self._baseline is None or self.is_over:
            return ()
        hides = f"drift that was accepted until {self._baseline.expires_at:%Y-%m-%d %H:%M} UTC"
        return (HidingRule(id=BASELINE_RULE, hides=hides, why=self._baseline.reason, source=f"baseline {self._baseline.id[:12]}"),)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of it; complete once all rows were judged."""
        if self._baseline is None:
            return ()
        if self.is_over:
            ended, count = self._baseline.expires_at, len(self._baseline.fields)
            return (f"the baseline ended on {ended:%Y-%m-%d %H:%M} UTC: what it accepted ({count}) is shown again",)
        return (f"{self._moved} accepted differences have moved on, and are shown again",) if self._moved else ()
