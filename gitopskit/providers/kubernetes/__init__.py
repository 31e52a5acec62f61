"""Kubernetes: what is there, what an apply would do, and how it is done."""

from gitopskit.providers.kubernetes.connection import Connection, connect
from gitopskit.providers.kubernetes.provider import KubernetesProvider, open_provider

__all__ = ["Connection", "KubernetesProvider", "connect", "open_provider"]
