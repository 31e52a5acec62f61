"""What was read from a blob before need not be read again.

Content never changes under one object id, so what was parsed is kept by it in one small database, under a version of the reader. Several
processes may use it at once; a write that is cut short is undone by the next one who opens it; it is bounded, and one that is broken, or
that the disk has no room for, is no error. And it is worthless to a thief: a file that holds anything secret is never kept.

The trap that shaped it: one file per blob is simple, and reading ten thousand of them takes longer than parsing YAML.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from gitopskit import home
from gitopskit.model.masking import mask_object

READER: Final = "2"
MAX_BYTES: Final = 256 * 2**20
PATIENCE_S: Final = 1.0
DAY_S: Final = 86_400

Result = TypeVar("Result")
Bodies = list[tuple[dict[str, Any], int]]
"""Object bodies with the line of each."""

_TABLE: Final = "CREATE TABLE IF NOT EXISTS blobs (oid TEXT PRIMARY KEY, bodies BLOB NOT NULL, day INTEGER NOT NULL)"
_RECALL: Final = "SELECT oid, bodies FROM blobs WHERE oid IN (SELECT value FROM json_each(?))"
_TOUCH: Final = "UPDATE blobs SET day = ? WHERE day < ? AND oid IN (SELECT value FROM json_each(?))"
_KEEP: Final = "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)"
_SIZE: Final = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
_FORGET: Final = "DELETE FROM blobs WHERE oid IN (SELECT oid FROM blobs ORDER BY day LIMIT (SELECT count(*) / 2 + 1 FROM blobs))"


def recall(oids: Iterable[str]) -> dict[str, Bodies]:
    """Return what is known of these blobs."""
    wanted = orjson.dumps(list(oids)).decode()

    def read(database: sqlite3.Connection) -> dict[str, Bodies]:
        rows = database.execute(_RECALL, (wanted,)).fetchall()
        database.execute(_TOUCH, (_today(), _today(), wanted))
        return {oid: [(body, line) for body, line in orjson.loads(text)] for oid, text in rows}

    return _transact(read) or {}


def keep(parsed: Mapping[str, Bodies]) -> None:
    """Keep what was read from blobs, but for those with a secret in them."""

    def write(database: sqlite3.Connection) -> None:
        rows = ((oid, orjson.dumps(bodies), _today()) for oid, bodies in parsed.items() if not _holds_secret(bodies))
        database.executemany(_KEEP, rows)
        while database.execute(_SIZE).fetchone()[0] > MAX_BYTES and database.execute(_FORGET).rowcount:
            pass

    if parsed:
        _transact(write)


def _transact(work: Callable[[sqlite3.Connection], Result]) -> Result | None:
    """Do one transaction, or nothing: whatever is wrong with the database only costs time."""
    path = home.cache_dir("blobs") / f"{READER}.sqlite"
    try:
        path.touch(mode=0o600)
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as database, database:
            database.execute(_TABLE)
            return work(database)
    except (sqlite3.OperationalError, OSError):
        return None  # somebody else is writing, no room, no right
    except (sqlite3.DatabaseError, ValueError, TypeError):
        _throw_away(path)
        return None


def _holds_secret(bodies: Bodies) -> bool:
    return any(mask_object(body, key=b"") is not body for body, _ in bodies)


def _throw_away(path: Path) -> None:
    """Remove a broken database; others who have it open go on with what they have."""
    for name in (path, path.with_name(f"{path.name}-journal")):
        name.unlink(missing_ok=True)


def _today() -> int:
    return int(time.time() // DAY_S)
