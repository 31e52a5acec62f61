"""The file that holds a simulator's whole state: secrets included, so it is for its owner's eyes alone.

One line says what it is, in which format, and the digest of the rest; a file that is not to the letter what was written is refused,
and never written over.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from gitopskit.errors import SandboxError
from gitopskit.sandbox.kubeconfig import write_private

FORMAT: Final = 1
_MAGIC: Final = "gitopskit-sandbox-state"


def write_state(path: Path, state: str, version: str) -> None:
    """Write a state (mode 0600, by rename), over another state at most.

    Raises
    ------
    SandboxError
        Something else is there, or the folder cannot be written to.
    """
    if path.exists():
        read_state(path)
    digest = hashlib.sha256(state.encode()).hexdigest()
    write_private(path, f"{_MAGIC} {FORMAT} sha256:{digest} {version}\n{state}\n")


def read_state(path: Path) -> str:
    """Return the state that a file holds.

    Raises
    ------
    SandboxError
        There is none, or not in this format; the file is left as it is.
    """
    try:
        head, _, state = path.read_text(errors="replace").partition("\n")
    except OSError as error:
        raise SandboxError(f"cannot read: {error.strerror}", where=str(path), next_step="name a file that sandbox.save() wrote") from error
    words = head.split(" ")
    if words[0] != _MAGIC or len(words) != 4:
        raise _refused("this file is not a sandbox's state", path)
    if words[1] != str(FORMAT):
        raise _refused(f"this state is in format {words[1][:20]!r}, and this gitopskit reads format {FORMAT}", path)
    if words[2] != "sha256:" + hashlib.sha256(state.removesuffix("\n").encode()).hexdigest():
        raise _refused("this state is damaged: its digest does not match", path)
    return state.removesuffix("\n")


def _refused(what: str, path: Path) -> SandboxError:
    again = "save it again from a sandbox that has it, under another name, or with the gitopskit that wrote it"
    return SandboxError(f"{what}; it is left alone", where=str(path), next_step=again)
