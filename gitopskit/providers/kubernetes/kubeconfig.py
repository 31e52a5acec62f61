"""Which cluster, and who are we to it, by the user's kubeconfig?

Loading, credentials and TLS are the official client's. What is ours: the context is always named, or the file holds only one; and a
context that acts as somebody else does so here, too.

The trap that shaped it: the current context is whatever somebody looked at last, perhaps in another window.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import Configuration
from kubernetes.config import ConfigException
from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

from gitopskit.errors import CredentialsError, UsageError, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one context says.

    Attributes
    ----------
    configuration
        The official client's, loaded.
    context
        Its name.
    acts_as
        Headers of the user that it wants to act as (``as``, ``as-groups``, ``as-uid``), which the official client does not know of.
    """

    configuration: Configuration
    context: str
    acts_as: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the file alone says of one context; nothing is contacted, no program is run, no credential is looked at.

    Attributes
    ----------
    cluster, server
        Name and address; empty where the file does not say.
    user
        The name of the user's entry.
    credentials
        Of which sort they are: "certificate", "token", "runs NAME" for a program that gives them, "none".
    namespace
        The context's own; empty for none.
    acts_as
        The user that it acts as, if it does.
    """

    context: str
    cluster: str
    server: str
    user: str
    credentials: str
    namespace: str = ""
    acts_as: str = ""


def list_contexts(kubeconfig: Path | None = None) -> tuple[Entry, ...]:
    """Return what the user's kubeconfig says of each context, in its order; nothing where there is no file.

    Raises
    ------
    UsageError
        A named file cannot be read, or is no kubeconfig.
    """
    paths = [kubeconfig] if kubeconfig else [path for path in _users_own() if path.exists()]
    documents = [_document(path) for path in paths]
    return tuple(_described(documents, name) for name in _names(documents))


def _described(documents: list[Mapping[str, Any]], name: str) -> Entry:
    context = _entry(documents, "contexts", "context", name)
    cluster_name, user_name = str(context.get("cluster") or ""), str(context.get("user") or "")
    user = _entry(documents, "users", "user", user_name)
    return Entry(
        context=name,
        cluster=cluster_name,
        server=str(_entry(documents, "clusters", "cluster", cluster_name).get("server") or ""),
        user=user_name,
        credentials=_sort_of(user),
        namespace=str(context.get("namespace") or ""),
        acts_as=str(user.get("as") or ""),
    )


def _sort_of(user: Mapping[str, Any]) -> str:
    program = user.get("exec")
    if isinstance(program, Mapping):
        return f"runs {program.get('command') or 'a program'}"
    sorts = {
        "auth-provider": "provider",
        "token": "token",
        "tokenFile": "token",
        "client-certificate": "certificate",
        "username": "password",
    }
    return next((word for field, word in sorts.items() if any(key.startswith(field) and user[key] for key in user)), "none")


def load_access(kubeconfig: Path | None, context: str | None) -> Access:
    """Return what a context says.

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
    documents = [_document(path) for path in paths]
    chosen = _choose(context, _names(documents), paths)
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
    return Access(configuration=configuration, context=chosen, acts_as=tuple(_acts_as(documents, chosen)))


def known_contexts() -> list[str]:
    """Return the names of the contexts in the user's own kubeconfig; one that cannot be read has none."""
    try:
        return _names([_document(path) for path in _users_own()])
    except UsageError:
        return []


def _acts_as(documents: list[Mapping[str, Any]], context: str) -> Iterator[tuple[str, str]]:
    user = _entry(documents, "users", "user", str(_entry(documents, "contexts", "context", context).get("user", "")))
    for name, header in (("as", "Impersonate-User"), ("as-uid", "Impersonate-Uid")):
        if user.get(name):
            yield header, str(user[name])
    yield from (("Impersonate-Group", str(group)) for group in user.get("as-groups") or ())


def _entry(documents: list[Mapping[str, Any]], section: str, kind: str, name: str) -> Mapping[str, Any]:
    """Return the first entry of that name, as kubectl takes it."""
    listed = (item for document in documents for item in document.get(section) or () if isinstance(item, Mapping))
    found = next((item.get(kind) for item in listed if str(item.get("name")) == name), None)
    return found if isinstance(found, Mapping) else {}


def _users_own() -> list[Path]:
    listed = [Path(part).expanduser() for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    there = [path for path in listed if path.exists()]  # kubectl ignores missing ones, too
    return there or listed[:1] or [Path.home() / ".kube" / "config"]


def _names(documents: list[Mapping[str, Any]]) -> list[str]:
    found = [item.get("name") for document in documents for item in document.get("contexts") or () if isinstance(item, Mapping)]
    return list(dict.fromkeys(str(name) for name in found if name is not None))


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
