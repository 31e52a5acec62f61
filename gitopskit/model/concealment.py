"""Which texts that leave this process hold a secret that we have read?

A secret is a `Sensitive` from the moment it is read, so no noun and no view of ours can show it. A user's own code can: it has other ways
to the same secret (a client of its own, an environment variable, a command's output). So where a notebook's outputs are written to disk,
the values themselves are remembered, in memory only, with the spellings that they take in JSON, HTML, base64, addresses and Python, and
every one of them is replaced on its way out.

Only what cannot well be mistaken is searched for: values of six characters or more that are not a single word or a small number. A
long value is known by its head as well, since tables cut what they show; one of several lines is known line by line, since each may be
indented.

The trap that shaped it: a Secret also holds what is no secret (a user name, a host, a port). To replace those would tear words out of
every output; the name of the entry tells them apart.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import re2

from gitopskit.model.values import MASK

LEAST: Final = 6
_LONG: Final = 32
_HEAD: Final = 24
_LINE: Final = 16
_MEMORY_BYTES: Final = 512 * 2**20
_WORD: Final = re.compile(r"[A-Z]?[a-z]{0,10}|[A-Z]{0,11}|[0-9]{0,7}")
"""What may as well be a word or a number of any text: up to eleven letters in the case of a word, up to seven digits."""
_MIME: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_OPEN_NAME: Final = re.compile(
    r"(?:^|[_.\-])(?:user|username|login|host|hostname|port|name|db|dbname|database|namespace|region|bucket|endpoint|type|email|realm)$"
    r"|\.(?:crt|cert|pub)$",
    re.IGNORECASE,
)

_lock = threading.Lock()
_values: set[str] = set()
_spelled: set[str] = set()
_pattern: list[Any] = []
_listening = threading.Event()


def listen() -> None:
    """Remember secrets from now on."""
    _listening.set()


def forget() -> None:
    """Remember none any more, and forget those that are known."""
    _listening.clear()
    with _lock:
        _values.clear()
        _spelled.clear()
        _pattern.clear()


def is_open_name(name: str) -> bool:
    """Whether an entry of a Secret holds what is none, by its name: a user, a host, a public certificate.

    Examples
    --------
    >>> [is_open_name(name) for name in ("username", "db_host", "tls.crt", "tls.key", "password")]
    [True, True, True, False, False]
    """
    return bool(_OPEN_NAME.search(name))


def learn(*found: str | bytes) -> None:
    """Remember a secret that was just read, where anybody listens."""
    if not _listening.is_set():
        return
    for value in found:
        text = value if isinstance(value, str) else value.decode(errors="replace")
        if text in _values or not _is_unicode(text):
            continue
        with _lock:
            _values.add(text)
            _spelled.update(_spellings(text))
            _pattern.clear()


def conceal(text: str) -> str:
    """Return a text with every secret that is known replaced by the mark."""
    pattern = _compiled()
    if pattern is None:
        return text
    try:
        return str(pattern.sub(MASK, text))
    except UnicodeEncodeError:  # half a surrogate pair has no place in UTF-8
        return _replaced_one_by_one(text)


def conceal_all(content: Any) -> Any:
    """Return a JSON structure with every secret in its texts and keys replaced."""
    if _compiled() is None:
        return content
    match content:
        case str():
            return conceal(content)
        case Mapping():
            return {_concealed_key(name): conceal_all(item) for name, item in content.items()}
        case list() | tuple():
            return [conceal_all(item) for item in content]
    return content


def conceal_bytes(content: bytes) -> bytes:
    """Return bytes of a format that nobody here knows, as long as they were: every secret is overwritten by stars."""
    with _lock:
        known = sorted(_spelled, key=len, reverse=True)
    for secret in (one.encode() for one in known):
        content = content.replace(secret, b"*" * len(secret))
    return content


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _is_unicode(text: str) -> bool:
    """Whether it is a text at all: half a surrogate pair is none, nor is what stands for bytes that are no UTF-8."""
    return "\ufffd" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _concealed_key(name: Any) -> Any:
    """Return a key with secrets replaced; what an output is called (``text/html``) stays, or nobody could show it."""
    return name if isinstance(name, str) and _MIME.fullmatch(name) else conceal_all(name)


def _spellings(value: str) -> Iterator[str]:
    for part in _parts(value):
        for spelled in (
            part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1], repr(part)[1:-1], html.escape(part),
            html.escape(part, quote=False), quote(part, safe=""), base64.b64encode(part.encode()).decode(),
        ):  # fmt: skip
            if _is_safe(spelled):
                yield spelled


def _parts(value: str) -> Iterator[str]:
    lines = [line.strip() for line in value.splitlines()]
    pieces = [line for line in lines if len(line) >= _LINE and not line.startswith("-----")] if len(lines) > 1 else [value.strip()]
    if len(lines) > 1 and len(value) < 4 * _LINE:
        pieces.append(value.strip())
    for piece in pieces:
        if _is_safe(piece):
            yield piece
            if len(piece) >= _LONG:
                yield piece[:_HEAD]


def _is_safe(text: str) -> bool:
    """Whether the text can be searched for without tearing up words that mean something else."""
    return len(text) >= LEAST and not _WORD.fullmatch(text) and len(set(text)) > 2


def _compiled() -> Any:
    """Return the pattern of everything known, longest first; None where nothing is."""
    if known := _pattern[:1]:  # taken in one go: another thread may clear it
        return known[0]
    with _lock:
        if not _spelled:
            return None
        options = re2.Options()
        options.max_mem = _MEMORY_BYTES
        longest_first = sorted(_spelled, key=lambda one: (-len(one), one))
        pattern = re2.compile("|".join(map(re2.escape, longest_first)), options)
        _pattern[:] = [pattern]
        return pattern


def _replaced_one_by_one(text: str) -> str:
    with _lock:
        known = sorted(_spelled, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, MASK)
    return text
