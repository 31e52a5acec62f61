"""HTML without names: parsed, treated text by text, and written anew from what is known to be harmless.

Nothing of the original is copied: elements and attributes that are not listed here go, and so do comments, scripts, styles that are not
ours, and pictures, which nobody can mask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from gitopskit.errors import UsageError
from gitopskit.views.evidence.masker import Masker
from gitopskit.views.evidence.tables import headings_of, is_ours, masked_cell, masked_heading, name_objects, names_told, rows_of
from gitopskit.views.html.markup import wrap

_STANDING: Final = frozenset({
    "a", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "progress", "s", "small", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})  # fmt: skip
_PICTURES: Final = ("img", "svg", "video", "audio", "canvas", "picture", "math")
_ACTIVE: Final = ("script", "iframe", "object", "embed", "link", "meta", "base", "template", "noscript", "form", "head", "title")
_NUMBERS: Final = frozenset({"colspan", "rowspan", "max", "value", "border", "tabindex"})
_SAID: Final = frozenset({"aria-label", "title"})
_CHOICES: Final = {"scope": ("col", "row"), "role": ("group",), "aria-hidden": ("true",), "open": ("",)}
_CLASS: Final = re.compile(r"gk(-[a-z0-9]+)*|dataframe")
_STYLE: Final = re.compile(
    r"(?:(?:background|color|width|height|min-width|display|text-align):\s*"
    r"(?:#[0-9a-fA-F]{3,8}|[\d.]+(?:%|em|px)|flex|inline-block|left|right)(?:;\s*|$))+"
)


def parse(page: str) -> Any:
    """Return the tree of a piece of HTML, its texts in one piece."""
    try:
        from bs4 import BeautifulSoup
    except ImportError:
        raise UsageError("beautifulsoup4 is not installed", next_step="pip install 'gitopskit[notebook]'") from None
    tree = BeautifulSoup(page, "html.parser")
    for element in tree.find_all("wbr"):
        element.decompose()
    tree.smooth()
    return tree


def learn_markup(page: str, masker: Masker) -> str:
    """Give the names that tables tell their labels, and return what is said in headings, paragraphs and cells, a line each."""
    tree = parse(page)
    for table in tree.find_all("table"):
        name_objects(names_told(rows_of(table), masker), masker)
    lines = (" ".join(element.get_text().split()) for element in tree.find_all(["h4", "p", "td"]) if not element.find("table"))
    return "\n".join(lines)


def mask_markup(page: str, masker: Masker) -> str:
    """Return a piece of HTML with labels for names."""
    tree = parse(page)
    _clear(tree, masker)
    for table in tree.find_all("table"):
        _mask_table(table, masker)
    for text in list(_texts(tree)):
        text.replace_with(_said(masker.text(str(text))))
    for element in tree.find_all(True):
        if element.name in _STANDING:
            element.attrs = dict(_attributes(element, masker))
        elif element.name != "style":
            element.unwrap()
    return str(tree.decode(formatter="minimal"))


def _clear(tree: Any, masker: Masker) -> None:
    """Take out what is no text, and put our own style sheet in the place of any that stands in a piece of ours."""
    from bs4 import Comment, Doctype
    from bs4.element import PreformattedString

    for text in tree.find_all(string=lambda one: isinstance(one, (Comment, Doctype, PreformattedString))):
        text.extract()
    for element in tree.find_all(_PICTURES):
        if not element.decomposed:
            element.replace_with(masker.leave_out("a picture in a page", "a picture"))
    for element in tree.find_all(_ACTIVE):
        if not element.decomposed and element.name not in ("head", "title", "meta"):
            masker.leave_out("a script or a frame in a page")
        element.decompose()
    for element in tree.find_all("style"):
        if "gk" in (element.parent.get("class") or ()):
            element.attrs = {}
            element.string = _our_style()
        else:
            element.decompose()
    tree.smooth()


def _mask_table(table: Any, masker: Masker) -> None:
    ours, rows = is_ours(table), rows_of(table)
    for element in list(headings_of(table)):
        _say(element, masked_heading(element.get_text(), masker, ours=ours))
    for row in rows:
        masked = [(cell, masked_cell(cell, row, masker, ours=ours)) for cell in row]
        for cell, said in masked:
            if said is not None:
                _say(cell.element, said)


def _say(element: Any, words: str) -> None:
    """Let an element say something else, within what it is wrapped in."""
    inner = element
    while len(inner.contents) == 1 and getattr(inner.contents[0], "contents", None):
        inner = inner.contents[0]
    inner.clear()
    inner.append(_said(words))


@cache
def _treated() -> Any:
    from bs4.element import NavigableString

    class Treated(NavigableString):
        """A text that is without names by now."""

    return Treated


def _said(words: str) -> Any:
    return _treated()(words)


def _texts(tree: Any) -> Iterator[Any]:
    for text in tree.find_all(string=True):
        if not isinstance(text, _treated()) and text.parent.name != "style" and text.strip():
            yield text


def _attributes(element: Any, masker: Masker) -> Iterator[tuple[str, Any]]:
    for name, given in element.attrs.items():
        value = " ".join(given) if isinstance(given, list) else str(given)
        if name == "class":
            classes = [one for one in value.split() if _CLASS.fullmatch(one) and _is_known_class(one)]
            if classes:
                yield name, classes
        elif name in _SAID:
            yield name, masker.text(value)
        elif (
            (name in _NUMBERS and re.fullmatch(r"-?[\d.]+", value))
            or value in _CHOICES.get(name, ())
            or (name == "style" and _STYLE.fullmatch(value))
        ):
            yield name, value


def _is_known_class(name: str) -> bool:
    """Whether a class is one that our style sheet dresses."""
    return name in ("gk", "dataframe") or f".{name}" in _our_style() or name in ("gk-good", "gk-bad")


@cache
def _our_style() -> str:
    found = re.search(r"<style>(.*?)</style>", wrap(""), re.DOTALL)
    return found[1] if found else ""
