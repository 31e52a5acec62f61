"""How is one field of one object changed in a file, and nothing else with it?

Comments, order, quotes and indentation are a person's own, and a diff of a line is read where a diff of a file is not. So a value is put
into the text where it stands, and everything around it stays byte for byte. Then the file is read again: if just that field changed, the
edit counts; else it is refused, whatever the reason.

The trap that shaped it: to write YAML anew from what was read, comments kept, still sets its own indentation and line breaks all over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import orjson
import yaml

from gitopskit.errors import EditError, ManifestError, plain
from gitopskit.model.paths import FieldPath, ListKey, SetValue, render_path
from gitopskit.planning.diff import is_same, key_of
from gitopskit.sources.manifests import read
from gitopskit.sources.nodes import TooMuchError
from gitopskit.sources.writing import spelling
from gitopskit.sources.writing.places import Node, Place, child_at, column_of, end_of, follow, objects_in, start_of

_COMMENT: Final = re.compile(r"(?:^|\s)#")
_BY_HAND: Final = "change it by hand, and commit"


class Gone:
    """Stands for a field that is to be removed."""


GONE: Final = Gone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to become of one field.

    Attributes
    ----------
    line
        The first line of the object (1-based), as its origin says.
    value
        What the field shall be; `GONE` removes it.
    """

    line: int
    path: FieldPath
    value: Any


def edited(content: bytes, edits: Iterable[Edit], where: str) -> bytes:
    """Return a file with some fields changed.

    Parameters
    ----------
    where
        What errors call the file: ``file@commit``.

    Raises
    ------
    EditError
        A field cannot be changed without touching more than was asked.
    ManifestError
        The file cannot be read.
    """
    lines = [line for _, line in read(where.partition("@")[0], content, where.partition("@")[2])]
    for edit in edits:
        if edit.line not in lines:
            raise EditError(f"no object begins at line {edit.line}", where=where, next_step="plan again, and adopt from that")
        content = _one(content, lines.index(edit.line), edit, where)
    return content


def _one(content: bytes, at: int, edit: Edit, where: str) -> bytes:
    """Return the content with one edit made and checked."""
    path = render_path(edit.path)
    try:
        text = content.decode("utf-8-sig")
        objects = objects_in(text)
        changed = _Text(text, objects[at]).removed(edit.path) if edit.value is GONE else _Text(text, objects[at]).put(edit.path, edit.value)
        fresh = (b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b"") + changed.encode()
        wanted = [_with(body, edit) if number == at else body for number, body in enumerate(_bodies(content))]
        is_right = is_same(_bodies(fresh), wanted)
    except (yaml.YAMLError, TooMuchError, ManifestError, UnicodeError, IndexError) as error:
        raise EditError(f"{path} cannot be changed in this file as it is written", where=where, next_step=_BY_HAND) from error
    except _CannotError as error:
        raise EditError(f"{path} cannot be changed here: {error}", where=where, next_step=_BY_HAND) from None
    if not is_right:
        what = f"{path} cannot be changed without touching something else: an alias, a merge key or a repeated item"
        raise EditError(what, where=where, next_step=_BY_HAND)
    return fresh


def _bodies(content: bytes) -> list[Any]:
    return [body for body, _ in read("file", content, "")]


class _CannotError(Exception):
    """Why an edit cannot be made."""


