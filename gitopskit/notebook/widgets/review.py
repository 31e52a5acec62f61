"""Which steps of a plan shall be taken, and does somebody who has looked at them say so?

The choice is a plan of its own (`planning.selection`); it is confirmed by typing its id, or on a named context its short code, and applied
by `Workspace.apply`, as from a cell. The page decides nothing: what it sends is held against what the kernel knows.

The trap that shaped it: a front end may deliver messages in another thread while a cell runs, and a button may be pressed twice. So
everything that changes is changed under one lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from gitopskit.apply.approval import PREFIX_LENGTH, code_for
from gitopskit.apply.budget import delete_budget
from gitopskit.errors import GitopskitError, UsageError, plain
from gitopskit.model.changes import Change
from gitopskit.model.events import Event
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.notebook.choice import ids_of
from gitopskit.notebook.widgets.panel import Message, Panel
from gitopskit.notebook.widgets.rows import Words, head, packed, shown_changes
from gitopskit.notebook.widgets.waves import Waves
from gitopskit.notebook.widgets.work import Said, Work
from gitopskit.notebook.workspace import Workspace
from gitopskit.planning.needs import Need, needs_of
from gitopskit.planning.selection import Selection, select
from gitopskit.views.html import fragment
from gitopskit.views.html.markup import wrap
from gitopskit.views.html.plan import change_html
from gitopskit.views.html.selection import because_html
from gitopskit.views.terminal import render

TICK_S: Final = 0.2


class Review(Panel):
    """A review of one plan: choose steps, confirm, apply, stop, see the report.

    Attributes
    ----------
    plan
        The plan under review.
    report
        The report of the last apply from here; None before.
    """

    script = "review.js"

    def __init__(
        self, workspace: Workspace, plan: Plan, *, waive: Mapping[str, str] | None = None, why: str = "", ticket: str = ""
    ) -> None:
        super().__init__()
        self.plan = plan
        self.report: Report | None = None
        self._workspace, self._said = workspace, Said(waive=dict(waive or {}), why=why, ticket=ticket)
        self._rows = shown_changes(plan)
        self._wanted = {change.id for change in plan.steps}
        self._refused: set[ObjectId] = set()
        self._lock = threading.RLock()
        self._work: Work | None = None
        self._waves: Waves | None = None
        self._told_at = 0.0
        self._selection: Selection | None = None

    # --- what is chosen --------------------------------------------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """The part of the plan that is chosen now, with what comes along and what is left out for the sake of other steps."""
        with self._lock:
            if self._selection is None:
                self._selection = self._select()
            return self._selection

    @property
    def chosen(self) -> Plan:
        """The plan that would be applied now."""
        return self.selection.plan

    def choose(self, *rows: Change | ObjectId | str) -> None:
        """Take these steps."""
        self._choose(rows, on=True)

    def leave_out(self, *rows: Change | ObjectId | str) -> None:
        """Do not take these steps, and none that needs them."""
        self._choose(rows, on=False)

    def confirm(self, text: str) -> None:
        """Begin to apply what is chosen, confirmed by the text that is asked for; return at once.

        Raises
        ------
        UsageError
            It is not that text, nothing is chosen, or an apply from here goes on already.
        """
        with self._lock:
            self._check(text)
            plan = self.chosen
            self._waves, self.report = Waves(plan), None
            self._work = Work(self._workspace, plan, text.strip(), self._said, self._heard)
            self._tell_run()
            self._work.start(self._ended)

    def stop(self) -> None:
        """Ask the apply to end after the step that is under way."""
        with self._lock:
            if self._work is not None:
                self._work.stop()
                self._tell_run()

    def wait(self, timeout_s: float | None = None) -> Report | None:
        """Wait until an apply from here has ended, and return its report."""
        if self._work is not None:
            self._work.join(timeout_s)
        return self.report

    # --- shown ---------------------------------------------------------------------------------------------------------------------------

    def static(self) -> dict[str, str]:
        """Return the report if there is one, else the chosen plan; neither holds a code."""
        noun = self.report or self.chosen
        return {"text/html": fragment(noun), "text/plain": render(noun, is_coloured=False).rstrip()}

    def received(self, message: Message) -> None:
        """Take in what was done on the page."""
        with self._lock:
            try:
                self._received(message)
            except GitopskitError as error:
                self.tell("report", html=fragment(error), fresh=True)

    def _received(self, message: Message) -> None:
        match message:
            case {"type": "ready"}:
                self.tell("plan", **head(self.plan), **packed(self._rows))
                self._tell_chosen()
                self._tell_run()
                self._tell_report(fresh=False)
            case {"type": "choose", "rows": list(places), "on": bool(on), "together": bool(together)}:
                self._choose(self._at(places), on=on, together=together)
            case {"type": "fields", "row": int(place)}:
                self.tell("fields", html="".join(wrap(change_html(change)) for change in self._at([place])))
            case {"type": "apply", "plan": str(plan_id), "confirm": str(text)}:
                if plan_id != self.chosen.id:
                    raise UsageError("something else is chosen now than what was confirmed", next_step="look again, and confirm that")
                self.confirm(text)
            case {"type": "stop"}:
                self.stop()

    def _at(self, places: list[Any]) -> list[Change]:
        return [self._rows[place] for place in places if isinstance(place, int) and 0 <= place < len(self._rows)]

    # --- pieces --------------------------------------------------------------------------------------------------------------------------

    def _choose(self, rows: Iterable[Change | ObjectId | str], *, on: bool, together: bool = False) -> None:
        ids = set(ids_of(self.plan, rows))
        with self._lock:
            if self._is_locked:
                raise UsageError("nothing can be chosen now: " + self._locked_by, next_step="make a new review: ws.review()")
            self._wanted = self._wanted | ids if on else self._wanted - ids
            self._refused = self._refused - ids if on else self._refused if together else self._refused | ids
            self._selection = None
            self._tell_chosen()

    @cached_property
    def _needs(self) -> tuple[Need, ...]:
        return needs_of(self.plan)

    def _select(self) -> Selection:
        if self.plan.tool_plan:
            return Selection(plan=self.plan)
        return select(self.plan, self._wanted, without=self._refused, needs=self._needs)

    def _check(self, text: str) -> None:
        if self._is_running:
            raise UsageError("an apply goes on already", next_step="wait for it, or stop it")
        plan, word = self.chosen, text.strip()
        if not plan.steps:
            raise UsageError("nothing is chosen", next_step="choose a step")
        is_id = self._takes_id and len(word) >= PREFIX_LENGTH and plan.id.startswith(word.lower())
        if not is_id and word.upper() != self._expected(plan).upper():
            what = f"{plain(word, 40)!r} does not confirm plan {plan.id[:PREFIX_LENGTH]}"
            raise UsageError(what, next_step="type what is asked for beside the box")

    def _expected(self, plan: Plan) -> str:
        return plan.id[:PREFIX_LENGTH] if self._takes_id else code_for(plan)

    @property
    def _takes_id(self) -> bool:
        return self._workspace.accepts_id

    @property
    def _is_running(self) -> bool:
        return self._work is not None and self._work.is_alive

    @property
    def _is_locked(self) -> bool:
        return bool(self.plan.tool_plan) or self._is_running or bool(self.report and self.report.is_proved)

    @property
    def _locked_by(self) -> str:
        return "this system applies its own saved plan as a whole" if self.plan.tool_plan else "it is being applied, or was"

    def _heard(self, event: Event) -> None:
        """Take in an event, in the thread that applies; tell of it a few times a second."""
        waves = self._waves
        if waves is not None:
            waves.take(event)
            if time.monotonic() - self._told_at >= TICK_S:
                self._tell_run()

    def _ended(self, work: Work) -> None:
        """Take in the end of an apply; only then can another begin."""
        with self._lock:
            work.end()
            self.report = work.report
            self._tell_run()
            self._tell_report(fresh=True)
            self._tell_chosen()

    # --- telling the page ----------------------------------------------------------------------------------------------------------------

    def _tell_chosen(self) -> None:
        selection, places = self.selection, {change.id: at for at, change in enumerate(self._rows)}
        plan, budget, words = selection.plan, delete_budget(selection.plan, self._workspace.policy), Words()
        self.tell(
            "chosen",
            on=[places[change.id] for change in plan.steps],
            along=[[places[need.needs], words.number(f"{plain(str(need.id))}: {need.why}")] for need in selection.dragged],
            blocked=[[places[need.id], words.number(f"it needs {plain(str(need.needs))}: {need.why}")] for need in selection.blocked],
            words=words.listed,
            budget={"gone": len(budget.gone), "allowed": budget.allowed, "objects": budget.objects},
            because=wrap(because_html(selection)) if selection.dragged or selection.blocked else "",
        )
        if not self._is_locked or self.plan.tool_plan:
            self.tell("expected", **self._asked_for(plan))

    def _asked_for(self, plan: Plan) -> dict[str, Any]:
        if not plan.steps:
            return {"text": "", "why": "Nothing is chosen." if self.plan.steps else "Nothing is to be done."}
        if plan.problems:
            count = len(plan.problems)
            return {"text": "", "why": f"{count} of the chosen steps cannot be applied: leave {'them' if count > 1 else 'it'} out."}
        return {"text": self._expected(plan), "id": plan.id, "takesId": self._takes_id, "steps": len(plan.steps)}

    def _tell_run(self) -> None:
        self._told_at = time.monotonic()
        work, waves = self._work, self._waves
        if work is None or waves is None:
            return self.tell("run", state="idle", words="", waves=[])
        if not work.is_alive:
            state = "proved" if self.report and self.report.is_proved else "ended"
            words = "Done, and proved." if state == "proved" else "It has ended; the report says how. Confirm again to go on from there."
            return self.tell("run", state=state, words=words, waves=waves.rows())
        words = "Stopping: the step under way is finished first …" if work.is_stopping else f"Applying: {waves.words}"
        return self.tell("run", state="stopping" if work.is_stopping else "running", words=words, waves=waves.rows())

    def _tell_report(self, *, fresh: bool) -> None:
        noun = self.report or (self._work.error if self._work else None)
        if noun is not None:
            self.tell("report", html=fragment(noun), fresh=fresh)
