"""Which cluster is meant, and is it the one that somebody thinks it is?

The contexts of the kubeconfig are listed by what the file says, and so are the sandboxes that run: nothing is contacted. Whoever chooses
one is shown what that cluster says of itself, before anything else is asked of it, and confirms that.

The trap that shaped it: a context is a name that somebody gave, and may need a program to be run for its credentials. So even the question
who it is waits until somebody asks. And a page may be older than the last question: what it takes is what it shows, or nothing.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from gitopskit.errors import GitopskitError, UsageError, expect, plain
from gitopskit.model.snapshot import Target
from gitopskit.notebook.targets import ContextTarget, SandboxTarget, context, running_sandbox
from gitopskit.notebook.widgets.panel import Message, Panel
from gitopskit.sandbox import status
from gitopskit.views.html import fragment
from gitopskit.views.html.markup import note, table, text, wrap

if TYPE_CHECKING:
    from gitopskit.providers.kubernetes.kubeconfig import Entry

_HEAD: Final = ["name", "cluster", "server", "user", "credentials", "namespace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A cluster to choose from, by what is written of it here.

    Attributes
    ----------
    is_sandbox
        Whether it is a running sandbox rather than a context.
    """

    name: str
    cluster: str = ""
    server: str = ""
    user: str = ""
    credentials: str = ""
    namespace: str = ""
    is_sandbox: bool = False

    @property
    def cells(self) -> list[str]:
        """What the list shows, by column."""
        return [plain(one) for one in (self.name, self.cluster, self.server, self.user, self.credentials, self.namespace)]


def pick(kubeconfig: Path | str | None = None) -> Picker:
    """Show the clusters that there are to choose from; nothing is contacted until one is chosen.

    Parameters
    ----------
    kubeconfig
        The file; the user's own by default.

    Returns
    -------
    The picker; its `target` is what was chosen and confirmed.

    Raises
    ------
    UsageError
        The file cannot be read, or is no kubeconfig.

    Examples
    --------
    picker = gk.pick()
    ws = gk.Workspace(repo, target=picker.target)
    """
    expect(kubeconfig, (str, PathLike, NoneType), 'gk.pick("config.yaml")')
    return Picker(Path(kubeconfig) if kubeconfig else None)


