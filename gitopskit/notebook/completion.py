"""What can stand here? Names to complete with TAB: contexts, verbs, workspaces, plans, revisions, kinds, namespaces, objects and rules.

Only what is known already, or stands in a local file: a key that is pressed while writing must not wait for a cluster or a server.

The trap that shaped it: what is completed is code a moment later. A branch called ``"); bite()`` would leave its quotation marks, and one
called ``{bite()}`` would be run by a line magic. So only plain names are offered. And a variable may be called as what we found in the
line: ours wins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from gitopskit.model.differences import Differences
from gitopskit.model.plan import Plan
from gitopskit.model.report import Report
from gitopskit.model.snapshot import Snapshot
from gitopskit.notebook.variables import find_workspaces, plans_in
from gitopskit.planning.order import KNOWN_KINDS

VERBS: Final = {
    "plan": "say what an apply would do",
    "drift": "what was changed behind Git's back",
    "status": "the workspaces, and what each did last",
    "history": "the plans and reports of this workspace",
    "use": "choose among several workspaces",
}
FLAGS: Final = ("--prune", "--adopt")
MOST: Final = 200
_PLAIN: Final = re.compile(r"\w[\w.\-/@:+]*(?: \w[\w.\-/@:+]*)?")
"""A name, or an object as it prints: its kind, and where it is."""
_OBJECTS_LOOKED_AT: Final = 20_000

Names = Mapping[str, Any]
Source = Callable[[Names], Iterable[str]]


def complete(line: str, names: Names) -> tuple[str, list[str]]:
    """Return the fragment before the cursor and what it can become; nothing where the place is not ours.

    Parameters
    ----------
    line
        The line, up to the cursor.
    names
        The variables of the notebook.
    """
    for pattern, source in _PLACES.items():
        if found := pattern.search(line):
            fragment = found["fragment"]
            known = dict.fromkeys(name for name in source({**names, **found.groupdict()}) if name.startswith(fragment))
            return fragment, [name for name in known if _PLAIN.fullmatch(name) or name in FLAGS][:MOST]
    return "", []


def _contexts(_: Names) -> list[str]:
    from gitopskit.providers.kubernetes.kubeconfig import known_contexts

    return known_contexts()


def _revisions(names: Names) -> Iterator[str]:
    from gitopskit.sources.git import known_revisions

    for repo in dict.fromkeys(os.fspath(workspace.repo) for workspace in find_workspaces(names).values()):
        yield from known_revisions(repo)


def _values(names: Names) -> list[str]:
    """Return the kinds, namespaces, … of the nouns that the notebook has."""
    column = str(names["column"])
    return sorted({str(getattr(one, column)) for one in _ids(names)})


def _kinds(names: Names) -> Iterator[str]:
    """Yield kinds as ``ws.watch`` takes them: those that the notebook has objects of, then those that everybody has."""
    yield from sorted({one.group_kind for one in _ids(names)})
    yield from KNOWN_KINDS


def _roots(names: Names) -> Iterator[str]:
    """Yield where a tree can begin: a namespace, then an object as it prints."""
    found = list(_ids(names))
    yield from sorted({one.namespace for one in found})
    yield from sorted({str(one) for one in found})


def _rules(names: Names) -> Iterator[str]:
    """Yield the rules of the differences that the notebook has; those that hide something first."""
    looks = [noun for noun in names.values() if isinstance(noun, Differences)]
    for look in looks:
        yield from look.hidden
    for look in looks:
        yield from (rule.id for rule in look.rules)


def _ids(names: Names) -> Iterator[Any]:
    held = [noun for workspace in find_workspaces(names).values() for noun in workspace.history[-3:]]
    for noun in [*held, *names.values()]:
        match noun:
            case Plan():
                yield from (change.id for change in noun.changes[:_OBJECTS_LOOKED_AT])
            case Report():
                yield from (row.id for row in noun.rows[:_OBJECTS_LOOKED_AT])
            case Snapshot():
                yield from islice(noun.objects, _OBJECTS_LOOKED_AT)
            case Differences():
                yield from (change.id for change in noun.plan.changes[:_OBJECTS_LOOKED_AT])


_QUOTED: Final = r"[\"'](?P<fragment>[^\"']*)$"
_AMONG: Final = r"(?:[^\])}]*,)?\s*"
"""What stands before in a list of names."""
_PLACES: Final[dict[re.Pattern[str], Source]] = {
    re.compile(r"^%%gitops_apply\s+(?P<fragment>\w*)$"): plans_in,
    re.compile(r"%gitops\s+(?P<fragment>\w*)$"): lambda _: VERBS,
    re.compile(r"%gitops\s+use\s+(?P<fragment>\w*)$"): find_workspaces,
    re.compile(r"%gitops\s+plan\s.*?(?P<fragment>--\w*)$"): lambda _: FLAGS,
    re.compile(r"%gitops\s+(?:plan|drift)\s+(?:--\w+\s+)*(?P<fragment>[^\s-]\S*|)$"): _revisions,
    re.compile(rf"\bcontext\(\s*{_QUOTED}"): _contexts,
    re.compile(rf"\bfleet\(\s*\[{_AMONG}{_QUOTED}"): _contexts,
    re.compile(rf"\.(?:plan|desired)\(\s*(?:rev\s*=\s*)?{_QUOTED}"): _revisions,
    re.compile(rf"\.differences\(\s*(?:base\s*=\s*)?{_QUOTED}"): _revisions,
    re.compile(rf"\bnamespaces\s*=\s*[\[(]{_AMONG}{_QUOTED}"): lambda names: _values({**names, "column": "namespace"}),
    re.compile(rf"\.watch\({_AMONG}{_QUOTED}"): _kinds,
    re.compile(rf"\btree_chart\([^\"']*,\s*(?:root\s*=\s*)?{_QUOTED}"): _roots,
    re.compile(rf"\.show\({_AMONG}{_QUOTED}"): _rules,
    re.compile(rf"\b(?:rev|revision|trunk)\s*=\s*{_QUOTED}"): _revisions,
    re.compile(rf"\b(?P<column>kind|namespace|name|group)[\"'\]]*\s*(?:==|!=)\s*{_QUOTED}"): _values,
    re.compile(rf"\b(?P<column>kind|namespace|name|group)[\"'\]]*\s*\.isin\(\s*[\[({{]{_AMONG}{_QUOTED}"): _values,
    re.compile(rf"\b(?P<column>kind|namespace)\s*=\s*{_QUOTED}"): _values,
}
