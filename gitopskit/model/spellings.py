"""As what may a secret turn up in a text?

As itself and as it is spelled in JSON, HTML, base64, addresses and Python. Of a value of several entries (lines of ``name=value``, JSON)
each entry counts that looks like a secret by its name or its letters. Of a long value a few windows are enough; what stands around a
window belongs to it.

The trap that shaped it: most of what a Secret holds is found in ordinary text as well: the address of a host, the line of a configuration,
the head that all tokens share. What is dull is left out, and what is short counts as a whole word only.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote

import orjson

LEAST: Final = 6
LONGEST: Final = 256
"""A longer spelling is searched for by windows."""
PIECES: Final = 500
"""More entries of one value are not searched for."""
_WINDOW: Final = 48
_LONG: Final = 32
_HEAD: Final = 24
_WORD: Final = re.compile(r"[A-Z]?[a-z]{0,10}|[A-Z]{0,11}|[0-9]{0,7}")
"""What may as well be a word or a number of any text: up to eleven letters in the case of a word, up to seven digits."""
_MIXED: Final = re.compile(r"(?<![A-Za-z0-9])(?!v\d)(?=[A-Za-z0-9]{8})[A-Za-z]*\d+[A-Za-z]|[!^]")
_NUMBERED: Final = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]{8})[A-Za-z]+\d")
_TURN: Final = re.compile(r"[a-z][A-Z]")
_LINE: Final = re.compile(r"(?!-----)[A-Za-z0-9+/=_.\-]{16,}")
_ASSIGNED: Final = re.compile(r"""(?:-\s+)?(?:export\s+)?["']?([\w.\-]+)["']?\s*([:=])\s*([^=\s].*)""")
_PASSWORD: Final = re.compile(r"://[^\s/:@]*:([^\s/@]+)@")
_TOKEN_HEAD: Final = re.compile(r"eyJ[\w\-]{8,40}\.[\w\-]{12}")
_SHARED_HEADS: Final = ("eyJ", "LS0tLS1", "MII")
"""How every JSON text in base64, every PEM text in base64 and every key in DER begins."""
_SECRET_NAME: Final = re.compile(r"pass|pwd|secret|token|credential|(?:^|[_.\-]|[a-z])(?:key|auth)$", re.IGNORECASE)
_OPEN_NAME: Final = re.compile(
    r"(?:^|[_.\-])(?:user|username|login|host|hostname|port|name|db|dbname|database|namespace|region|bucket|endpoint|type|email|realm)$"
    r"|\.(?:crt|cert|pub)$",
    re.IGNORECASE,
)


class Reach(StrEnum):
    """How much of a text a spelling stands for."""

    WORD = "word"
    """Itself, where no letter or digit touches it."""
    ANYWHERE = "anywhere"
    PART = "part"
    """Itself and all that it is grown together with."""


def is_open_name(name: str) -> bool:
    """Whether an entry of a Secret holds what is none, by its name: a user, a host, a public certificate.

    Examples
    --------
    >>> [is_open_name(name) for name in ("username", "db_host", "tls.crt", "tls.key", "password")]
    [True, True, True, False, False]
    """
    return bool(_OPEN_NAME.search(name))


def spellings(value: str) -> Iterator[tuple[str, Reach]]:
    """Yield every text that a secret is searched for by, none longer than `LONGEST`."""
    for piece in dict.fromkeys(islice(_pieces(value), PIECES)):
        for cut, reach in _cuts(piece, has_head=_has_telling_head(piece)):
            yield from ((form, reach) for form in dict.fromkeys(_forms(cut)) if is_telling(form))
        yield from _encoded(piece)
    if is_telling(value.strip()):
        yield from _encoded(value)


def is_telling(text: str) -> bool:
    """Whether the text can be searched for without tearing up words that mean something else."""
    return len(text) >= LEAST and not _WORD.fullmatch(text) and len(set(text)) > 2


# --- which pieces ---------------------------------------------------------------------------------------------------------------


def _pieces(value: str) -> Iterator[str]:
    text = value.strip()
    content = _json(text)
    lines = text.splitlines()
    if len(text) <= LONGEST or (len(lines) == 1 and content is None):
        yield from _telling(text)
    if content is not None:
        for name, leaf in _leaves(content):
            yield from _of_entry(name, leaf)
        return
    yield from _passwords(text)
    for line in map(str.strip, lines):
        yield from _of_line(line)


def _of_line(line: str) -> Iterator[str]:
    if entry := _ASSIGNED.fullmatch(line):
        name, sign, value = entry.groups()
        value = value.split(" #")[0].strip(" \t\"',;")
        if not is_open_name(name) and (_is_secret(name, value) or (sign == "=" and _NUMBERED.search(value))):
            yield from _telling(value)
    elif _LINE.fullmatch(line):
        yield line


def _of_entry(name: str, leaf: str) -> Iterator[str]:
    """Yield what is secret of an entry of a JSON text; what is encoded in it as well, as in what a registry is logged in to with."""
    yield from _passwords(leaf)
    if name == "auth":
        yield from _telling(_decoded(leaf).partition(":")[2])
    if "\n" in leaf.strip():
        for line in map(str.strip, leaf.splitlines()):
            yield from _of_line(line)
    elif not is_open_name(name) and _is_secret(name, leaf):
        yield from _telling(leaf.strip())


def _passwords(text: str) -> Iterator[str]:
    for found in _PASSWORD.findall(text):
        yield from _telling(found)
        yield from _telling(unquote(found))


def _telling(text: str) -> Iterator[str]:
    if is_telling(text):
        yield text


def _is_secret(name: str, value: str) -> bool:
    return bool(_SECRET_NAME.search(name)) or _is_random(value)


def _is_random(text: str) -> bool:
    """Whether no word and no version looks like that: letters after digits in one run, or capitals again and again."""
    return "sha256:" not in text and (bool(_MIXED.search(text)) or len(_TURN.findall(text)) > 3)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text) if text.startswith(("{", "[")) else None
    except orjson.JSONDecodeError:
        return None


