"""Text of a notebook without names: what stands, what becomes a label, and what is left out and counted?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from gitopskit.views.anonymise import Labels
from gitopskit.views.export.anonymous import is_open_heading
from gitopskit.views.lexicon import Lexicon
from gitopskit.views.vocabulary import is_compound, is_known_tool, is_plain_value, vocabulary

LONGEST: Final = 1_000_000
"""Characters of one text; a longer one is left out."""
_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\].*?(?:\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_FIELD_PATH: Final = re.compile(r"\.[a-zA-Z][^\s,;]*")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( UTC|Z|[+-]\d{2}:\d{2})?)?")
_EVERYBODYS: Final = re.compile(
    r"\(cluster\)|everything|nobody|kubernetes|default|kube-(?:system|public|node-lease)|kube-root-ca\.crt|cluster-admin"
    r"|system:(?:controller:)?[a-z-]+|v\d\w*\.(?P<group>[a-z0-9.-]*)"
)
"""What every cluster has, and what we call what has no name."""
_OURS: Final = frozenset({
    "action", "outcome", "guard", "check", "level", "found", "rule", "hidden", "what", "why", "source", "class", "severity", "sync",
    "health", "health_message", "health_rule", "kstatus", "kstatus_message", "managed_by",
    "disagree", "drift", "classes", "method", "confidence", "wave", "fields", "who_moved",
    "held_by", "object_and_field", "object", "objects", "section", "changes", "share", "git", "git_base", "last_applied", "live", "desired",
    "field", "state", "cell", "cells", "resource", "use", "used", "quota", "operation", "subresource", "fields:_live_→_desired", "by",
    "live_field_owned_by", "after_the_apply", "taken_along", "for", "because", "left_out", "needs", "seconds", "limit", "member",
})  # fmt: skip
"""What our own tables and frames call their columns, besides the API's words."""


@dataclass(frozen=True, slots=True)
class Masker:
    """Labels, the words that may stand, and a count of what is left out, by what it is."""

    labels: Labels
    lexicon: Lexicon
    left_out: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        """Return text with labels for names and for every word that is not known."""
        clean = _ESCAPES.sub("", text)
        inner = clean.strip()
        if _FIELD_PATH.fullmatch(inner) and re.split(r"[.\[]", inner)[1] in vocabulary().fields:
            return clean.replace(inner, self.labels.in_path(inner))
        return self.labels.in_text(clean, self.lexicon)

    def value(self, value: str, sort: str) -> str:
        """Return a value that may be a name as a whole: its label, unless it is anybody's."""
        clean = _ESCAPES.sub("", value)
        return clean if self.is_anybodys(clean) else self.labels.of(clean, sort)

    def is_anybodys(self, value: str) -> bool:
        """Whether a value is a number, a moment, a status, a kind, a choice of the API, or a well-known tool."""
        if self.labels.label_of(value):
            return False
        known = is_plain_value(value) or is_known_tool(value) or bool(_MOMENT.fullmatch(value))
        known = known or is_compound(value) or self.is_everybodys(value)
        return known or self.lexicon.has_name(value) or value in self.lexicon.kept

    def is_everybodys(self, name: str) -> bool:
        """Whether the name of an object is no name: a number, or what every cluster has."""
        if self.labels.label_of(name):
            return False
        found = _EVERYBODYS.fullmatch(name)
        return not name.strip() or is_plain_value(name) or bool(found and (found["group"] or "") in vocabulary().groups)

    def is_heading(self, name: str) -> bool:
        """Whether it is what a column of ours is called, with underscores, or what pandas calls one."""
        return name in _OURS or is_open_heading(name) or name in self.lexicon.python

    def leave_out(self, what: str, words: str = "") -> str:
        """Count something that is left out and return a note in its place."""
        self.left_out[what] += 1
        return f"({words or what} was left out)"
