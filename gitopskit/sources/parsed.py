"""What was read from a blob before need not be read again.

Content never changes under one object id, so parsed objects are kept on disk by it, under a version of the reader. Written by rename,
bounded, and worthless to a thief: a file that holds anything secret is never kept.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any, Final

import orjson

from gitopskit import home
from gitopskit.model.masking import mask_object

READER: Final = "1"
FILES_PER_FOLDER: Final = 64

Bodies = list[tuple[dict[str, Any], int]]
"""Object bodies with the line of each."""


def recall(oid: str) -> Bodies | None:
    """Return what was read from a blob; None if that is not known."""
    try:
        return [(body, line) for body, line in orjson.loads(_path(oid).read_bytes())]
    except (OSError, ValueError, TypeError):
        return None


def keep(oid: str, bodies: Bodies) -> None:
    """Keep what was read from a blob, unless there is a secret in it; a full disk is no error."""
    if any(mask_object(body, key=b"") is not body for body, _ in bodies):
        return
    path = _path(oid)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(bodies))
        fresh.replace(path)
        _bound(path.parent)


def _bound(folder: Path) -> None:
    """Remove the oldest files of a folder that holds too many."""
    files = list(folder.iterdir())
    if len(files) > FILES_PER_FOLDER:
        for path in sorted(files, key=lambda one: one.stat().st_mtime)[: len(files) - FILES_PER_FOLDER // 2]:
            path.unlink(missing_ok=True)


def _path(oid: str) -> Path:
    return home.cache_dir("blobs", READER) / oid[:2] / oid
