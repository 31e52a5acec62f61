"""The objects that health is judged on: by hand, every branch of every rule; and altered ones, from one seed."""

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).with_name("cases.yaml")
SEED, ALTERED = 20261127, 12
HOSTILE = (None, 0, 1, -1, 7, 1.5, 2.0, True, "", "True", "2", "x", [], {}, [None], ["x"], [7], {"a": 1}, [{"type": 5}], [[]])


def by_hand() -> dict[str, dict[str, Any]]:
    """Return the objects of ``cases.yaml`` by name."""
    return {
        f"{group['kind']} {group['apiVersion']}, {name}": _object(group, name, rest)
        for group in yaml.safe_load(CASES.read_text())
        for name, rest in group["cases"].items()
    }


def _object(group: dict[str, Any], name: str, rest: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name.replace(" ", "-").replace(",", ""), "generation": 1} | rest.get("metadata", {})
    return {"apiVersion": group["apiVersion"], "kind": group["kind"], "metadata": metadata} | {
        k: v for k, v in rest.items() if k != "metadata"
    }


def altered() -> dict[str, dict[str, Any]]:
    """Return each object of ``cases.yaml`` with a few fields exchanged: for what stands there in others of its kind, and for anything."""
    chance = random.Random(SEED)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in by_hand().values():
        kinds.setdefault(f"{item['kind']} {item['apiVersion']}", []).append(item)
    found = {}
    for kind, items in kinds.items():
        fields = [(path, value) for item in items for path, value in _fields(item, ())]
        for number in range(ALTERED if len(items) > 2 else 2):
            found[f"{kind}, exchanged {number}"] = _exchange(chance, chance.choice(items), fields)
            wrong = [(path, chance.choice(HOSTILE)) for path, _ in fields]
            found[f"{kind}, malformed {number}"] = _exchange(chance, chance.choice(items), wrong, most=1)
    return found


def _fields(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if (path and path[0] in ("apiVersion", "kind")) or path == ("metadata",) or path == ("metadata", "name"):
        inside: Any = value.items() if path == ("metadata",) else ()
    else:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        if path:
            yield path, value
    for name, item in inside:
        yield from _fields(item, (*path, name))


def _exchange(chance: random.Random, item: dict[str, Any], fields: list[Any], most: int = 3) -> dict[str, Any]:
    item = copy.deepcopy(item)
    for path, value in chance.sample(fields, k=min(chance.randint(1, most), len(fields))):
        _put(item, path, copy.deepcopy(value))
    return item


def _put(item: Any, path: tuple[Any, ...], value: Any) -> None:
    *way, last = path
    for name in way:
        if isinstance(item, dict):
            item = item.setdefault(name, {})
        elif isinstance(item, list) and isinstance(name, int) and name < len(item):
            item = item[name]
        else:
            return
    if isinstance(item, dict) and isinstance(last, str):
        item[last] = value
    elif isinstance(item, list) and isinstance(last, int):
        item[last : last + 1] = [value]
