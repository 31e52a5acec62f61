"""Which kind does a person mean? ``Deployment``, ``deployments``, ``Deployment.apps`` and ``deployments.apps`` are one.

The trap that shaped it: a kind that nobody serves looks like a kind of which there is nothing. So it is an error; but not where its group's
own server is down, for then nobody knows.
"""

from __future__ import annotations

from difflib import get_close_matches

from gitopskit.errors import UnknownKindError, plain
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery


def full_name(discovery: Discovery, word: str) -> str:
    """Return ``Kind.group``; of several groups that have such a kind, what the server itself knows comes first.

    Raises
    ------
    UnknownKindError
        No group has it.
    """
    if word in discovery.preferred:
        return word
    listed = [one for one in discovery.preferred.values() if "list" in one.verbs]
    found = [one for one in listed if word.lower() in _names(one)]
    if found:
        return min(found, key=lambda one: not one.is_built_in).group_kind
    if any(part.group_kind == word.partition(".")[2] for part in discovery.unreadable):
        return word
    near = get_close_matches(word.lower(), {name: None for one in listed for name in _names(one)}, n=3, cutoff=0.75)
    meant = dict.fromkeys(one.group_kind for name in near for one in listed if name in _names(one))
    hint = f"did you mean {' or '.join(map(plain, meant))}?" if meant else "`kubectl api-resources` lists them all"
    raise UnknownKindError(f"the server has no kind {plain(word)!r}", next_step=hint)


def _names(resource: ApiResource) -> tuple[str, ...]:
    """Return what a kind is called, in lower case."""
    group = f".{resource.group}" if resource.group else ""
    bare = (resource.kind, resource.plural)
    return tuple(name.lower() for name in (*bare, *(f"{name}{group}" for name in bare)))
