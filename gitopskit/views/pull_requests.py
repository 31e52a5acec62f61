"""How do pull requests look as a frame, and in a terminal?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from gitopskit.errors import plain
from gitopskit.model.pull_request import PullRequest, PullRequests
from gitopskit.views.words import moment_text, pull_look

if TYPE_CHECKING:
    import pandas as pd

_TEXT: Final = "str"
PULL_REQUESTS: Final = {
    "number": "int64", "state": _TEXT, "status": _TEXT, "title": _TEXT, "author": _TEXT, "branch": _TEXT, "into": _TEXT, "head": _TEXT,
    "approvals": "int64", "needed": "int64", "approved_by": _TEXT, "reason": _TEXT, "merge_commit": _TEXT, "merged_by": _TEXT, "url": _TEXT,
    "created_at": "datetime64[us, UTC]",
}  # fmt: skip


def to_pull_requests(pulls: PullRequests) -> pd.DataFrame:
    """Return pull requests as a frame, one row each, newest first.

    Columns
    -------
    number : int64. state : str — open, merged, closed. status : str — ready, conflict, approvals missing, trunk moved, over, unknown.
    title, author, branch, into : str — what is asked for, by whom. head, merge_commit : str — commit ids.
    approvals, needed : int64 — how many count, and how many must. approved_by : str — by whom.
    reason : str — why it cannot be merged. merged_by, url : str. created_at : datetime64[us, UTC].
    """
    import pandas as pd

    frame = pd.DataFrame([_row(pull) for pull in pulls], columns=list(PULL_REQUESTS))
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    return frame.astype(PULL_REQUESTS)


def pull_lines(pull: PullRequest) -> Iterator[Text]:
    """Yield a pull request line by line."""
    look = pull_look(pull)
    yield Text.assemble((f"{look.glyph} {look.word}", look.dark), (f"  {plain(str(pull))}", "bold"))
    yield Text(f"  {plain(str(pull.author))} asks to merge {plain(pull.branch)} into {plain(pull.into)}, at {pull.head[:12]},"
               f" since {moment_text(pull.created_at)}")  # fmt: skip
    names = ", ".join(plain(str(one.by)) for one in pull.counted) or "nobody"
    yield Text(f"  approved by {names} ({len(pull.counted)} of {pull.needed_approvals})")
    if pull.merge_commit:
        yield Text(f"  merged as {pull.merge_commit[:12]}", style="bold")
    elif pull.reason:
        yield Text(f"  it cannot be merged: {plain(pull.reason)}", style="bold")


def pulls_lines(pulls: PullRequests) -> Iterator[Text]:
    """Yield pull requests, a line each."""
    yield Text(f"Pull requests of {plain(pulls.forge.url)}", style="bold")
    for pull in pulls:
        look = pull_look(pull)
        yield Text.assemble((f"  {look.glyph} {look.word}".ljust(22), look.dark), plain(str(pull)), (f"  {plain(str(pull.author))}", "dim"))
    if not pulls.rows:
        yield Text("  none was opened", style="dim")


def _row(pull: PullRequest) -> list[Any]:
    names = ", ".join(str(one.by) for one in pull.counted)
    return [
        pull.number, pull.state.value, pull.status.value, pull.title, str(pull.author), pull.branch, pull.into, pull.head,
        len(pull.counted), pull.needed_approvals, names, pull.reason, pull.merge_commit,
        str(pull.merged_by or ""), pull.url, pull.created_at,
    ]  # fmt: skip
