"""How does somebody ask for a namespace without writing code? A form, whose answer is a pull request.

What is typed is checked as it is typed, by the same rules as in code. Asking is done in a thread with a connection of its own, for a plan
is made on the way; a second press meanwhile asks for nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from gitopskit.errors import GitopskitError, UsageError, expect
from gitopskit.model.history import Person
from gitopskit.model.pull_request import PullRequest
from gitopskit.notebook.proposals import propose
from gitopskit.notebook.widgets.panel import Message, Panel
from gitopskit.notebook.workspace import Workspace
from gitopskit.sources.writing.namespace import NamespaceRequest
from gitopskit.sources.writing.person import person_of
from gitopskit.views.html import fragment
from gitopskit.views.html.markup import text, wrap

FIELDS: Final = (
    ("team", "team", "fruit"), ("namespace", "namespace", "fruit-stand"), ("quota pods", "pods in all", "10"),
    ("quota requests.cpu", "CPU in all", "2"), ("quota requests.memory", "memory in all", "4Gi"),
    ("limits cpu", "CPU per container", "500m"),
    ("limits memory", "memory per container", "256Mi"), ("image", "first image (optional)", ""), ("replicas", "how many of it", "1"),
    ("why", "why", "what those who look at it should know"),
)  # fmt: skip
_LONGEST: Final = 2000


def namespace_form(workspace: Workspace, *, author: str | Person | None = None) -> NamespaceForm:
    """Show a form to ask for a namespace; without a page to fill it in, the call that does the same.

    Parameters
    ----------
    author
        ``Ada <ada@example.org>``; by default whom Git knows on this machine.

    Returns
    -------
    The form; its `pull_request` is what was opened.

    Raises
    ------
    IdentityError
        Nobody is named whose commit it would be.
    """
    expect(workspace, Workspace, "gk.namespace_form(ws)")
    return NamespaceForm(workspace, person_of(author))


class NamespaceForm(Panel):
    """A form to ask for a namespace: filled in, checked, asked once."""

    script = "asking.js"

    def __init__(self, workspace: Workspace, author: Person) -> None:
        super().__init__()
        self._workspace = workspace
        self._author = author
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._pull: PullRequest | None = None

    @property
    def pull_request(self) -> PullRequest:
        """What was opened.

        Raises
        ------
        UsageError
            Nothing was yet.
        """
        if self._pull is None:
            raise UsageError("nothing was asked for yet", next_step="fill in the form; or in code: gk.request_namespace(ws, …)")
        return self._pull

    def ask(self, values: Mapping[str, str]) -> PullRequest:
        """Open the pull request for what a form says, by the names of `FIELDS`.

        Raises
        ------
        GitopskitError
            A value cannot be what it is to be, or it cannot be written or opened.
        """
        wish = wish_of(values)
        self._pull = propose(self._workspace.apart(), wish, why=values.get("why", "").strip(), author=self._author)
        return self._pull

    def static(self) -> dict[str, str]:
        """Return the call that does the same."""
        call = 'gk.request_namespace(ws, team="…", namespace="…", quota={"pods": 10}, limits={"cpu": "500m"})'
        return {
            "text/html": wrap(f"<h4>Ask for a namespace</h4><p>As {text(self._author)}: <code>{text(call)}</code></p>"),
            "text/plain": call,
        }

    def received(self, message: Message) -> None:
        """Take in what was done on the page."""
        match message:
            case {"type": "ready"}:
                self.tell("form", fields=[list(one) for one in FIELDS], author=str(self._author))
                if self._pull is not None:
                    self.tell("asked", html=fragment(self._pull))
            case {"type": "check", "values": dict(values)}:
                self.tell("checked", problem=_problem(_texts(values)))
            case {"type": "ask", "values": dict(values)}:
                self._begin(_texts(values))

    def _begin(self, values: dict[str, str]) -> None:
        with self._lock:
            if self._asking is not None and self._asking.is_alive():
                return
            self.tell("asking")
            self._asking = threading.Thread(target=self._ask, args=(values,), name="ask", daemon=True)
            self._asking.start()

    def _ask(self, values: dict[str, str]) -> None:
        try:
            self.tell("asked", html=fragment(self.ask(values)))
        except GitopskitError as error:
            self.tell("error", html=fragment(error))
        except Exception as error:  # a thread that ends in silence would look like one that still asks
            self.tell("error", html=fragment(GitopskitError(f"it could not be asked for: {type(error).__name__}")))


def wish_of(values: Mapping[str, str]) -> NamespaceRequest:
    """Return what a filled-in form asks for; what is empty is left out.

    Raises
    ------
    UsageError
        A value cannot be what it is to be.
    """
    said = {name: value.strip() for name, value in values.items() if value.strip()}
    replicas = said.get("replicas", "1")
    if not (replicas.isascii() and replicas.isdecimal()):
        raise UsageError(f"{replicas[:20]!r} is no number of replicas", next_step="a number like 2")
    return NamespaceRequest(
        team=said.get("team", ""), namespace=said.get("namespace", ""), image=said.get("image", ""), replicas=int(replicas),
        quota=_part(said, "quota"), limits=_part(said, "limits"),
    )  # fmt: skip


def _part(said: Mapping[str, str], part: str) -> dict[str, str]:
    return {name.removeprefix(f"{part} "): value for name, value in said.items() if name.startswith(f"{part} ")}


def _problem(values: Mapping[str, str]) -> str:
    """Return what stands in the way of asking; nothing where nothing does."""
    try:
        wish_of(values)
    except UsageError as error:
        return error.what
    return ""


def _texts(values: Mapping[Any, Any]) -> dict[str, str]:
    known = {name for name, _, _ in FIELDS}
    return {name: value for name, value in values.items() if name in known and isinstance(value, str) and len(value) <= _LONGEST}
