"""How do the words of a chart stay readable on the page's own ground, light or dark?

Plotly paints words in a colour that it is given once, and no one colour contrasts by 4.5 to 1 with white and with a dark ground alike. The
page knows its theme, and its style sheet names the colour of its text: a span of the small HTML that plotly takes can ask for it.

The trap that shaped it: pictures are drawn where no such name is known, and other programs read them. So only what is shown in a page has
these spans; the figure itself has none.

References
----------
WCAG 2.2, 1.4.3 (contrast of text).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gitopskit.views.charts.look import INK

OPEN: Final = f'<span style="color:var(--jp-content-font-color1,var(--vscode-foreground,{INK}))">'
CLOSE: Final = "</span>"


def inked(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a figure, as JSON spells it, whose words on the page's own ground are in the page's colour; it is changed in place."""
    layout = figure.get("layout", {})
    for place in _titles(layout):
        _wrap(place, "text")
    for axis in _axes(layout):
        _wrap(axis, "ticktext")
        if "ticktext" not in axis:  # ticks at places of one's own take no prefix
            axis |= {"tickprefix": OPEN + axis.get("tickprefix", ""), "ticksuffix": axis.get("ticksuffix", "") + CLOSE}
    for trace in figure.get("data", ()):
        _wrap(trace, "name")
        colour = trace.get("textfont", {}).get("color")
        for key in ("text", "labels"):
            _wrap(trace, key, colour)
    return figure


def _axes(layout: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (value for name, value in layout.items() if name.startswith(("xaxis", "yaxis")) and value.get("visible", True))


def _titles(layout: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield layout.get("title", {})
    yield from (axis.get("title", {}) for axis in _axes(layout))
    yield from layout.get("annotations", ())


def _wrap(place: dict[str, Any], key: str, colour: str | list[str] = INK) -> None:
    """Put words that are in ink into a span; `colour` is theirs, or that of each of them."""
    words = place.get(key)
    if isinstance(words, str):
        place[key] = _span(words, colour)
    elif isinstance(words, list):
        colours = colour if isinstance(colour, list) else [colour] * len(words)
        place[key] = [_span(word, one) for word, one in zip(words, colours, strict=True)]


def _span(words: str, colour: object) -> str:
    return f"{OPEN}{words}{CLOSE}" if words and colour == INK else words