class _Text:
    """A text, and one object in it."""

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.root = root
        self.is_json = _is_json(text)
        self.line_break = "\r\n" if "\r\n" in text else "\n"

    def put(self, path: FieldPath, value: Any) -> str:
        """Return the text in which a field has a value."""
        place, missing = follow(self.root, path)
        if not missing:
            return self._replaced(place, value)
        value, node = _nested(missing[1:], value), place.node
        if isinstance(node, yaml.MappingNode) and isinstance(missing[0], str):
            return self._with_entry(place, missing[0], value)
        if isinstance(node, yaml.SequenceNode) and not isinstance(missing[0], str):
            return self._with_item(place, _item(missing[0], value))
        if isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null"):
            return self._replaced(place, _nested(missing, value))
        raise _CannotError("something else stands on the way to it")

    def removed(self, path: FieldPath) -> str:
        """Return the text without a field."""
        place, missing = follow(self.root, path)
        if missing or place.parent is None:
            raise _CannotError("it does not stand there")
        parent = place.parent
        if len(parent.node.value) == 1:
            return self._replaced(parent, {} if isinstance(parent.node, yaml.MappingNode) else [])
        if parent.node.flow_style:
            return self._without_between_brackets(parent.node, place.at)
        return self._without_lines(parent.node, place.at)

    def _replaced(self, place: Place, value: Any) -> str:
        node = place.node
        start, end = start_of(node), end_of(node, self.text)
        is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style and not place.is_flow
        if place.is_flow or self.is_json or place.parent is None:
            return self._cut(start, end, spelling.flow_value(value, is_json=self.is_json, quote=_quote(node)))
        if is_block and isinstance(value, dict | list) and value:
            return self._cut(start, end, self._shifted(spelling.block_value(value)[1:], column_of(node)))
        if is_block:
            start = self._before(place)
        has_remark = bool(self.text[end:].partition("\n")[0].strip())  # it would become a line of the text
        if isinstance(value, str) and "\n" in value and not has_remark:
            column = column_of(place.parent.node)
            return self._cut(self._before(place), end, self._shifted(spelling.block_value(value), column))
        space = " " if start == end or is_block else ""
        quote = '"' if isinstance(value, str) and "\n" in value else _quote(node)
        return self._cut(start, end, space + spelling.line_value(value, quote=quote))

    def _before(self, place: Place) -> int:
        """Return the position behind the colon or dash that a value belongs to."""
        parent = place.parent.node if place.parent else place.node
        if isinstance(parent, yaml.MappingNode):
            return self.text.index(":", parent.value[place.at][0].end_mark.index) + 1
        return self._dash(place.node) + 1

    def _with_entry(self, place: Place, key: str, value: Any) -> str:
        node = place.node
        if node.flow_style or place.is_flow:
            return self._with_between_brackets(node, spelling.flow_entry(key, value, is_json=self.is_json))
        return self._with_lines(node, spelling.block_entry(key, value), column_of(node))

    def _with_item(self, place: Place, value: Any) -> str:
        node = place.node
        if node.flow_style or place.is_flow:
            return self._with_between_brackets(node, spelling.flow_value(value, is_json=self.is_json))
        return self._with_lines(node, spelling.block_item(value), column_of(node))

    def _with_lines(self, node: Node, lines: str, column: int) -> str:
        end = end_of(node, self.text)
        line_end = self.text.find("\n", end)
        at = len(self.text) if line_end < 0 else line_end
        at -= self.text[:at].endswith("\r")
        return self._cut(at, at, self.line_break + " " * column + self._shifted(lines, column))

    def _with_between_brackets(self, node: Node, entry: str) -> str:
        if not node.value:
            at = node.end_mark.index - 1
            return self._cut(at, at, entry)
        at = end_of(child_at(node, -1), self.text)
        return self._cut(at, at, self._separator(node) + entry)

    def _separator(self, node: Node) -> str:
        """Return what stands before the last thing between brackets, so that the next one is written as it is."""
        start = _start(node, -1)
        before = (
            end_of(child_at(node, -2), self.text) if len(node.value) > 1 else self.text.rindex("{" if _is_map(node) else "[", 0, start) + 1
        )
        space = self.text[before:start].lstrip(" ,") if len(node.value) > 1 else self.text[before:start]
        return f",{space}" if "\n" in space and not space.strip() else ", "

    def _without_between_brackets(self, node: Node, at: int) -> str:
        if at + 1 < len(node.value):
            return self._cut(_start(node, at), _start(node, at + 1), "")
        return self._cut(end_of(child_at(node, at - 1), self.text), end_of(child_at(node, at), self.text), "")

    def _without_lines(self, node: Node, at: int) -> str:
        start, end = _start(node, at), end_of(child_at(node, at), self.text)
        if not _is_map(node):
            start = self._dash(child_at(node, at))
        line_start = self.text.rfind("\n", 0, start) + 1
        if self.text[line_start:start].strip():
            if at + 1 == len(node.value):
                raise _CannotError("something else stands on its line")
            return self._cut(start, _start(node, at + 1), "")
        line_end = self.text.find("\n", end)
        return self._cut(line_start, len(self.text) if line_end < 0 else line_end + 1, "", is_line=True)

    def _dash(self, node: Node) -> int:
        return self.text.rindex("-", 0, start_of(node))

    def _cut(self, start: int, end: int, put: str, *, is_line: bool = False) -> str:
        """Return the text with something in place of a part, in which no comment may be lost but one on the line itself."""
        gone = self.text[start:end].rstrip("\r\n") if is_line else self.text[start:end]
        kept = gone.rpartition("\n")[0] if is_line else gone
        if "\n" in gone and _COMMENT.search(kept):
            raise _CannotError("a comment would be lost with it")
        return self.text[:start] + put + self.text[end:]

    def _shifted(self, lines: str, column: int) -> str:
        """Return lines with all but the first one moved to a column."""
        first, *more = lines.split("\n")
        return self.line_break.join([first, *(" " * column + line if line else line for line in more)])


