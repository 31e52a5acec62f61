"""What makes two objects the same one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ObjectId:
    """The identity of an object within one system.

    Attributes
    ----------
    group
        API group, or the provider's own name space of kinds; empty for the core group. The version is not part of an identity.
    kind
        Kind, resource type or module name.
    namespace
        Namespace, module path or host; empty for what has none.
    name
        Name, address or logical id.
    """

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> str:
        """``Kind`` or ``Kind.group``, as the ApplySet specification and kubectl write it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """The four parts, to sort by."""
        return self.group, self.kind, self.namespace, self.name

    def __str__(self) -> str:
        """Return ``Kind.group namespace/name``."""
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.group_kind} {place}"

    def to_dict(self) -> dict[str, str]:
        """Return the four parts by name."""
        return {"group": self.group, "kind": self.kind, "namespace": self.namespace, "name": self.name}
