"""A noun as JUnit XML, for the test page of a CI system: one suite, one case per object.

What fails a case, and so turns the page red: an object with a problem, one that was changed behind Git's back (drift), one with a field
that belongs to somebody else; a step that failed, was refused, or whose outcome is unknown; a part that could not be read. A change that
is merely planned passes, and says in its output what will be done: a pull request that changes something is no failure. A step that
was not started is skipped.

References
----------
The schema ``junit-10.xsd`` of the xunit-plugin of Jenkins, which names what its JUnit plugin reads; GitLab and GitHub actions read a
part of the same.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.views.export.contents import Contents

_FAILING: Final = frozenset({"failed", "refused", "unknown", "unreachable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One object: `verdict` is "failure", "skipped" or empty; `word` is its type; `said` goes to the output of one that passes."""

    place: str
    name: str
    verdict: str = ""
    word: str = ""
    said: str = ""


def to_junit(contents: Contents) -> str:
    """Return the contents as a JUnit file."""
    cases = list(_cases(contents))
    name = _sound(f"gitopskit {contents.title}")
    counts = {"name": name, "tests": str(len(cases)), "failures": str(_count(cases, "failure")), "errors": "0"}
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", counts | {"skipped": str(_count(cases, "skipped"))})
    properties = ET.SubElement(suite, "properties")
    for fact, value in contents.facts.items():
        ET.SubElement(properties, "property", name=_sound(fact), value=_sound(value))
    for case in cases:
        _add(suite, case)
    ET.SubElement(suite, "system-out").text = _sound("\n".join(map(str, contents.summary)), lines=True)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _count(cases: list[Case], verdict: str) -> int:
    return sum(case.verdict == verdict for case in cases)


def _add(suite: ET.Element, case: Case) -> None:
    element = ET.SubElement(suite, "testcase", classname=_sound(case.place), name=_sound(case.name))
    if case.verdict == "failure":
        ET.SubElement(element, "failure", type=case.word, message=_sound(case.said)).text = _sound(case.said)
    elif case.verdict == "skipped":
        ET.SubElement(element, "skipped", message=_sound(case.said))
    elif case.said:
        ET.SubElement(element, "system-out").text = _sound(case.said)


def _cases(contents: Contents) -> Iterator[Case]:
    contested = _contested(contents)
    for row in contents.main.to_dict("records"):
        place, name = _named(row)
        verdict, word, said = _judged({str(key): value for key, value in row.items()}, contested.get((place, name), ""))
        yield Case(place=place, name=name, verdict=verdict, word=word, said=said)
    for row in contents.tables["unreadable"].to_dict("records") if "unreadable" in contents.tables else ():
        place, name = str(row["namespace"] or "(cluster)"), f"{row['group_kind']} can be read"
        yield Case(place=place, name=name, verdict="failure", word="unreadable", said=f"{row['reason']}: {row['message']}")


def _judged(row: dict[str, Any], contested: str) -> tuple[str, str, str]:
    """Return verdict, type and text of one row."""
    word = str(row.get("outcome") or row.get("state") or "")
    if word in _FAILING:
        return "failure", word, str(row.get("message") or word)
    if word == "skipped":
        return "skipped", word, str(row.get("message") or "it was not started")
    if row.get("problem"):
        return "failure", "problem", str(row["problem"])
    if contested:
        return "failure", "contested", contested
    if row.get("drift") is True:
        return "failure", "drift", f"changed behind Git's back; {_planned(row)}"
    if row.get("drifted") or row.get("problems"):
        return (
            "failure",
            "drift" if row.get("drifted") else "problem",
            f"{row.get('drifted') or 0} drifted, {row.get('problems') or 0} with problems",
        )
    return "", "", _planned(row)


def _planned(row: dict[str, Any]) -> str:
    action = str(row.get("action", ""))
    parts = [action, f"{row['fields']} fields" if row.get("fields") else "", str(row.get("reason") or row.get("message") or "")]
    return ", ".join(filter(None, parts))


def _contested(contents: Contents) -> dict[tuple[str, str], str]:
    """Return what stands against objects because somebody else owns a field, by place and name."""
    fields = contents.tables.get("fields")
    if fields is None or "contested" not in fields:
        return {}
    stands = fields[fields["contested"] & ~fields["forced"]]
    return {_named(row): f"{row['path']} is owned by {row['owner']}" for row in stands.to_dict("records")}


def _named(row: dict[Any, Any]) -> tuple[str, str]:
    if "member" in row:
        return "fleet", str(row["member"])
    if "name" not in row:
        return "rows", ", ".join(str(value) for value in row.values() if isinstance(value, str))[:200]
    kind = f"{row.get('kind', '')}.{row['group']}" if row.get("group") else str(row.get("kind", ""))
    return str(row.get("namespace") or "(cluster)"), f"{kind} {row['name']}".strip()


def _sound(text: str, *, lines: bool = False) -> str:
    """Return text that XML can hold: control characters, half characters and what turns text around are visible escapes."""
    parts = text.split("\n") if lines else [text]
    return "\n".join(plain(part, sys.maxsize - 1) for part in parts)
