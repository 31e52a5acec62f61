"""How does a chart show itself: drawn, as a static table, as a picture?

In JupyterLab plotly draws it. Pages that draw nothing (nbconvert, GitHub) take the table that says the same, and `save` writes a
picture to hand in. The numbers behind it all are `frame`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from gitopskit.errors import UsageError, plain
from gitopskit.views.charts.image import VECTORS, draw
from gitopskit.views.charts.ink import inked
from gitopskit.views.charts.look import EDGE, INK, layout, legend
from gitopskit.views.html.markup import note, table, wrap

ROWS_SHOWN: Final = 200
PAPER: Final = "#ffffff"
PAPER_INK: Final = "#33404c"
WIDTH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """A chart as a static table: heads, and rows of cells that are HTML already."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tight: int = 1

    def html(self, title: str, subtitle: str) -> str:
        """Return the table under the chart's title (labels already), cut with a count where it is long."""
        parts = [f"<h4>{title}</h4>", f'<p class="gk-soft">{subtitle}</p>' if subtitle else ""]
        if self.rows:
            parts.append(table(self.head, self.rows[:ROWS_SHOWN], tight=self.tight, label="figures of the chart"))
        if len(self.rows) > ROWS_SHOWN:
            parts.append(note(f"{len(self.rows) - ROWS_SHOWN:,} more rows: <code>chart.frame</code> has them all"))
        return wrap("".join(parts))


class Chart(go.Figure):  # type: ignore[misc] # plotly has no types
    """A plotly figure with the table behind it, which also says its message as a static table."""

    _ipython_display_ = None  # the mime bundle below says it all

    def __init__(self, *args: Any, behind: tuple[pd.DataFrame, Static] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._behind = behind or (pd.DataFrame(), Static(head=(), rows=()))

    def __reduce__(self) -> tuple[Any, ...]:
        kind, state = super().__reduce__()
        return partial(kind, behind=self._behind), state

    @property
    def frame(self) -> pd.DataFrame:
        """The table behind the chart, whole; its columns are told where the chart is made."""
        return self._behind[0]

    def static_html(self) -> str:
        """Return the chart as a table, without script."""
        title, subtitle = self.layout.meta or ("", "")
        return self._behind[1].html(title, subtitle)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None, **_: object) -> dict[str, Any]:
        del include, exclude
        return {"application/vnd.plotly.v1+json": inked(json.loads(self.to_json())), "text/html": self.static_html()}

    def to_image(self, format: str = "svg", *, width: int = 0, height: int = 0, scale: float = 0) -> bytes:  # noqa: A002 - plotly's own name
        """Return a picture on white paper.

        Parameters
        ----------
        format
            "svg", "png", "pdf", "jpg" or "webp".
        width, height
            In pixels; by default as wide as a page, and as high as the chart is.
        scale
            Dots per pixel; by default two in formats that are made of dots.

        Raises
        ------
        UsageError
            The format is unknown, or what draws pictures is not installed.
        GitopskitError
            The browser that draws failed.
        """
        figure = json.loads(self.to_json().replace(INK, PAPER_INK))
        figure["layout"]["paper_bgcolor"] = PAPER
        size = {"width": width or self.layout.width or WIDTH, "height": height or self.layout.height or 500}
        return draw(figure, format, size | {"scale": scale or (1 if format in VECTORS else 2)})

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write a picture, of the format that the file's ending names, and return where; options as in `to_image`."""
        target = Path(path)
        picture = self.to_image(target.suffix.removeprefix("."), **options)
        try:
            target.write_bytes(picture)
        except OSError as error:
            what = f"the picture cannot be written: {plain(error.strerror or '')}"
            raise UsageError(what, where=plain(str(target)), next_step="name a file in a folder that is there") from None
        return target

    write_image = save


def chart(traces: Iterable[Mapping[str, Any]], design: Mapping[str, Any], *, frame: pd.DataFrame, static: Static) -> Chart:
    """Return a chart of traces and a layout, as plotly spells them, with its legend below."""
    drawn = list(traces)
    made = Chart(data=drawn, layout=dict(design), behind=(frame, static))
    margin, height = made.layout.margin, made.layout.height
    entries = [trace.get("name", "") for trace in drawn if trace.get("showlegend", design.get("showlegend", False))]
    if entries:
        place, room = legend(entries, height - margin.t - margin.b, margin.b)
        height += room
        made.update_layout(legend=place, height=height, title_y=1 - EDGE / height, margin_b=margin.b + room)
    return made


def nothing(title: str, words: str, frame: pd.DataFrame) -> Chart:
    """Return a chart that says that there is nothing to draw, and why."""
    hidden = {"visible": False, "fixedrange": True}
    design = layout(title, words, height=90, xaxis=hidden, yaxis=hidden)
    return chart([], design, frame=frame, static=Static(head=(), rows=()))


def named(content: str) -> str:
    """Return a cell for a name, which is HTML already: it breaks where it is long, in a column that is as narrow as its content."""
    return f'<div class="gk-name">{content}</div>'


def bar(pieces: Iterable[tuple[str, float]]) -> str:
    """Return a bar of colours and percentages as HTML."""
    parts = "".join(
        f'<span style="background:{colour};width:{percent:.1f}%;height:1.1em;display:inline-block"></span>' for colour, percent in pieces
    )
    return f'<div style="display:flex;min-width:16em">{parts}</div>'
