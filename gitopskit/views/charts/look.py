"""What do all charts share: ink, patterns, labels, layout?

A chart stands on the page's own ground, light or dark, and does not know which. Lines are drawn in one ink that does for both: no single
colour contrasts more evenly with white and with JupyterLab's dark ground. For words that is not enough: in a page they take its colour
(`gitopskit.views.charts.ink`), and on a mark they are dark on bright.

The trap that shaped it: plotly takes labels for a small HTML, and for formulas between dollar signs. Everything from outside goes
through `label`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.model.changes import Action
from gitopskit.model.events import Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.views.words import ACTIONS, OUTCOMES, Look

INK: Final = "#6d7b88"
ON_MARK: Final = "#10161c"
GRID: Final = "rgba(128,128,128,0.25)"
QUIET: Final = "rgba(128,128,128,0.18)"
CLEAR: Final = "rgba(0,0,0,0)"
SHORT: Final = 34
LINE: Final = 68
EDGE: Final = 24
CHARACTER_PX: Final = 7.6
SCREEN_PX: Final = 800
LEGEND_LINE_PX: Final = 24
SCALE_PX: Final = 44
THICK: Final = 0.68
"""How thick a bar is, of the room that its line has."""

GREEN, ORANGE, SKY, RED, GREY, PINK, YELLOW = "#009e73", "#e69f00", "#56b4e9", "#d55e00", "#999999", "#cc79a7", "#f0e442"
PALETTE: Final = (SKY, ORANGE, GREEN, YELLOW, PINK, RED, GREY)
SHAPES: Final = ("", "/", ".", "x", "-", "\\", "+")
"""One pattern beside each colour of the palette."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a part of a chart looks: word and glyph, colour, pattern."""

    word: str
    glyph: str
    colour: str
    shape: str = ""

    @property
    def name(self) -> str:
        """What a legend says."""
        return f"{self.glyph} {self.word}".strip()

    @property
    def style(self) -> dict[str, Any]:
        """What plotly calls a marker."""
        return {"color": self.colour, "line": {"color": INK, "width": 0.5}, "pattern": pattern(self.shape)}


def mark(look: Look, colour: str, shape: str = "") -> Mark:
    """Return the mark of a status that has a word and a glyph already."""
    return Mark(word=look.word, glyph=look.glyph, colour=colour, shape=shape)


def pattern(shape: str | list[str]) -> dict[str, Any]:
    """Return a pattern, or one for each part, that is seen on every colour of the palette."""
    return {"shape": shape, "fgcolor": "white", "fgopacity": 0.55, "size": 6, "solidity": 0.3}


OUTCOME_MARKS: Final[Mapping[Outcome, Mark]] = {
    Outcome.CHANGED: mark(OUTCOMES[Outcome.CHANGED], GREEN),
    Outcome.UNCHANGED: mark(OUTCOMES[Outcome.UNCHANGED], GREY),
    Outcome.FAILED: mark(OUTCOMES[Outcome.FAILED], RED, "x"),
    Outcome.SKIPPED: mark(OUTCOMES[Outcome.SKIPPED], GREY, "."),
    Outcome.REFUSED: mark(OUTCOMES[Outcome.REFUSED], ORANGE, "/"),
    Outcome.UNKNOWN: mark(OUTCOMES[Outcome.UNKNOWN], PINK, "+"),
    Outcome.PASSED: mark(OUTCOMES[Outcome.PASSED], GREEN),
    Outcome.WAIVED: mark(OUTCOMES[Outcome.WAIVED], ORANGE, "-"),
}
ACTION_MARKS: Final[Mapping[Action, Mark]] = {
    Action.CREATE: mark(ACTIONS[Action.CREATE], GREEN, "+"),
    Action.UPDATE: mark(ACTIONS[Action.UPDATE], SKY, "/"),
    Action.REPLACE: mark(ACTIONS[Action.REPLACE], PINK, "x"),
    Action.DELETE: mark(ACTIONS[Action.DELETE], RED, "-"),
}


def label(text: object, limit: int = SHORT) -> str:
    """Return foreign text that plotly takes for text: no markup, no formula, long text cut."""
    shown = plain(str(text), 400)
    return html.escape(shown if len(shown) <= limit else f"{shown[: limit - 1]}…", quote=False).replace("$", "&#36;")


