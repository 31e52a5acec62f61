"""What is hidden, by which rule; how urgent a difference is. The tables are those that the documentation shows."""

from pathlib import Path

import pytest

from gitopskit.model.changes import Action, FieldOwner
from gitopskit.model.differences import DifferenceClass, Severity
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import list_key
from gitopskit.planning.differences import compare
from gitopskit.planning.severity import severity_of
from gitopskit.planning.suppression import BUILT_IN, rule_for_live_only
from tests.planning.sides import LATE, body, entry, git, ours, plan_for, sides, there

PAGE = (Path(__file__).parents[2] / "docs" / "differences.md").read_text()
DEPLOYMENT, ROLE, SECRET = (
    ObjectId(group=group, kind=kind, namespace="shop", name="web")
    for group, kind in (("apps", "Deployment"), ("rbac.authorization.k8s.io", "Role"), ("", "Secret"))
)
OWNERS = {
    "nobody": ([], None, "server-default"),
    "a controller": ([("kube-controller-manager", "Update")], None, "other-manager"),
    "another applier": ([("flux", "Apply")], None, "other-manager"),
    "a person": ([("kubectl-edit", "Update")], None, "added-by-hand"),
    "a person beside a controller": ([("hpa", "Update"), ("kubectl-edit", "Update")], None, "added-by-hand"),
    "Git stated it": ([("flux", "Apply")], "1", "kept-by-others"),
}


@pytest.mark.parametrize("case", OWNERS)
def test_why_a_live_field_is_hidden(case):
    owners, base, rule = OWNERS[case]
    assert rule_for_live_only([FieldOwner(name=name, operation=operation) for name, operation in owners], base) == rule


def test_each_thing_that_an_apply_leaves_alone_is_counted_by_its_rule():
    live = body(
        {"a": "1", "default": "x", "theirs": "x", "mine": "x"},
        ours("a"), entry("hpa", LATE, "theirs"), entry("kubectl-edit", LATE, "mine"), uid="u", resourceVersion="5",
    )  # fmt: skip
    desired, seen = git(body({"a": "1"})), there(live | {"status": {"ready": True}})
    found = compare(plan_for(desired, seen), sides(desired, seen))
    assert list(found) == []
    assert found.hidden == {"added-by-hand": 1, "other-manager": 1, "server-default": 1, "status": 1, "server-metadata": 3}
    assert {row.cause for row in found.show()} == {DifferenceClass.LIVE_ONLY}
    assert [row.path[-1] for row in found.show("added-by-hand")] == ["mine"]
    assert found.show("added-by-hand").hidden.get("added-by-hand") is None


def test_another_spelling_that_is_stored_alike():
    desired, seen = git(body({"cpu": "0.5", "void": ""})), there(body({"cpu": "500m"}, ours("cpu")))
    found = compare(plan_for(desired, seen, action=Action.NO_OP, fields=()), sides(desired, seen))
    assert found.hidden == {"same-when-stored": 2, "server-metadata": 1}


def test_what_changed_since_the_base_and_is_live_already():
    desired, seen, known = git(body({"a": "2"})), there(body({"a": "2"}, ours("a"))), git(body({"a": "1"}), "b")
    found = compare(plan_for(desired, seen), sides(desired, seen, known))
    [row] = list(found.show("already-live"))
    assert (row.base, row.head, row.live, row.cause) == ("1", "2", "2", DifferenceClass.CHANGED_IN_GIT)
    assert list(found) == []


def test_rules_are_told_apart_and_say_why():
    assert len({rule.id for rule in BUILT_IN}) == len(BUILT_IN)
    assert all(rule.hides and rule.why and rule.source for rule in BUILT_IN)


SEVERITIES = [
    (DEPLOYMENT, ("spec", "template", "spec", "containers", list_key(name="web"), "image"), "high"),
    (DEPLOYMENT, ("spec", "template", "spec", "containers", list_key(name="web"), "securityContext", "privileged"), "critical"),
    (DEPLOYMENT, ("spec", "replicas"), "high"),
    (DEPLOYMENT, ("spec", "revisionHistoryLimit"), "medium"),
    (DEPLOYMENT, ("metadata", "labels", "image"), "low"),
    (DEPLOYMENT, ("metadata", "finalizers"), "high"),
    (DEPLOYMENT, ("spec", "template", "metadata", "annotations", "replicas"), "low"),
    (DEPLOYMENT, ("status", "replicas"), "low"),
    (DEPLOYMENT, (), "high"),
    (ROLE, ("rules",), "critical"),
    (ROLE, (), "critical"),
    (ROLE, ("metadata", "labels", "a"), "low"),
    (SECRET, ("data", "password"), "high"),
]


@pytest.mark.parametrize(("object_id", "path", "expected"), SEVERITIES)
def test_severity(object_id, path, expected):
    assert severity_of(object_id, path) == expected


@pytest.mark.parametrize("word", [*(rule.id for rule in BUILT_IN), *DifferenceClass, *Severity])
def test_the_page_explains_every_word(word):
    assert f"| {word} |" in PAGE or f"| `{word}` |" in PAGE
