"""Contents without names: which column, fact and sentence is treated how?

Whatever is not named here becomes a label as a whole: a column that somebody adds later is masked until it is known to be harmless.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import pandas as pd

from gitopskit.model.events import Outcome
from gitopskit.views.anonymise import Labels
from gitopskit.views.anybodys import is_missing, is_number, unique_names
from gitopskit.views.export.contents import Contents, Sentence
from gitopskit.views.vocabulary import is_known_tool, is_plain_value, vocabulary

Row: TypeAlias = Mapping[Any, Any]

_KEPT: Final = frozenset({
    "action", "sync", "fields", "drift", "classes", "class", "method", "confidence", "severity", "wave", "resource_version",
    "change", "contested", "forced", "time", "state", "plan", "seconds", "creates", "updates", "replaces", "deletes", "drifted",
    "problems", "in_sync", "outcome", "guard", "health", "suppressed",
})  # fmt: skip
SPOKEN: Final = frozenset({"reason", "message", "problem", "remark", "warning", "warnings", "health_message", "kstatus_message"})
_VALUES: Final = frozenset({"live", "desired", "before", "after", "base", "head", "last_applied", "value"})
_KEPT_FACTS: Final = frozenset({
    "system", "version", "made", "applied", "taken", "trunk_reached", "valid_until", "made_with", "plan_id", "rendered_by",
})  # fmt: skip
_FACTS: Final = {
    "repository": "repository", "path": "path", "revision": "revision", "commit": "commit", "trunk": "revision", "target": "target",
    "server": "host", "user": "user",
}  # fmt: skip
_LEAST_VALUE: Final = 4
_OWNED: Final = re.compile(r"(controlled by|member of another set:|Helm release|Argo CD application|Flux kustomize|Flux helm) (.*)")
_APPROVED: Final = re.compile(r"(?<=approval by ).+?(?= ended at )")


def anonymised(contents: Contents, labels: Labels) -> Contents:
    """Return the contents with labels for names."""
    _learn(contents, labels)
    return replace(
        contents,
        title=_sentence(contents.title, labels),
        facts={name: _fact(name, value, labels) for name, value in contents.facts.items()},
        summary=tuple(_sentence(sentence, labels) for sentence in contents.summary),
        tables={name: _table(frame, labels, is_ours=contents.is_ours) for name, frame in contents.tables.items()},
    )


def _learn(contents: Contents, labels: Labels) -> None:
    """Give every name a label before any text is searched for it."""
    frames = list(contents.tables.values())
    labels.expect(str(value) for frame in frames for name in frame.columns if not _is_open(frame[name]) for value in frame[name].unique())
    labels.expect(str(name) for frame in frames for name in frame.columns)
    labels.expect([*contents.facts.values(), *contents.named])
    for frame in frames:
        for space in _unique(frame, "namespace"):
            labels.of(space, "namespace")
    for name, kinds in _kinds_by_name(frames).items():
        [kind, *others] = kinds
        labels.of(name, "name" if others else kind.lower() if kind in vocabulary().kinds else "object")
    for name, value in contents.facts.items():
        name_fact(name, value, labels)
    for name, sort in contents.named.items():
        _spellings(name, labels.of(name, sort), sort, labels)
    for frame in frames:
        for column in _named_columns(frame) if contents.is_ours else ():
            for value in _unique(frame, column):
                _cell(column, value, {"path": ""} if "path" in frame else {}, labels)
        for value, sort in _long_values(frame):
            labels.of(value, sort)


def _named_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that hold names, and nothing else."""
    masked = [name for name in frame.columns if name not in _KEPT | SPOKEN | _VALUES and not _is_open(frame[name])]
    return [str(name) for name in masked]


