"""How does a person ask that desired state be changed? The verbs round pull requests.

Whatever is asked for becomes files, the files a commit on top of the trunk, and the commit a plan; the branch and the pull request come
last, with the plan as their text. If anything is wrong on the way, nothing was made.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Final, TypeAlias

from gitopskit import sources
from gitopskit.errors import ForgeError, MovedError, SourcePathError, UsageError, expect, plain
from gitopskit.model.differences import Difference, Differences
from gitopskit.model.history import Person
from gitopskit.model.pull_request import Protection, PullRequest, PullRequests, PullState
from gitopskit.notebook.adopting import adopted, name_of
from gitopskit.notebook.workspace import Workspace
from gitopskit.sources import desired, folder_inside
from gitopskit.sources.forges import Forge, LocalForge
from gitopskit.sources.git import Repository, open_repository
from gitopskit.sources.writing import commit_files
from gitopskit.sources.writing.names import branch_ref, branch_word
from gitopskit.sources.writing.namespace import NamespaceRequest
from gitopskit.sources.writing.person import person_of

_LONGEST: Final = 10_000
Wish: TypeAlias = Differences | Difference | Iterable[Difference] | NamespaceRequest | Mapping[str, str | bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is asked for, before it has a branch.

    Attributes
    ----------
    files
        Path in the repository to content; None removes one.
    """

    files: Mapping[str, bytes | None]
    title: str
    branch: str


def local_forge(
    folder: str | os.PathLike[str],
    *,
    copy_of: str | os.PathLike[str] | None = None,
    trunk: str = "main",
    approvals: int = 1,
    needs_tip: bool = False,
) -> LocalForge:
    """Return a bare repository that keeps pull requests itself, made where there is none; a path wherever a repository is asked for.

    Its rules hold for the verbs here, and it takes everybody at their word about who they are: for lessons, and for people without a
    forge. A forge with a server does more.

    Parameters
    ----------
    copy_of
        A repository to take the branches of, once.
    trunk
        The protected branch: what reaches it is merged, never pushed.
    approvals
        How many people other than its author must approve a pull request.
    needs_tip
        Whether a branch must hold all of the trunk before it is merged.

    Raises
    ------
    ForgeError
        The folder holds something else, or cannot be made.

    Examples
    --------
    forge = gk.local_forge("shop.git", copy_of="shop")
    ws = gk.Workspace(forge, "deploy", trunk="main")
    """
    expect(folder, (str, os.PathLike), 'gk.local_forge("shop.git", copy_of="shop")')
    expect(copy_of, (str, os.PathLike, NoneType), 'gk.local_forge("shop.git", copy_of="shop")')
    return LocalForge.create(folder, source=copy_of, protection=Protection(trunk=trunk, approvals=approvals, needs_tip=needs_tip))


def pull_requests(workspace: Workspace, state: PullState | str | None = None) -> PullRequests:
    """Return the pull requests of a workspace's repository, newest first.

    Parameters
    ----------
    state
        "open", "merged" or "closed"; all of them by default.

    Raises
    ------
    ForgeError
        No forge is known.
    """
    expect(workspace, Workspace, "gk.pull_requests(ws)")
    try:
        wanted = None if state is None else PullState(state)
    except ValueError:
        words = ", ".join(one.value for one in PullState)
        raise UsageError(f"a pull request is never {plain(str(state))!r}", next_step=f"one of {words}") from None
    forge = _forge(workspace)
    return PullRequests(forge=forge.identify(), rows=forge.list(wanted))


def propose(
    workspace: Workspace, wish: Wish, *, title: str = "", branch: str = "", why: str = "", author: str | Person | None = None
) -> PullRequest:
    """Ask that Git be changed: a branch from the trunk, and a pull request with the plan for it as its text.

    Parameters
    ----------
    wish
        Rows of `Workspace.differences`, whose live values Git shall say from then on; or files: path in the repository to text, None to
        remove one.
    title, branch
        By default made from what is asked for. The same again is the same pull request.
    why
        What those who look at it should know.
    author
        ``Ada <ada@example.org>``; by default whom Git knows on this machine.

    Raises
    ------
    WriteError
        It cannot be written: nobody knows who asks, a secret, a value that stands in no file. Nothing was.
    ForgeError
        No forge is known, or it refuses.

    Examples
    --------
    asked = gk.propose(ws, ws.differences(), why="It was right to scale it.")
    ws.forge.approve(asked.number, head=asked.head, by="Grace <grace@example.org>")
    ws.forge.merge(asked.number, head=asked.head)
    """
    expect(workspace, Workspace, "gk.propose(ws, ws.differences())")
    expect(wish, (Differences, Difference, NamespaceRequest, Mapping, Iterable), "gk.propose(ws, ws.differences())")
    forge, person = _forge(workspace), person_of(author)
    if len(why) > _LONGEST:
        raise UsageError(f"{len(why)} characters are too many for a reason", next_step=f"say it in {_LONGEST}")
    trunk = forge.identify().protection.trunk
    with open_repository(workspace.repo) as repository:
        base = repository.resolve(branch_ref(trunk, repository.url))
        draft = _draft(workspace, repository, base, wish)
        named = " ".join(title.split()) or draft.title
        where = branch or draft.branch
        branch_ref(where, repository.url)
        commit = commit_files(repository, base, draft.files, f"{named}\n\n{why}".strip() + "\n", person)
        body = _body(workspace, where, commit, trunk, why)
        forge.push(repository, commit, where)
    return forge.open(where, title=named, body=body, by=person)


