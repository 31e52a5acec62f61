"""Requests to one kube-apiserver: the official client's configuration, authentication and TLS, raw bytes on the wire.

What changes nothing (reads, dry-runs, reviews) is sent again a few times where the server asks for it or the connection broke.
A write is sent again only where the server says that it did not even look at it (429), and one whose answer was lost says so.

The trap that shaped it: the client's models cost many times the wire, and its errors carry whole response bodies, secrets included.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson
import urllib3
from kubernetes.client.rest import RESTClientObject

from gitopskit.errors import CredentialsError, ForbiddenError, ProviderError, UnreachableError, plain
from gitopskit.providers.kubernetes.kubeconfig import Access, load_access

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 60.0
READ_ATTEMPTS: Final = 4
MAX_WAIT_S: Final = 30.0
POOL_SIZE: Final = 16
TOO_BUSY: Final = 429
_RETRIED: Final = frozenset({TOO_BUSY, 502, 503, 504})
_ONCE: Final = urllib3.Retry(False, redirect=False)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class LostAnswerError(UnreachableError):
    """The request may have been carried out, and its answer never came, or not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the server did what it was asked for."""
        return self.status < 300

    def json(self) -> dict[str, Any]:
        """Return the body; of a refusal an empty mapping where it is no JSON object.

        Raises
        ------
        LostAnswerError
            The request went well, and what came back is not what an API server answers: cut short, or a page of a proxy on the way.
        """
        with contextlib.suppress(orjson.JSONDecodeError):
            body = orjson.loads(self.content)
            if isinstance(body, dict):
                return body
        if not self.is_ok:
            return {}
        raise LostAnswerError(
            f"the answer is no JSON object: {len(self.content)} bytes of {plain(self.headers.get('content-type', 'an unknown type'), 80)}",
            next_step="check that the address is the API server's own, with no login page or proxy in between",
        )

    @property
    def reason(self) -> str:
        """The Status reason ("NotFound", …)."""
        return str(self.json().get("reason") or "") or f"HTTP {self.status}"

    @property
    def message(self) -> str:
        """The Status message, fit for one line."""
        return plain(self.text, 600)

    @property
    def text(self) -> str:
        """The Status message as it came: unsafe to show."""
        return str(self.json().get("message") or "")

    @property
    def causes(self) -> list[dict[str, str]]:
        """The Status causes: reason, field, message."""
        return list((self.json().get("details") or {}).get("causes") or ())


class Stream:
    """An answer that goes on.

    Attributes
    ----------
    refused
        What the server answered instead; None where it goes on.
    """

    def __init__(self, answer: urllib3.BaseHTTPResponse, lost: Callable[[urllib3.exceptions.HTTPError], LostAnswerError]) -> None:
        self._answer, self._lost = answer, lost
        is_ok = answer.status < 300
        self.refused = None if is_ok else Answer(status=answer.status, headers=_lowered(answer), content=answer.read())

    def lines(self) -> Iterator[bytes]:
        """Yield line by line, as they come.

        Raises
        ------
        LostAnswerError
            The connection broke, or nothing came for too long.
        """
        rest = b""
        try:
            for part in self._answer.stream():
                *lines, rest = (rest + part).split(b"\n")
                yield from filter(None, lines)
        except urllib3.exceptions.HTTPError as error:
            raise self._lost(error) from None

    def shutdown(self) -> None:
        """End it, from any thread."""
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            self._answer.shutdown()


class Connection:
    """One server, one user.

    Parameters
    ----------
    access
        What a context says.
    name
        What the user calls the target.
    is_sandbox
        Whether we started the target ourselves.

    Attributes
    ----------
    server
        Its address.
    authority
        Digest of the certificate authority; empty where the system's own are trusted.
    is_verified
        Whether the server has to prove who it is.
    """

    def __init__(self, access: Access, *, name: str, is_sandbox: bool) -> None:
        configuration = access.configuration
        if urlsplit(configuration.host).hostname in _LOOPBACK:
            configuration.proxy = None  # a proxy has no business between us and our own machine
        configuration.connection_pool_maxsize = POOL_SIZE
        configuration.retries = False
        self.name = name
        self.is_sandbox = is_sandbox
        self.server: str = configuration.host.rstrip("/")
        self.authority = _digest(configuration.ssl_ca_cert)
        self.is_verified = bool(configuration.verify_ssl) or urlsplit(configuration.host).hostname in _LOOPBACK
        self._configuration = configuration
        self._acts_as = access.acts_as
        self._pool = RESTClientObject(configuration).pool_manager
        self._lock = threading.Lock()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return the JSON at `path`.

        Raises
        ------
        ProviderError
            The typed error of whatever went wrong.
        """
        answer = self.read(path, query=query)
        if not answer.is_ok:
            raise error_of(answer, self, path)
        return answer.json()

    def read(self, path: str, *, query: Mapping[str, Any] | None = None, accept: str = "application/json") -> Answer:
        """Send a GET, again where that is asked for."""
        return self.ask("GET", path, query=query, accept=accept)

    def ask(self, method: str, path: str, **request: Any) -> Answer:
        """Send a request that changes nothing, again where the server asks for it or its answer was lost; see `send`."""
        for attempt in range(READ_ATTEMPTS - 1):
            answer = None
            with contextlib.suppress(LostAnswerError):
                answer = self.send(method, path, **request)
            if answer is not None and answer.status not in _RETRIED:
                return answer
            time.sleep(_pause(attempt, answer))
        return self.send(method, path, **request)

    def write(self, method: str, path: str, **request: Any) -> Answer:
        """Send a write, again only where the server turned it away for being too busy; see `send`."""
        for attempt in range(READ_ATTEMPTS - 1):
            answer = self.send(method, path, **request)
            if answer.status != TOO_BUSY:
                return answer
            time.sleep(_pause(attempt, answer))
        return self.send(method, path, **request)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Answer:
        """Send one request, once.

        Raises
        ------
        UnreachableError
            The server cannot be reached; nothing was sent.
        LostAnswerError
            Something was sent, and no answer came back.
        CredentialsError
            The server does not know this user.
        """
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        headers = {"Accept": accept} | ({} if body is None else {"Content-Type": content_type})
        answer = self._request(method, path, query, headers, timeout, body=body)
        return Answer(status=answer.status, headers=_lowered(answer), content=answer.data)

    @contextlib.contextmanager
    def stream(self, path: str, *, query: Mapping[str, Any], silence_s: float) -> Iterator[Stream]:
        """Open an answer that goes on for as long as it is read: a watch. It is lost when nothing comes for `silence_s` seconds."""
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=silence_s)
        answer = self._request("GET", path, query, {"Accept": "application/json"}, timeout, preload_content=False)
        try:
            yield Stream(answer, self._lost)
        finally:
            answer.close()

    def _request(
        self, method: str, path: str, query: Mapping[str, Any] | None, headers: Mapping[str, str], timeout: urllib3.Timeout, **more: Any
    ) -> urllib3.BaseHTTPResponse:
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        sent = urllib3.HTTPHeaderDict({**headers, "User-Agent": "gitopskit", **self._authorization()})
        for header, value in self._acts_as:
            sent.add(header, value)
        try:
            answer: urllib3.BaseHTTPResponse = self._pool.request(
                method, url, headers=sent, timeout=timeout, retries=_ONCE, redirect=False, **more
            )
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) or self._lost(error) from None
        if answer.status == 401:
            raise CredentialsError(
                f"{self.name} does not accept these credentials: missing, wrong or expired",
                where=self.server,
                next_step="log in again, or name another context",
            )
        return answer

    def _lost(self, error: urllib3.exceptions.HTTPError) -> LostAnswerError:
        return LostAnswerError(
            f"the connection to {self.name} broke before the answer came ({type(error).__name__})",
            where=self.server,
            next_step="look at the object, then plan again",
        )

    def _authorization(self) -> dict[str, str]:
        with self._lock:  # a credential plugin may have to renew its token
            headers: dict[str, str] = {}
            settings: Any = self._configuration.auth_settings()
            for setting in settings.values():
                if setting["in"] == "header" and setting["value"]:
                    headers[setting["key"]] = setting["value"]
        return headers

    def _unreachable(self, error: urllib3.exceptions.HTTPError) -> UnreachableError | None:
        """Return what to say where nothing can have been sent; None where something may have been."""
        if isinstance(error, urllib3.exceptions.SSLError) and isinstance(error.args[0], ssl.SSLCertVerificationError):
            what, next_step = f"the certificate of {self.name} cannot be trusted", "check the certificate authority of the context"
        elif isinstance(
            error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.ProxyError
        ):
            what, next_step = f"{self.name} cannot be reached", "check that it runs and that the address is right"
        else:
            return None
        return UnreachableError(what, where=self.server, next_step=next_step)


