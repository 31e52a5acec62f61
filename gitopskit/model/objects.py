"""One object of one side, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitopskit.model.brief import brief
from gitopskit.model.ids import ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place in Git that says an object should be there, at the commit of its snapshot.

    Attributes
    ----------
    file
        Path inside the repository; of a rendered object the file that it was made from, or the folder where a renderer does not tell.
    line
        First line of the object (1-based); 0 where that is unknown.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def at(self, commit: str) -> str:
        """Return ``file:line@commit``."""
        return f"{self}@{commit[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One object: its identity, its body, and its origin or live identity.

    Attributes
    ----------
    body
        JSON structure; secrets in it are `Sensitive`. Never changed after construction.
    origin
        Desired objects only.
    uid, resource_version
        Live objects only: which incarnation was read, and in which state.
    remembered
        Live objects only: what ``kubectl apply`` notes on an object that it has applied; None where it never did.
    """

    id: ObjectId
    api_version: str
    body: Mapping[str, Any]
    origin: Origin | None = None
    uid: str = ""
    resource_version: str = ""
    remembered: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels, empty where there are none, or something else in their place."""
        return _map_in(self.body, "labels")

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Annotations, empty where there are none, or something else in their place."""
        return _map_in(self.body, "annotations")

    def __repr__(self) -> str:
        version = f"version {self.resource_version}" if self.resource_version else ""
        return brief(self, str(self.id), f"from {self.origin}" if self.origin else "", version)


def _map_in(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get("metadata", {}).get(name)
    return found if isinstance(found, dict) else {}
