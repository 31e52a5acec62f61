"""A plan on disk: readable, complete, and worthless to whoever wants its secrets.

The file holds the id beside the plan, so that an altered plan is recognised. It is written by rename with mode 0600, and a reader
refuses a format or a tool version that it does not know.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from gitopskit import __version__
from gitopskit.errors import PlanDigestError, PlanError, PlanFormatError, plain
from gitopskit.home import replace_file
from gitopskit.model.canonical import canonical_json, from_plain, saved_fields, to_plain
from gitopskit.model.paths import ListKey, SetValue
from gitopskit.model.plan import FORMAT, Plan


def dumps(plan: Plan) -> str:
    """Return the text of a plan file."""
    content = {"id": plan.id, "format": FORMAT, "plan": to_plain(plan)}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode() + "\n"


def save(plan: Plan, path: Path | str) -> Path:
    """Write a plan file (mode 0600) and return its path.

    Raises
    ------
    PlanError
        It cannot be written; an older file is left as it was.
    """
    target = Path(path)
    try:
        replace_file(target, dumps(plan))
    except OSError as error:
        raise PlanError(f"the plan cannot be saved: {error.strerror}", where=str(target), next_step="name another place") from None
    return target


def load(path: Path | str) -> Plan:
    """Read a plan file.

    Raises
    ------
    PlanFormatError
        It was written in a format, or by a version, that this one does not know.
    PlanDigestError
        It was altered.
    PlanError
        It cannot be read, or is no plan.
    """
    where = str(path)
    try:
        saved = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise PlanError(f"the plan cannot be read: {error.strerror}", where=where, next_step="plan again, with --out") from None
    except orjson.JSONDecodeError:
        raise _no_plan(where) from None
    if not isinstance(saved, dict) or "format" not in saved:
        raise _no_plan(where)
    _check_format(saved, where)
    try:
        plan: Plan = _decode(saved["plan"], Plan)
        is_intact = plan.id == saved.get("id") and canonical_json(plan) == canonical_json(saved["plan"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise _no_plan(where) from None
    if not is_intact:
        raise PlanDigestError("the plan was altered after it was saved", where=where, next_step="plan again")
    return plan


def _no_plan(where: str) -> PlanError:
    return PlanError("this is no saved plan", where=where, next_step="make one: gitopskit plan … --out plan.json")


def _check_format(saved: Mapping[str, Any], where: str) -> None:
    if saved["format"] != FORMAT:
        what = f"the plan has the format {plain(str(saved['format']))}, and this version reads format {FORMAT}"
        raise PlanFormatError(what, where=where, next_step="plan again with this version")
    if not isinstance(saved.get("plan"), dict):
        raise _no_plan(where)
    tool = str(saved["plan"].get("tool", ""))
    if tool.rpartition(".")[0] != f"gitopskit/{__version__}".rpartition(".")[0]:
        raise PlanFormatError(f"the plan was made by {plain(tool)}, this is gitopskit/{__version__}", where=where, next_step="plan again")


def _decode(value: Any, wanted: Any) -> Any:
    """Return a saved value as the type that a noun's annotation asks for."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return from_plain(value)
    if origin in (Union, types.UnionType):
        return None if value is None and type(None) in arguments else _decode_union(value, arguments)
    if origin is tuple:
        return tuple(_decode(item, arguments[0]) for item in value)
    if origin is frozenset:
        return frozenset(_decode(item, arguments[0]) for item in value)
    if isinstance(wanted, type) and is_dataclass(wanted):
        hints, always, optional = _hints(wanted)
        given = (*always, *(name for name in optional if name in value))
        return wanted(**{name: _decode(value[name], hints[name]) for name in given})
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(value)
    if not isinstance(value, wanted):
        raise TypeError(f"{wanted} expected")
    return value


def _decode_union(value: Any, arguments: tuple[Any, ...]) -> Any:
    if ListKey in arguments:  # an element of a field path
        match value:
            case {"pairs": list(pairs)}:
                return ListKey(tuple((name, item) for name, item in pairs))
            case {"value": item}:
                return SetValue(item)
        return value
    return _decode(value, next(item for item in arguments if item is not type(None)))


@lru_cache(maxsize=64)
def _hints(noun: Any) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    return get_type_hints(noun), *saved_fields(noun)
