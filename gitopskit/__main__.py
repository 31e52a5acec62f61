"""``python -m gitopskit``: the command line."""

import sys

from gitopskit.cli import main

sys.exit(main())
