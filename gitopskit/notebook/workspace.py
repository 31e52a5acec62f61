"""One place to look and act: a source, a target, and the verbs between them.

The notebook, the shell and the tests are its three customers. A workspace opens a sandbox unless the code names a context: nobody
reaches their own cluster by accident.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from gitopskit import sources
from gitopskit.apply import Attempt, Policy, execute
from gitopskit.apply.approval import grant
from gitopskit.apply.bind import bind
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.preflight import Check
from gitopskit.apply.subject import Subject
from gitopskit.errors import UsageError
from gitopskit.model.baseline import Baseline
from gitopskit.model.binding import Binding
from gitopskit.model.differences import Differences
from gitopskit.model.events import Event, EventKind
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Snapshot
from gitopskit.model.strip import Strip
from gitopskit.notebook import looking, past
from gitopskit.notebook.display import progress_bar
from gitopskit.notebook.history import note, running_place
from gitopskit.notebook.standing import strip_of
from gitopskit.notebook.targets import Target, sandbox
from gitopskit.notebook.waiting import settled
from gitopskit.providers.base import Follows, Progress, Provider, no_progress
from gitopskit.sources.forges import Forge, find_forge
from gitopskit.sources.git import public
from gitopskit.sources.trunk import ahead_of

if TYPE_CHECKING:
    from gitopskit.notebook.widgets.live import Live
    from gitopskit.notebook.widgets.review import Review


class Workspace:
    """Desired state of one source, beside the live state of one target.

    Parameters
    ----------
    repo
        Folder of a Git repository, or its https or ssh address.
    path
        Folder or file inside the repository.
    revision
        Branch, tag or commit to plan for, unless a call names another.
    trunk
        The branch that changes must have reached to be applied on a named context.
    target
        `gk.sandbox()` or `gk.context("name")`; a new sandbox by default.
    namespace
        For namespaced objects that name none.
    inventory
        Name of the set that is managed together; by default made from repository and path.
    policy
        The limits of the guards; strict on a named context, generous in a sandbox.
    forge
        Where pull requests are kept; by default the repository itself, if it keeps them; None where none is known.

    Examples
    --------
    ws = Workspace(repo="shop", path="deploy", target=gk.sandbox())
    plan = ws.plan()
    ws.apply(plan, confirm=plan.id)
    """

    def __init__(
        self,
        repo: str | os.PathLike[str],
        path: str = "",
        *,
        revision: str = "HEAD",
        commit: str = "",
        trunk: str = "",
        target: Target | None = None,
        namespace: str = "default",
        inventory: str = "",
        policy: Policy | None = None,
        forge: Forge | None = None,
    ) -> None:
        self.repo = repo
        self.path = path
        self.revision = revision
        self.commit = commit
        self.trunk = trunk
        self.target: Target = target if target is not None else sandbox()
        self.provider: Provider = self.target.provider()
        self.options = PlanOptions(namespace=namespace, inventory=inventory)
        self.policy = policy or (Policy.for_sandbox() if self.target.is_sandbox else Policy.strict())
        self.forge = forge or find_forge(repo)
        self.history: list[Plan | Report] = []
        self.binding: Binding | None = None
        self.progress: Progress = progress_bar()
        self.accepts_id = self.target.is_sandbox
        self._is_following = False

    @classmethod
    def of_plan(cls, plan: Plan, *, target: Target, policy: Policy | None = None) -> Workspace:
        """Return the workspace in which a loaded plan is applied, by a person in a shell."""
        source, options = plan.source, plan.options
        workspace = cls(source.url, source.path, revision=source.commit, trunk=source.trunk, target=target, policy=policy)
        workspace.options = options
        workspace.accepts_id = True
        return workspace

    def desired(self, rev: str | None = None) -> Snapshot:
        """Return what Git says at a revision."""
        return sources.load(self.repo, rev or self.revision, self.path, trunk=self.trunk, commit="" if rev else self.commit)

    def live(self, *, everything: bool = False) -> Snapshot:
        """Return what is really there: the kinds and namespaces of the desired state, or the whole cluster for an audit."""
        scope = Scope(everything=True) if everything else self.provider.scope(self.desired(), self.options)
        return self.provider.read(scope, self.progress)

    def settled(self, timeout_s: float = 60) -> Snapshot:
        """Return the live side once nothing in it is on its way, or as it is after `timeout_s` seconds."""
        return settled(self.live, timeout_s)

    def follow(self) -> None:
        """Keep the live side fresh from now on, so that a plan costs what has changed; until `close`.

        For looking on while people commit and clusters change. An apply reads everything anew all the same.

        Raises
        ------
        UsageError
            The system does not tell of changes by itself.
        """
        if not isinstance(self.provider, Follows):
            raise UsageError(f"{self.provider.name} does not tell of changes by itself", next_step="plan again for a new look")
        self._is_following = True
        self.provider.followed(self.provider.scope(self.desired(), self.options), self.progress)

    def close(self) -> None:
        """End what `follow` began."""
        self._is_following = False
        if isinstance(self.provider, Follows):
            self.provider.unfollow()

    def plan(self, rev: str | None = None, *, prune: bool = False, adopt: bool = False, force_fields: tuple[str, ...] = ()) -> Plan:
        """Say what an apply would do; nothing is written.

        Parameters
        ----------
        rev
            Another revision than the workspace's.
        prune
            Delete what is no longer desired.
        adopt
            Take over what another tool manages.
        force_fields
            Contested fields to take over, as the plan prints them (``"<object id>: <path>"``).
        """
        options = PlanOptions(
            namespace=self.options.namespace, inventory=self.options.inventory, prune=prune, adopt=adopt, force_fields=force_fields
        )
        _, plan = self.look(self.desired(rev), options)
        self.history.append(plan)
        return plan

    def look(self, desired: Snapshot, options: PlanOptions | None = None, *, known: Snapshot | None = None) -> tuple[Snapshot, Plan]:
        """Return the live side, and the plan that was made from it.

        Parameters
        ----------
        known
            All objects to read; by default the desired ones.
        """
        chosen, wider = options or self.options, known or desired
        scope = self.provider.scope(wider, chosen)
        if self._is_following and isinstance(self.provider, Follows):
            live = self.provider.followed(scope, self.progress)
        else:
            live = self.provider.read(scope, self.progress, only=wider.objects)
        return live, self.provider.plan(desired, live, chosen, self.progress)

    def differences(
        self,
        base: str = "",
        rev: str | None = None,
        *,
        rules: Iterable[IgnoreRule] = (),
        baseline: Baseline | Path | str | None = None,
        hidden: bool = False,
    ) -> Differences:
        """Say field by field where Git and the live side disagree, who moved, and what is hidden; nothing is written.

        Parameters
        ----------
        base
            The revision to look from; by default the commit of the last apply of this source that went well, where the ledger knows one.
        rev
            The revision to look at, if not the workspace's: ``ws.differences("main", "topic")`` has four columns for a pull request.
        rules
            Fields that you do not want to look at. They hide rows here and change nothing about a plan or an apply.
        baseline
            Drift that was accepted for a time (`gk.accept_drift`), or the file that it is in.
        hidden
            Whether what the rules hide is shown as well; `Differences.show` switches off single rules.
        """
        found = looking.look(self, base, rev, rules, baseline)
        return found.show() if hidden else found

    def timeline(self, of: ObjectId | str, rev: str | None = None) -> Timeline:
        """Say how an object came to be as it is: the commits that touched it, and what happened to it on the live side.

        Parameters
        ----------
        of
            The object, as it prints: ``"Deployment.apps shop/web"``. One that is gone has a past as well.
        rev
            Another revision to look back from than the workspace's.

        Raises
        ------
        UsageError
            Neither side has ever had it.
        """
        return past.timeline(self, of, rev or "")

    def blame(self, of: ObjectId | str, rev: str | None = None) -> Blame:
        """Say of each field of an object who said so, and who did so: the commit and line that state it, the manager that holds it.

        Parameters
        ----------
        of
            The object, as it prints: ``"Deployment.apps shop/web"``.
        rev
            Another revision to look back from than the workspace's.

        Raises
        ------
        UsageError
            Neither side has it.
        """
        return past.blame(self, of, rev or "")

    def bind(self, why: str = "", *, ticket: str = "", checks: Iterable[Check] = (), anew: bool = False) -> Binding:
        """Look at everything before work begins, and hold on to the system that was found; nothing is written there.

        From then on an apply is refused when a check that must hold does not, or when its plan is for another system than this one.

        Parameters
        ----------
        why, ticket
            For the ledger, of every apply in this workspace that says nothing else.
        checks
            Checks of one's own, after those that every binding makes.
        anew
            Take the system behind the name for what it is now, whatever it was when it was last bound.
        """
        subject = Subject(
            provider=self.provider, policy=self.policy, load=self.desired, options=self.options, progress=self.progress
        )  # fmt: skip
        self.binding = bind(subject, why=why, ticket=ticket, more=checks, anew=anew)
        return self.binding

    def apply(
        self,
        plan: Plan,
        *,
        confirm: str | Path | None = None,
        waive: Mapping[str, str] | None = None,
        why: str = "",
        ticket: str = "",
        on_event: Callable[[Event], None] | None = None,
    ) -> Report:
        """Apply just this plan, guarded, and prove that a second one is empty.

        Parameters
        ----------
        confirm
            In a sandbox the plan's id. On a named context the short code that is shown with the plan, typed by a person; asked for when
            left out. Or the path of an approval file.
        waive
            Guards to set aside for this plan, with a reason each.
        why, ticket
            What the ledger is told before the first write; by default what `bind` was told. A named context asks for a reason.
        on_event
            Told of each event as it happens, in place of the bar that shows how far it is. A KeyboardInterrupt in it ends the apply after
            the step that is under way.

        Returns
        -------
        The report; `stopped` says why if a guard refused or a step failed.
        """
        source = plan.source
        if confirm is None and not self.accepts_id:
            confirm = _ask()
        desired = sources.load(self.repo, source.revision, source.path, trunk=source.trunk, commit=source.commit)
        attempt = Attempt(
            plan=plan,
            desired=desired,
            provider=self.provider,
            policy=self.policy,
            approval=grant(plan, confirm, accepts_id=self.accepts_id),
            waivers=dict(waive or {}),
            why=why or (self.binding.why if self.binding else ""),
            ticket=ticket or (self.binding.ticket if self.binding else ""),
            place=running_place(),
            forge=self.forge,
            ahead=lambda: ahead_of(self.repo, source.commit, source.trunk),
            binding=self.binding,
            progress=self.progress if on_event is None else no_progress,
        )
        report = execute(attempt, on_event or _count_steps(plan, self.progress))
        self.history.append(report)
        note(self, report)
        return report

    def strip(self) -> Strip:
        """Say of each plan made here how it stands: not run, ok, failed, applied, or stale: applied, and no longer so."""
        return strip_of(self)

    def review(self, plan: Plan | None = None, *, waive: Mapping[str, str] | None = None, why: str = "", ticket: str = "") -> Review:
        """Show a plan to choose steps from, to confirm and to apply; without a page to click on, the plan as it is.

        Parameters
        ----------
        plan
            A plan of this workspace; a new one by default.
        waive
            Guards to set aside for what is applied from here, with a reason each.
        why, ticket
            What the ledger is told of what is applied from here; by default what `bind` was told. A named context asks for a reason.
        """
        from gitopskit.notebook.widgets.review import Review

        return Review(self, self.plan() if plan is None else plan, waive=waive, why=why, ticket=ticket)

    def watch(self, *kinds: str, namespaces: Sequence[str] = ()) -> Live:
        """Show a table of live objects that follows what happens; without a page to look at, what is there now.

        Parameters
        ----------
        kinds
            ``Kind`` or ``Kind.group`` names; by default what the desired state is about.
        namespaces
            Where to look; by default where desired objects are.

        Raises
        ------
        UsageError
            The system does not tell of changes by itself.
        """
        from gitopskit.notebook.widgets.live import Live, scope_of

        return Live(self, scope_of(self, list(kinds), list(namespaces)))

    def apart(self) -> Workspace:
        """Return the same workspace with a connection of its own, for another thread to use; the history is one."""
        other = copy(self)
        vars(other).update(provider=self.target.provider(), progress=no_progress, _is_following=False)
        return other

    def ledger(self) -> list[dict[str, object]]:
        """Return all executions on this target, from the append-only ledger, and the operations of whose end nobody knows; oldest first."""
        ledger = Ledger(self.provider.identify())
        return sorted([*ledger.entries(), *ledger.unclosed()], key=lambda entry: str(entry["began_at"]))

    def __repr__(self) -> str:
        return f"Workspace({public(os.fspath(self.repo))!r}, {self.path!r}, target={self.target!r})"


def _count_steps(plan: Plan, progress: Progress) -> Callable[[Event], None]:
    """Return a reader of events that shows how many steps are taken."""
    ours = {change.id for change in plan.steps}
    done = 0

    def count(event: Event) -> None:
        nonlocal done
        if event.kind is EventKind.OUTCOME and event.id in ours:
            done += 1
            progress("applying", done, len(ours))

    return count


def _ask() -> str | None:
    """Ask the person at the keyboard for the short code; nobody there is no confirmation."""
    try:
        return input("Type the code shown with the plan to apply it: ")
    except Exception as error:  # the kernel's "no standard input here" is no exception of ours to import
        if isinstance(error, EOFError) or type(error).__name__ == "StdinNotImplementedError":
            return None
        raise UsageError("the code could not be asked for", next_step='name it in the call: confirm="…"') from error
