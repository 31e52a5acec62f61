"""The words that a user says about a sandbox: its name and its engine."""

from __future__ import annotations

import re
from typing import Final

from gitopskit.errors import SandboxError, plain

ENGINES: Final = ("auto", "simulator", "controlplane")


def resolve_engine(engine: str) -> str:
    """Return the engine that a word stands for; "auto" is the embedded simulator.

    Raises
    ------
    SandboxError
        There is no such engine.
    """
    if engine not in ENGINES:
        raise SandboxError(f"there is no engine {plain(engine)!r}", next_step=f"name one of {', '.join(ENGINES)}")
    return "simulator" if engine == "auto" else engine


def check_name(name: str) -> str:
    """Return a sandbox name that is fit for a file and a context.

    Raises
    ------
    SandboxError
        It is not.
    """
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
        raise SandboxError(
            f"a sandbox cannot be called {plain(name)!r}", next_step="use up to 40 lower-case letters, digits and dashes, as in 'room-4'"
        )
    return name
