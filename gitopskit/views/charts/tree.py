"""What belongs to what? The tree of owner references, of one object, a namespace or everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from types import NoneType
from typing import Any, Final

import pandas as pd

from gitopskit.errors import UsageError, expect, plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.lineage import Lineage, Place, roots, trace, walk
from gitopskit.views.charts.branches import Forest, Node, arrange, columns
from gitopskit.views.charts.chart import Chart, Static, chart, named, nothing
from gitopskit.views.charts.look import CHARACTER_PX, GREY, INK, ORANGE, SKY, label, layout, place, whole
from gitopskit.views.charts.sync import CLUSTER
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted

NAMESPACES_SHOWN: Final = 12
BOLD: Final = 1.15
NARROWEST: Final = 560
LINE_PX: Final = 24
GAP: Final = 7
LONGEST: Final = 38
TREE: Final = {
    "kind": "str", "namespace": "str", "name": "str", "group": "str", "owner": "str", "depth": "int64", "children": "int64",
    "missing": "str",
}  # fmt: skip
_LOOKS: Final = {
    "an object": ("circle", SKY), "several": ("diamond", GREY), "owner not in snapshot": ("triangle-up", ORANGE),
    "place": ("square", INK),
}  # fmt: skip


def tree_chart(live: Snapshot, root: ObjectId | str | None = None) -> Chart:
    """Return the tree of owner references as a graph, from the owner on the left to what it owns on the right.

    Parameters
    ----------
    live
        What is there: ``ws.live(everything=True)``, because controllers make objects of other kinds than those in Git.
    root
        One object by its id, or as the id prints (``"Deployment.apps shop/web"``); or the name of a namespace; everything by default.

    Columns
    -------
    One row per object, nearest to the root first, those that are drawn together included: kind, namespace, name, group : str. owner :
    str — the object under which it stands, empty for a root. depth : int64 — 0 for a root. children : int64 — how many stand directly
    under it. missing : str — owners that it names and that are not in the snapshot.

    Raises
    ------
    UsageError
        There is no such object and no such namespace.
    """
    expect(live, Snapshot, "gk.tree_chart(ws.live(everything=True))")
    expect(root, (ObjectId, str, NoneType), 'gk.tree_chart(live, "shop")')
    lineage = trace(live)
    heading, starts = _starts(live, lineage, root)
    places = list(walk(lineage, starts))
    frame = _frame(places, lineage)
    title = f"Resource tree of {label(heading, 60)}"
    if not places:
        return nothing(title, "There are no objects.", frame)
    top = _drawn(places, starts, heading, is_one=len(starts) == 1 and starts[0].name == _name_of(root))
    lines = arrange(top)
    widths = _widths(top)
    begins = columns(top, widths, GAP)
    width = begins[-1] + widths[max(widths)] + 4
    design = layout(
        title,
        _subtitle(places, top, lineage),
        height=max(150, 110 + LINE_PX * lines),
        width=max(NARROWEST, int(CHARACTER_PX * width)),
        showlegend=True,
        xaxis={"visible": False, "range": [-1.5, width], "fixedrange": True},
        yaxis={"visible": False, "range": [lines - 0.4, -0.7], "fixedrange": True},
    )
    design["margin"]["b"] = 10
    return chart(_traces(top, begins, lineage), design, frame=frame, static=_static(places, lineage))


def _name_of(root: ObjectId | str | None) -> str:
    return root.name if isinstance(root, ObjectId) else str(root or "").rpartition("/")[2].rpartition(" ")[2]


def _starts(live: Snapshot, lineage: Lineage, root: ObjectId | str | None) -> tuple[str, list[ObjectId]]:
    """Return what the tree is called, and where it begins."""
    if root is None:
        return (live.target.name if live.target else "everything"), list(roots(lineage, live.objects))
    if found := next((one for one in live.objects if root in (one, str(one))), None):
        return place(found), [found]
    inside = [one for one in live.objects if one.namespace == root]
    if not inside:
        advice = "name an object as it prints, or a namespace, of this snapshot; ws.live(everything=True) holds all of them"
        raise UsageError(f"no object and no namespace of this snapshot is called {plain(str(root))!r}", next_step=advice)
    return f"namespace {root}", list(roots(lineage, inside))


def _frame(places: Sequence[Place], lineage: Lineage) -> pd.DataFrame:
    children: dict[ObjectId | None, int] = defaultdict(int)
    for one in places:
        children[one.parent] += 1
    rows = [
        [
            one.id.kind, one.id.namespace, one.id.name, one.id.group, str(one.parent or ""), one.depth, children[one.id],
            ", ".join(lineage.missing.get(one.id, ())),
        ]
        for one in places
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(TREE)).astype(TREE)


def _drawn(places: Sequence[Place], starts: Sequence[ObjectId], heading: str, *, is_one: bool) -> Node:
    """Return the node that the drawing begins with."""
    forest = Forest.of(places)
    if is_one:
        node = Node(word=starts[0].kind, name=starts[0].name, id=starts[0], stands_for=1)
        forest.grow(node, forest.below.get(starts[0], ()), 1)
        return node
    top = Node(word=heading)
    by_namespace: dict[str, list[ObjectId]] = defaultdict(list)
    for one in starts:
        by_namespace[one.namespace or CLUSTER].append(one)
    if len(by_namespace) == 1:
        forest.grow(top, starts, 1)
        return top
    ranked = sorted(by_namespace, key=lambda name: (name == CLUSTER, -sum(forest.size[one] for one in by_namespace[name]), name))
    share = forest.room // min(len(ranked), NAMESPACES_SHOWN)
    for name in ranked[:NAMESPACES_SHOWN]:
        node = Node(word="namespace" if name != CLUSTER else "", name=name, depth=1)
        top.below.append(node)
        forest.room = share
        forest.grow(node, by_namespace[name], 2)
    if rest := ranked[NAMESPACES_SHOWN:]:
        objects = sum(forest.size[one] for name in rest for one in by_namespace[name])
        top.below.append(Node(word=f"{len(rest):,} more namespaces, {objects:,} objects", stands_for=objects, depth=1))
    return top


def _subtitle(places: Sequence[Place], top: Node, lineage: Lineage) -> str:
    together = sum(node.stands_for for node in top if node.id is None)
    lost = sum(one.id in lineage.missing for one in places)
    said = [f"{counted(len(places), 'object')} by owner references"]
    if together:
        said.append(f"{together:,} of them drawn together: chart.frame has them all")
    if lost:
        said.append(f"{lost:,} with an owner that is gone or was not read")
    return "; ".join(said)


def _label(node: Node) -> str:
    """Return what is written beside a node."""
    name, word = label(node.name, LONGEST), label(node.word, LONGEST)
    return f"<b>{word}</b> {name}" if name and word else word or name


def _length(node: Node) -> float:
    """Return how many characters of the usual width that takes."""
    name, word = min(len(node.name), LONGEST), min(len(node.word), LONGEST)
    return BOLD * word + name + 1 if name and word else name + word


def _widths(top: Node) -> Mapping[int, int]:
    found: dict[int, int] = defaultdict(int)
    for node in top:
        found[node.depth] = max(found[node.depth], ceil(_length(node)) + 2)
    return found


def _traces(top: Node, begins: Sequence[int], lineage: Lineage) -> list[dict[str, Any]]:
    by_id = {node.id: node for node in top if node.id is not None}
    second = [
        (by_id[owner], node)
        for node in by_id.values()
        if node.id is not None
        for owner in lineage.owners.get(node.id, ())
        if owner in by_id and node not in by_id[owner].below
    ]
    edges = _lines([(node, child) for node in top for child in node.below], begins)
    return [
        _edges(edges, "owns", "solid"),
        *([_edges(_lines(second, begins), "owns, too", "dot")] if second else []),
        *(_nodes(top, begins, what, lineage) for what in _LOOKS if any(_look(node, lineage) == what for node in top)),
    ]


def _lines(pairs: Iterable[tuple[Node, Node]], begins: Sequence[int]) -> list[tuple[float | None, float | None]]:
    points: list[tuple[float | None, float | None]] = []
    for node, child in pairs:
        bend = begins[child.depth] - GAP / 2 + 0.5 if child.depth else 0
        start = begins[node.depth] + _length(node) + 3
        points += [
            (min(start, bend), node.line),
            (bend, node.line),
            (bend, child.line),
            (begins[child.depth] - 0.8, child.line),
            (None, None),
        ]
    return points


def _edges(points: list[tuple[float | None, float | None]], name: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": [x for x, _ in points], "y": [y for _, y in points], "hoverinfo": "skip", "name": name,
        "showlegend": dash != "solid", "line": {"color": INK, "width": 1, "dash": dash},
    }  # fmt: skip


def _look(node: Node, lineage: Lineage) -> str:
    if node.id is None:
        return "several" if node.stands_for else "place"
    return "owner not in snapshot" if node.id in lineage.missing else "an object"


def _nodes(top: Node, begins: Sequence[int], what: str, lineage: Lineage) -> dict[str, Any]:
    symbol, colour = _LOOKS[what]
    part = [node for node in top if _look(node, lineage) == what]
    return {
        "type": "scatter", "mode": "markers+text", "name": what, "cliponaxis": False,
        "x": [begins[node.depth] for node in part], "y": [node.line for node in part],
        "text": [f" {_label(node)}" for node in part], "textposition": "middle right", "textfont": {"color": INK, "size": 13},
        "marker": {"symbol": symbol, "color": colour, "size": 11, "line": {"color": INK, "width": 1}},
        "customdata": [_hover(node, lineage) for node in part], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip


def _hover(node: Node, lineage: Lineage) -> str:
    if node.id is None:
        return whole(f"{node.word} {node.name}".strip())
    owners = [f"owned by {place(owner)}" for owner in lineage.owners.get(node.id, ())]
    lost = [f"names an owner that is not here: {name}" for name in lineage.missing.get(node.id, ())]
    return "<br>".join(whole(line) for line in [str(node.id), *owners, *lost])


def _static(places: Sequence[Place], lineage: Lineage) -> Static:
    """Return the objects in the order of the tree, indented by their depth."""
    below: dict[ObjectId | None, list[Place]] = defaultdict(list)
    for one in places:
        below[one.parent].append(one)
    rows = []
    waiting = list(reversed(below[None]))
    while waiting:
        one = waiting.pop()
        lost = ", ".join(lineage.missing.get(one.id, ()))
        indent = f'<span style="padding-left:{1.4 * min(one.depth, 12):.1f}em">{"└ " if one.depth else ""}</span>'
        name = f"{one.id.namespace}/{one.id.name}" if one.id.namespace else one.id.name
        rows.append((named(f"{indent}<b>{text(one.id.kind)}</b> {text(name)}"), text(f"owner not in the snapshot: {lost}" if lost else "")))
        waiting.extend(reversed(below[one.id]))
    return Static(head=("object", ""), rows=tuple(rows), tight=1)
