"""Write the kubeconfig of a sandbox: a context per user, private, and never over a file that is the user's own.

The trap that shaped it: ``--kubeconfig ~/.kube/config`` is one slip away, and a rename would put a sandbox in the place of everything
that a person can reach. A file that is there already is replaced only if all its contexts are sandboxes.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gitopskit.errors import SandboxError

PREFIX: Final = "gitopskit-"
_NOBODY: Final = MappingProxyType[str, str]({})


def context_name(name: str, user: str = "") -> str:
    """Return the context that stands for the sandbox of that name, and one of its users."""
    return f"{PREFIX}{name}/{user}" if user else PREFIX + name


def check_target(path: Path) -> None:
    """Refuse a place where something lies that is not a sandbox's kubeconfig.

    Raises
    ------
    SandboxError
        Such a file is there.
    """
    if path.exists() and not is_sandbox_file(path):
        raise SandboxError(
            "this file is not a sandbox's: it is left alone", where=str(path), next_step="name another file with --kubeconfig"
        )


def write_kubeconfig(path: Path, *, name: str, server: str, token: str, ca_pem: str, users: Mapping[str, str] = _NOBODY) -> None:
    """Write a kubeconfig (mode 0600) as JSON, which is YAML too: the administrator's context, and one per further user (name → token)."""
    check_target(path)
    tokens = {context_name(name): token} | {context_name(name, user): own for user, own in users.items()}
    cluster = {"server": server, "certificate-authority-data": base64.b64encode(ca_pem.encode()).decode()}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context_name(name),
        "contexts": [{"name": who, "context": {"cluster": context_name(name), "user": who, "namespace": "default"}} for who in tokens],
        "clusters": [{"name": context_name(name), "cluster": cluster}],
        "users": [{"name": who, "user": {"token": own}} for who, own in tokens.items()],
    }
    write_private(path, json.dumps(document, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only the user can read, by rename, so that a reader never sees half of it.

    Raises
    ------
    SandboxError
        The folder cannot be written to.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise SandboxError(f"cannot write: {error.strerror}", where=str(path), next_step="name another place with --kubeconfig") from error


def is_sandbox_file(path: Path, name: str = "") -> bool:
    """Whether a file is the kubeconfig of a sandbox (of that one), or empty."""
    if not path.is_file():
        return False
    try:
        text = path.read_text()
        contexts = [str(item["name"]) for item in json.loads(text)["contexts"]] if text.strip() else []
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return all(item.partition("/")[0] == context_name(name) if name else item.startswith(PREFIX) for item in contexts)