def _start(node: Node, at: int) -> int:
    found = node.value[at]
    return start_of(found[0] if isinstance(node, yaml.MappingNode) else found)


def _is_map(node: Node) -> bool:
    return isinstance(node, yaml.MappingNode)


def _quote(node: Node) -> str:
    """Return the quotes that a person chose."""
    style = getattr(node, "style", None)
    return style if isinstance(node, yaml.ScalarNode) and style in ("'", '"') else ""


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _item(element: Any, value: Any) -> Any:
    """Return a value as an item of a list."""
    match element:
        case ListKey(pairs):
            return dict(pairs) | (value if isinstance(value, dict) else {})
        case SetValue(item):
            return item
    return value


def _nested(path: FieldPath, value: Any) -> Any:
    """Return a value with everything round it that the path names."""
    for element in reversed(path):
        value = {element: value} if isinstance(element, str) else [_item(element, value)]
    return value


def _with(body: Any, edit: Edit) -> Any:
    """Return a body in which just one field is otherwise."""
    fresh = deepcopy(body)
    here = fresh
    for depth, element in enumerate(edit.path):
        at = _at(here, element)
        is_last = depth + 1 == len(edit.path)
        if edit.value is GONE and is_last and at is not None:
            del here[at]
        elif at is None or here[at] is None:
            _add(here, at, element, _nested(edit.path[depth + 1 :], edit.value))
            break
        elif is_last:
            here[at] = edit.value
        else:
            here = here[at]
    return fresh


def _add(here: Any, at: Any, element: Any, value: Any) -> None:
    if at is not None:
        here[at] = value
    elif isinstance(here, dict) and isinstance(element, str):
        here[element] = value
    elif isinstance(here, list):
        here.append(_item(element, value))
    else:
        raise _CannotError(f"{plain(type(here).__name__)} stands on the way to it")


def _at(here: Any, element: Any) -> Any:
    """Return the key or index of an element in a JSON value; None where there is none."""
    match element:
        case str():
            return element if isinstance(here, dict) and element in here else None
        case ListKey(pairs) if isinstance(here, list):
            names = tuple(name for name, _ in pairs)
            return next((at for at, item in enumerate(here) if isinstance(item, dict) and key_of(item, names) == element), None)
        case SetValue(value) if isinstance(here, list):
            return next((at for at, item in enumerate(here) if item == value), None)
        case int() if isinstance(here, list):
            return element if 0 <= element < len(here) else None
    return None
