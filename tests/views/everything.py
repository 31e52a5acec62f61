"""Every noun that has a look, with one text in every slot that somebody else writes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from gitopskit.errors import RevisionError
from gitopskit.model.binding import Binding, Level
from gitopskit.model.bisection import Bisection, Trial, Verdict
from gitopskit.model.changes import Action, ChangeClass
from gitopskit.model.events import Movement, Outcome
from gitopskit.model.history import Agreement, Blame, Commit, Deed, DeedSource, FieldSource, Person, Revision, Timeline, Touch
from gitopskit.model.objects import Origin
from gitopskit.model.plan import Plan
from gitopskit.model.promotion import Lack, Promotion, PromotionRow, Rollback, Undone
from gitopskit.model.strip import Standing, Strip, StripRow
from gitopskit.planning.needs import Need
from gitopskit.planning.selection import Selection
from tests.views.export.payloads import hostile
from tests.views.test_differences import evil
from tests.views.test_operating import row
from tests.views.test_views import NOW


def bare(*fragments: str) -> str:
    """Return HTML without its style sheets: a browser does not hold well a thousand copies of ours in one page."""
    return re.sub("<style>.*?</style>", "", "".join(fragments), flags=re.DOTALL)


def everything(text: str) -> dict[str, Any]:
    """Return the nouns by name."""
    made: dict[str, Any] = dict(hostile(text))
    [bad] = made["plan"].changes
    need = Need(id=bad.id, needs=bad.id, why=text)
    moved = (Movement(id=bad.id, what=text, by=text), Movement(id=bad.id, what=text, by=text, is_step=True))
    rows = tuple(row(text, level, Outcome.FAILED, text, text) for level in Level)
    sound = replace(bad, problem="", owner="", classes=frozenset({ChangeClass.DRIFT}))
    return made | {
        "plan to apply": replace(made["plan"], changes=(sound, replace(sound, action=Action.NO_OP))),
        "meanwhile": replace(made["stopped"], meanwhile=moved),
        "differences": evil(text),
        "all differences": evil(text).show(),
        "selection": Selection(plan=made["plan"], dragged=(need,), blocked=(need,)),
        "binding": Binding(name=text, target=made["plan"].target, who=text, why=text, ticket=text, at=NOW, rows=rows),
        "strip": Strip(title=text, at=NOW, rows=(StripRow(name=text, standing=Standing.FAILED, cells=tuple(Standing), found=text),)),
        **_past(text, made["plan"]),
        "error": RevisionError(text, where=text, next_step=text),
    }


def _past(text: str, bad: Plan) -> dict[str, Any]:
    """Return the nouns that look back."""
    [row] = bad.changes
    person = Person(name=text, email=text)
    commit = Commit(
        oid=text, tree=text, parents=(text,), author=person, authored_at=NOW, committer=person, committed_at=NOW, subject=text,
        pull_request=text,
    )  # fmt: skip
    origin, path = Origin(file=text, line=1), (text,)
    revision = Revision(
        commit=commit, touch=Touch.CHANGED, origin=origin, moved_from=text, fields=row.fields, pull_request=text, message=text
    )
    told = [Deed(at=NOW, told_by=by, actor=text, what=text, fields=(path,), commit=text, pull_request=text) for by in DeedSource]
    owners = row.fields[0].owners
    sources = [
        FieldSource(path=path, desired=text, commit=known, origin=origin, pull_request=text, live=text, owners=owners, agreement=agreement)
        for known in (commit, None)
        for agreement in Agreement
    ]
    lacks = [PromotionRow(id=row.id, lack=lack, path=path, ahead=text, behind=text, commit=commit, pull_request=text) for lack in Lack]
    trials = tuple(Trial(commit=commit, verdict=verdict, why=text) for verdict in Verdict)
    return {
        "timeline": Timeline(id=row.id, deeds=tuple(told), is_whole=False, warnings=(text,)),
        "blame": Blame(id=row.id, commit=text, fields=tuple(sources), warnings=(text,)),
        "promotion": Promotion(ahead=bad.source, behind=bad.source, rows=tuple(lacks), warnings=(text,)),
        "rollback": Rollback(plan=bad, undone=(Undone(id=row.id, revision=revision),), warnings=(text,)),
        "bisection": Bisection(check=text, good=commit, suspects=(commit,), trials=trials, pull_requests={text: text}),
    }
