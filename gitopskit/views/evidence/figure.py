"""A plotly figure without names, still a figure.

What is said (labels, texts, values of a category) is text and gets labels; what is drawn (colours, choices, axes, numbers) is checked
against plotly's own list of attributes and choices, and stands.

References
----------
The schema that plotly ships for its own validators, ``plotly/validators/_validators.json``.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

from gitopskit.views.evidence.masker import Masker
from gitopskit.views.evidence.structured import mask_json

_TAG: Final = re.compile(r"(%\{[^{}]*\}|</?[a-zA-Z][^<>]*>)")
_KEPT_TAG: Final = re.compile(
    r"</?(?:b|i|u|br|sub|sup|em|extra)\s*/?>|</span>|<span style=[\"'](?:(?:color|font-size|font-weight):[\w#().,% ]{1,24};?)+[\"']>"
)
_FIELD: Final = re.compile(r"%\{([a-z_]+)(?:\[\d+\])?(?::[\w.,|%$~+-]*)?\}")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([\d.,%\s]*\)")
_DRAWN: Final = re.compile(r"[xyz](?:\d+)?(?:axis\d*)?(?: domain)?|[.,~$%+\d]*[defgrsb%]?")
_PLAIN: Final = re.compile(r"[-+]?[\d.]+%?|\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+Z?)?")
_FONTS: Final = frozenset({"system-ui, sans-serif", "Open Sans", "Arial", "monospace"})
_ANYTHING: Final = frozenset({"customdata", "meta"})
_WIDTHS: Final = {"i1": 1, "u1": 1, "i2": 2, "u2": 2, "i4": 4, "u4": 4, "f4": 4, "f8": 8}


def mask_figure(figure: Any, masker: Masker) -> Any:
    """Return a figure, as plotly spells it in JSON, with labels for names; None where it cannot be told what is harmless."""
    if not isinstance(figure, dict) or not _attributes():
        return None
    return {name: _part(figure[name], name, masker) for name in ("data", "layout") if name in figure}


def _part(content: Any, key: str, masker: Masker) -> Any:
    match content:
        case {"dtype": str(kind), "bdata": str(bytes_)}:
            return _numbers(content, kind, bytes_, masker)
        case dict() if key in _ANYTHING:
            return mask_json(content, masker)
        case dict():
            return {name: _part(item, name, masker) for name, item in content.items() if _is_attribute(name, masker)}
        case list():
            return [_part(item, key, masker) for item in content]
        case str():
            return content if _is_drawn(content, key) else _label(content, masker)
    return content


def _numbers(content: dict[str, Any], kind: str, packed: str, masker: Masker) -> Any:
    """Return an array of numbers as it is; what is none is left out."""
    try:
        is_whole = len(base64.b64decode(packed, validate=True)) % _WIDTHS[kind] == 0
    except (binascii.Error, KeyError, ValueError):
        is_whole = False
    if not is_whole:
        masker.leave_out("an array of a figure")
        return []
    shape = str(content.get("shape", ""))
    return {"dtype": kind, "bdata": packed} | ({"shape": shape} if re.fullmatch(r"\d+(, ?\d+)*", shape) else {})


def _is_attribute(name: str, masker: Masker) -> bool:
    if name == "images":
        masker.leave_out("a picture in a figure")
        return False
    if name in _attributes():
        return True
    masker.leave_out("a part of a figure")
    return False


def _is_drawn(text: str, key: str) -> bool:
    if not text or _PLAIN.fullmatch(text) or _COLOUR.fullmatch(text):
        return True
    if key in _said():
        return False
    return bool(_DRAWN.fullmatch(text)) or text in _FONTS or all(part in _choices().get(key, ()) for part in text.split("+"))


def _label(text: str, masker: Masker) -> str:
    """Mask what plotly shows: a text with a few tags, and places that it fills in."""
    parts = [
        part if _stands(part) else "" if _TAG.fullmatch(part) else html.escape(masker.text(html.unescape(part)), quote=False)
        for part in _TAG.split(text)
    ]
    return "".join(parts)


def _stands(part: str) -> bool:
    place = _FIELD.fullmatch(part)
    return bool(_KEPT_TAG.fullmatch(part)) or bool(place and (place[1] in _attributes() or place[1] in ("label", "value", "percentParent")))


@cache
def _schema() -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = json.loads(files("plotly.validators").joinpath("_validators.json").read_bytes())
    except (OSError, ModuleNotFoundError, ValueError):
        return {}
    return found


@cache
def _attributes() -> frozenset[str]:
    """Return what attributes are called, all kinds of traces together."""
    return frozenset(part for path in _schema() for part in path.split("."))


@cache
def _said() -> frozenset[str]:
    """Return the attributes that hold what people wrote: texts, and values of any kind."""
    arrays = {path.rpartition(".")[2] for path, described in _schema().items() if described["superclass"] == "DataArrayValidator"}
    return frozenset(arrays | {"text", "title", "name", "hovertext", "hovertemplate", "texttemplate", "legendgroup"})


@cache
def _choices() -> dict[str, frozenset[str]]:
    """Return which words an attribute may have, by its name."""
    found: dict[str, set[str]] = {"type": {path for path in _schema() if "." not in path}}
    for path, described in _schema().items():
        parameters = described["params"]
        words = [*parameters.get("values", ()), *parameters.get("flags", ()), *parameters.get("extras", ())]
        found.setdefault(path.rpartition(".")[2], set()).update(word for word in words if isinstance(word, str))
    return {name: frozenset(words) for name, words in found.items()}
