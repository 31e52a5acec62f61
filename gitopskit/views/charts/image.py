"""How does a chart become a picture in a file?

By plotly's own kaleido (the extra `image`), in a browser that is installed: Chrome or Chromium. Nothing is fetched; labels need no
formulas, so the part that would be is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitopskit.errors import GitopskitError, UsageError, plain

VECTORS: Final = ("svg", "pdf")
FORMATS: Final = (*VECTORS, "png", "jpg", "webp")
_GET_BROWSER: Final = "install Chromium or Chrome (Debian: apt-get install chromium), or name one in BROWSER_PATH"


def draw(figure: Mapping[str, Any], form: str, size: Mapping[str, float]) -> bytes:
    """Return a figure as a picture.

    Raises
    ------
    UsageError
        The format is unknown, or kaleido or a browser is not there.
    GitopskitError
        The browser failed.
    """
    if form not in FORMATS:
        raise UsageError(f"no picture is written as {plain(form)!r}", next_step=f"name one of {', '.join(FORMATS)}")
    try:
        import kaleido
        from kaleido.errors import ChromeNotFoundError
    except ImportError:
        raise UsageError("pictures are drawn by kaleido, which is not installed", next_step="pip install 'gitopskit[image]'") from None
    try:
        picture: bytes = kaleido.calc_fig_sync(dict(figure), opts={"format": form, **size}, kopts={"mathjax": False})
    except ChromeNotFoundError:
        raise UsageError("pictures are drawn by a browser, and none was found", next_step=_GET_BROWSER) from None
    except Exception as error:
        what = f"the browser did not draw the picture: {type(error).__name__} {plain(str(error), 200)}"
        raise GitopskitError(what, next_step=_GET_BROWSER) from error
    return picture
