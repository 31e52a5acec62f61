"""What makes two objects the same one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gitopskit.errors import UsageError, plain


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
    parts
        The four of them, to sort by.

    Notes
    -----
    Ten thousand objects are looked up by their identity a dozen times in one plan, so its hash is computed once.
    """

    group: str
    kind: str
    namespace: str
    name: str
    parts: tuple[str, str, str, str] = field(init=False, repr=False, compare=False, metadata={"saved": False})
    _hash: int = field(init=False, repr=False, compare=False, metadata={"saved": False})

    def __post_init__(self) -> None:
        parts = (self.group, self.kind, self.namespace, self.name)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, ObjectId) and self.parts == other.parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _of_parts, self.parts  # another process hashes otherwise

    @property
    def group_kind(self) -> str:
        """``Kind`` or ``Kind.group``, as the ApplySet specification and kubectl write it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def __str__(self) -> str:
        """Return ``Kind.group namespace/name``."""
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.group_kind} {place}"

    @classmethod
    def parse(cls, text: str) -> ObjectId:
        """Return the identity that prints like this.

        Raises
        ------
        UsageError
            Nothing does.

        Examples
        --------
        >>> ObjectId.parse("Deployment.apps shop/web").namespace
        'shop'
        """
        group_kind, _, place = text.strip().partition(" ")
        kind, _, group = group_kind.partition(".")
        namespace, _, name = place.strip().rpartition("/")
        if not kind or not name:
            raise UsageError(f"{plain(text)!r} names no object", next_step="name it as it prints: 'Deployment.apps shop/web'")
        return cls(group=group, kind=kind, namespace=namespace, name=name)

    def to_dict(self) -> dict[str, str]:
        """Return the four parts by name."""
        return {"group": self.group, "kind": self.kind, "namespace": self.namespace, "name": self.name}


def _of_parts(group: str, kind: str, namespace: str, name: str) -> ObjectId:
    return ObjectId(group=group, kind=kind, namespace=namespace, name=name)
