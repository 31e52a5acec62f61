"""The few requests that a sandbox's own handle makes, with the standard library alone."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from gitopskit.errors import plain

TIMEOUT_S: Final = 5.0


def refusal_of(error: urllib.error.HTTPError) -> str:
    """Return what the server says for its refusal."""
    try:
        return plain(str(json.loads(error.read())["message"]))
    except (ValueError, LookupError, TypeError):
        return f"the sandbox answered {error.code}"


class Client:
    """A bearer of one token at one loopback server."""

    @classmethod
    def of(cls, kubeconfig: Path) -> Client:
        """Return a client for the sandbox of that kubeconfig."""
        access = json.loads(kubeconfig.read_text())
        cluster, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
        return cls(cluster["server"], user["token"], base64.b64decode(cluster["certificate-authority-data"]).decode())

    def __init__(self, server: str, token: str, ca_pem: str) -> None:
        self._server = server
        self._headers = {"Authorization": f"Bearer {token}"}
        handlers = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cadata=ca_pem)), urllib.request.ProxyHandler({})]
        self._opener = urllib.request.build_opener(*handlers)

    def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media: str = "application/json",
        accept: str = "",
        timeout_s: float = TIMEOUT_S,
    ) -> bytes:
        """Return the body of the answer.

        Raises
        ------
        OSError
            The server does not answer, or refuses.
        """
        headers = {**self._headers, "Content-Type": media, "Accept": accept or "application/json"}
        request = urllib.request.Request(self._server + path, data=content, headers=headers, method=method)  # noqa: S310
        with self._opener.open(request, timeout=timeout_s) as answer:
            return bytes(answer.read())

    def get_text(self, path: str) -> str:
        """Return the body of a GET."""
        return self.send("GET", path).decode()

    def get(self, path: str) -> Any:
        """Return the JSON of a GET."""
        return json.loads(self.get_text(path))

    def exists(self, path: str) -> bool:
        """Whether the server has something at `path`."""
        try:
            self.get_text(path)
        except urllib.error.HTTPError:
            return False
        return True

    def post(self, path: str, body: dict[str, Any]) -> None:
        """Create an object."""
        self.send("POST", path, json.dumps(body).encode())
