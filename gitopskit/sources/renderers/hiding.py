"""Which secrets does the input of a renderer hold, so that its complaint does not show them?

A renderer quotes what it cannot use: a literal of a secret generator that is none, a password that a schema refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gitopskit.errors import SourceError
from gitopskit.model.masking import is_secret_name
from gitopskit.model.values import MASK
from gitopskit.sources.yaml import documents

_LEAST: Final = 4
"""Shorter texts would be found in every other word."""


def hidden(text: str, tree: Path) -> str:
    """Return a text without the secrets that are stated in the YAML files of a folder."""
    found = {value for path in tree.rglob("*") if path.is_file() and path.suffix in (".yaml", ".yml") for value in _stated(path)}
    for value in sorted(found, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def _stated(path: Path) -> Iterator[str]:
    try:
        values = [document.value for document in documents(path.read_bytes(), path.name)]
    except SourceError:  # a template
        return
    for value in values:
        yield from (text for text in _secrets(value, is_secret=False) if len(text) >= _LEAST)


def _secrets(value: Any, *, is_secret: bool) -> Iterator[str]:
    """Yield the texts in a value that are secret by their place or by the name of an entry."""
    if isinstance(value, dict):
        for name, item in value.items():
            is_content = name == "stringData" or (name == "data" and value.get("kind") == "Secret")
            yield from _secrets(item, is_secret=is_secret or is_content or is_secret_name(name))
        yield from _secrets(_literals(value.get("secretGenerator")), is_secret=True)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item, is_secret=is_secret)
    elif is_secret and isinstance(value, str):
        yield from (value, value.partition("=")[2])


def _literals(generators: Any) -> list[Any]:
    return [one.get("literals") for one in generators if isinstance(one, dict)] if isinstance(generators, list) else []