def whole(text: object) -> str:
    """Return foreign text for hovering: in full, unless it is endless, in lines that fit."""
    shown = plain(str(text), 400)
    return "<br>".join(label(shown[at : at + 100], 100) for at in range(0, len(shown), 100))


def place(object_id: ObjectId) -> str:
    """Return kind, namespace and name of an object as it is called in a label; foreign text."""
    return f"{object_id.kind} {object_id.namespace}/{object_id.name}" if object_id.namespace else f"{object_id.kind} {object_id.name}"


def layout(title: str, subtitle: str = "", *, height: int, **more: Any) -> dict[str, Any]:
    """Return a layout that is readable on light and on dark ground; title and subtitle are labels already."""
    said = "<br>".join(_lines(subtitle))
    has_scale = more.get("xaxis", {}).get("side") == "top"
    base = {
        "title": {
            "text": f'<b>{title}</b><br><span style="font-size:13px">{said}</span>', "font": {"size": 16}, "x": 0, "y": 1 - EDGE / height,
            "xref": "container", "yref": "container", "xanchor": "left", "yanchor": "top", "pad": {"l": 12},
        },
        "meta": [title, subtitle],
        "height": height,
        "margin": {"l": 12, "r": 12, "t": 64 + 18 * said.count("<br>") + SCALE_PX * has_scale, "b": 14},
        "font": {"color": INK, "size": 13, "family": "system-ui, sans-serif"},
        "hoverlabel": {"align": "left", "font": {"family": "system-ui, sans-serif", "size": 13}},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
    }  # fmt: skip
    return base | more


def _lines(subtitle: str) -> list[str]:
    """Return a subtitle in lines that fit on a narrow screen, too."""
    lines: list[str] = []
    for part in subtitle.split("; "):
        if lines and len(lines[-1]) + len(part) < LINE:
            lines[-1] += f"; {part}"
        else:
            lines.append(part)
    return [*(f"{line};" for line in lines[:-1]), *lines[-1:]]


def legend(entries: Sequence[str], plot_px: float, below_px: float) -> tuple[dict[str, Any], int]:
    """Return the layout of a legend below the plot, and how many pixels it takes on a usual screen; on a narrow one it takes more.

    Parameters
    ----------
    plot_px
        How high the plot is.
    below_px
        What stands between the plot and the legend.
    """
    width = sum(CHARACTER_PX * len(entry) + 56 for entry in entries)
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": -below_px / plot_px, "yanchor": "top"}
    return place | {"traceorder": "normal", "itemclick": False, "itemdoubleclick": False}, LEGEND_LINE_PX * ceil(width / SCREEN_PX)


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis with a quiet grid."""
    return {"title": {"text": title, "standoff": 8, "font": {"size": 13}}, "gridcolor": GRID, "zeroline": False, "automargin": True} | more


def scale(title: str, **more: Any) -> dict[str, Any]:
    """Return the axis along which bars lie, above them: below stands the legend, as high as the screen makes it."""
    return axis(title, side="top", tickangle=0) | more


def rows_axis(labels: Iterable[str], **more: Any) -> dict[str, Any]:
    """Return an upright axis with one line per label, the first on top; equal labels stay lines of their own."""
    listed = list(labels)
    span = [len(listed) - 0.5, -0.5]
    ticks: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": list(range(len(listed))),
        "ticktext": listed,
        "range": span,
        "ticklabelstandoff": 6,
    }
    return axis(showgrid=False, **ticks) | more


def height_of(lines: int, *, each: int = 26, around: int = 124) -> int:
    """Return how many pixels a chart with so many lines takes."""
    return around + each * max(1, lines)


def legend_traces(marks: Iterable[tuple[Mark, int]]) -> list[dict[str, Any]]:
    """Return traces that draw nothing and stand in the legend, for charts that have none of their own."""
    shown = {"type": "bar", "x": [None], "y": [None], "showlegend": True, "hoverinfo": "skip"}
    return [shown | {"name": f"{one.name} {count:,}", "marker": one.style} for one, count in marks]


def hidden_axes() -> Mapping[str, Any]:
    """Return the axes for such traces, out of the way."""
    return {name: {"visible": False, "domain": [0, 0.001], "fixedrange": True} for name in ("xaxis", "yaxis")}
