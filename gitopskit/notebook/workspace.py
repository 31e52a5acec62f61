"""One place to look and act: a source, a target, and the verbs between them.

The notebook, the shell and the tests are its three customers. A workspace opens a sandbox unless the code names a context: nobody
reaches their own cluster by accident.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING

from gitopskit import sources
from gitopskit.apply import Policy
from gitopskit.apply.bind import bind
from gitopskit.apply.ledger import Ledger
from gitopskit.apply.preflight import Check
from gitopskit.apply.subject import Subject
from gitopskit.errors import UsageError, expect
from gitopskit.model.baseline import Baseline
from gitopskit.model.binding import Binding
from gitopskit.model.differences import Differences
from gitopskit.model.events import Event
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.rendering import Rendering
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Snapshot
from gitopskit.model.strip import Strip
from gitopskit.notebook import applying, looking, past
from gitopskit.notebook.display import progress_bar
from gitopskit.notebook.standing import strip_of
from gitopskit.notebook.targets import ContextTarget, SandboxTarget, Target, sandbox
from gitopskit.notebook.waiting import settled
from gitopskit.providers.base import Follows, NamesKinds, Progress, Provider, no_progress
from gitopskit.sources.forges import Forge, find_forge
from gitopskit.sources.git import public
from gitopskit.sources.trunk import ahead_of
from gitopskit.views.progress import watched

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
    rendering
        Settings for a Helm chart: `gk.Rendering`. Its release lives in the workspace's namespace.
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
        rendering: Rendering | None = None,
        forge: Forge | None = None,
    ) -> None:
        expect(repo, (str, os.PathLike), 'gk.Workspace("shop", "deploy")')
        expect(policy, (Policy, NoneType), 'gk.Workspace("shop", "deploy", policy=gk.Policy(…))')
        expect(rendering, (Rendering, NoneType), 'gk.Workspace("shop", "chart", rendering=gk.Rendering(values=["prod.yaml"]))')
        if not callable(getattr(target, "provider", None)):
            expect(target, (ContextTarget, SandboxTarget, NoneType), 'gk.Workspace("shop", "deploy", target=gk.context("production"))')
        self.repo = repo
        self.path = path
        self.rendering = replace(rendering or Rendering(), namespace=namespace)
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
        source = plan.source
        workspace = cls(source.url, source.path, revision=source.commit, trunk=source.trunk, target=target, policy=policy)
        workspace.options, workspace.rendering = plan.options, source.rendering
        workspace.accepts_id = True
        return workspace

    def desired(self, rev: str | None = None) -> Snapshot:
        """Return what Git says at a revision."""
        expect(rev, (str, NoneType), 'ws.desired("main")')
        commit = "" if rev else self.commit
        return sources.load(self.repo, rev or self.revision, self.path, trunk=self.trunk, commit=commit, rendering=self.rendering)

    def live(self, *, everything: bool = False) -> Snapshot:
        """Return what is really there: the kinds and namespaces of the desired state, or the whole cluster for an audit."""
        scope = Scope(everything=True) if everything else self.provider.scope(self.desired(), self.options)
        with watched(self.progress):
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
        with watched(self.progress):
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
        expect(rev, (str, NoneType), 'ws.plan("main")')
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
        with watched(self.progress):
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
        expect(base, (str, NoneType), 'ws.differences("v1.4")')
        listed = list(rules) if isinstance(rules, Iterable) else [rules]
        for rule in listed:
            expect(rule, IgnoreRule, 'ws.differences(rules=[gk.IgnoreRule(id="hpa", path=".spec.replicas")])')
        found = looking.look(self, base, rev, listed, baseline)
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
        expect(of, (ObjectId, str), 'ws.timeline("Deployment.apps shop/web")')
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
        expect(of, (ObjectId, str), 'ws.blame("Deployment.apps shop/web")')
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
            provider=self.provider, policy=self.policy, load=self.desired, options=self.options, progress=self.progress,
            ahead=partial(ahead_of, self.repo),
        )  # fmt: skip
        with watched(self.progress):
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
        return applying.apply(self, plan, confirm, waive=waive, why=why, ticket=ticket, on_event=on_event)

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

        expect(plan, (Plan, NoneType), "ws.review(ws.plan())")
        return Review(self, self.plan() if plan is None else plan, waive=waive, why=why, ticket=ticket)

    def watch(self, *kinds: str, namespaces: Sequence[str] = ()) -> Live:
        """Show a table of live objects that follows what happens; without a page to look at, what is there now.

        Parameters
        ----------
        kinds
            ``Kind`` or ``Kind.group`` names, or the plural that kubectl takes; by default what the desired state is about.
        namespaces
            Where to look; by default where desired objects are.

        Raises
        ------
        UsageError
            The system does not tell of changes by itself.
        UnknownKindError
            It serves no such kind.
        """
        from gitopskit.notebook.widgets.live import Live, scope_of

        for kind in kinds:
            expect(kind, str, 'ws.watch("Pod", "Deployment", namespaces=["shop"])')
        if isinstance(namespaces, str):
            expect(namespaces, list, 'ws.watch("Pod", "Deployment", namespaces=["shop"])')
        named = self.provider.name_kinds(kinds) if kinds and isinstance(self.provider, NamesKinds) else kinds
        return Live(self, scope_of(self, list(named), list(namespaces)))

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
