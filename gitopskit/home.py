"""Where on this machine gitopskit keeps things that outlive a process.

Everything lies below two folders of the user's own: a cache that can be deleted at any time, and a state folder (journals,
ledger, running sandboxes, the mask key). Folders are made with mode 0700, files in them with 0600.

The trap that shaped it: fingerprints of secrets must be equal in every process of one user (a plan saved by one command is
applied by the next), yet worthless to anybody else: short secrets can be guessed from a plain digest. Hence a private key.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Final

from gitopskit.errors import GitopskitError

_CACHE: Final = ("GITOPSKIT_CACHE", "XDG_CACHE_HOME", ".cache")
_STATE: Final = ("GITOPSKIT_STATE", "XDG_STATE_HOME", ".local/state")


def cache_dir(*parts: str) -> Path:
    """Return a private folder below the cache, made if need be (`GITOPSKIT_CACHE` moves it)."""
    return _private(_root(*_CACHE), parts)


def state_dir(*parts: str) -> Path:
    """Return a private folder below the state folder, made if need be (`GITOPSKIT_STATE` moves it)."""
    return _private(_root(*_STATE), parts)


def mask_key() -> bytes:
    """Return this user's key for fingerprints of secrets (32 bytes), made on first use."""
    return _mask_key(_root(*_STATE))


def replace_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file as a whole, or not at all: an older one stays as it was until the new one is complete.

    Raises
    ------
    OSError
        It cannot be written.
    """
    fresh = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _root(own: str, xdg: str, fallback: str) -> Path:
    if os.environ.get(own):
        return Path(os.environ[own])
    base = os.environ.get(xdg)
    return (Path(base) if base else Path.home() / fallback) / "gitopskit"


def _private(root: Path, parts: tuple[str, ...]) -> Path:
    folder = root.joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise GitopskitError(
            f"a folder that gitopskit needs cannot be made: {error.strerror}",
            where=str(folder),
            next_step="make it writable, or set GITOPSKIT_CACHE and GITOPSKIT_STATE to folders that are",
        ) from error
    return folder


@cache
def _mask_key(root: Path) -> bytes:
    folder = _private(root, ())
    path = folder / "mask.key"
    fresh = folder / f"mask.key.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        try:
            os.link(fresh, path)  # fails if another process was first: then theirs is the key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
