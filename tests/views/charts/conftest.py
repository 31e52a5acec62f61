"""A workspace on a system that is no Kubernetes."""

from tests.notebook.conftest import hall, racks, workspace

__all__ = ["hall", "racks", "workspace"]
