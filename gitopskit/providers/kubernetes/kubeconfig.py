"""Which cluster, and who are we to it, by the user's kubeconfig?

Loading, credentials and TLS are the official client's. What is ours: the context is always named, or the file holds only one.

The trap that shaped it: the current context is whatever somebody looked at last, perhaps in another window.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import Configuration
from kubernetes.config import ConfigException
from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

from gitopskit.errors import CredentialsError, UsageError, plain


def load_configuration(kubeconfig: Path | None, context: str | None) -> tuple[Configuration, str]:
    """Return the official client's configuration for a context, and the context's name.

    Parameters
    ----------
    kubeconfig
        The file; the user's own (`KUBECONFIG`, which may list several, else ``~/.kube/config``) by default.
    context
        A context in there; may be left out for a file that is named and holds only one.

    Raises
    ------
    UsageError
        No such file or context, or nothing was named.
    CredentialsError
        The context's credentials cannot be loaded.
    """
    if kubeconfig is None and not context:
        raise UsageError("name a context: the current one is never taken by itself", next_step='gk.context("production")')
    paths = [kubeconfig] if kubeconfig else _users_own()
    chosen = _choose(context, _names(paths), paths)
    configuration = Configuration()
    try:
        merged: Any = KubeConfigMerger(os.pathsep.join(map(str, paths)))  # type: ignore[no-untyped-call]
        loader: Any = KubeConfigLoader(config_dict=merged.config, active_context=chosen)  # type: ignore[no-untyped-call]
        loader.load_and_set(configuration)
    except (ConfigException, OSError, KeyError, TypeError, ValueError) as error:
        raise CredentialsError(
            f"the credentials of context {plain(chosen)!r} cannot be loaded ({type(error).__name__})",
            where=_shown(paths),
            next_step="log in again, or check the cluster and the user of that context",
        ) from None
    return configuration, chosen


def _users_own() -> list[Path]:
    listed = [Path(part).expanduser() for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    there = [path for path in listed if path.exists()]  # kubectl ignores missing ones, too
    return there or listed[:1] or [Path.home() / ".kube" / "config"]


def _names(paths: list[Path]) -> list[str]:
    found = [item.get("name") for path in paths for item in _document(path).get("contexts") or () if isinstance(item, Mapping)]
    return list(dict.fromkeys(str(name) for name in found))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise UsageError(f"the kubeconfig cannot be read: {error.strerror}", where=str(path), next_step="name another file") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping) or not isinstance(document.get("contexts") or [], list):
        raise UsageError("this is no kubeconfig", where=str(path), next_step="name another file")
    return document


def _choose(context: str | None, known: list[str], paths: list[Path]) -> str:
    listed = ", ".join(map(plain, known)) or "none is there"
    if context is None and len(known) == 1:
        return known[0]
    if context is None:
        raise UsageError("name a context: this file holds several, or none", where=_shown(paths), next_step=f"name one of: {listed}")
    if context not in known:
        raise UsageError(f"there is no context {plain(context)!r}", where=_shown(paths), next_step=f"name one of: {listed}")
    return context


def _shown(paths: list[Path]) -> str:
    return os.pathsep.join(map(str, paths))
