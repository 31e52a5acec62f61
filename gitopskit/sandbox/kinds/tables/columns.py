"""What a column of a table is, and how ages, selectors and images are written in cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]
Cell = Callable[[Object, datetime], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its definition for clients, and what it shows of an object.

    Parameters
    ----------
    priority
        0 for every output, more for wide output only.
    """

    name: str
    cell: Cell
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""

    def definition(self) -> dict[str, Any]:
        """Return the column as the API describes it."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


def column(name: str, show: Callable[[Object], Any], *, kind: str = "string", wide: bool = False) -> Column:
    """Return a column whose cells do not depend on the time."""
    return Column(name=name, cell=lambda obj, _: show(obj), type=kind, priority=int(wide))


def field(path: str, default: Any = "") -> Callable[[Object], Any]:
    """Return what reads a dotted path from an object."""
    parts = path.split(".")

    def read(obj: Object) -> Any:
        value: Any = obj
        for part in parts:
            value = value.get(part) if isinstance(value, Mapping) else None
        return default if value is None else value

    return read


def age(created: str, now: datetime) -> str:
    """Return how long ago a moment was, as kubectl writes it (``5m18s``, ``3h``, ``2d4h``)."""
    seconds = int((now - datetime.fromisoformat(created)).total_seconds())
    if seconds < 0:
        return "<invalid>" if seconds < -1 else "0s"
    return duration(seconds)


def duration(seconds: int) -> str:
    """Return a number of seconds as a short duration."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    years, rest = divmod(days, 365)
    return f"{years}y{rest}d" if years < 8 and rest else f"{years}y"


def pairs(labels: Mapping[str, Any] | None) -> str:
    """Return labels as ``a=b,c=d``."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"


def selector(value: Mapping[str, Any] | None) -> str:
    """Return a label selector as text."""
    if not value:
        return "<none>"
    terms = [f"{key}={item}" for key, item in sorted((value.get("matchLabels") or {}).items())]
    for item in value.get("matchExpressions") or ():
        values = ",".join(sorted(item.get("values") or ()))
        words = {"In": f"{item['key']} in ({values})", "NotIn": f"{item['key']} notin ({values})", "Exists": item["key"]}
        terms.append(words.get(item["operator"], f"!{item['key']}"))
    return ",".join(terms) or "<none>"


def joined(values: Iterable[Any]) -> str:
    """Return values separated by commas, or a mark for none."""
    return ",".join(str(value) for value in values) or "<none>"


def _created(obj: Object, now: datetime) -> str:
    created = obj["metadata"].get("creationTimestamp")
    return age(created, now) if created else "<unknown>"


NAME = Column(name="Name", cell=lambda obj, _: obj["metadata"].get("name", ""), format="name")
AGE = Column(name="Age", cell=_created)
CREATED_AT = Column(name="Created At", cell=lambda obj, _: obj["metadata"].get("creationTimestamp"), type="date")
