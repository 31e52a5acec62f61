"""How does a noun look in a notebook, a page or a report? Our own HTML: every string escaped, no script, one style sheet."""

from __future__ import annotations

from gitopskit.errors import GitopskitError
from gitopskit.model.binding import Binding
from gitopskit.model.bisection import Bisection
from gitopskit.model.differences import Differences
from gitopskit.model.fleet import FleetPlan
from gitopskit.model.history import Blame, Timeline
from gitopskit.model.plan import Plan
from gitopskit.model.promotion import Promotion, Rollback
from gitopskit.model.pull_request import PullRequest, PullRequests
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Snapshot
from gitopskit.model.strip import Strip
from gitopskit.planning.selection import Selection
from gitopskit.views.html.binding import binding_html
from gitopskit.views.html.differences import differences_html
from gitopskit.views.html.errors import error_html
from gitopskit.views.html.fleet import fleet_html
from gitopskit.views.html.markup import document, wrap
from gitopskit.views.html.past import blame_html, timeline_html
from gitopskit.views.html.plan import plan_html
from gitopskit.views.html.pull_request import pull_request_html, pull_requests_html
from gitopskit.views.html.report import report_html
from gitopskit.views.html.selection import selection_html
from gitopskit.views.html.snapshot import snapshot_html
from gitopskit.views.html.strip import strip_html
from gitopskit.views.html.turning import bisection_html, promotion_html, rollback_html

__all__ = ["fragment", "page"]

Noun = (
    Binding | Bisection | Blame | Differences | FleetPlan | Plan | Promotion | PullRequest
    | PullRequests | Report | Rollback | Selection | Snapshot | Strip | Timeline | GitopskitError
)  # fmt: skip


def fragment(noun: Noun, *, code: str = "") -> str:
    """Return a noun as HTML to put into a page.

    Parameters
    ----------
    code
        For a plan: the short code that a person types to confirm it; empty where the id is enough.
    """
    match noun:
        case Plan():
            return wrap(plan_html(noun, code=code))
        case Differences():
            return wrap(differences_html(noun))
        case Promotion():
            return wrap(promotion_html(noun))
        case Rollback():
            return wrap(rollback_html(noun))
        case Bisection():
            return wrap(bisection_html(noun))
        case Timeline():
            return wrap(timeline_html(noun))
        case Blame():
            return wrap(blame_html(noun))
        case Binding():
            return wrap(binding_html(noun))
        case Strip():
            return wrap(strip_html(noun))
        case Selection():
            return wrap(selection_html(noun, code=code))
        case FleetPlan():
            return wrap(fleet_html(noun))
        case PullRequest():
            return wrap(pull_request_html(noun))
        case PullRequests():
            return wrap(pull_requests_html(noun))
        case Report():
            return wrap(report_html(noun))
        case Snapshot():
            return wrap(snapshot_html(noun))
    return wrap(error_html(noun))


def page(noun: Noun) -> str:
    """Return a noun as a whole HTML page."""
    return document(fragment(noun))
