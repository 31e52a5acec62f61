"""Requests to one kube-apiserver: the official client's configuration, authentication and TLS, raw bytes on the wire.

A context is always named (or the file holds only one); the ambient current context is never used. Reads are retried a few times
where the server asks for it or the connection broke; writes never are, and one whose answer was lost says so.

The trap that shaped it: the client's models cost many times the wire, and its errors carry whole response bodies, secrets included.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson
import urllib3
import yaml
from kubernetes.client import Configuration
from kubernetes.client.rest import RESTClientObject
from kubernetes.config import ConfigException
from kubernetes.config.kube_config import KubeConfigLoader

from gitopskit.errors import CredentialsError, ForbiddenError, ProviderError, UnreachableError, UsageError, plain

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 60.0
READ_ATTEMPTS: Final = 4
MAX_WAIT_S: Final = 10.0
POOL_SIZE: Final = 16
_RETRIED: Final = frozenset({429, 502, 503, 504})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class LostAnswerError(UnreachableError):
    """The request may have been carried out, and its answer never came."""


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
        """Return the body; an empty mapping where it is no JSON object."""
        try:
            body = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def reason(self) -> str:
        """The Status reason ("NotFound", …)."""
        return str(self.json().get("reason") or "") or f"HTTP {self.status}"

    @property
    def message(self) -> str:
        """The Status message, fit for one line."""
        return plain(str(self.json().get("message") or ""), 600)

    @property
    def causes(self) -> list[dict[str, str]]:
        """The Status causes: reason, field, message."""
        return list((self.json().get("details") or {}).get("causes") or ())


class Connection:
    """One server, one user.

    Parameters
    ----------
    configuration
        The official client's, already loaded.
    name
        What the user calls the target.
    is_sandbox
        Whether we started the target ourselves.
    """

    def __init__(self, configuration: Configuration, *, name: str, is_sandbox: bool) -> None:
        if urlsplit(configuration.host).hostname in _LOOPBACK:
            configuration.proxy = None  # a proxy has no business between us and our own machine
        configuration.connection_pool_maxsize = POOL_SIZE
        configuration.retries = False
        self.name = name
        self.is_sandbox = is_sandbox
        self.server: str = configuration.host.rstrip("/")
        self.authority = _digest(configuration.ssl_ca_cert)
        self._configuration = configuration
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
        """Send a GET, again where that is safe and asked for."""
        for attempt in range(READ_ATTEMPTS):
            is_last = attempt == READ_ATTEMPTS - 1
            try:
                answer = self.send("GET", path, query=query, accept=accept)
            except LostAnswerError:
                if is_last:
                    raise
                answer = None
            if answer is not None and (answer.status not in _RETRIED or is_last):
                return answer
            time.sleep(_pause(attempt, answer))
        raise AssertionError("unreachable")

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
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": accept, "User-Agent": "gitopskit", **self._authorization()}
        if body is not None:
            headers["Content-Type"] = content_type
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        try:
            answer = self._pool.request(method, url, headers=headers, body=body, timeout=timeout, retries=False, redirect=False)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.SSLError) as error:
            raise self._unreachable(error) from None
        except urllib3.exceptions.HTTPError as error:
            raise LostAnswerError(
                f"the connection to {self.name} broke before the answer came ({type(error).__name__})",
                where=self.server,
                next_step="look at the object, then plan again",
            ) from None
        if answer.status == 401:
            raise CredentialsError(
                f"{self.name} does not accept these credentials: missing, wrong or expired",
                where=self.server,
                next_step="log in again, or name another context",
            )
        return Answer(status=answer.status, headers={name.lower(): value for name, value in answer.headers.items()}, content=answer.data)

    def _authorization(self) -> dict[str, str]:
        with self._lock:  # a credential plugin may have to renew its token
            headers: dict[str, str] = {}
            settings: Any = self._configuration.auth_settings()
            for setting in settings.values():
                if setting["in"] == "header" and setting["value"]:
                    headers[setting["key"]] = setting["value"]
        return headers

    def _unreachable(self, error: Exception) -> UnreachableError:
        is_tls = isinstance(error, urllib3.exceptions.SSLError)
        what = f"the certificate of {self.name} cannot be trusted" if is_tls else f"{self.name} cannot be reached"
        next_step = "check the certificate authority of the context" if is_tls else "check that it runs and that the address is right"
        return UnreachableError(what, where=self.server, next_step=next_step)


def connect(*, kubeconfig: Path | None = None, context: str | None = None, is_sandbox: bool = False, name: str = "") -> Connection:
    """Open a connection from a kubeconfig file.

    Parameters
    ----------
    kubeconfig
        The file; the user's own (`KUBECONFIG`, else ``~/.kube/config``) by default, and then `context` must be named.
    context
        A context in that file; by default the one that a file named here points to.

    Raises
    ------
    UsageError
        No such file or context, or nothing was named.
    CredentialsError
        The context's credentials cannot be loaded.
    """
    if kubeconfig is None and not context:
        raise UsageError("name a context: the current one is never taken by itself", next_step='gk.context("production")')
    path = kubeconfig or _users_own()
    document = _load(path)
    chosen = context or document.get("current-context") or ""
    known = [str(item.get("name")) for item in document.get("contexts") or ()]
    if chosen not in known:
        raise UsageError(
            f"there is no context {plain(chosen)!r}",
            where=str(path),
            next_step=f"name one of: {', '.join(map(plain, known)) or 'none is there'}",
        )
    configuration = Configuration()
    try:
        loader: Any = KubeConfigLoader(  # type: ignore[no-untyped-call]
            config_dict=document, active_context=chosen, config_base_path=str(path.parent)
        )
        loader.load_and_set(configuration)
    except (ConfigException, OSError) as error:
        raise CredentialsError(
            f"the credentials of context {plain(chosen)!r} cannot be loaded: {plain(str(error))}", where=str(path), next_step="log in again"
        ) from None
    return Connection(configuration, name=name or chosen, is_sandbox=is_sandbox)


def error_of(answer: Answer, connection: Connection, what: str) -> ProviderError:
    """Return the typed error of an answer that is not ok."""
    if answer.status == 403:
        return ForbiddenError(
            answer.message or f"{what} is forbidden", where=connection.server, next_step="ask for the right, or leave that part out"
        )
    return ProviderError(
        f"{connection.name} answered {answer.reason}: {answer.message}", where=f"{connection.server}{what}", next_step="try again"
    )


def _users_own() -> Path:
    first = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(first) if first else Path.home() / ".kube" / "config"


def _load(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise UsageError(f"the kubeconfig cannot be read: {error.strerror}", where=str(path), next_step="name another file") from None
    except (yaml.YAMLError, ValueError):
        document = None
    if not isinstance(document, dict) or "contexts" not in document:
        raise UsageError("this is no kubeconfig", where=str(path), next_step="name another file")
    return document


def _pause(attempt: int, answer: Answer | None) -> float:
    asked = answer.headers.get("retry-after", "") if answer else ""
    wait = float(asked) if asked.isdigit() else 0.2 * 2**attempt
    return min(wait, MAX_WAIT_S) * (0.5 + random.random())  # noqa: S311 - jitter


def _digest(ca_file: str | None) -> str:
    return hashlib.sha256(Path(ca_file).read_bytes()).hexdigest() if ca_file else ""
