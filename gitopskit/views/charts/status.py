"""How does everything stand, by namespace and kind? A tile per object, inside its kind, inside its namespace.

The trap that shaped it: ten thousand tiles are a grey noise that a browser takes seconds to draw. Then all objects of a kind in a
namespace that stand alike are one tile, as large as there are many.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from types import NoneType
from typing import Any, Final, NamedTuple

import pandas as pd

from gitopskit.errors import expect
from gitopskit.model.changes import Change
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import Plan
from gitopskit.model.snapshot import Snapshot
from gitopskit.planning.health import assess
from gitopskit.views.charts.chart import Chart, Static, bar, chart, named, nothing
from gitopskit.views.charts.look import (
    CLEAR,
    GREY,
    INK,
    ON_MARK,
    Mark,
    hidden_axes,
    label,
    layout,
    legend_traces,
    pattern,
    whole,
)  # fmt: skip
from gitopskit.views.charts.sync import CLUSTER, SYNC_MARKS
from gitopskit.views.frames import to_frame
from gitopskit.views.html.markup import text
from gitopskit.views.words import counted, sync_status

TILES_SHOWN: Final = 250
NAMESPACES_SHOWN: Final = 60
KINDS_SHOWN: Final = 10
NAMED: Final = 8
SEEN: Final = 0.12
"""The share of its namespace that is drawn at least for what somebody needs to look at."""
HEALTH_MARKS: Final[Mapping[str, Mark]] = {
    "Healthy": Mark(word="Healthy", glyph="♥", colour=GREY),
    "Progressing": Mark(word="Progressing", glyph="↻", colour=GREY, shape="/"),
    "Degraded": Mark(word="Degraded", glyph="✗", colour=GREY, shape="x"),
    "Suspended": Mark(word="Suspended", glyph="‖", colour=GREY, shape="-"),
    "Missing": Mark(word="Missing", glyph="○", colour=GREY, shape="."),
    "Unknown": Mark(word="Unknown", glyph="?", colour=GREY, shape="+"),
}


class Standing(NamedTuple):
    """How an object stands."""

    sync: str
    health: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.sync == "Synced" and self.health in ("", "Healthy", "Suspended")

    @property
    def words(self) -> str:
        """Both words, with their glyphs."""
        return " · ".join(look.name for look in (SYNC_MARKS[self.sync], HEALTH_MARKS.get(self.health)) if look)


@dataclass(slots=True)
class _Tiles:
    """The tiles of a treemap, column by column, as plotly takes them."""

    tells_health: bool
    ids: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    hovers: list[str] = field(default_factory=list)
    colours: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    inks: list[str] = field(default_factory=list)

    def add(self, parent: str, name: str, size: int, words: str, standing: Standing | None, full: str = "") -> str:
        """Add a tile and return its id; one without a standing holds others."""
        identity = str(len(self.ids))
        self.ids.append(identity)
        self.parents.append(parent)
        self.labels.append(label(name))
        self.values.append(size)
        self.texts.append(words)
        self.hovers.append(f"{whole(full or name)}<br>{words}")
        self.colours.append(SYNC_MARKS[standing.sync].colour if standing else CLEAR)
        self.shapes.append(self._shape(standing) if standing else "")
        self.inks.append(ON_MARK if standing else INK)
        return identity

    def _shape(self, standing: Standing) -> str:
        look = HEALTH_MARKS.get(standing.health) if self.tells_health else SYNC_MARKS[standing.sync]
        return look.shape if look else ""


def status_chart(plan: Plan, live: Snapshot | None = None, *, health: Mapping[ObjectId, str] | None = None) -> Chart:
    """Return a treemap of the objects of a plan: namespace, kind, object; colour and word tell the sync status.

    Parameters
    ----------
    live
        What is there; its health is told by pattern and word. Without it the pattern, too, tells the sync status.
    health
        Words of one's own for the health of objects: Healthy, Progressing, Degraded, Suspended, Missing, Unknown.

    Columns
    -------
    One row per object: kind, namespace, name, group : str — identity. sync : str — Synced, OutOfSync, Missing, Extra, Unreadable.
    health : str — one of the words above, empty where it is not known. reason : str — why the plan says so.
    """
    expect(plan, Plan, "gk.status_chart(ws.plan(), ws.live())")
    expect(live, (Snapshot, NoneType), "gk.status_chart(ws.plan(), ws.live())")
    expect(health, (Mapping, NoneType), 'gk.status_chart(ws.plan(), health={change.id: "Healthy", …})')
    health = health or _assessed(live)
    standings = {change.id: _standing(change, health) for change in plan.changes}
    frame = _frame(plan, standings)
    title = "Sync status and health" if health else "Sync status"
    if not standings:
        return nothing(title, "There are no objects.", frame)
    well = sum(one.is_well for one in standings.values())
    tiles = _Tiles(tells_health=bool(health))
    left = _fill_all(tiles, plan.target.name, standings)
    told = "; colour tells the sync status, pattern the health" if health else ""
    said = f"{well:,} of {counted(len(standings), 'object')} as they should be; by namespace and kind{left}{told}"
    design = layout(title, said, height=560, showlegend=True, uniformtext={"minsize": 10, "mode": "hide"}, **hidden_axes())
    design["margin"] |= {"l": 2, "r": 2, "b": 8}
    return chart([_treemap(tiles), *_legend(standings)], design, frame=frame, static=_static(standings))


def _assessed(live: Snapshot | None) -> Mapping[ObjectId, str]:
    """Return the health of live objects by Argo CD's rules; of those that have a rule."""
    found = ((item.id, assess(item, live.taken_at).status) for item in live.objects.values()) if live else ()
    return {object_id: status.value for object_id, status in found if status}


