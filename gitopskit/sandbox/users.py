"""Who may speak to a sandbox besides its administrator: names, their groups, and a kubeconfig for each.

Both engines know them by static tokens, which is why they are named when a sandbox is opened: a kube-apiserver reads its token file once.
What they may do is up to the Roles and bindings in the cluster; at first that is to look around (``system:authenticated``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from gitopskit.errors import SandboxError, plain
from gitopskit.sandbox.kubeconfig import context_name, write_private

ADMIN: Final = "admin"
Users = Mapping[str, Iterable[str]]
Bearers = Mapping[str, tuple[str, list[str]]]  # token → user and groups


def check_users(users: Users | None) -> dict[str, list[str]]:
    """Return user → groups, fit for a token file and a context's name.

    Raises
    ------
    SandboxError
        A name is none, or belongs to the system.
    """
    checked = {name: list(groups) for name, groups in (users or {}).items()}
    for word in [*checked, *(group for groups in checked.values() for group in groups)]:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}", word) or word == ADMIN:
            raise SandboxError(f"no user or group can be called {plain(word)!r}", next_step="use letters, digits and . _ @ -, as in 'ada'")
    return checked


def user_kubeconfig(kubeconfig: Path, user: str) -> Path:
    """Return where the kubeconfig of a user lies."""
    return kubeconfig.with_name(f"{kubeconfig.name}-{user}")


def write_user_kubeconfig(kubeconfig: Path, name: str, user: str) -> Path:
    """Write the part of a sandbox's kubeconfig that is one user's, beside it, and return its path.

    Raises
    ------
    SandboxError
        The sandbox was opened without that user.
    """
    whole, wanted = json.loads(kubeconfig.read_text()), context_name(name, user)
    kept = {section: [item for item in whole[section] if item["name"] == wanted] for section in ("contexts", "users")}
    if not kept["contexts"]:
        known = ", ".join(item["name"].partition("/")[2] for item in whole["users"][1:]) or "none"
        raise SandboxError(
            f"this sandbox has no user {plain(user)!r} (it has: {known})",
            where=whole["clusters"][0]["cluster"]["server"],
            next_step=f"open one with users={{{plain(user)!r}: ['developers']}}",
        )
    path = user_kubeconfig(kubeconfig, user)
    write_private(path, json.dumps({**whole, **kept, "current-context": wanted}, indent=2) + "\n")
    return path