def _kinds_by_name(frames: Iterable[pd.DataFrame]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for frame in frames:
        if {"kind", "name"} <= set(frame.columns):
            for kind, name in frame[["kind", "name"]].drop_duplicates().map(_text).itertuples(index=False, name=None):
                if kind not in found[name]:
                    found[name].append(kind)
    return found


def _spellings(value: str, label: str, fact: str, labels: Labels) -> None:
    """Let the parts by which a fact is also called have its label."""
    if label == value:
        return
    if fact == "commit":
        for length in (7, 8, 10, 12):
            labels.also(value[:length], label)
    if "://" in value:
        parts = urlsplit(value)
        for part in (parts.netloc, parts.netloc.rpartition("@")[2].partition(":")[0]):
            labels.also(part, label)
    if fact == "repository":
        last = value.rstrip("/").rpartition("/")[2]
        for part in (last, last.removesuffix(".git")):
            labels.also(part, label)


def name_fact(fact: str, value: str, labels: Labels) -> None:
    """Give a fact (``target``, ``commit``, …) and the parts that it is also called by their label."""
    _spellings(value, _fact(fact, value, labels), fact, labels)


def _long_values(frame: pd.DataFrame) -> Iterable[tuple[str, str]]:
    """Yield the values that a message could quote; shorter ones would be found in every other word."""
    for column in sorted(_VALUES & set(frame.columns)):
        paths = frame["path"] if "path" in frame else [""] * len(frame)
        for value, path in dict(zip(frame[column], paths, strict=True)).items():
            if len(str(value)) >= _LEAST_VALUE and not is_plain_value(str(value)):
                yield str(value), _value_sort(path)


def _value_sort(path: object) -> str:
    return "image" if str(path).endswith("image") else "value"


def _sentence(sentence: Sentence, labels: Labels) -> Sentence:
    return replace(sentence, quote=_spoken(sentence.quote, labels))


def _fact(name: str, value: str, labels: Labels) -> str:
    if name.replace(" ", "_") in _KEPT_FACTS or (name == "path" and value == "."):
        return value
    return labels.of(value, _FACTS.get(name, name.replace(" ", "-")))


def _table(frame: pd.DataFrame, labels: Labels, *, is_ours: bool) -> pd.DataFrame:
    kept, cell = (_KEPT, _cell) if is_ours else (frozenset(), foreign_cell)
    texts = [name for name in frame.columns if name not in kept and not _is_open(frame[name])]
    rows = frame.to_dict("records")
    masked = {
        name: pd.Series([cell(str(name), _text(row[name]), row, labels) for row in rows], dtype="str", index=frame.index) for name in texts
    }
    whole = frame.assign(**masked)
    return whole if is_ours else whole.set_axis(unique_names(_heading(name, labels) for name in frame.columns), axis="columns")


def _is_open(column: pd.Series[Any]) -> bool:
    """Whether a column holds no text at all."""
    return is_number(column) or bool(pd.api.types.is_bool_dtype(column))


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


def is_open_heading(name: str) -> bool:
    """Whether what a column is called is a word of the API or of ours: a pivot makes names of anything into columns."""
    return name in _KEPT | SPOKEN | _VALUES | _CELLS.keys() or vocabulary().has_word(name)


def _heading(name: str, labels: Labels) -> str:
    return name if is_open_heading(name) else labels.of(name, "column")


def foreign_cell(column: str, value: str, row: Row, labels: Labels) -> str:
    """Mask a value of a frame that is none of ours: no column of it is known to hold nothing but words of ours."""
    if column in _CELLS or column in _VALUES:
        return _CELLS[column](value, labels) if column in _CELLS else _cell(column, value, row, labels)
    return _other(column if is_open_heading(column) else "value", value, labels)


def _cell(column: str, value: str, row: Row, labels: Labels) -> str:
    if column in SPOKEN:
        return labels.of(value, "remark") if row.get("outcome") == Outcome.WAIVED.value else _spoken(value, labels)
    if column == "managed_by":
        return _evidence(value, labels)
    if column in _VALUES:
        return value if is_plain_value(value) else labels.of(value, _value_sort(row.get("path")))
    known = _CELLS.get(column)
    return known(value, labels) if known else _other(column, value, labels)


def _other(column: str, value: str, labels: Labels) -> str:
    return value if is_plain_value(value) else labels.of(value, column.replace("_", "-"))


def _kind(value: str, labels: Labels) -> str:
    return value if value in vocabulary().kinds else labels.of(value, "kind")


def _group(value: str, labels: Labels) -> str:
    return value if value in vocabulary().groups else labels.of(value, "group")


def _group_kind(value: str, labels: Labels) -> str:
    kind, dot, group = value.partition(".")
    return value if value == "everything" else f"{_kind(kind, labels)}{dot}{_group(group, labels)}"


def _api_version(value: str, labels: Labels) -> str:
    group, slash, version = value.rpartition("/")
    return f"{_group(group, labels)}{slash}{version if vocabulary().has_word(version) else labels.of(version, 'version')}"


def _place(value: str, labels: Labels) -> str:
    """Mask ``file:line@commit``."""
    file, at, commit = value.rpartition("@")
    file, colon, line = file.rpartition(":") if file.rpartition(":")[2].isdigit() else (file, "", "")
    return f"{labels.of(file, 'file')}{colon}{line}{at}{labels.of(commit, 'commit')}"


def _evidence(value: str, labels: Labels) -> str:
    """Mask what `gitopskit.planning.ownership.other_owner` says: words of ours, then a name."""
    found = _OWNED.fullmatch(value)
    if not found:
        return labels.in_text(value)
    return f"{found[1]} " + " ".join(word if word in vocabulary().kinds else labels.of(word, "owner") for word in found[2].split(" "))


def _spoken(value: str, labels: Labels) -> str:
    return labels.in_text(_APPROVED.sub(lambda found: labels.of(found.group(), "user"), value))


def _owner(value: str, labels: Labels) -> str:
    return value if is_known_tool(value) else labels.of(value, "owner")


_CELLS: Final[Mapping[str, Callable[[str, Labels], str]]] = {
    "kind": _kind,
    "group": _group,
    "group_kind": _group_kind,
    "api_version": _api_version,
    "namespace": lambda value, labels: labels.of(value, "namespace"),
    "name": lambda value, labels: labels.of(value, "name"),
    "path": lambda value, labels: labels.in_path(value),
    "origin": _place,
    "owner": _owner,
    "managed_by": _owner,
    "server": lambda value, labels: labels.of(value, "host"),
}


def _unique(frame: pd.DataFrame, column: str) -> list[str]:
    return [_text(value) for value in frame[column].unique()] if column in frame else []
