"""How do Python and a page talk, and what is there where nobody looks?

A panel is an object that shows itself as a widget where a front end asked for the cell, and as a static form everywhere else: in a run
without a person (papermill, nbclient), on a page (nbconvert, GitHub), without the package for widgets.

The trap that shaped it: what a widget keeps as its state is saved with the notebook, by the front end, at any moment. So there is none:
everything that a page shows is told to it in messages, and a code or a confirmation that was typed lives in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

from gitopskit.views.html.markup import STYLE
from gitopskit.views.progress import has_front_end
from gitopskit.views.voila import is_in_voila

Message = Mapping[str, Any]
WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_SCRIPTS: Final = files("gitopskit.notebook.widgets")


class Panel:
    """One panel: a subclass says what its script is, what it shows without one, and what it does with a message.

    Messages to the page are dicts with a `type`; the page begins with ``ready``, once for each place where it is shown.
    """

    script = ""

    def __init__(self) -> None:
        self._widget: Any = None

    def static(self) -> dict[str, str]:
        """Return the static form, by MIME type."""
        raise NotImplementedError

    def received(self, message: Message) -> None:
        """Take in a message from the page."""
        raise NotImplementedError

    def tell(self, kind: str, **content: Any) -> None:
        """Send a message to the page, if there is one; a page that cannot be told must end nothing, least of all an apply."""
        if self._widget is not None:
            with suppress(Exception):
                self._widget.send({"type": kind, **content})

    def close(self) -> None:
        """End the panel; the page keeps what it shows."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None, **_: object) -> dict[str, Any]:
        del include, exclude
        bundle: dict[str, Any] = self.static()
        if has_widgets():
            bundle[WIDGET] = self._shown()
        return bundle

    def _shown(self) -> Any:
        if self._widget is None:
            self._widget = _kind(self.script)()
            self._widget.on_msg(lambda _widget, message, _buffers: self._take(message))
        data, _ = self._widget._repr_mimebundle_()
        return data[WIDGET]

    def _take(self, message: object) -> None:
        if isinstance(message, Mapping):
            self.received(message)


def has_widgets() -> bool:
    """Whether a widget can be shown: a front end asked for the cell, or Voila shows it to a person; and its package is there."""
    return (has_front_end() or is_in_voila()) and find_spec("anywidget") is not None


@cache
def _kind(script: str) -> Callable[[], Any]:
    """Return the class of widgets that run one script; it holds nothing of a session."""
    import anywidget

    shared = _SCRIPTS.joinpath("panel.js").read_text()
    content = {
        "__module__": __name__,
        "_esm": shared + _SCRIPTS.joinpath(script).read_text(),
        "_css": STYLE + _SCRIPTS.joinpath("panel.css").read_text(),
    }
    made: Callable[[], Any] = type(script.partition(".")[0].title(), (anywidget.AnyWidget,), content)
    return made
