"""One object of one side, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitopskit.model.ids import ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place in Git that says an object should be there.

    Attributes
    ----------
    file
        Path inside the repository; for rendered output the folder that was rendered.
    line
        First line of the object (1-based); 0 where a renderer lost it.
    commit
        Full commit id.
    """

    file: str
    line: int
    commit: str

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}@{self.commit[:12]}"


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
    """

    id: ObjectId
    api_version: str
    body: Mapping[str, Any] = field(repr=False)
    origin: Origin | None = None
    uid: str = ""
    resource_version: str = ""

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels, empty where there are none."""
        return self.body.get("metadata", {}).get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Annotations, empty where there are none."""
        return self.body.get("metadata", {}).get("annotations") or {}
