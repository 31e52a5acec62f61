"""How requests are cut out of the bytes of a connection, and answers put into them: HTTP/1.1, strictly.

Less is accepted than the standard allows. Whatever two readers could understand differently (a length given twice, a length and chunks,
folded or bare line ends, control characters) is refused, so that nothing can be hidden from one of them.

The trap that shaped it: a limit per read is none for somebody who sends a byte a minute, so a head and a body have a deadline each.

References
----------
RFC 9112.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from gitopskit.sandbox.machinery.status import StatusError, bad_request, too_large

BODY_LIMIT_BYTES = 3 * 1024 * 1024
HEAD_LIMIT_BYTES = 64 * 1024
HEADER_LIMIT = 200
IDLE_TIMEOUT_S = 180.0
HEAD_TIMEOUT_S = 20.0
BODY_TIMEOUT_S = 60.0
_CHUNK_LINE_LIMIT = 256
_TRAILER_LIMIT = 20
_READ_BYTES = 65536
_START = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (/[!\"$-~]*) HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*)")
_STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|[\0-\x08\x0b\x0c\x0e-\x1f]")  # nothing that could still become a head
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t -~]*)?")
_LENGTH = re.compile(r"[0-9]{1,12}")
_ONCE = {"host", "authorization", "content-length", "transfer-encoding", "content-type"}
_CONTROLS = dict.fromkeys((*range(32), 127), " ")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body; header names are lower case, a repeated field is joined with commas."""

    method: str
    target: str
    headers: Mapping[str, str]


class Incoming:
    """The requests that come in on one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = b""
        self._deadline = 0.0

    def head(self) -> Head | None:
        """Return the next request's head, or None when the peer has no more.

        Raises
        ------
        StatusError
            4xx for what is no request.
        """
        if not self._buffer:
            self._socket.settimeout(IDLE_TIMEOUT_S)
            self._buffer = self._socket.recv(_READ_BYTES)
            if not self._buffer:
                return None
        self._deadline = time.monotonic() + HEAD_TIMEOUT_S
        if b"\r\n\r\n" not in self._buffer and _STRAY.search(self._buffer):
            raise bad_request("the request is not well-formed HTTP/1.1")
        lines = self._until(b"\r\n\r\n", HEAD_LIMIT_BYTES).split(b"\r\n")
        start = _START.fullmatch(lines[0])
        if start is None:
            raise bad_request("the request is not well-formed HTTP/1.1")
        if len(lines) > HEADER_LIMIT:
            raise StatusError(431, "BadRequest", "too many header fields")
        return Head(start[1].decode(), start[2].decode(), _headers(lines[1:]))

    def body(self, head: Head) -> bytes:
        """Return the request's body.

        Raises
        ------
        StatusError
            4xx for one that lies about its length, is too long, late or encoded.
        """
        length, coding = head.headers.get("content-length"), head.headers.get("transfer-encoding")
        if length is None and coding is None:
            return b""
        _check_body(head.headers)
        self._deadline = time.monotonic() + BODY_TIMEOUT_S
        if "expect" in head.headers and not self._buffer:
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._exactly(int(length)) if length is not None else self._chunks()

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while size := self._chunk_size():
            total += size
            if total > BODY_LIMIT_BYTES:
                raise too_large(BODY_LIMIT_BYTES)
            parts.append(self._exactly(size))
            if self._exactly(2) != b"\r\n":
                raise bad_request("a chunk is longer than it says")
        for _ in range(_TRAILER_LIMIT):
            if not self._until(b"\r\n", HEAD_LIMIT_BYTES):
                return b"".join(parts)
        raise StatusError(431, "BadRequest", "too many trailers")

    def _chunk_size(self) -> int:
        size = _CHUNK.fullmatch(self._until(b"\r\n", _CHUNK_LINE_LIMIT))
        if size is None:
            raise bad_request("a chunk has no size")
        return int(size[1], 16)

    def _until(self, end: bytes, limit: int) -> bytes:
        while (at := self._buffer.find(end, 0, limit + len(end))) < 0:
            if len(self._buffer) > limit:
                raise StatusError(431, "BadRequest", "the request's head is too long")
            self._more()
        found, self._buffer = self._buffer[:at], self._buffer[at + len(end) :]
        return found

    def _exactly(self, size: int) -> bytes:
        parts, missing = [self._buffer[:size]], size - len(self._buffer)
        self._buffer = self._buffer[size:]
        while missing > 0:
            self._more()
            parts.append(self._buffer[:missing])
            missing, self._buffer = missing - len(self._buffer), self._buffer[missing:]
        return b"".join(parts)

    def _more(self) -> None:
        self._socket.settimeout(max(0.001, self._deadline - time.monotonic()))
        try:
            more = self._socket.recv(_READ_BYTES)
        except TimeoutError as error:
            raise StatusError(408, "Timeout", "the request did not come in time") from error
        if not more:
            raise bad_request("the request ends too early")
        self._buffer += more


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise bad_request("a header field is not well-formed")
        name, value = field[1].decode().lower(), field[2].decode("latin-1").rstrip(" \t")
        if name in headers:
            if name in _ONCE:
                raise bad_request(f"more than one {name} header")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers


def _check_body(headers: Mapping[str, str]) -> None:
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if coding is not None and (length is not None or coding.lower() != "chunked"):
        raise bad_request("the length of the body is in doubt")
    if length is not None and not _LENGTH.fullmatch(length):
        raise bad_request("the length of the body is none")
    if length is not None and int(length) > BODY_LIMIT_BYTES:
        raise too_large(BODY_LIMIT_BYTES)
    if headers.get("expect", "100-continue").lower() != "100-continue":
        raise StatusError(417, "BadRequest", "nothing but 100-continue can be expected here")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise StatusError(415, "UnsupportedMediaType", "a body must come without a content encoding")


def head_of(status: int, headers: list[tuple[str, str]]) -> bytes:
    """Return the head of an answer; control characters in values become spaces."""
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, '')}", *(f"{name}: {value.translate(_CONTROLS)}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk_of(content: bytes) -> bytes:
    """Return a chunk of a streamed body; nothing is its end."""
    return b"%x\r\n%b\r\n" % (len(content), content)