def _leaves(content: Any) -> Iterator[tuple[str, str]]:
    waiting = [("", content)]
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, str):
            yield name, node
        elif isinstance(node, dict):
            waiting += node.items()
        elif isinstance(node, list):
            waiting += [(name, item) for item in node]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


# --- how they are spelled ---------------------------------------------------------------------------------------------------------


def _forms(piece: str) -> Iterator[str]:
    yield from (piece, json.dumps(piece)[1:-1], json.dumps(piece, ensure_ascii=False)[1:-1], repr(piece)[1:-1], html.escape(piece))
    yield from (html.escape(piece, quote=False), quote(piece, safe=""), quote_plus(piece))
    if not piece.isascii():
        yield piece.encode().decode("latin-1")  # as bytes are searched


def _encoded(piece: str) -> Iterator[tuple[str, Reach]]:
    return _cuts(base64.b64encode(piece.encode()).decode(), has_head=_has_telling_head(piece))


def _cuts(text: str, *, has_head: bool) -> Iterator[tuple[str, Reach]]:
    """Yield a text, or windows of one that is too long; its head as well, since tables cut what they show."""
    if len(text) <= LONGEST:
        yield text, Reach.ANYWHERE if len(text) >= 20 or (len(text) >= 10 and _is_random(text)) else Reach.WORD
    else:
        middle = len(text) // 2
        yield text[middle : middle + _WINDOW], Reach.PART
        yield text[-_WINDOW:], Reach.PART
    if len(text) >= _LONG and has_head:
        yield text[:_HEAD], Reach.PART
    if token := _TOKEN_HEAD.match(text):
        yield token[0], Reach.PART


def _has_telling_head(piece: str) -> bool:
    head = piece[:_HEAD]
    return not (head.startswith(_SHARED_HEADS) or "://" in head or any(map(str.isspace, head))) and _is_random(head)
