"""JSON without names: words of the API stand, other keys and values are labels; objects tell what they are called."""

from __future__ import annotations

from typing import Any

from gitopskit.views.evidence.masker import Masker
from gitopskit.views.vocabulary import vocabulary


def learn_json(content: Any, masker: Masker) -> None:
    """Give the names that Kubernetes objects and rows of tables tell their labels."""
    match content:
        case {"kind": str(kind), "metadata": dict(metadata)}:
            _learn_names(kind, metadata.get("namespace"), metadata.get("name"), masker)
        case {"kind": str(kind), "name": str(name)}:
            _learn_names(kind, content.get("namespace"), name, masker)
    for item in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        learn_json(item, masker)


def _learn_names(kind: str, namespace: object, name: object, masker: Masker) -> None:
    if isinstance(namespace, str):
        masker.labels.of(namespace, "namespace")
    if isinstance(name, str):
        masker.labels.of(name, kind.lower() if kind in vocabulary().kinds else "object")


def mask_json(content: Any, masker: Masker, key: str = "value") -> Any:
    """Return a JSON structure with labels for names, also those that are keys."""
    match content:
        case dict():
            return {_masked_key(str(name), masker): mask_json(item, masker, str(name)) for name, item in content.items()}
        case list() | tuple():
            return [mask_json(item, masker, key) for item in content]
        case str():
            known = vocabulary().has_word(key)
            return masker.value(content, key if known else "value")
    return content


def _masked_key(name: str, masker: Masker) -> str:
    return name if vocabulary().has_word(name) else masker.value(name, "key")
