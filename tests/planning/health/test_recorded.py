"""Our words are held to what Argo CD and kstatus say themselves of the same objects (``record.py`` asked them)."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitopskit.model.health import HealthStatus
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.planning.health import argocd, assess
from tests.planning.health import objects

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
WHEN = datetime(2026, 11, 27, tzinfo=UTC)
KINDS = sorted({row["case"].partition(",")[0] for row in RECORDED["cases"]})

SCRIPT, WHOLE, POINT = "a script takes what it finds", "the whole object is read", "a whole number with a point"
ACCEPTED = {
    SCRIPT: "Lua compares and counts what is no list, structure or text, too; here a status of the wrong shape is Unknown",
    WHOLE: "Argo CD fails on a malformed field that none of its rules reads; here only the fields of the rule count",
    POINT: "Go reads 2.0 as a 64-bit integer but not as a 32-bit one; here it is never a whole number (no API server sends it)",
}


def judged(row):
    """Return what each side says of one recorded object: word of Argo CD, word of kstatus, and the two messages."""
    body = row["object"]
    group = body["apiVersion"].rpartition("/")[0]
    place = ObjectId(group=group, kind=body["kind"], namespace="", name=body["metadata"]["name"])
    health = assess(Object(id=place, api_version=body["apiVersion"], body=body), WHEN)
    return {"argocd": (health.status or "", health.message), "kstatus": (health.kstatus, health.kstatus_message)}


def word(told) -> str:
    return "Unknown" if told.get("failed") else told["word"]


def accepted(row, word_of_ours: str, message: str) -> str:
    """Return the accepted difference that a row falls under, for Argo CD alone; by hand there are but two."""
    told, place = row["argocd"], (row["object"]["apiVersion"].rpartition("/")[0], row["object"]["kind"])
    is_by_hand = not any(name in row["case"] for name in (", exchanged ", ", malformed "))
    if is_by_hand and row["case"] not in ("CronJob batch/v1, status as text", "Deployment apps/v1, whole number with a point"):
        return ""
    rule = argocd.RULES[place]
    if message.startswith("malformed: ") and not told.get("failed"):
        has_point = any(number in json.dumps(row["object"]) for number in (": 1.0", ": 2.0"))
        return SCRIPT if not rule.is_typed else POINT if has_point else ""
    return WHOLE if rule.is_typed and told.get("failed") and word_of_ours != "Unknown" else ""


def differences(tool):
    for row in RECORDED["cases"]:
        ours, message = judged(row)[tool]
        if ours != word(row[tool]):
            yield row, ours, message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool", ["argocd", "kstatus"])
def test_the_word_is_theirs(tool, kind):
    found = [
        (row["case"], f"{word(row[tool])} there, {ours} here: {message}")
        for row, ours, message in differences(tool)
        if row["case"].startswith(f"{kind},") and not (tool == "argocd" and accepted(row, ours, message))
    ]
    assert found == []


def test_every_accepted_difference_is_there():
    counted = Counter(accepted(*found) for found in differences("argocd"))
    assert counted.keys() == ACCEPTED.keys()
    assert counted[WHOLE] + counted[POINT] < 15, "so few of hundreds"


@pytest.mark.parametrize("tool", ["argocd", "kstatus"])
def test_what_they_quote_of_the_object_is_quoted(tool):
    quoting = [row for row in RECORDED["cases"] if row[tool].get("message")]
    assert len(quoting) > 10
    differing = [row["case"] for row in quoting if row[tool]["message"] not in judged(row)[tool][1]]
    assert [case for case in differing if case not in {row["case"] for row, *_ in differences(tool)}] == []


def test_the_recording_is_of_these_objects():
    recorded = {row["case"]: row["object"] for row in RECORDED["cases"]}
    assert {name: recorded.get(name) for name in objects.by_hand()} == objects.by_hand()


def test_the_recording_reaches_every_word():
    assert {word(row["argocd"]) for row in RECORDED["cases"]} == {*HealthStatus, ""} - {"Missing"}
    assert {word(row["kstatus"]) for row in RECORDED["cases"]} == {"Current", "InProgress", "Failed", "Terminating", "Unknown"}


def test_best_to_worst_is_their_order():
    assert [str(status) for status in HealthStatus] == RECORDED["order"]


def test_every_rule_names_a_file_that_is_there():
    assert RECORDED["sources"] == sorted({rule.source for rule in argocd.RULES.values()})
