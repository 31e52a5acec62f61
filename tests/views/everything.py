"""Every noun that has a look, with one text in every slot that somebody else writes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from gitopskit.errors import RevisionError
from gitopskit.model.binding import Binding, Level
from gitopskit.model.changes import Action, ChangeClass
from gitopskit.model.events import Movement, Outcome
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
    appliable = replace(bad, problem="", owner="", classes=frozenset({ChangeClass.DRIFT}))
    return made | {
        "appliable plan": replace(made["plan"], changes=(appliable, replace(appliable, action=Action.NO_OP))),
        "meanwhile": replace(made["stopped"], meanwhile=moved),
        "differences": evil(text),
        "all differences": evil(text).show(),
        "selection": Selection(plan=made["plan"], dragged=(need,), blocked=(need,)),
        "binding": Binding(name=text, target=made["plan"].target, who=text, why=text, ticket=text, at=NOW, rows=rows),
        "strip": Strip(title=text, at=NOW, rows=(StripRow(name=text, standing=Standing.FAILED, cells=tuple(Standing), found=text),)),
        "error": RevisionError(text, where=text, next_step=text),
    }
