"""What the controllers need from the API they live behind.

They read from an index of their own (see `index`), fed by `changes`; everything they write goes through the same write path as a
person's request, under the field manager that the real component has.

The trap that shaped it: a controller that reads the store while another writes sees half a step. So `changes` is drained before every
single reconciliation, and bodies handed over are copied by the API before anything is changed in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.store import Happening

if TYPE_CHECKING:
    from gitopskit.sandbox.controllers.failing import Failures

Object = Mapping[str, Any]


class ControlApi(Protocol):
    """The write side of the API as controllers use it; every refusal is a `StatusError`.

    Attributes
    ----------
    failures
        Which Pods the kubelets let fail.
    """

    failures: Failures

    def changes(self) -> Iterable[Happening]:
        """Return what was written since the last call, oldest first."""

    def now(self) -> datetime:
        """Return the server's time."""

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether such objects can exist at all."""

    def create(self, body: Object, *, manager: str) -> Object:
        """Store a new object and return it (``generateName`` is honoured)."""

    def update(self, body: Object, *, manager: str, subresource: str = "") -> Object:
        """Replace an object, or its ``status`` (with the annotations beside it) or ``finalize`` part."""

    def apply(self, body: Object, *, manager: str, subresource: str = "") -> Object:
        """Apply these fields of an object, or of its ``status``, and take them from whoever has them."""

    def delete(
        self, storage: StorageKey, namespace: str, name: str, *, uid: str = "", propagation: str = "", grace_s: int | None = None
    ) -> None:
        """Delete an object if it still has this uid."""

    def bind(self, namespace: str, name: str, node: str) -> None:
        """Bind a Pod to a node and mark it scheduled, as the ``binding`` subresource does."""
