"""How does a pull request look: what it asks for, who agreed, and what stands in the way?"""

from __future__ import annotations

from typing import Final

from gitopskit.model.pull_request import MergeStatus, PullRequest, PullRequests
from gitopskit.views.html.markup import badge, note, table, text
from gitopskit.views.words import moment_text, pull_look

_BODY: Final = 20_000


def pull_request_html(pull: PullRequest) -> str:
    """Return a pull request: its state, its approvals, and its text as it was written."""
    heading = f"<h4>{badge(pull_look(pull))} #{pull.number} {text(pull.title)}</h4>"
    asked = f"{text(pull.author)} asks to merge <b>{text(pull.branch)}</b> into <b>{text(pull.into)}</b>"
    head = f"<p class='gk-soft'>{asked}, at {text(pull.head[:12])}, since {text(moment_text(pull.created_at))}</p>"
    body = f"<details><summary>What it says</summary><pre class='gk-lines'>{_lines(pull.body)}</pre></details>" if pull.body.strip() else ""
    return heading + head + _approvals(pull) + body + _ending(pull)


def pull_requests_html(pulls: PullRequests) -> str:
    """Return pull requests, one row each."""
    heading = f"<h4>Pull requests of {text(pulls.forge.url)}</h4>"
    if not pulls.rows:
        return heading + "<p class='gk-soft'>None was opened.</p>"
    rows = (_row(pull) for pull in pulls.rows)
    return heading + table(["state", "number", "title", "author", "approvals", "branch"], rows, tight=2, label="pull requests")


def _row(pull: PullRequest) -> tuple[str, ...]:
    count = f"{len(pull.counted)} of {pull.needed_approvals}"
    return badge(pull_look(pull)), f"#{pull.number}", f"<b>{text(pull.title)}</b>", text(pull.author), count, text(pull.branch)


def _approvals(pull: PullRequest) -> str:
    names = ", ".join(str(one.by) for one in pull.counted) or "nobody"
    stale = len(pull.approvals) - len(pull.counted)
    more = f"; {stale} of an earlier commit do not count" if stale else ""
    return f"<p>Approved by {text(names)} ({len(pull.counted)} of {pull.needed_approvals}){more}.</p>"


def _ending(pull: PullRequest) -> str:
    if pull.merge_commit:
        by = f" by {text(pull.merged_by)}" if pull.merged_by else ""
        return note(f"<b>Merged</b>{by} as {text(pull.merge_commit[:12])}.", mood="good")
    if pull.status is MergeStatus.READY:
        return note("<b>It can be merged.</b>", mood="good")
    return note(f"<b>It cannot be merged:</b> {text(pull.reason)}.", mood="bad")


def _lines(body: str) -> str:
    """Return foreign text of many lines."""
    shown = "\n".join(text(line, 2000) for line in body[:_BODY].splitlines())
    return shown + (f"\n… ({len(body) - _BODY} more characters)" if len(body) > _BODY else "")
