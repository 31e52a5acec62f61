"""One list, page by page: all of it, or an error that says why not.

The trap that shaped it: an answer that is no list looks much like an empty one. A page of a proxy, an item without a name, a token that
leads back to where it came from: each would make objects look absent that are there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from gitopskit.errors import ProviderError
from gitopskit.providers.kubernetes.connection import Connection

PAGE_SIZE: Final = 500
LIST_STARTS: Final = 3

Kept = TypeVar("Kept")


class PartialListError(ProviderError):
    """A list could not be read to its end.

    Attributes
    ----------
    reason
        One word: the server's own ("Forbidden"), or "Malformed".
    """

    def __init__(self, what: str, *, reason: str) -> None:
        super().__init__(what)
        self.reason = reason


class _ExpiredError(PartialListError):
    """The list moved on too far while it was read."""


def read_pages(
    connection: Connection,
    path: str,
    query: Mapping[str, Any],
    keep: Callable[[dict[str, Any]], Kept | None],
    accept: str = "application/json",
    told: Callable[[int], None] | None = None,
) -> tuple[list[Kept], str]:
    """Return what is kept of each item of a list, and the version of the whole.

    Parameters
    ----------
    keep
        What to keep of an item; None lets go of it. It is asked again where the list has to be started again.
    told
        Called with the number of items of every page.

    Raises
    ------
    PartialListError
        A page was refused, or is no page of a list.
    LostAnswerError
        A page did not come, or not whole.
    """
    for _ in range(LIST_STARTS - 1):
        with contextlib.suppress(_ExpiredError):
            return _read(connection, path, query, keep, accept, told)
    return _read(connection, path, query, keep, accept, told)


def _read(
    connection: Connection,
    path: str,
    query: Mapping[str, Any],
    keep: Callable[[dict[str, Any]], Kept | None],
    accept: str,
    told: Callable[[int], None] | None,
) -> tuple[list[Kept], str]:
    found: list[Kept] = []
    version, following, tokens = "", "", set[str]()
    while True:
        paged = {**query, "limit": PAGE_SIZE} | ({"continue": following} if following else {})
        answer = connection.read(path, query=paged, accept=accept)
        if not answer.is_ok:
            kind = _ExpiredError if answer.status == 410 and following else PartialListError
            raise kind(answer.message, reason=answer.reason)
        page = answer.json()
        items = _checked(page)
        found += [kept for item in items if (kept := keep(item)) is not None]
        if told is not None:
            told(len(items))
        version, following = page["metadata"].get("resourceVersion", ""), page["metadata"].get("continue")
        if not following:
            return found, version
        if following in tokens:
            raise PartialListError("the pages of the list lead in a circle", reason="Malformed")
        tokens.add(following)


def _checked(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a page that is one."""
    items = page.get("items", ()) or []
    is_list = "items" in page and isinstance(items, list) and isinstance(page.get("metadata"), dict)
    if not is_list:
        raise PartialListError("the answer is no list", reason="Malformed")
    if not all(isinstance(item, dict) and isinstance(found := item.get("metadata"), dict) and found.get("name") for item in items):
        raise PartialListError("an item of the list has no name", reason="Malformed")
    return items
