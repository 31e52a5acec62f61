"""How the one door is put on a loopback port.

A thread per connection, HTTP/1.1 framed by h11, TLS because kubectl sends no token over plain HTTP. A page in the user's own browser
is the attacker to think of: the Host header must be ours to the letter (DNS rebinding), anything with an Origin or from another site is
refused, and no CORS header is ever sent. Every wait has a deadline.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import h11

from gitopskit.errors import SandboxError
from gitopskit.sandbox.simulator.request import Request, Response
from gitopskit.sandbox.simulator.status import StatusError, bad_request, too_large

BODY_LIMIT_BYTES = 3 * 1024 * 1024
HEAD_LIMIT_BYTES = 64 * 1024
HEADER_LIMIT = 200
CONNECTION_LIMIT = 512
HEAD_TIMEOUT_S = 20.0
IDLE_TIMEOUT_S = 180.0
SEND_TIMEOUT_S = 30.0
LINGER_S = 1.0
LINGER_LIMIT_BYTES = 8 * 1024 * 1024

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
                    connection.shutdown(socket.SHUT_RDWR)
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
        except (OSError, h11.ProtocolError):
            pass  # the peer went away or spoke nonsense: it has been told if it could be
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
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT_BYTES)

    def run(self) -> None:
        """Answer until the peer or an error ends the connection."""
        while True:
            try:
                request = self._read()
            except h11.RemoteProtocolError as error:
                self._refuse(StatusError(error.error_status_hint or 400, "BadRequest", "the request is not well-formed HTTP/1.1"))
                return
            except StatusError as error:
                self._refuse(error)
                return
            if request is None:
                return
            self._answer(self._handle(request), head_only=request.method == "HEAD")
            if self._http.our_state is h11.MUST_CLOSE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    def _event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                self._socket.sendall(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self._http.receive_data(self._socket.recv(65536))
        return event  # type: ignore[return-value]

    def _read(self) -> Request | None:
        self._socket.settimeout(IDLE_TIMEOUT_S)
        head = self._event()
        if not isinstance(head, h11.Request):
            return None
        self._socket.settimeout(HEAD_TIMEOUT_S)
        headers = self._headers(head)
        target = head.target.decode("ascii")
        if not target.startswith("/") or "#" in target:
            raise bad_request("the request target must be a path")
        path, _, query = target.partition("?")
        first = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True, max_num_fields=100).items()}
        return Request(method=head.method.decode("ascii"), path=path, query=first, headers=headers, body=self._body())

    def _headers(self, head: h11.Request) -> dict[str, str]:
        pairs = [(name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers]
        if len(pairs) > HEADER_LIMIT:
            raise StatusError(431, "BadRequest", "too many header fields")
        headers = dict(pairs)
        if [value for name, value in pairs if name == "host"] != [headers.get("host")] or headers["host"] not in self._hosts:
            raise StatusError(421, "BadRequest", "this server answers to its own loopback address only")
        if "origin" in headers or headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            raise StatusError(403, "Forbidden", "requests from web pages are not answered")
        if sum(name == "authorization" for name, _ in pairs) > 1:
            raise bad_request("more than one authorization header")
        return headers

    def _body(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while isinstance(event := self._event(), h11.Data):
            size += len(event.data)
            if size > BODY_LIMIT_BYTES:
                raise too_large(BODY_LIMIT_BYTES)
            parts.append(bytes(event.data))
        return b"".join(parts)

    def _refuse(self, error: StatusError) -> None:
        """Say no and close; what is still coming in is read and dropped for a moment, or the peer would never see the answer."""
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        self._answer(error.to_response(), head_only=False, closing=True)
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(LINGER_S)
        dropped = 0
        while dropped < LINGER_LIMIT_BYTES and (chunk := self._socket.recv(65536)):
            dropped += len(chunk)

    def _answer(self, response: Response, *, head_only: bool, closing: bool = False) -> None:
        headers = [("content-type", response.content_type), ("cache-control", "no-cache, private"), *response.headers]
        if closing:
            headers.append(("connection", "close"))
        headers.append(("transfer-encoding", "chunked") if response.stream else ("content-length", str(len(response.body))))
        self._socket.settimeout(SEND_TIMEOUT_S)
        out = self._http.send(h11.Response(status_code=response.status, headers=headers)) or b""
        if response.stream is None:
            if not head_only:
                out += self._http.send(h11.Data(data=response.body)) or b""
            self._socket.sendall(out + (self._http.send(h11.EndOfMessage()) or b""))
            return
        self._socket.sendall(out)
        self._stream(response.stream)

    def _stream(self, chunks: Iterator[bytes]) -> None:
        for chunk in chunks:
            if chunk:
                self._socket.sendall(self._http.send(h11.Data(data=chunk)) or b"")
            elif select.select([self._socket], [], [], 0)[0]:
                raise ConnectionResetError  # nothing may come in while a watch runs, so this is the peer leaving
        self._socket.sendall(self._http.send(h11.EndOfMessage()) or b"")


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
