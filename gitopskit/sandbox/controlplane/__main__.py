"""``python -m gitopskit.sandbox.controlplane``: find or build the real control plane, and say where it is."""

import sys

from gitopskit.errors import SandboxError
from gitopskit.sandbox.controlplane.binaries import PROGRAMS
from gitopskit.sandbox.controlplane.build import install


def main() -> int:
    """Print a line per program."""
    try:
        binaries = install(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201 - its purpose
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    for program in PROGRAMS:
        print(f"{program:26}{binaries[program]}")  # noqa: T201
    return 0


sys.exit(main())