def request_namespace(
    workspace: Workspace,
    *,
    team: str,
    namespace: str,
    quota: Mapping[str, str | int] | None = None,
    limits: Mapping[str, str | int] | None = None,
    requests: Mapping[str, str | int] | None = None,
    group: str = "",
    image: str = "",
    replicas: int = 1,
    why: str = "",
    author: str | Person | None = None,
) -> PullRequest:
    """Ask for a namespace: a pull request with a new folder of manifests, and the plan as its text.

    Parameters
    ----------
    team
        Who will work there: a label, and the group that may edit what is in it, unless `group` names another.
    quota
        How much may be used in all: ``{"pods": 10, "requests.cpu": "2"}``.
    limits, requests
        What a container gets that names none: ``{"cpu": "500m", "memory": "256Mi"}``.
    image, replicas
        A first workload, and how many of it; none without an image.
    why
        What those who look at it should know.
    author
        ``Ada <ada@example.org>``; by default whom Git knows on this machine.

    Raises
    ------
    UsageError
        A name or an amount cannot be what it is to be.
    WriteError
        It cannot be written; nothing was.
    ForgeError
        No forge is known, or it refuses.

    Examples
    --------
    gk.request_namespace(ws, team="fruit", namespace="fruit-stand", quota={"pods": 10}, limits={"cpu": "500m"})
    """
    expect(workspace, Workspace, 'gk.request_namespace(ws, team="fruit", namespace="fruit-stand")')
    wish = NamespaceRequest(
        team=team, namespace=namespace, quota=quota or {}, limits=limits or {}, requests=requests or {}, group=group, image=image,
        replicas=replicas,
    )  # fmt: skip
    return propose(workspace, wish, why=why, author=author)


def _forge(workspace: Workspace) -> Forge:
    if workspace.forge is None:
        step = 'name it: Workspace(…, forge=…); or make one: gk.local_forge("shop.git", copy_of=…)'
        raise ForgeError("no forge is known for this repository", where=plain(os.fspath(workspace.repo)), next_step=step)
    return workspace.forge


def _draft(workspace: Workspace, repository: Repository, base: str, wish: Wish) -> Draft:
    folder = folder_inside(workspace.path, repository.url)
    if isinstance(wish, NamespaceRequest):
        if desired.is_rendered(repository, base, folder):
            what = f"{plain(folder or '.')} is rendered: a new folder there is not part of it"
            step = "write files into what it is rendered from: gk.propose(ws, {path: text, …})"
            raise SourcePathError(what, where=repository.url, next_step=step)
        title = f"Give {wish.team} the namespace {wish.namespace}"
        return Draft(files=wish.files(folder), title=title, branch=f"namespace/{wish.namespace}")
    if isinstance(wish, Mapping):
        files = {path: text.encode() if isinstance(text, str) else text for path, text in wish.items()}
        return _named(files, f"Change {', '.join(sorted(files)[:2])}" + (f" and {len(files) - 2} more" if len(files) > 2 else ""))
    return _adoption(workspace, repository, base, wish)


def _adoption(workspace: Workspace, repository: Repository, base: str, wish: Differences | Difference | Iterable[Difference]) -> Draft:
    if isinstance(wish, Differences) and wish.plan.source.commit != base:
        raise MovedError("the trunk is not where it was compared with the live side", where=f"{repository.url}@{base[:12]}",
                         next_step="look again: ws.differences()")  # fmt: skip
    rows = [wish] if isinstance(wish, Difference) else list(wish)
    if not rows:
        raise UsageError("there is nothing to adopt", next_step="name rows of ws.differences()")
    if strange := next((row for row in rows if not isinstance(row, Difference)), None):
        raise UsageError(f"a {type(strange).__name__} is no row of ws.differences()", next_step="gk.propose(ws, ws.differences())")
    folder = folder_inside(workspace.path, repository.url)
    files = adopted(repository, base, desired.at(repository, base, folder, workspace.rendering), folder, rows)
    return _named(files, f"Adopt {name_of(rows[0])}" if len(rows) == 1 else f"Adopt {len(rows)} live values")


def _named(files: Mapping[str, bytes | None], title: str) -> Draft:
    """Return a draft whose branch is named by what is in it, so that the same again is the same branch."""
    content = hashlib.sha256(b"\0".join(path.encode() + b"\0" + (body or b"") for path, body in sorted(files.items()))).hexdigest()
    return Draft(files=files, title=title, branch=f"{branch_word(title)}-{content[:8]}")


def _body(workspace: Workspace, branch: str, commit: str, trunk: str, why: str) -> str:
    """Return the plan for a commit as Markdown, under what a person said of it."""
    from gitopskit.views.export import render

    snapshot = sources.load(workspace.repo, branch, workspace.path, trunk=trunk, commit=commit, rendering=workspace.rendering)
    plan = workspace.look(snapshot)[1]
    return f"{why}\n\n{render(plan, 'markdown')}".lstrip()