class Picker(Panel):
    """A choice of clusters: list, choose, look at who it is, confirm."""

    script = "picker.js"

    def __init__(self, kubeconfig: Path | None = None) -> None:
        super().__init__()
        from gitopskit.providers.kubernetes.kubeconfig import list_contexts

        self._kubeconfig = kubeconfig
        self.candidates = (*map(_of_entry, list_contexts(kubeconfig)), *map(_of_sandbox, status()))
        self._lock = threading.Lock()
        self._asked: Candidate | None = None
        self._found: Target | None = None
        self._target: ContextTarget | SandboxTarget | None = None
        self._asking: threading.Thread | None = None

    @property
    def target(self) -> ContextTarget | SandboxTarget:
        """What was chosen and confirmed.

        Raises
        ------
        UsageError
            Nothing was yet.
        """
        if self._target is None:
            advice = 'choose one and confirm it; or name it in the code: gk.context("…")'
            raise UsageError("no cluster is chosen yet", next_step=advice)
        return self._target

    def identify(self, name: str) -> Target:
        """Ask one of the clusters who it is and who we are to it, and nothing else.

        Raises
        ------
        UsageError
            There is none of that name.
        ProviderError
            It does not answer, or does not take the credentials.
        """
        chosen = next((one for one in self.candidates if one.name == name), None)
        if chosen is None:
            raise UsageError(f"there is no {plain(name)!r} to choose", next_step=f"choose one of: {self._names()}")
        return self._identify(chosen)

    def confirm(self) -> ContextTarget | SandboxTarget:
        """Take the cluster that said last who it is.

        Raises
        ------
        UsageError
            None did.
        """
        with self._lock:
            return self._confirm()

    # --- shown ---------------------------------------------------------------------------------------------------------------------------

    def static(self) -> dict[str, str]:
        """Return the list, by what is written here."""
        rows = [[text(cell) for cell in one.cells] for one in self.candidates]
        shown = (
            table(_HEAD, rows, tight=1, label="clusters") if rows else note("There is no context in the kubeconfig, and no sandbox runs.")
        )
        hint = '<p class="gk-soft">Nothing was contacted. To take one: <code>gk.context("…")</code> or <code>gk.sandbox()</code></p>'
        return {"text/html": wrap(f"<h4>Clusters</h4>{shown}{hint}"), "text/plain": f"clusters: {self._names()}"}

    def received(self, message: Message) -> None:
        """Take in what was done on the page."""
        match message:
            case {"type": "ready"}:
                self.tell("clusters", rows=[one.cells for one in self.candidates], sandboxes=[one.is_sandbox for one in self.candidates])
                self._tell_identity()
            case {"type": "choose", "row": int(at)} if 0 <= at < len(self.candidates):
                self._asking = threading.Thread(target=self._ask, args=(self.candidates[at],), name="identify", daemon=True)
                self._asking.start()
            case {"type": "confirm", "name": str(name), "rows": list(rows)}:
                try:
                    self._take_shown(name, rows)
                except GitopskitError as error:
                    self.tell("error", html=fragment(error))
                else:
                    self._tell_identity()

    # --- pieces --------------------------------------------------------------------------------------------------------------------------

    def _confirm(self) -> ContextTarget | SandboxTarget:
        if self._asked is None or self._found is None:
            raise UsageError("no cluster has said yet who it is", next_step="choose one first")
        self._target = self._target_of(self._asked)
        return self._target

    def _take_shown(self, name: str, rows: list[Any]) -> None:
        """Take the cluster that the page shows; another may have been asked since that page was drawn."""
        with self._lock:
            is_other = self._asked is not None and plain(self._asked.name) != name
            if is_other or (self._found is not None and identity_rows(self._found) != rows):
                raise UsageError(
                    "another cluster was asked since than the one on the button", next_step="ask again who it is, and take that"
                )
            self._confirm()

    def _identify(self, chosen: Candidate) -> Target:
        with self._lock:
            self._asked, self._found, self._target = chosen, None, None
            self.tell("asking", name=plain(chosen.name))
        try:
            found = self._target_of(chosen).provider().identify()
        except Exception as error:
            if self._asked is chosen:
                self.tell("error", html=fragment(_unanswered(chosen, error)))
            raise
        with self._lock:
            if self._asked is chosen:
                self._found = found
        self._tell_identity()
        return found

    def _ask(self, candidate: Candidate) -> None:
        with suppress(Exception):  # the page was told
            self._identify(candidate)

    def _tell_identity(self) -> None:
        with self._lock:
            asked, found, is_taken = self._asked, self._found, self._target is not None
        if asked is not None and found is not None:
            self.tell("identity", name=plain(asked.name), rows=identity_rows(found), taken=is_taken)

    def _target_of(self, candidate: Candidate) -> ContextTarget | SandboxTarget:
        return running_sandbox(candidate.name) if candidate.is_sandbox else context(candidate.name, kubeconfig=self._kubeconfig)

    def _names(self) -> str:
        return ", ".join(plain(one.name) for one in self.candidates) or "none"


def identity_rows(target: Target) -> list[list[str]]:
    """Return what a cluster said of itself: name of the part, and what it is."""
    unknown = "not told: there is no right to read it"
    parts: dict[str, Any] = {
        "server": target.server,
        "certificate authority": target.authority or "none: it does not have to prove who it is",
        "cluster (uid of kube-system)": target.uid or unknown,
        "version": target.version or unknown,
        "you are": target.user or unknown,
        "groups": ", ".join(target.groups) or "none",
        "sort": "a sandbox, to be thrown away" if target.is_sandbox else "a named context: strict policy, confirmed by a person",
    }
    return [[name, plain(str(value))] for name, value in parts.items()]


def _unanswered(candidate: Candidate, error: Exception) -> GitopskitError:
    """Return what the page is told; a thread that ended in silence would look like a cluster that does not answer."""
    if isinstance(error, GitopskitError):
        return error
    return GitopskitError(f"it could not be asked: {type(error).__name__}", where=plain(candidate.name))


def _of_entry(entry: Entry) -> Candidate:
    user = f"{entry.user}, acting as {entry.acts_as}" if entry.acts_as else entry.user
    return Candidate(
        name=entry.context, cluster=entry.cluster, server=entry.server, user=user, credentials=entry.credentials, namespace=entry.namespace
    )


def _of_sandbox(running: dict[str, Any]) -> Candidate:
    return Candidate(
        name=str(running["name"]), cluster=f"sandbox, {running['engine']}", server=str(running.get("server", "")), is_sandbox=True
    )
