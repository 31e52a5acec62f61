r"""How messages show a text: as Go quotes it, which is not how JSON does.

What cannot be seen is written out: ``\x1b`` below the space, ``\u00a0`` above. The trap that shaped it: a name full of control
characters is stored by nobody but ends in a message, and from there in a terminal.
"""

from __future__ import annotations

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}


def quoted(text: str) -> str:
    r"""Return a text in quotation marks.

    Examples
    --------
    >>> print(quoted("a\0 b"))
    "a\x00 b"
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_written, text)) + '"'


def _written(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
