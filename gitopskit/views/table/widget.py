"""The table in the page: an anywidget with our own script and style sheet, both from this folder; nothing is fetched."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import traitlets
from anywidget import AnyWidget

_HERE: Final = files(__package__)
SCRIPT: Final = (_HERE / "table.js").read_text("utf-8")
STYLE: Final = (_HERE / "table.css").read_text("utf-8")


class TableWidget(AnyWidget):
    """The rows, sent once, and which of them are selected, told both ways.

    A position says nothing without the sheet that it is in, so what is selected names the generation of its sheet, in the same breath: of
    two values the page sends only the one that has changed.
    """

    _esm = SCRIPT
    _css = STYLE

    sheet = traitlets.Bytes().tag(sync=True)
    is_selectable = traitlets.Bool(False).tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)
