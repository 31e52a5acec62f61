"""Which system did a name stand for when it was last bound?

A name of a context is given by whoever writes a kubeconfig; the same name can lead to another system tomorrow. Sandboxes are not
remembered: they come and go under their names.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from gitopskit import home
from gitopskit.apply import lines
from gitopskit.model.binding import IDENTITY
from gitopskit.model.canonical import to_plain
from gitopskit.model.snapshot import Target


def last_bound(system: str, name: str) -> Target | None:
    """Return what the name stood for; None where it was never bound."""
    for line in reversed(lines.whole_lines(_path(system, name))):
        try:
            saved = orjson.loads(line)
            kept: dict[str, Any] = {part: str(saved[part]) for part in IDENTITY}
            return Target(name=name, **kept)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            continue
    return None


def remember(target: Target) -> None:
    """Note what a name stands for now.

    Raises
    ------
    OSError
        It cannot be written.
    """
    content = orjson.dumps({part: to_plain(getattr(target, part)) for part in IDENTITY})
    lines.append(_path(target.system, target.name), lambda _: content)


def _path(system: str, name: str) -> Path:
    return home.state_dir("bound") / f"{hashlib.sha256(f'{system} {name}'.encode()).hexdigest()[:32]}.jsonl"
