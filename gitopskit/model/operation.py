"""Who acts, why, on what, from which commit, and with which tools? Said before the first write, so that a crash leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from gitopskit.model.canonical import digest
from gitopskit.model.snapshot import SourceRef, Target


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One act on one system.

    Attributes
    ----------
    who
        The user of this machine who acts; who agreed stands in the approval.
    why
        A sentence; on a named context it is asked for.
    ticket
        Where it was agreed on: the name or address of a ticket; empty for none.
    target
        The system, by what it says of itself.
    source
        The repository, the path in it, and the commit that is applied.
    plan
        The id of the plan.
    versions
        Tool to version: gitopskit, kubectl, python, server.
    began_at
        Aware moment (UTC).
    place
        The notebook and the cell that act, where that is known.
    binding
        What the preflight checks came to; empty where nobody asked for them.
    """

    who: str
    why: str
    ticket: str = ""
    target: Target
    source: SourceRef
    plan: str
    versions: Mapping[str, str] = field(default_factory=dict)
    began_at: datetime
    place: str = ""
    binding: str = ""

    @cached_property
    def id(self) -> str:
        """What the later lines of the ledger refer to."""
        return digest(self)[:16]