def _standing(change: Change, health: Mapping[ObjectId, str]) -> Standing:
    word = health.get(change.id, "")
    return Standing(sync_status(change), word if word in HEALTH_MARKS else "Unknown" if word else "")


def _frame(plan: Plan, standings: Mapping[ObjectId, Standing]) -> pd.DataFrame:
    frame = to_frame(plan)[["kind", "namespace", "name", "group", "sync", "reason"]]
    frame.insert(5, "health", pd.Series([one.health for one in standings.values()], dtype="str", index=frame.index))
    return frame


def _fill_all(tiles: _Tiles, cluster: str, standings: Mapping[ObjectId, Standing]) -> str:
    """Add all tiles, and return a word on what has none of its own."""
    groups: dict[str, dict[str, list[ObjectId]]] = defaultdict(lambda: defaultdict(list))
    for object_id in standings:
        groups[object_id.namespace or CLUSTER][object_id.kind].append(object_id)
    ranked = sorted(groups, key=lambda name: (-_troubled(groups[name], standings), name))
    fill = _fill if len(standings) <= TILES_SHOWN else _fill_together
    root = tiles.add("", cluster, 0, _summary(standings.values()), None)
    for namespace in ranked[:NAMESPACES_SHOWN]:
        inside = [standings[one] for members in groups[namespace].values() for one in members]
        fill(tiles, tiles.add(root, namespace, 0, _summary(inside), None), groups[namespace], standings)
    rest = {"more namespaces": [one for name in ranked[NAMESPACES_SHOWN:] for members in groups[name].values() for one in members]}
    _fill_together(tiles, root, rest, standings)
    return "; drawn together, what needs a look larger than its share" if fill is _fill_together else ""


def _troubled(kinds: Mapping[str, Sequence[ObjectId]], standings: Mapping[ObjectId, Standing]) -> int:
    return sum(not standings[one].is_well for members in kinds.values() for one in members)


def _fill(tiles: _Tiles, parent: str, kinds: Mapping[str, Sequence[ObjectId]], standings: Mapping[ObjectId, Standing]) -> None:
    """Add a shelf for each kind in a namespace, and a tile on it for each object."""
    for kind, members in sorted(kinds.items(), key=lambda item: -len(item[1])):
        shelf = tiles.add(parent, kind, 0, _summary([standings[one] for one in members]), None)
        for one in sorted(members, key=lambda one: (standings[one].is_well, one.name)):
            tiles.add(shelf, one.name, 1, standings[one].words, standings[one], full=str(one))


