"""What does a YAML text say, read as kubectl reads it?

kubectl reads YAML 1.1 with a library of its own and then passes it through JSON. So ``y`` is true, ``010`` is 8, ``1e3`` is the
integer 1000, dates stay text, and a key is always text in the end. A table made with another reader could show something other than
what kubectl would apply.

One pass over libyaml's events, with budgets counted before anything is built: the C library dies on deep nesting, and a few hundred
bytes of aliases can stand for gigabytes. Repeated keys are an error here; kubectl takes the last one silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from gitopskit.errors import ManifestError, plain
from gitopskit.model.scalars import key_text, resolve

MAX_DEPTH: Final = 100
MAX_BYTES: Final = 10 * 2**20
MAX_NODES: Final = 1_000_000
MAX_DOCUMENTS: Final = 50_000

_CONFLICT: Final = re.compile(r"^(<<<<<<< |>>>>>>> )", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"\{\{.*?\}\}")
_CORE: Final = "tag:yaml.org,2002:"
_TAGS: Final = frozenset({"str", "int", "float", "bool", "null", "map", "seq"})


@dataclass(slots=True)
class Document:
    """One document of a text.

    Attributes
    ----------
    value
        JSON structure.
    line
        Line of its first node (1-based).
    lines
        ``id()`` of each mapping in `value` to its line.
    """

    value: Any
    line: int
    lines: dict[int, int]


def documents(content: bytes, where: str) -> list[Document]:
    """Read a text of one or more documents; empty ones are left out.

    Parameters
    ----------
    where
        What errors call the text; the line is appended.

    Raises
    ------
    ManifestError
        It is not YAML, goes over a budget, or says one thing twice.
    """
    text = _text(content, where)
    try:
        return list(_Reader(text, where).documents())
    except ManifestError:
        if found := _TEMPLATE.search(text):
            line = text.count("\n", 0, found.start()) + 1
            advice = "point at rendered manifests, or leave the file out of the path"
            raise problem("this is a template, not a manifest", where, line, advice) from None
        raise


@dataclass(slots=True)
class _Reader:
    text: str
    where: str
    _nodes: int = 0
    _anchors: dict[str, Any] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)
    _lines: dict[int, int] = field(default_factory=dict)

    def documents(self) -> Iterator[Document]:
        """Yield the documents."""
        events = yaml.parse(self.text, Loader=yaml.CSafeLoader)
        count = 0
        try:
            for event in events:
                if not isinstance(event, yaml.DocumentStartEvent):
                    continue
                count += 1
                if count > MAX_DOCUMENTS:
                    raise self._error(f"more than {MAX_DOCUMENTS} documents", event)
                self._anchors, self._sizes, self._lines = {}, {}, {}
                first: Any = next(events)
                value = self._node(first, events, 1)
                next(events)
                if value is not None:
                    yield Document(value=value, line=first.start_mark.line + 1, lines=self._lines)
        except yaml.YAMLError as error:
            raise self._not_yaml(error) from None

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._error(f"more than {MAX_NODES} values once aliases are expanded", event)
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", event)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor], self._sizes[event.anchor] = value, 1
            return value
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._check_tag(event)
        before = self._nodes
        value = self._mapping(event, events, depth) if isinstance(event, yaml.MappingStartEvent) else self._sequence(events, depth)
        if event.anchor:
            self._anchors[event.anchor], self._sizes[event.anchor] = value, self._nodes - before + 1
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise self._error(f"alias *{plain(event.anchor)} stands before (or inside) its anchor", event)
        self._nodes += self._sizes[event.anchor]
        return self._anchors[event.anchor]

    def _sequence(self, events: Iterator[Any], depth: int) -> list[Any]:
        found = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._node(event, events, depth + 1))
        return found

    def _mapping(self, start: Any, events: Iterator[Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        merged: list[Any] = []
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            is_merge = isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value == "<<"
            name = "" if is_merge else self._key(event, events, depth)
            value = self._node(next(events), events, depth + 1)
            if is_merge:
                merged.append((value, event))
                continue
            line = event.start_mark.line + 1
            if name in found:
                raise self._error(f"the key {plain(name)!r} stands twice, first at line {lines[name]}", event)
            found[name], lines[name] = value, line
        for value, event in merged:
            self._merge(found, value, event)
        self._lines[id(found)] = start.start_mark.line + 1
        return found

    def _key(self, event: Any, events: Iterator[Any], depth: int) -> str:
        try:
            return key_text(self._node(event, events, depth + 1))
        except ValueError as error:
            raise self._error(str(error), event) from None

    def _merge(self, found: dict[str, Any], value: Any, event: Any) -> None:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise self._error("only a mapping can be merged with <<", event)
            self._nodes += len(source)
            for name, item in source.items():
                found.setdefault(name, item)

    def _scalar(self, event: Any) -> Any:
        self._check_tag(event)
        if event.tag is None or event.tag == "!":
            if event.tag == "!" or not event.implicit[0]:
                return event.value
            try:
                return resolve(event.value)
            except ValueError as error:
                raise self._error(str(error), event) from None
        return self._tagged(event, event.tag.removeprefix(_CORE))

    def _tagged(self, event: Any, tag: str) -> Any:
        value = event.value if tag == "str" else resolve(event.value)
        wanted: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
        is_right = isinstance(value, wanted.get(tag, ())) and (tag == "bool" or not isinstance(value, bool))
        if not is_right:
            raise self._error(f"{plain(event.value)!r} is no {tag}", event)
        return value

    def _check_tag(self, event: Any) -> None:
        tag = event.tag
        if tag and tag != "!" and not (tag.startswith(_CORE) and tag.removeprefix(_CORE) in _TAGS):
            raise self._error(f"the tag {plain(tag.replace(_CORE, '!!'))} is refused", event)

    def _error(self, what: str, event: Any) -> ManifestError:
        return problem(what, self.where, event.start_mark.line + 1)

    def _not_yaml(self, error: yaml.YAMLError) -> ManifestError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or "it cannot be read"
        return problem(f"this is not YAML: {plain(what)}", self.where, mark.line + 1 if mark else 1)


def problem(what: str, where: str, line: int, next_step: str = "correct the file and commit it") -> ManifestError:
    """Return the error for a line of a file; `where` is ``file@commit``."""
    name, at, commit = where.partition("@")
    return ManifestError(what, where=f"{name}:{line}{at}{commit}", next_step=next_step)


def _text(content: bytes, where: str) -> str:
    if len(content) > MAX_BYTES:
        raise problem(f"the file has more than {MAX_BYTES} bytes", where, 1)
    if content.startswith(b"version https://git-lfs"):
        raise problem("the content is not here: this is a Git LFS pointer", where, 1, "commit the file itself")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise problem("the file is not UTF-8 text", where, line) from None
    if found := _CONFLICT.search(text):
        raise problem("a merge-conflict marker was committed", where, text.count("\n", 0, found.start()) + 1, "resolve the conflict")
    return text
