"""Which words of a prose or of a program are anybody's?

A notebook holds people's sentences and code, and no list of names is complete. So it is asked the other way round: a word stands if it is
one of the language that this project and Python's own documentation are written in. Every other word may be somebody's name.

The trap that shaped it: a name is written with a capital letter, and so is a word that begins a sentence. Only what occurs in small letters
is a word; and the names of our own lessons are names.
"""

from __future__ import annotations

import builtins
import calendar
import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import pandas as pd

from gitopskit.model.changes import ChangeClass, Confidence, Method
from gitopskit.planning.suppression import BUILT_IN
from gitopskit.views.vocabulary import vocabulary
from gitopskit.views.words import STATUSES

_WORD: Final = re.compile(r"(?<!\w)[a-z]+(?:[-'][a-z]+)*(?!\w)")
_DEFINED: Final = re.compile(r"\b(?:def|class) ([A-Za-z]\w*)|\b([A-Za-z]\w*): [\w\"]")
_CAMEL: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SHORT: Final = 4
_EXAMPLES: Final = frozenset({"shop", "cart", "web", "redis", "acme", "ada", "grace", "linus", "soup", "payments"})
_HABITS: Final = frozenset(
    {
        "gk",
        "ws",
        "pd",
        "np",
        "go",
        "px",
        "df",
        "ax",
        "plt",
        "nb",
        "self",
        "cls",
        "args",
        "kwargs",
        "ipynb",
        "json",
        "yaml",
        "yml",
        "csv",
        "md",
        "xml",
        "html",
        "txt",
        "py",
        "MiB",
        "GiB",
        "KiB",
        "op",
        "bash",
        "sh",
        "auto",
        "controlplane",
        "dtype",
        "int64",
        "float64",
        "datetime64",
        "ns",
        "utc",
    }
)
"""What people call the things that they import and make, in every notebook."""
_COMMON: Final = frozenset({
    "accepting", "aloud", "annotate", "eighty", "famous", "fifteen", "fifty", "forge", "forty", "freely", "greet", "heal", "healed",
    "healing", "hurry", "hurt", "idempotency", "imperative", "lucky", "matters", "migrated", "proves", "six", "sixty", "thirty",
    "tomorrow", "welcome", "yesterday",
})  # fmt: skip
"""Words that nobody takes for a name, and that stand in neither text."""
_TYPES: Final = (str, bytes, int, list, dict, set, tuple, Path, pd.DataFrame, pd.Series, pd.Index, pd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Words that name nothing of anybody's own.

    Attributes
    ----------
    prose
        Words of sentences, in small letters, some with a hyphen.
    ours
        Names that this package defines, kinds and statuses.
    python
        Names that Python and pandas define.
    kept
        Whatever else stands: the ids of plans.
    """

    prose: frozenset[str]
    ours: frozenset[str]
    python: frozenset[str]
    kept: frozenset[str] = field(default=frozenset())

    def has(self, word: str) -> bool:
        """Whether a word of a sentence may stand."""
        small = word.lower()
        is_word = small in self.prose or (len(small) > _SHORT and small.removesuffix("s") in self.prose)
        return is_word or word in self.kept or self.has_name(word) or self._is_camel(word)

    def has_name(self, word: str) -> bool:
        """Whether a part of something put together (a path of fields, a call) may stand."""
        return word in self.ours or vocabulary().has_word(word)

    def has_identifier(self, name: str) -> bool:
        """Whether a name in a program is a known one; one of several words is, if all of them are words."""
        if self.has_name(name) or name in self.python:
            return True
        parts = [part for part in name.split("_") if part]
        return bool(parts) and all(self.has(part) or part.isdecimal() for part in parts)

    def keeping(self, words: frozenset[str]) -> Lexicon:
        """Return the same with more that stands."""
        return replace(self, kept=self.kept | words)

    def _is_camel(self, word: str) -> bool:
        """Whether it is several known words in one: ``InProgress``."""
        parts = _CAMEL.findall(word)
        return len(parts) > 1 and "".join(parts) == word and all(part.lower() in self.prose for part in parts)


@cache
def lexicon() -> Lexicon:
    """Return the words of this package's own text and of Python's documentation."""
    from pydoc_data.topics import topics

    own = list(_sources(files("gitopskit")))
    prose = {word for text in (*own, *topics.values()) for word in _WORD.findall(text)}
    defined = {name for text in own for found in _DEFINED.findall(text) for name in found if name}
    days = {name.lower() for name in (*calendar.day_name, *calendar.month_name) if name}
    kinds = {spelled for kind in vocabulary().kinds for spelled in (kind.lower(), f"{kind.lower()}s", f"{kind.lower()}es")}
    statuses = {text for looks in STATUSES.values() for value, look in looks.items() for text in (value, look.word)}
    statuses |= {one.value for kind in (Method, Confidence, ChangeClass) for one in kind}
    rules = {rule.id for rule in BUILT_IN}
    accessors = (pd.Series([""]).str, pd.Series([pd.Timestamp(0)]).dt)
    given = (
        {name for kind in (*_TYPES, *accessors) for name in dir(kind)} | set(dir(builtins)) | set(keyword.kwlist) | set(keyword.softkwlist)
    )
    return Lexicon(
        prose=frozenset(word for word in prose | days | _COMMON if _EXAMPLES.isdisjoint(word.split("-"))),
        ours=frozenset((defined | kinds | statuses | rules | _HABITS) - _EXAMPLES),
        python=frozenset(given | sys.stdlib_module_names),
    )


def _sources(folder: Traversable) -> Iterator[str]:
    """Yield the text of our own modules."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from _sources(item)
        elif item.name.endswith(".py"):
            yield item.read_text("utf-8")
