"""The cases: rules, objects with both of their sides, and the fields that a rule of ours hides."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.paths import FieldPath
from gitopskit.planning.diff import differences
from gitopskit.planning.managed import owners

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text())
Place: TypeAlias = tuple[str | int, ...]
Body: TypeAlias = dict[str, Any]


def rules(case: str) -> tuple[IgnoreRule, ...]:
    """Return the rules of a case."""
    said = CASES["cases"][case]
    return tuple(IgnoreRule(id=f"{case} {number}", **one) for number, one in enumerate(said if isinstance(said, list) else [said]))


@cache
def pairs() -> dict[str, dict[str, Body]]:
    """Return both sides of each object: what Git states, and the same with every value changed that can be, and some missing."""
    return {name: {"desired": body, "live": _live(name, body)} for name, body in CASES["objects"].items()}


def _live(name: str, body: Body) -> Body:
    live = copy.deepcopy(body)
    for place in compared(name):
        put(live, place, _other(at(body, place)))
    for place in CASES["missing"].get(name, ()):
        del at(live, tuple(place[:-1]))[place[-1]]
    if name in CASES["managed"]:
        live["metadata"]["managedFields"] = CASES["managed"][name]
    return live


def _other(value: Any) -> Any:
    return f"{value}-live" if isinstance(value, str) else value + 1000


@cache
def compared(name: str) -> dict[Place, FieldPath]:
    """Return the place of each value that differs without making it another object or item, and the path of its row."""
    body = CASES["objects"][name]
    same = [tuple(place) for place in CASES["same"].get(name, ())]
    found = {place: path for place in _leaves(body, ()) if place not in same and (path := _path(body, place))}
    values = [str(at(body, place)) for place in found]
    assert len(set(values)) == len(values), f"a value of {name} stands twice and could not be found again"
    return found


def _leaves(value: Any, place: Place) -> Iterator[Place]:
    if not isinstance(value, dict | list):
        yield place
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _leaves(item, (*place, name))


def _path(body: Body, place: Place) -> FieldPath:
    """Return the path of the row in which a value is; empty for what names an object or item."""
    if place in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")):
        return ()
    changed = copy.deepcopy(body)
    put(changed, place, _other(at(body, place)))
    rows = differences(body, changed)
    return rows[0].path if len(rows) == 1 else ()


def at(body: Any, place: Place) -> Any:
    """Return the value at a place."""
    for step in place:
        body = body[step]
    return body


def put(body: Any, place: Place, value: Any) -> None:
    """Set the value at a place."""
    at(body, place[:-1])[place[-1]] = value


def pointer(place: Place) -> str:
    """Return a place as text."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)


def object_id(body: Body) -> ObjectId:
    """Return the identity of an object."""
    group = body["apiVersion"].rpartition("/")[0]
    return ObjectId(group=group, kind=body["kind"], namespace=body["metadata"].get("namespace", ""), name=body["metadata"]["name"])


def hidden_by_us(case: str) -> dict[str, list[str]]:
    """Return what the rules of a case hide here, by object."""
    found = {}
    for name, pair in pairs().items():
        places = [place for place, path in compared(name).items() if _hides(case, pair["live"], path)]
        if places:
            found[name] = sorted(map(pointer, places))
    return found


def _hides(case: str, live: Body, path: FieldPath) -> bool:
    return any(rule.matches(object_id(live), path, owners(live, path)) for rule in rules(case))


def is_meant(rule: IgnoreRule, body: Body) -> bool:
    """Whether a rule is about an object, whatever its fields."""
    return replace(rule, path=".metadata", field_manager="").matches(object_id(body), ("metadata",), ())


def hidden_by_tool(name: str, left: list[Any]) -> list[str]:
    """Return which differing values a tool hides, by what it leaves of Git's side (nothing: all is well) and of the live one."""
    stated = pairs()[name]["desired"]
    sides = [{place: at(stated, place) for place in compared(name)}, {place: _other(at(stated, place)) for place in compared(name)}]
    there = [{str(at(body, place)) for place in _leaves(body, ())} for body in left]
    shown = {place for side, values in zip(sides, there, strict=False) for place, value in side.items() if str(value) in values}
    return sorted(pointer(place) for place in compared(name) if place not in shown)
