"""Who said so, beside who did so: for each field of an object, the commit that states it and the manager who holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from gitopskit.model.history import Agreement, FieldSource
from gitopskit.model.objects import Object
from gitopskit.model.paths import is_within
from gitopskit.planning.comparison import means_same
from gitopskit.planning.diff import value_at
from gitopskit.planning.managed import entries, leaves, owners


def beside(sources: Iterable[FieldSource], live: Object | None) -> tuple[FieldSource, ...]:
    """Return what Git says of each field with what is there and who holds it; then what somebody holds and Git does not state.

    Parameters
    ----------
    live
        None where it is not there.
    """
    stated = tuple(sources)
    if live is None:
        return stated
    return (*(_joined(one, live) for one in stated), *_unstated(stated, live))


def _joined(one: FieldSource, live: Object) -> FieldSource:
    value = value_at(live.body, one.path)
    return replace(one, live=value, owners=owners(live.body, one.path), agreement=_agreement(one.desired, value))


def _agreement(desired: Any, live: Any) -> Agreement:
    if live is None:
        return Agreement.GIT_ONLY
    return Agreement.SAME if means_same(desired, live) else Agreement.DIFFERS


def _unstated(stated: tuple[FieldSource, ...], live: Object) -> Iterator[FieldSource]:
    known = [one.path for one in stated]
    held = dict.fromkeys(path for entry in entries(live.body) if not entry.owner.subresource for path in leaves(entry.fields))
    for path in held:
        if path and not any(is_within(path, one) for one in known):
            yield FieldSource(path=path, live=value_at(live.body, path), owners=owners(live.body, path), agreement=Agreement.LIVE_ONLY)