def connect(*, kubeconfig: Path | None = None, context: str | None = None, is_sandbox: bool = False, name: str = "") -> Connection:
    """Open a connection from a kubeconfig file.

    Parameters
    ----------
    kubeconfig, context
        See `load_access`.
    name
        What tables and errors call it; the context's name by default.

    Raises
    ------
    UsageError
        No such file or context, or nothing was named.
    CredentialsError
        The context's credentials cannot be loaded.
    """
    access = load_access(kubeconfig, context)
    return Connection(access, name=name or access.context, is_sandbox=is_sandbox)


def error_of(answer: Answer, connection: Connection, what: str) -> ProviderError:
    """Return the typed error of an answer that is not ok."""
    if answer.status == 403:
        return ForbiddenError(
            answer.message or f"{what} is forbidden", where=connection.server, next_step="ask for the right, or leave that part out"
        )
    return ProviderError(
        f"{connection.name} answered {answer.reason}: {answer.message}", where=f"{connection.server}{what}", next_step="try again"
    )


def _lowered(answer: urllib3.BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _pause(attempt: int, answer: Answer | None) -> float:
    """Return how long to wait: no less than the server asks for, and a little longer, so that not everybody comes back at once."""
    asked = answer.headers.get("retry-after", "") if answer else ""
    wait = float(asked) if asked.isdigit() else 0.1 * 2**attempt
    return min(wait, MAX_WAIT_S) * (1 + random.random())  # noqa: S311 - jitter


def _digest(ca_file: str | None) -> str:
    return hashlib.sha256(Path(ca_file).read_bytes()).hexdigest() if ca_file else ""