def _fill_together(tiles: _Tiles, parent: str, kinds: Mapping[str, Sequence[ObjectId]], standings: Mapping[ObjectId, Standing]) -> None:
    """Add a tile for all objects of a kind in a namespace that stand alike."""
    alike: dict[tuple[str, Standing], list[ObjectId]] = defaultdict(list)
    for kind, members in _greatest(kinds).items():
        for one in members:
            alike[kind, standings[one]].append(one)
    least = ceil(SEEN * sum(map(len, kinds.values())))
    for (kind, standing), some in sorted(alike.items(), key=lambda item: item[0][1].is_well):
        size = len(some) if standing.is_well else max(len(some), least)
        names = ", ".join(one.name for one in some[:NAMED]) + (f" and {len(some) - NAMED:,} more" if len(some) > NAMED else "")
        tiles.add(parent, kind, size, f"{len(some):,} {standing.words}", standing, full=f"{kind}: {names}")


def _greatest(kinds: Mapping[str, Sequence[ObjectId]]) -> Mapping[str, Sequence[ObjectId]]:
    """Return the kinds of a namespace, all but the most frequent ones as one."""
    ranked = sorted(kinds, key=lambda kind: (-len(kinds[kind]), kind))
    rest = [one for kind in ranked[KINDS_SHOWN:] for one in kinds[kind]]
    return {kind: kinds[kind] for kind in ranked[:KINDS_SHOWN]} | ({"other kinds": rest} if rest else {})


def _summary(inside: Any) -> str:
    found = list(inside)
    well = sum(one.is_well for one in found)
    return f"{well:,} of {len(found):,} well"


def _treemap(tiles: _Tiles) -> dict[str, Any]:
    return {
        "type": "treemap", "ids": tiles.ids, "parents": tiles.parents, "labels": tiles.labels, "values": tiles.values,
        "branchvalues": "remainder", "sort": False, "text": tiles.texts, "textinfo": "label+text",
        "customdata": tiles.hovers, "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {
            "colors": tiles.colours, "pattern": pattern(tiles.shapes) | {"bgcolor": tiles.colours, "fgopacity": 0.35},
            "line": {"color": INK, "width": 0.7},
            "pad": {"t": 22, "l": 4, "r": 4, "b": 4}, "cornerradius": 2,
        },
        "textfont": {"color": tiles.inks, "size": 13}, "pathbar": {"visible": False},
        "tiling": {"packing": "squarify", "squarifyratio": 1.6}, "root": {"color": CLEAR},
    }  # fmt: skip


def _legend(standings: Mapping[ObjectId, Standing]) -> list[dict[str, Any]]:
    syncs = Counter(one.sync for one in standings.values())
    healths = Counter(one.health for one in standings.values() if one.health)
    shown = [(replace(look, shape="") if healths else look, syncs[status]) for status, look in SYNC_MARKS.items() if syncs[status]]
    shown += [(look, healths[word]) for word, look in HEALTH_MARKS.items() if healths[word]]
    return legend_traces(shown)


def _static(standings: Mapping[ObjectId, Standing]) -> Static:
    groups: dict[tuple[str, str], Counter[Standing]] = defaultdict(Counter)
    for object_id, standing in standings.items():
        groups[object_id.namespace or CLUSTER, object_id.kind][standing] += 1
    rows = []
    for (namespace, kind), counts in sorted(groups.items(), key=lambda item: (all(one.is_well for one in item[1]), item[0])):
        said = ", ".join(f"{standing.words} {count:,}" for standing, count in counts.items())
        pieces = bar((SYNC_MARKS[standing.sync].colour, 100 * count / counts.total()) for standing, count in counts.items())
        rows.append((named(text(namespace)), named(f"<b>{text(kind)}</b>"), str(counts.total()), pieces, said))
    return Static(head=("namespace", "kind", "objects", "share", ""), rows=tuple(rows), tight=3)
