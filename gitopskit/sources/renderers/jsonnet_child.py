"""Evaluate a jsonnet file below the current folder; a script of its own, started by `jsonnet` in a copy of the repository.

Words: the file, then the folders in which imports are looked for after the importing file's own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import _jsonnet

MAX_STACK = 500


def main(file: str, libraries: list[str]) -> None:
    """Print what the file evaluates to, as JSON."""
    root = Path.cwd().resolve()

    def find(beside: str, name: str) -> tuple[str, bytes]:
        for place in (beside, *libraries):
            path = Path(os.path.normpath(root / place / name))
            if path.is_relative_to(root) and path.is_file():
                return str(path.relative_to(root)), path.read_bytes()
        raise RuntimeError(f"{name} is not in the repository: neither beside the file nor in lib or vendor")

    _, content = find("", file)
    sys.stdout.write(_jsonnet.evaluate_snippet(file, content.decode(), import_callback=find, max_stack=MAX_STACK))


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except (RuntimeError, UnicodeDecodeError) as error:
        sys.exit(str(error))
