"""``python -m gitopskit.sandbox --engine controlplane``: the process around an engine; see `host`."""

import sys

from gitopskit.sandbox.host import main

if __name__ == "__main__":
    sys.exit(main())
