"""How is a workspace bound to its target? The checks are made, and the name is remembered for what it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gitopskit.apply.approval import person
from gitopskit.apply.bound import last_bound, remember
from gitopskit.apply.checks import CHECKS
from gitopskit.apply.preflight import Check, look
from gitopskit.apply.subject import Subject
from gitopskit.errors import GitopskitError
from gitopskit.model.binding import Binding
from gitopskit.model.snapshot import Target


def bind(subject: Subject, *, why: str = "", ticket: str = "", more: Iterable[Check] = (), anew: bool = False) -> Binding:
    """Make the checks and return the binding.

    Parameters
    ----------
    more
        Checks of one's own, after those that every binding makes.
    anew
        Take the system behind the name for what it is now, whatever it was.
    """
    target = _target(subject)
    is_named = target is not None and not target.is_sandbox
    before = last_bound(target.system, target.name) if target is not None and is_named and not anew else None
    rows = look(replace(subject, before=before), (*CHECKS, *more))
    name = target.name if target else subject.provider.name
    binding = Binding(name=name, target=target, rows=rows, who=person(), why=why, ticket=ticket, at=subject.now())
    if target is not None and is_named and binding.is_fit:
        remember(target)
    return binding


def _target(subject: Subject) -> Target | None:
    try:
        return subject.target
    except GitopskitError:
        return None  # the check says why
