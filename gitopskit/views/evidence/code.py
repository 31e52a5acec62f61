"""Source code without names, still code.

Strings and comments are treated as text is. A name in the program stands if Python, pandas or this package has it, or if it is made of
words; any other becomes a label with underscores, the same everywhere, so that the code still says the same.

The trap that shaped it: a cell is not always Python. Lines that begin with ``%`` or ``!`` are the shell's, a cell that begins with ``%%``
is anybody's, and half a statement is no error in a notebook. What cannot be read as code is text.
"""

from __future__ import annotations

import ast
import io
import json
import keyword
import re
import token as kinds
import tokenize
from collections.abc import Iterator
from typing import Final, NamedTuple

from gitopskit.views.evidence.masker import Masker

_LINE_MAGIC: Final = re.compile(r"^(\s*)([%!?].*|.*\?)$", re.MULTILINE)
_HIDDEN: Final = "#\ue000"
_CELL_MAGIC: Final = re.compile(r"%%(time|timeit|capture|gitops_apply)\b")
_LITERAL: Final = re.compile(r"(?P<prefix>[a-zA-Z]*)(?P<quote>'''|\"\"\"|'|\")(?P<inner>.*)(?P=quote)", re.DOTALL)
_BRACES: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_SINGLE: Final = re.compile(r"""[ -!#-&(-\[\]-~]*"[ -&(-\[\]-~]*""")
_ENDS: Final = re.compile(r"(?P<code>[^!:]*)(?P<how>.*)", re.DOTALL)
_BEGINS = frozenset(getattr(kinds, name) for name in ("FSTRING_START", "TSTRING_START") if hasattr(kinds, name))
_STOPS = frozenset(getattr(kinds, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(kinds, name))


class Piece(NamedTuple):
    """A part of a source, from one offset to another."""

    kind: int
    start: int
    end: int


def mask_code(source: str, masker: Masker) -> str:
    """Return the source of a cell with labels for names."""
    if source.startswith("%%"):
        first, newline, rest = source.partition("\n")
        body = mask_code(rest, masker) if _CELL_MAGIC.match(first) else masker.text(rest)
        return f"{masker.text(first)}{newline}{body}"
    hidden = _LINE_MAGIC.sub(lambda found: f"{found[1]}{_HIDDEN}{found[2]}", source.replace("\ue000", "").replace("\x00", ""))
    try:
        pieces = list(_pieces(hidden))
    except (tokenize.TokenError, SyntaxError):
        return masker.text(source)
    parts, end = [], 0
    for piece in pieces:
        parts += [hidden[end : piece.start], _masked(piece.kind, hidden[piece.start : piece.end], masker)]
        end = piece.end
    return "".join([*parts, hidden[end:]])


def mask_identifier(name: str, masker: Masker) -> str:
    """Return a name of a program, or its label as one."""
    if keyword.iskeyword(name) or name in masker.lexicon.ours or name in masker.lexicon.python:
        return name
    known = masker.labels.label_of(name)
    if known or not masker.lexicon.has_identifier(name):
        return _as_identifier(known or masker.labels.of(name, "variable"))
    return "_".join(_as_identifier(masker.labels.label_of(part)) or part for part in name.split("_"))


def _as_identifier(label: str) -> str:
    return re.sub(r"\W", "_", label)


def _pieces(source: str) -> Iterator[Piece]:
    """Yield names, strings and comments; a string with expressions in it is one."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    depth, begun = 0, 0
    for found in tokenize.generate_tokens(io.StringIO(source).readline):
        start, end = (starts[row - 1] + column for row, column in (found.start, found.end))
        if found.type in _BEGINS:
            begun, depth = (begun if depth else start), depth + 1
        elif found.type in _STOPS:
            depth -= 1
            if not depth:
                yield Piece(kinds.STRING, begun, end)
        elif not depth and found.type in (kinds.NAME, kinds.STRING, kinds.COMMENT, kinds.ERRORTOKEN):
            yield Piece(found.type, start, end)


def _masked(kind: int, text: str, masker: Masker) -> str:
    if kind == kinds.NAME:
        return mask_identifier(text, masker)
    if kind == kinds.STRING:
        return _string(text, masker)
    return masker.text(text.removeprefix(_HIDDEN))


def _string(literal: str, masker: Masker) -> str:
    found = _LITERAL.fullmatch(literal)
    if not found:
        return '"(left out)"'
    if re.search("[fFtT]", found["prefix"]):
        return _template(found, masker)
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return json.dumps(masker.labels.of(literal, "text"))
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    masked = mask_string(text, masker)
    if masked == text:
        return literal
    begin = "b" if isinstance(value, bytes) else ""
    is_long = len(found["quote"]) == 3 and not re.search(r'\\|"""|"$', masked)
    if is_long:
        return f'{begin}"""{masked}"""'
    return f"{begin}'{masked}'" if _SINGLE.fullmatch(masked) else begin + json.dumps(masked, ensure_ascii=bool(begin))


def mask_string(value: str, masker: Masker) -> str:
    """Return what a string of a program says, with labels; a single word is taken for a name rather than for prose."""
    if re.fullmatch(r"\w+", value):
        return value if masker.is_anybodys(value) or masker.is_heading(value) else masker.labels.of(value, "text")
    return masker.text(value)


def _template(found: re.Match[str], masker: Masker) -> str:
    """Mask a string with expressions in it; one that is no string afterwards becomes a label as a whole."""
    inner, parts, end = found["inner"], [], 0
    for brace in _BRACES.finditer(inner):
        parts += [masker.text(inner[end : brace.start()]), _expression(brace, masker)]
        end = brace.end()
    made = f"{found['prefix']}{found['quote']}{''.join([*parts, masker.text(inner[end:])])}{found['quote']}"
    try:
        ast.parse(made)
    except (SyntaxError, ValueError):
        return json.dumps(masker.labels.of(inner, "text"))
    return made


def _expression(brace: re.Match[str], masker: Masker) -> str:
    if brace[1] is None:
        return brace[0]
    parts = _ENDS.fullmatch(brace[1])
    code, how = (parts["code"], parts["how"]) if parts else (brace[1], "")
    return "{" + mask_code(code, masker) + (how if re.fullmatch(r"(![rsa])?(:[\w.,<>^=+%-]{0,12})?", how) else "") + "}"
