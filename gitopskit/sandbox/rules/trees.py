"""What a part of a parsed expression is, by its form alone."""

from __future__ import annotations

from typing import Any


def identifier(tree: Any) -> str:
    """Return the name that a tree consists of; empty if it is more than a name."""
    while tree.data != "ident":
        if len(tree.children) != 1 or isinstance(tree.children[0], str):
            return ""
        tree = tree.children[0]
    return str(tree.children[0].value)
