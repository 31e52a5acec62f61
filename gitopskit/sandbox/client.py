"""The few requests that starting a sandbox needs, with the standard library alone."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

TIMEOUT_S: Final = 5.0


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
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        handlers = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cadata=ca_pem)), urllib.request.ProxyHandler({})]
        self._opener = urllib.request.build_opener(*handlers)

    def get_text(self, path: str) -> str:
        """Return the body of a GET.

        Raises
        ------
        OSError
            The server does not answer, or refuses.
        """
        with self._opener.open(urllib.request.Request(self._server + path, headers=self._headers), timeout=TIMEOUT_S) as answer:  # noqa: S310
            return str(answer.read().decode())

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
        content = json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data=content, headers=self._headers, method="POST")  # noqa: S310
        with self._opener.open(request, timeout=TIMEOUT_S):
            return
