"""What does a YAML text say, read as kubectl reads it?

kubectl reads YAML 1.1 with a library of its own and then passes it through JSON. So ``y`` is true, ``010`` is 8, ``1e3`` is the
integer 1000, dates stay text, and a key is always text in the end. A table made with another reader could show something other than
what kubectl would apply.

The trap that shaped it: a few hundred bytes of aliases can stand for gigabytes, so values are counted as they are built, aliases
expanded. Repeated keys are an error here; kubectl takes the last one silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from gitopskit.errors import ManifestError, plain
from gitopskit.model.scalars import key_text, resolve
from gitopskit.sources.nodes import MAX_DEPTH, MAX_NODES, PLAIN, QUOTED, TooMuchError, roots

MAX_BYTES: Final = 10 * 2**20

_CONFLICT: Final = re.compile(r"^(<<<<<<< |>>>>>>> )", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"\{\{.*?\}\}")
_UNFINISHED: Final = (None, 0)
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
        return list(_Reader(where).documents(text))
    except ManifestError:
        if found := _TEMPLATE.search(text):
            line = text.count("\n", 0, found.start()) + 1
            advice = "point at rendered manifests, or leave the file out of the path"
            raise problem("this is a template, not a manifest", where, line, advice) from None
        raise


@dataclass(slots=True)
class _Reader:
    """Builds JSON structures out of nodes.

    Attributes
    ----------
    nodes
        How many values there are by now, aliases expanded.
    """

    where: str
    nodes: int = 0
    _built: dict[int, tuple[Any, int]] = field(default_factory=dict)
    _lines: dict[int, int] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _plain: dict[str, Any] = field(default_factory=dict)

    def documents(self, text: str) -> Iterator[Document]:
        """Yield the documents."""
        try:
            for root in roots(text):
                self._built, self._lines = {}, {}
                value = self._value(root, 1, root)
                if value is not None:
                    yield Document(value=value, line=root.start_mark.line + 1, lines=self._lines)
        except yaml.YAMLError as error:
            raise self._not_yaml(error) from None
        except TooMuchError as error:
            raise problem(error.what, self.where, error.line) from None

    def _value(self, node: Any, depth: int, at: Any) -> Any:
        """Return what a node is; `at` has the line where it stands, which that of an alias does not know."""
        if type(node) is yaml.ScalarNode:
            return self._scalar(node)
        if id(node) in self._built:
            return self._again(node, at)
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", node)
        self._check_tag(node)
        self._built[id(node)] = _UNFINISHED
        before = self.nodes
        self._add(1 + len(node.value), at)
        value = (
            self._mapping(node, depth) if type(node) is yaml.MappingNode else [self._value(item, depth + 1, node) for item in node.value]
        )
        self._built[id(node)] = value, self.nodes - before
        return value

    def _again(self, node: Any, at: Any) -> Any:
        """Return what an alias stands for."""
        value, size = self._built[id(node)]
        if not size:
            raise self._error("an alias stands inside its anchor", at)
        self._add(size, at)
        return value

    def _add(self, count: int, at: Any) -> None:
        self.nodes += count
        if self.nodes > MAX_NODES:
            raise self._error(f"more than {MAX_NODES} values once aliases are expanded", at)

    def _mapping(self, node: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged = []
        for key, item in node.value:
            name = self._names.get(key.value) if key.tag is PLAIN else None
            if name is None:
                if key.tag is PLAIN and key.value == "<<":
                    merged.append((self._value(item, depth + 1, key), key))
                    continue
                name = self._name(key, depth)
            if name in found:
                raise self._twice(node, key, name, depth)
            found[name] = self._value(item, depth + 1, key)
        for value, key in merged:
            self._merge(found, value, key)
        self._lines[id(found)] = node.start_mark.line + 1
        return found

    def _name(self, key: Any, depth: int) -> str:
        try:
            name = key_text(self._value(key, depth + 1, key))
        except ValueError as error:
            raise self._error(str(error), key) from None
        if key.tag == PLAIN:
            self._names[key.value] = name
        return name

    def _twice(self, node: Any, key: Any, name: str, depth: int) -> ManifestError:
        first = next(other for other, _ in node.value if other.value != "<<" and self._name(other, depth) == name)
        return self._error(f"the key {plain(name)!r} stands twice, first at line {first.start_mark.line + 1}", key)

    def _merge(self, found: dict[str, Any], value: Any, key: Any) -> None:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise self._error("only a mapping can be merged with <<", key)
            self._add(len(source), key)
            for name, item in source.items():
                found.setdefault(name, item)

    def _scalar(self, node: Any) -> Any:
        text, tag = node.value, node.tag
        if tag is QUOTED:
            return text
        if tag is PLAIN and text in self._plain:
            return self._plain[text]
        self._check_tag(node)
        try:
            value = resolve(text) if tag is PLAIN else self._tagged(node, tag.removeprefix(_CORE))
        except ValueError as error:
            raise self._error(str(error), node) from None
        if tag is PLAIN:
            self._plain[text] = value
        return value

    def _tagged(self, node: Any, tag: str) -> Any:
        value = node.value if tag == "str" else resolve(node.value)
        wanted: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
        is_right = isinstance(value, wanted.get(tag, ())) and (tag == "bool" or not isinstance(value, bool))
        if not is_right:
            raise self._error(f"{plain(node.value)!r} is no {tag}", node)
        return value

    def _check_tag(self, node: Any) -> None:
        tag = node.tag
        if tag not in (PLAIN, QUOTED) and not (tag.startswith(_CORE) and tag.removeprefix(_CORE) in _TAGS):
            raise self._error(f"the tag {plain(tag.replace(_CORE, '!!'))} is refused", node)

    def _error(self, what: str, node: Any) -> ManifestError:
        return problem(what, self.where, node.start_mark.line + 1)

    def _not_yaml(self, error: yaml.YAMLError) -> ManifestError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or "it cannot be read"
        if what.startswith("found undefined alias"):
            what = "an alias stands before its anchor"
        return problem(f"this is not YAML: {plain(what)}", self.where, mark.line + 1 if mark else 1)


def problem(what: str, where: str, line: int, next_step: str = "correct the file and commit it") -> ManifestError:
    """Return the error for a line of a file, 0 where that is unknown; `where` is ``file@commit``."""
    name, at, commit = where.partition("@")
    place = f"{name}:{line}" if line else name
    return ManifestError(what, where=f"{place}{at}{commit}", next_step=next_step)


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
