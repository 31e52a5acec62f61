"""What type do the objects of a kind have, by the live server's own schema?

The server publishes one OpenAPI document per group and version, under an address that changes with it. A document is fetched when it is
first needed, and again only when its address has changed.

The trap that shaped it: a schema is help, never a condition. A server that cannot give it leaves a plan that asks for more dry-runs.

References
----------
Kubernetes, "The Kubernetes API", OpenAPI V3.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from gitopskit.errors import CredentialsError, ProviderError
from gitopskit.model.objects import Object
from gitopskit.providers.kubernetes.connection import Connection
from gitopskit.providers.kubernetes.discovery import ApiResource
from gitopskit.schema.library import Library, from_openapi_v3
from gitopskit.schema.types import Type

_NONE: Final = from_openapi_v3(())
NO_SCHEMA: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What is raised on something else than a schema, where it is used: types are built when they are first asked for."""


class Schemas:
    """The schemas of one server; safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._addresses: dict[str, str] | None = None
        self._libraries: dict[str, tuple[str, Library]] = {}

    def look_again(self) -> None:
        """Ask the server anew which documents it has, when the next schema is needed."""
        with self._lock:
            self._addresses = None

    def addresses(self) -> Mapping[str, str]:
        """Return where the documents are; another address means another schema."""
        with self._lock:
            if self._addresses is None:
                self._addresses = self._index()
            return self._addresses

    def type_of(self, resource: ApiResource) -> Type | None:
        """Return the type of a kind's objects; None where the server cannot tell it."""
        library = self._library(f"apis/{resource.group}/{resource.version}" if resource.group else f"api/{resource.version}")
        return library.type_of(resource.group, resource.version, resource.kind)

    def type_defined_by(self, definition: Object, item: Object) -> Type | None:
        """Return the type that a definition, not applied yet, gives an object's kind."""
        known = self._library("api/v1")  # what every object has
        library = Library(known.version, [], known.definitions)
        try:
            library.add_crd(definition.body)
        except NO_SCHEMA:
            return None
        return library.type_of(item.id.group, item.api_version.rpartition("/")[2], item.id.kind)

    def _library(self, root: str) -> Library:
        address = self.addresses().get(root, "")
        with self._lock:
            known = self._libraries.get(root)
            if known is None or known[0] != address:
                known = self._libraries[root] = (address, self._fetch(address) if address else _NONE)
            return known[1]

    def _index(self) -> dict[str, str]:
        try:
            return {root: str(found["serverRelativeURL"]) for root, found in self._document("/openapi/v3")["paths"].items()}
        except NO_SCHEMA:
            return {}

    def _fetch(self, address: str) -> Library:
        try:
            return from_openapi_v3([self._document(address)])
        except NO_SCHEMA:
            return _NONE

    def _document(self, address: str) -> dict[str, Any]:
        try:
            return self._connection.get(address)
        except CredentialsError:
            raise
        except ProviderError:
            return {}
