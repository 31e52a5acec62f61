"""Rules that observed noise suggests."""

from dataclasses import replace

from gitopskit.model.ids import ObjectId
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.planning.differences import compare
from gitopskit.planning.suggestions import suggest_rules
from tests.planning.sides import LATE, NOW, body, entry, git, ours, plan_for, sides, there


def many(count: int, live: dict[str, str]):
    ids = [ObjectId(group="", kind="ConfigMap", namespace="shop", name=f"n{number}") for number in range(count)]
    desired = git(body({"a": "1", "b": "1"}))
    [one] = desired.objects.values()
    seen = there(body(live, ours(), entry("hpa", LATE, "a")))
    [other] = seen.objects.values()
    head = replace(desired, objects={i: replace(one, id=i) for i in ids})
    now = Snapshot(side=Side.LIVE, objects={i: replace(other, id=i) for i in ids}, taken_at=NOW, target=seen.target)
    return head, now


def test_what_differs_on_many_objects_alike_is_suggested():
    head, live = many(4, {"a": "7", "b": "1"})
    found = compare(plan_for(head, live), sides(head, live))
    [rule] = suggest_rules(found)
    assert (rule.id, rule.path, rule.kind, rule.group, rule.namespace) == ("configmap-data-a", ".data.a", "ConfigMap", "", "shop")
    assert rule.reason == "differs on 4 objects, held by hpa"
    hushed = compare(plan_for(head, live), sides(head, live), rules=[rule])
    assert (list(hushed), hushed.hidden["configmap-data-a"]) == ([], 4)
    assert suggest_rules(hushed) == ()


def test_too_few_are_no_noise_and_names_are_not_taken_twice():
    head, live = many(2, {"a": "7", "b": "1"})
    plan = plan_for(head, live)
    assert suggest_rules(compare(plan, sides(head, live))) == ()
    [rule] = suggest_rules(compare(plan, sides(head, live)), at_least=2)
    taken = compare(plan, sides(head, live), rules=[replace(rule, path=".data.zzz")])
    assert [one.id for one in suggest_rules(taken, at_least=2)] == ["configmap-data-a-2"]


def test_what_changed_in_git_is_no_noise():
    head, live = many(4, {"a": "7", "b": "1"})
    base = replace(head, objects={i: replace(o, body=body({"a": "7", "b": "1"})) for i, o in head.objects.items()})
    quiet = replace(live, objects={i: replace(o, body=body({"a": "7", "b": "1"}, ours("a", "b"))) for i, o in live.objects.items()})
    assert suggest_rules(compare(plan_for(head, quiet), sides(head, quiet, base))) == ()
