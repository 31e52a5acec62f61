"""How is a value written, so that kubectl reads just that value?

kubectl reads YAML 1.1 with rules of its own: ``y`` is true to it and ``010`` is 8. Text that it would read as something else is quoted.
"""

from __future__ import annotations

import json
from typing import Any, Final

import yaml

from gitopskit.model.scalars import resolve

_WIDE: Final = 1_000_000


class _Dumper(yaml.SafeDumper):
    """Writes text plainly only where it stays text, in many lines where it has them, and nothing by reference."""

    quote = ""
    is_flow = False

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's protocol
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = dumper.quote or None
    if "\n" in value:
        style = '"' if dumper.is_flow or value.endswith("\n\n") or not value.strip() else "|"
    elif style is None and not _stays(value):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _stays(value: str) -> bool:
    try:
        return resolve(value) is value or resolve(value) == value
    except ValueError:
        return False


def block_value(value: Any) -> str:
    r"""Return what stands behind ``key:`` in block style, space or line break first, for a key in the first column.

    Examples
    --------
    >>> block_value("web"), block_value("y"), block_value(["a", 1])
    (' web', ' "y"', '\n- a\n- 1')
    """
    return block_entry("k", value)[2:]


def line_value(value: Any, *, quote: str = "") -> str:
    """Return what may stand behind ``key:`` on the same line, in the quotes that stood there.

    Examples
    --------
    >>> line_value("web:2"), line_value("web:2", quote='"'), line_value({"a": "web:2"})
    ('web:2', '"web:2"', "{a: 'web:2'}")
    """
    is_plain = not quote and not isinstance(value, dict | list)
    return block_value(value)[1:] if is_plain else flow_value(value, is_json=False, quote=quote)


def block_entry(key: str, value: Any) -> str:
    """Return a key and its value in block style, in the first column."""
    return _dumped({key: value}, is_flow=False).rstrip("\n")


def block_item(value: Any) -> str:
    """Return an item of a list in block style, its dash in the first column."""
    return _dumped([value], is_flow=False).rstrip("\n")


def flow_value(value: Any, *, is_json: bool, quote: str = "") -> str:
    """Return a value on one line, as it may stand between brackets."""
    if is_json:
        return json.dumps(value, ensure_ascii=False)
    return _dumped([value], is_flow=True, quote=quote).rstrip("\n")[1:-1]


def flow_entry(key: str, value: Any, *, is_json: bool) -> str:
    """Return a key and its value on one line, as they may stand between braces."""
    if is_json:
        return json.dumps({key: value}, ensure_ascii=False)[1:-1]
    return _dumped({key: value}, is_flow=True).rstrip("\n")[1:-1]


def document(body: Any) -> str:
    """Return an object as a file of its own."""
    return _dumped(body, is_flow=False)


def _dumped(value: Any, *, is_flow: bool, quote: str = "") -> str:
    kind = type("_Chosen", (_Dumper,), {"quote": quote, "is_flow": is_flow})
    return str(yaml.dump(value, Dumper=kind, default_flow_style=is_flow, sort_keys=False, allow_unicode=True, width=_WIDE))
