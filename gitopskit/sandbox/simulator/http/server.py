"""How the one door is put on a loopback port.

A thread per connection, and TLS because kubectl sends no token over plain HTTP. A page in the user's own browser is the attacker to
think of: the Host header must be ours to the letter (DNS rebinding), anything with an Origin or from another site is refused, and no
CORS header is ever sent. Every wait has a deadline.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from urllib.parse import parse_qs

from gitopskit.errors import SandboxError
from gitopskit.sandbox.machinery.request import Request, Response
from gitopskit.sandbox.machinery.status import StatusError, bad_request
from gitopskit.sandbox.simulator.http.framing import HEAD_TIMEOUT_S, Incoming, chunk_of, head_of
from gitopskit.sandbox.simulator.routing import segments

CONNECTION_LIMIT = 512
SEND_TIMEOUT_S = 30.0
LINGER_S = 1.0
LINGER_LIMIT_BYTES = 8 * 1024 * 1024
_PARAMETER_LIMIT = 100

Handle = Callable[[Request], Response]


class LoopbackServer:
    """Serve `handle` on 127.0.0.1 until closed.

    Raises
    ------
    SandboxError
        The port is taken.
    """

    def __init__(self, handle: Handle, context: ssl.SSLContext, port: int = 0) -> None:
        self._handle = handle
        self._context = context
        self._slots = threading.BoundedSemaphore(CONNECTION_LIMIT)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_open = True
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        self._thread = threading.Thread(target=self._accept, name="gitopskit-simulator", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"https://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening and drop every connection."""
        self.is_open = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)  # its own shutdown lets a writing thread go on in the clear
        self._thread.join(5)

    def _accept(self) -> None:
        while self.is_open:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            if not self._slots.acquire(blocking=False):
                raw.close()
                continue
            threading.Thread(target=self._serve, args=(raw,), name="gitopskit-connection", daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.settimeout(HEAD_TIMEOUT_S)
            with self._context.wrap_socket(raw, server_side=True) as secure:
                self._converse(secure)
        except OSError:
            pass  # the peer went away
        finally:
            raw.close()
            self._slots.release()

    def _converse(self, secure: socket.socket) -> None:
        with self._lock:
            self._open.add(secure)
        try:
            if self.is_open:
                Conversation(secure, self._handle, self._hosts).run()
        finally:
            with self._lock:
                self._open.discard(secure)


class Conversation:
    """The requests and answers of one connection."""

    def __init__(self, connection: socket.socket, handle: Handle, hosts: set[str]) -> None:
        self._socket = connection
        self._handle = handle
        self._hosts = hosts
        self._incoming = Incoming(connection)

    def run(self) -> None:
        """Answer until the peer or an error ends the connection."""
        while True:
            try:
                request = self._read()
            except StatusError as error:
                self._refuse(error)
                return
            if request is None:
                return
            closing = "close" in request.headers.get("connection", "").lower()
            self._answer(self._handle(request), head_only=request.method == "HEAD", closing=closing)
            if closing:
                return

    def _read(self) -> Request | None:
        head = self._incoming.head()
        if head is None:
            return None
        self._check(head.headers)
        path, _, query = head.target.partition("?")
        segments(path)
        return Request(
            method=head.method, path=path, query=_first_values(query), headers=head.headers, body=self._incoming.body(head)
        )  # fmt: skip

    def _check(self, headers: Mapping[str, str]) -> None:
        if headers.get("host") not in self._hosts:
            raise StatusError(421, "BadRequest", "this server answers to its own loopback address only")
        if "origin" in headers or headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            raise StatusError(403, "Forbidden", "requests from web pages are not answered")

    def _refuse(self, error: StatusError) -> None:
        """Say no and close; what is still coming in is read and dropped for a moment, or the peer would never see the answer."""
        self._answer(error.to_response(), head_only=False, closing=True)
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(LINGER_S)
        dropped, deadline = 0, time.monotonic() + LINGER_S
        while dropped < LINGER_LIMIT_BYTES and time.monotonic() < deadline and (chunk := self._socket.recv(65536)):
            dropped += len(chunk)

    def _answer(self, response: Response, *, head_only: bool, closing: bool) -> None:
        known = [("content-type", response.content_type), ("cache-control", "no-cache, private"), ("date", formatdate(usegmt=True))]
        headers = [*known, *response.headers]
        if closing:
            headers.append(("connection", "close"))
        headers.append(("transfer-encoding", "chunked") if response.stream else ("content-length", str(len(response.body))))
        self._socket.settimeout(SEND_TIMEOUT_S)
        head = head_of(response.status, headers)
        self._socket.sendall(head if head_only or response.stream else head + response.body)
        if response.stream and not head_only:
            self._stream(response.stream)

    def _stream(self, chunks: Iterator[bytes]) -> None:
        for chunk in chunks:
            if chunk:
                self._socket.sendall(chunk_of(chunk))
            elif select.select([self._socket], [], [], 0)[0]:
                raise ConnectionResetError  # nothing may come in while a watch runs, so this is the peer leaving
        self._socket.sendall(chunk_of(b""))


def _first_values(query: str) -> dict[str, str]:
    if not query:
        return {}
    try:
        found = parse_qs(query, keep_blank_values=True, max_num_fields=_PARAMETER_LIMIT)
    except ValueError as error:
        raise bad_request("too many query parameters") from error
    return {name: values[0] for name, values in found.items()}


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"the port cannot be used: {error.strerror}",
            where=f"127.0.0.1:{port}",
            next_step="choose another port, or none to get a free one",
        ) from error
    return listener
