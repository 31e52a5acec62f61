"""Where Git and the live side disagree, and who moved; what a plan says and what differences say is the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.errors import UsageError
from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.differences import DifferenceClass, SyncStatus, Witness
from gitopskit.model.ids import ObjectId
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.model.paths import render_path
from gitopskit.model.snapshot import Unreadable
from gitopskit.model.values import Sensitive
from gitopskit.planning.diff import differences
from gitopskit.planning.differences import compare
from tests.planning.sides import EARLY, LATE, NOW, SETTINGS, added, body, entry, git, ours, plan_for, sides, there

GIT, DRIFTED, BOTH, DIFFERS = (
    DifferenceClass.CHANGED_IN_GIT, DifferenceClass.DRIFTED, DifferenceClass.BOTH, DifferenceClass.DIFFERS,
)  # fmt: skip
ONE, TWO, THREE, NONE = {"a": "1"}, {"a": "2"}, {"a": "3"}, {}
BY_HAND, BY_HPA = entry("kubectl-edit", LATE, "a"), entry("hpa", LATE, "a")

# head, live, managed fields, base, applied, expected class, expected last applied
FIELDS = {
    "we own it: Git moved": (TWO, ONE, [ours("a")], None, None, GIT, "1"),
    "we own it, and the base knows": (TWO, ONE, [ours("a")], ONE, ONE, GIT, "1"),
    "we own it, Git moved before the base": (TWO, ONE, [ours("a")], TWO, None, GIT, "1"),
    "by hand": (ONE, TWO, [ours(), BY_HAND], ONE, ONE, DRIFTED, "1"),
    "by hand, nothing known": (ONE, TWO, [ours(), BY_HAND], None, None, DRIFTED, None),
    "by a controller": (ONE, TWO, [ours(), BY_HPA], ONE, ONE, DRIFTED, "1"),
    "both": (THREE, TWO, [ours(), BY_HAND], ONE, ONE, BOTH, "1"),
    "both, by the base alone": (THREE, TWO, [], ONE, None, BOTH, None),
    "theirs before we came, new in Git": (ONE, TWO, [entry("kubectl", EARLY, "a"), ours(time=LATE)], NONE, NONE, GIT, None),
    "a default, now stated otherwise": (ONE, TWO, [ours()], NONE, NONE, GIT, None),
    "taken away by somebody": (ONE, NONE, [ours()], ONE, ONE, DRIFTED, "1"),
    "new in Git": (ONE, NONE, [ours()], NONE, NONE, GIT, None),
    "never applied, no base": (ONE, TWO, [BY_HAND], None, None, DIFFERS, None),
    "drifted from the base of a review": (ONE, TWO, [], ONE, None, DRIFTED, None),
    "another spelling of an amount is no drift": ({"a": "1"}, {"a": "500m"}, [], {"a": "0.5"}, {"a": "0.5"}, GIT, "0.5"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS)
def test_who_moved(case):
    head, live, entries, base, applied, expected, last = FIELDS[case]
    desired, seen = git(body(head)), there(body(live, *entries))
    known = git(body(base), "b") if base is not None else None
    before = known if applied is base else git(body(applied), "a") if applied is not None else None
    found = compare(plan_for(desired, seen), sides(desired, seen, known, before))
    [row] = list(found)
    assert (row.cause, row.last_applied, row.sync) == (expected, last, SyncStatus.OUT_OF_SYNC)
    assert (row.base, row.head, row.live) == ((base or {}).get("a"), head.get("a"), live.get("a"))
    assert found.class_of(row) is expected


def test_a_field_that_git_no_longer_states():
    desired, seen = git(body(NONE)), there(body(ONE, ours("a")))
    found = compare(plan_for(desired, seen, removed=("a",)), sides(desired, seen, git(body(ONE), "b")))
    [row] = list(found)
    assert (row.cause, row.base, row.head, row.live, row.planned) == (GIT, "1", None, "1", None)


WITNESSES = {
    "we own it": ([ours("a")], ONE, "1", Witness.OWNED),
    "the commit of the last apply": ([ours()], {"a": "9"}, "9", Witness.COMMIT),
    "kubectl, where we never were": ([], None, "kubectl's", Witness.ANNOTATION),
    "nobody": ([ours()], None, None, Witness.NOBODY),
}


@pytest.mark.parametrize("case", WITNESSES)
def test_where_the_last_applied_value_is_known_from(case):
    entries, applied, value, witness = WITNESSES[case]
    desired, seen = git(body(TWO)), there(body(ONE, *entries), remembered=body({"a": "kubectl's"}))
    known = git(body(applied), "a") if applied is not None else None
    [row] = list(compare(plan_for(desired, seen), sides(desired, seen, None, known)))
    assert (row.last_applied, row.witness) == (value, witness)


# head, live, base, expected class, sync
OBJECTS = {
    "new in Git": (ONE, None, None, GIT, SyncStatus.MISSING),
    "deleted by somebody": (ONE, None, ONE, DRIFTED, SyncStatus.MISSING),
    "removed from Git": (None, body(ONE, ours("a")), ONE, GIT, SyncStatus.EXTRA),
}


@pytest.mark.parametrize("case", OBJECTS)
def test_whole_objects(case):
    head, live, base, expected, sync = OBJECTS[case]
    desired, seen = git(body(head) if head else None), there(live)
    known = git(body(base) if base else None, "b")
    [row] = list(compare(plan_for(desired, seen), sides(desired, seen, known, known)))
    assert (row.path, row.cause, row.sync) == ((), expected, sync)
    assert (row.head is None, row.live is None, row.base is None) == (head is None, live is None, base is None)


def test_without_a_base_nobody_knows_why_an_object_is_missing():
    desired, seen = git(body(ONE)), there(None)
    [row] = list(compare(plan_for(desired, seen), sides(desired, seen)))
    assert (row.cause, row.sync, row.witness) == (DIFFERS, SyncStatus.MISSING, Witness.NOBODY)


def test_what_is_gone_on_both_sides_is_told_and_hidden():
    desired, seen, known = git(None), there(None), git(body(ONE), "b")
    found = compare(plan_for(desired, seen), sides(desired, seen, known))
    assert (list(found), found.hidden) == ([], {"already-live": 1})


def test_what_git_no_longer_states_and_is_no_member_is_extra():
    desired, seen, known = git(None), there(body(ONE)), git(body(ONE), "b")
    found = compare(replace(plan_for(desired, seen), changes=()), sides(desired, seen, known))
    [row] = list(found)
    assert (row.sync, row.cause) == (SyncStatus.EXTRA, GIT)


@pytest.mark.parametrize("problem", ["", "it could not be read: forbidden"])
def test_unreadable_is_not_missing(problem):
    blind = (Unreadable(group_kind="ConfigMap", namespace="shop", reason="Forbidden", message="no"),)
    desired, seen = git(body(ONE)), replace(there(None), unreadable=blind)
    [row] = list(compare(plan_for(desired, seen, problem=problem), sides(desired, seen)))
    assert row.sync is (SyncStatus.UNREADABLE if problem else SyncStatus.MISSING)
    assert (row.cause is DifferenceClass.UNREADABLE) == bool(problem)


def test_an_object_of_the_base_that_may_be_hidden_is_unreadable():
    blind = (Unreadable(group_kind="ConfigMap", namespace="shop", reason="Forbidden", message="no"),)
    desired, seen = git(None), replace(there(None), unreadable=blind)
    [row] = list(compare(plan_for(desired, seen), sides(desired, seen, git(body(ONE), "b"))))
    assert row.sync is SyncStatus.UNREADABLE


def test_an_object_that_cannot_be_applied_shows_what_differs_all_the_same():
    held = [ours("a"), entry("kubectl-edit", LATE, "d")]
    desired, seen = git(body({"a": "2", "b": "1", "d": "4"})), there(body({"a": "1", "c": "3", "d": "5"}, *held))
    plan = plan_for(desired, seen, action=Action.UPDATE, fields=(), problem="admission says no", drift=False)
    found = compare(plan, sides(desired, seen))
    assert {render_path(row.path): row.cause for row in found} == {".data.a": GIT, ".data.b": DRIFTED, ".data.d": DRIFTED}
    assert found.hidden == {"server-default": 1, "server-metadata": 1}


@pytest.mark.parametrize(("problem", "path"), [("", ".metadata.managedFields"), ("it is being deleted", "")])
def test_a_step_that_changes_no_field_is_a_row_too(problem, path):
    desired, seen = git(body(ONE)), there(body(ONE, ours("a")))
    plan = plan_for(desired, seen, action=Action.UPDATE, problem=problem)
    assert [render_path(row.path) for row in compare(plan, sides(desired, seen))] == [path]


def test_a_default_that_comes_with_a_change_moved_with_it():
    desired, seen = git(body({"a": "1"})), there(body({"a": "2"}, ours(), BY_HPA))
    default = added(("data", "a", "filled", "in"), "x")
    plan = plan_for(desired, seen)
    [change] = plan.changes
    plan = replace(plan, changes=(replace(change, fields=(*change.fields, default)),))
    causes = {render_path(row.path): row.cause for row in compare(plan, sides(desired, seen))}
    assert causes[".data.a.filled.in"] is causes[".data.a"] is DRIFTED


class Counted(str):
    """The name of a field that counts how often it was compared."""

    __slots__ = ()
    __hash__ = str.__hash__
    count = 0

    def __eq__(self, other):
        Counted.count += 1
        return str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other


def test_what_many_fields_cost_grows_with_their_number_and_not_its_square():
    names = [Counted(f"n{number}") for number in range(200)]
    desired, seen = git(body(dict.fromkeys(names, "1"))), there(body(dict.fromkeys(names, "2"), ours()))
    plan = plan_for(desired, seen)
    [change] = plan.changes
    defaults = [added(("data", name, "filled", "in"), "x") for name in names]
    plan = replace(plan, changes=(replace(change, fields=(*change.fields, *defaults)),))
    Counted.count = 0
    assert len(compare(plan, sides(desired, seen))) == 400
    assert Counted.count < 20 * len(names)


def test_another_reading_than_the_plans_is_not_compared():
    desired, seen = git(body(ONE)), there(body({"a": "5", "z": "1"}, ours("a")))
    plan = plan_for(desired, there(body(TWO, ours("a"))))
    [change] = plan.changes
    plan = replace(plan, changes=(replace(change, resource_version="6"),))
    found = compare(plan, sides(desired, seen))
    assert [(row.live, row.planned) for row in found] == [("2", "1")]
    assert found.hidden == {"judged-on-another-reading": 1}


def test_a_secret_is_compared_where_it_is_stored():
    secret = ObjectId(group="", kind="Secret", namespace="shop", name="redis")
    named = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "redis", "namespace": "shop"}}
    desired = git(named | {"stringData": {"password": Sensitive("f")}}, object_id=secret)
    seen = there(named | {"data": {"password": Sensitive("f")}}, object_id=secret)
    plan = plan_for(desired, seen, action=Action.NO_OP, fields=())
    assert compare(plan, sides(desired, seen)).hidden == {}
    changed = FieldChange(path=("data", "password"), action=FieldAction.CHANGE, before=Sensitive("g"), after=Sensitive("f"))
    [row] = list(compare(plan_for(desired, seen, action=Action.UPDATE, fields=(changed,)), sides(desired, seen)))
    assert (row.head, row.live) == (Sensitive("f"), Sensitive("g"))


def test_a_plan_that_was_loaded_takes_the_values_of_git_from_its_commit():
    desired, seen = git(body(TWO)), there(body(ONE, ours("a")))
    plan = plan_for(desired, seen)
    loaded = replace(plan, changes=tuple(replace(change, desired=None) for change in plan.changes))
    assert list(compare(loaded, sides(desired, seen))) == list(compare(plan, sides(desired, seen)))


def test_a_file_that_leaves_out_the_namespace_means_the_same_object():
    nameless = replace(SETTINGS, namespace="")
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": ONE}
    desired, seen, known = git(body(TWO)), there(body(ONE, ours("a"))), git(bare, "b", object_id=nameless)
    [row] = list(compare(plan_for(desired, seen), sides(desired, seen, known)))
    assert (row.base, row.cause) == ("1", GIT)


# --- rules of the user ---------------------------------------------------------------------------------------------------------------

RULES = {
    "by path": (IgnoreRule(id="mine", path=".data.a"), True),
    "by what is above": (IgnoreRule(id="mine", path=".data"), True),
    "by holder": (IgnoreRule(id="mine", field_manager="h*"), True),
    "by object": (IgnoreRule(id="mine", path=".data", kind="Config*", namespace="shop", name="set*"), True),
    "another path": (IgnoreRule(id="mine", path=".data.b"), False),
    "another holder": (IgnoreRule(id="mine", path=".data.a", field_manager="keda"), False),
    "another group": (IgnoreRule(id="mine", path=".data.a", group="apps"), False),
    "another place": (IgnoreRule(id="mine", path=".data.a", namespace="other"), False),
}


@pytest.mark.parametrize("case", RULES)
def test_a_rule_hides_what_it_means_and_can_be_switched_off(case):
    rule, is_hidden = RULES[case]
    desired, seen = git(body(ONE)), there(body(TWO, ours(), BY_HPA))
    plan = plan_for(desired, seen)
    found = compare(plan, sides(desired, seen), rules=[rule])
    assert found.hidden.get("mine", 0) == len(found.rows) - len(found) - 1 == int(is_hidden)
    assert found.plan is plan, "what is planned is the same"
    shown = found.show("mine")
    assert [(row.path, shown.class_of(row)) for row in shown] == [(("data", "a"), DRIFTED)]
    if is_hidden:
        assert {found.class_of(row) for row in found.rows} == {DifferenceClass.SUPPRESSED}


BAD_RULES = {
    "no id": ({"id": "", "path": ".a"}, "needs an id"),
    "whole objects": ({"id": "x"}, "whole objects"),
    "no path": ({"id": "x", "path": "spec.replicas"}, "cannot be read"),
    "open bracket": ({"id": "x", "path": ".spec[name="}, "cannot be read"),
    "control characters": ({"id": "x", "path": "\x1b[2J"}, "cannot be read"),
}


@pytest.mark.parametrize("case", BAD_RULES)
def test_a_bad_rule_is_one_clear_error(case):
    arguments, what = BAD_RULES[case]
    with pytest.raises(UsageError, match=what) as caught:
        IgnoreRule(**arguments)
    assert caught.value.next_step
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("names", [("a", "a"), ("status",), ("baseline",)])
def test_two_rules_of_one_name_are_refused(names):
    desired, seen = git(body(ONE)), there(body(ONE, ours("a")))
    with pytest.raises(UsageError, match="two rules"):
        compare(plan_for(desired, seen), sides(desired, seen), rules=[IgnoreRule(id=name, path=".a") for name in names])


def test_a_rule_that_is_not_there_cannot_be_switched_off():
    desired, seen = git(body(ONE)), there(body(ONE, ours("a")))
    with pytest.raises(UsageError, match="no rule is called 'nope'"):
        compare(plan_for(desired, seen), sides(desired, seen)).show("nope")


# --- the plan and the differences say the same ---------------------------------------------------------------------------------------

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text("ab", max_size=2))
NAMES = st.text("ab", min_size=1, max_size=1)
ITEMS = st.lists(st.fixed_dictionaries({"name": NAMES, "value": LEAVES}), max_size=2, unique_by=lambda item: item["name"])
VALUES = st.recursive(LEAVES, lambda below: st.one_of(st.dictionaries(NAMES, below, max_size=2), ITEMS), max_leaves=6)
DATA = st.dictionaries(NAMES, VALUES, max_size=2)
ENTRIES = st.lists(st.sampled_from([ours("a"), ours("b"), BY_HAND, BY_HPA, entry("kubectl", EARLY, "b")]), max_size=3)


@given(head=DATA, live=DATA, base=st.none() | DATA, entries=ENTRIES)
def test_every_field_of_the_plan_is_a_row_and_nothing_else_is_shown(head, live, base, entries):
    desired, seen = git(body(head)), there(body(live, *entries))
    known = git(body(base), "b") if base is not None else None
    plan = plan_for(desired, seen)
    [change] = plan.changes
    found = compare(plan, sides(desired, seen, known, known))
    assert [(row.path, row.live, row.planned) for row in found] == [(field.path, field.before, field.after) for field in change.fields]
    assert all(row.rule in found.hidden for row in found.rows if found.is_hidden(row))
    if change.action is Action.NO_OP:
        assert {row.sync for row in found.rows} <= {SyncStatus.SYNCED}
    if change.drift:
        assert {DRIFTED, BOTH} & {row.cause for row in found}


@given(head=DATA, live=DATA)
def test_nothing_that_differs_is_left_out(head, live):
    desired, seen = git(body(head)), there(body(live, ours("a")))
    rows = {row.path for row in compare(plan_for(desired, seen), sides(desired, seen)).rows}
    for field in differences(body(head), body(live, ours("a"))):
        assert any(path[: len(field.path)] == field.path[: len(path)] for path in rows), field.path


@given(head=DATA, live=DATA, base=DATA)
def test_no_row_is_told_twice(head, live, base):
    desired, seen, known = git(body(head)), there(body(live, ours("a"))), git(body(base), "b")
    paths = [row.path for row in compare(plan_for(desired, seen), sides(desired, seen, known)).rows]
    assert len(paths) == len(set(paths))


def test_the_moment_of_the_look_is_that_of_the_live_side():
    desired, seen = git(body(ONE)), there(body(ONE, ours("a")))
    assert compare(plan_for(desired, seen), sides(desired, seen)).plan.created_at == NOW
