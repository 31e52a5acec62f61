"""What is in sync, at a glance?

A bar per namespace, in pieces by sync status, told apart by colour, pattern and word. Labels from outside cannot become markup.
"""

from __future__ import annotations

import html
import json
from typing import Any, Literal

import plotly.graph_objects as go

from gitopskit.errors import plain
from gitopskit.model.plan import Plan
from gitopskit.views.frames import to_frame
from gitopskit.views.html.markup import table, wrap
from gitopskit.views.words import SYNC

_PATTERNS = {"Synced": "", "OutOfSync": "/", "Missing": ".", "Extra": "x", "Unreadable": "-"}


class Chart(go.Figure):  # type: ignore[misc] # plotly has no types
    """A plotly figure that also says its message as a static table, for pages that draw nothing (nbconvert, GitHub)."""

    _ipython_display_ = None  # the mime bundle below says it all

    def _repr_mimebundle_(self, include: object = None, exclude: object = None, **_: object) -> dict[str, Any]:
        del include, exclude
        figure = json.loads(self.to_json())
        return {"application/vnd.plotly.v1+json": figure, "text/html": static_html(figure)}


def sync_chart(plan: Plan, by: Literal["namespace", "kind"] = "namespace") -> Chart:
    """Return a stacked bar chart of the objects of a plan by sync status.

    Parameters
    ----------
    by
        What a bar stands for; the other one is told on hovering.
    """
    frame = to_frame(plan)
    frame = frame.assign(namespace=frame["namespace"].where(frame["namespace"] != "", "(cluster)"))
    other = "kind" if by == "namespace" else "namespace"
    bars = sorted(frame[by].unique())
    figure = Chart()
    for status, look in SYNC.items():
        part = frame[frame["sync"] == status]
        if part.empty:
            continue
        counts = part[by].value_counts()
        details = part.groupby(by)[other].agg(lambda values: ", ".join(sorted({_label(value) for value in values})))
        figure.add_bar(
            name=f"{look.glyph} {look.word}",
            y=[_label(bar) for bar in bars],
            x=[int(counts.get(bar, 0)) for bar in bars],
            customdata=[details.get(bar, "") for bar in bars],
            orientation="h",
            marker={"color": look.light, "pattern": {"shape": _PATTERNS[status], "fgcolor": "white", "fgopacity": 0.4, "size": 6}},
            hovertemplate=f"%{{y}}: %{{x}} {look.word}<br>%{{customdata}}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        showlegend=True,  # a single status needs its word, too
        title={"text": f"Sync status by {by}", "font": {"size": 16}, "x": 0, "xref": "paper"},
        height=110 + 34 * max(1, len(bars)),
        margin={"l": 10, "r": 10, "t": 48, "b": 30},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right", "traceorder": "normal"},
        xaxis={"title": None, "dtick": max(1, len(frame) // 8), "gridcolor": "rgba(128,128,128,0.25)", "zeroline": False},
        yaxis={"autorange": "reversed", "automargin": True, "ticksuffix": "  "},
        font={"color": "#6b7885", "size": 13, "family": "system-ui, sans-serif"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        bargap=0.35,
    )
    return figure


def static_html(figure: dict[str, Any]) -> str:
    """Return a bar chart's figures as an HTML table with bars; its labels are escaped already."""
    traces = figure["data"]
    bars = list(traces[0]["y"]) if traces else []
    longest = max([sum(trace["x"][at] for trace in traces) for at in range(len(bars))], default=1) or 1
    rows = []
    for at, bar in enumerate(bars):
        parts = [(trace["name"], trace["x"][at], trace["marker"]["color"]) for trace in traces if trace["x"][at]]
        pieces = "".join(_piece(colour, 100 * count / longest) for _, count, colour in parts)
        said = ", ".join(f"{name} {count}" for name, count, _ in parts)
        rows.append((bar, f'<div style="display:flex;min-width:16em">{pieces}</div>', said))
    return wrap(f"<h4>{figure['layout']['title']['text']}</h4>" + table(["", "", ""], rows, tight=1, label="sync status"))


def _piece(colour: str, percent: float) -> str:
    return f'<span style="background:{colour};width:{percent:.1f}%;height:1.1em;display:inline-block"></span>'


def _label(text: str) -> str:
    """Return text that plotly takes for text: no markup, no formula."""
    return html.escape(plain(text, 60)).replace("$", "&#36;")
