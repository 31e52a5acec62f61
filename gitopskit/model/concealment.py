"""Which texts that leave this process hold a secret that we have read?

A secret is a `Sensitive` from the moment it is read, so no noun and no view of ours can show it. A user's own code can: it has other ways
to the same secret (a client of its own, an environment variable, a command's output). So where a notebook's outputs are written to disk,
what each secret can be recognised by (`gitopskit.model.spellings`) is remembered, in memory only, and replaced on its way out.

All that is known is found in one pass over a text, by the first characters of each spelling. A secret more costs nothing but its place.

The traps that shaped it: a Secret also holds what is no secret (a user name, a host, a port), and to replace those would tear words out
of every output; the name of the entry tells them apart. And secrets come in any size and number, while the search must neither fail nor
say a word itself: whatever it printed would be searched in turn.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.model.spellings import LEAST, Reach, spellings
from gitopskit.model.values import MASK

MOST: Final = 200_000
"""Where more spellings are known, the older half is forgotten."""
_MIME: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_RUN_CHARACTERS: Final = "!#$%*+-./0123456789:=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ^_abcdefghijklmnopqrstuvwxyz~"
_RUN: Final = re.compile(f"[{re.escape(_RUN_CHARACTERS)}]*")
_ESCAPE: Final = re.compile(r"(?:\\[abfnrtv]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|%[0-9A-Fa-f]{2}|(?:\x1b|\\x1b|\\u001b)\[[0-9;]*m)$")
"""What ends in a letter or a digit and yet is not grown together with what follows."""

_lock = threading.Lock()
_values: set[int] = set()
_spelled: dict[str, Reach] = {}
_lengths: dict[str, tuple[int, ...]] = {}
"""The lengths of the spellings that begin with these characters, longest first."""
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
        _lengths.clear()


def learn(*found: str | bytes) -> None:
    """Remember a secret that was just read, where anybody listens."""
    if not _listening.is_set():
        return
    for value in found:
        text = value if isinstance(value, str) else _text(value)
        if hash(text) in _values or not _is_unicode(text):
            continue
        known = dict(spellings(text))
        with _lock:
            _values.add(hash(text))
            _remember(known)


def conceal(text: str) -> str:
    """Return a text with every secret that is known replaced by the mark."""
    pieces, end = [], 0
    for start, stop in _spans(text):
        pieces += [text[end:start], MASK]
        end = stop
    return "".join((*pieces, text[end:])) if pieces else text


def conceal_all(content: Any) -> Any:
    """Return a JSON structure with every secret in its texts and keys replaced."""
    if not _lengths:
        return content
    match content:
        case str():
            return conceal(content)
        case Mapping():
            return {_concealed_key(name): conceal_all(item) for name, item in content.items()}
        case list() | tuple():
            return [item if isinstance(item, int | float) else conceal_all(item) for item in content]
    return content


def conceal_bytes(content: bytes) -> bytes:
    """Return bytes of a format that nobody here knows, as long as they were: every secret is overwritten by stars."""
    kept = bytearray(content)
    for start, stop in _spans(content.decode("latin-1"), has_words=False):
        kept[start:stop] = b"*" * (stop - start)
    return bytes(kept)


# --- memory -----------------------------------------------------------------------------------------------------------------------


def _text(value: bytes) -> str:
    """Return bytes as the text that they are, or in base64 where they are none."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _is_unicode(text: str) -> bool:
    """Whether it is a text at all: half a surrogate pair is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _remember(known: Mapping[str, Reach]) -> None:
    for text, reach in known.items():
        _spelled[text] = reach
        lengths = _lengths.get(text[:LEAST], ())
        if len(text) not in lengths:
            _lengths[text[:LEAST]] = tuple(sorted((*lengths, len(text)), reverse=True))
    if len(_spelled) > MOST:
        _forget_older()


def _forget_older() -> None:
    """Forget the older half; one by one, since other threads go on searching."""
    for text in list(_spelled)[: -MOST // 2]:
        del _spelled[text]
    for beginning in _lengths.keys() - {text[:LEAST] for text in _spelled}:
        del _lengths[beginning]
    _values.clear()  # what is read again is learnt again


# --- search -----------------------------------------------------------------------------------------------------------------------


def _concealed_key(name: Any) -> Any:
    """Return a key with secrets replaced; what an output is called (``text/html``) stays, or nobody could show it."""
    return name if isinstance(name, str) and _MIME.fullmatch(name) else conceal_all(name)


def _spans(text: str, *, has_words: bool = True) -> Iterator[tuple[int, int]]:
    """Yield where secrets stand, in order; what overlaps is one."""
    known = _lengths
    if not known:
        return
    first, last = 0, 0
    for start in [place for place in range(len(text) - LEAST + 1) if text[place : place + LEAST] in known]:
        stop, reach = _longest_at(text, start, has_words=has_words)
        if stop <= last:
            continue
        if start >= last:
            if last:
                yield first, last
            first = start
        if reach is Reach.PART:
            first, stop = _grown(text, first, stop, last)
        last = stop
    if last:
        yield first, last


def _longest_at(text: str, start: int, *, has_words: bool) -> tuple[int, Reach | None]:
    """Return the end of the longest secret that begins there; 0 where none does."""
    for length in _lengths.get(text[start : start + LEAST], ()):
        stop = start + length
        reach = _spelled.get(text[start:stop]) if stop <= len(text) else None
        if reach and (reach is not Reach.WORD or not has_words or _is_word(text, start, stop)):
            return stop, reach
    return 0, None


def _grown(text: str, first: int, stop: int, last: int) -> tuple[int, int]:
    """Return a span with what it is grown together with, as far back as the last one."""
    if first >= last:
        first = last + len(text[last:first].rstrip(_RUN_CHARACTERS))
    end = _RUN.match(text, stop)
    return first, end.end() if end else stop


def _is_word(text: str, start: int, stop: int) -> bool:
    """Whether no letter or digit touches what stands there, but for those of an escape sequence."""
    if stop < len(text) and text[stop].isalnum() and text[stop - 1].isalnum():
        return False
    is_touched = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    return not is_touched or bool(_ESCAPE.search(text, max(0, start - 12), start))
