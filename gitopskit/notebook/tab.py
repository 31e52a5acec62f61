"""Let TAB know our names from the import on, without waiting for anything.

``gk.context("`` is often the first thing that is written after the import, before any of our names was used. So the shell is told of us at
once, and what completes is loaded when a line could be ours.
"""

from __future__ import annotations

import re
import sys
from typing import Any, Final

IDENTIFIER: Final = "gitopskit"
_COULD_BE_OURS: Final = re.compile(r"%gitops|\b(context|fleet)\(")


def offer_completions() -> None:
    """Offer our names besides those of the shell that runs, if one does; once."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    if shell is None:
        return
    from IPython.core.completer import SimpleCompletion, context_matcher

    def match(context: Any) -> dict[str, Any]:
        fragment, names = _complete(context.text_until_cursor, shell.user_ns)
        found = [SimpleCompletion(name, type="name") for name in names]
        return {"completions": found, "matched_fragment": fragment, "suppress": bool(found)}

    matchers = shell.Completer.custom_matchers
    if not any(getattr(one, "matcher_identifier", "") == IDENTIFIER for one in matchers):
        matchers.append(context_matcher(identifier=IDENTIFIER, priority=1000)(match))


def _complete(line: str, names: dict[str, Any]) -> tuple[str, list[str]]:
    if "gitopskit.notebook.workspace" not in sys.modules and not _COULD_BE_OURS.search(line):
        return "", []
    from gitopskit.notebook.completion import complete

    return complete(line, names)
