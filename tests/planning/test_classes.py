"""What a person should look at: drift, adoption, release, removal."""

import pytest

from gitopskit.model.changes import ChangeClass, FieldAction, FieldChange
from gitopskit.planning.classes import classes_of, is_drift

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"


def entry(manager, operation, time, *names):
    return {"manager": manager, "operation": operation, "time": time, "fieldsV1": {"f:data": {f"f:{name}": {} for name in names}}}


def body(*entries, **metadata):
    return {"metadata": {"managedFields": list(entries), **metadata}}


def change(action, name="a"):
    return FieldChange(path=("data", name), action=action)


OURS_EARLY = entry("gitopskit", "Apply", EARLY, "b")
OURS_LATE = entry("gitopskit", "Apply", LATE, "b")
DRIFT = {
    "we still own it: Git changed": ([entry("gitopskit", "Apply", EARLY, "a")], FieldAction.CHANGE, False),
    "somebody took it": ([OURS_EARLY, entry("kubectl-edit", "Update", LATE, "a")], FieldAction.CHANGE, True),
    "a controller took it": ([OURS_EARLY, entry("hpa", "Update", LATE, "a")], FieldAction.CHANGE, True),
    "we, in another version": ([OURS_EARLY, entry("gitopskit", "Apply", LATE, "a")], FieldAction.CHANGE, False),
    "in the same second": ([OURS_EARLY, entry("kubectl", "Update", EARLY, "a")], FieldAction.CHANGE, True),
    "it was theirs before we came": ([entry("kubectl", "Update", EARLY, "a"), OURS_LATE], FieldAction.CHANGE, False),
    "we never applied": ([entry("kubectl", "Update", LATE, "a")], FieldAction.CHANGE, False),
    "new in Git, nobody was there": ([OURS_EARLY], FieldAction.ADD, False),
    "gone, and somebody was there later": ([OURS_EARLY, entry("kubectl", "Update", LATE, "c")], FieldAction.ADD, True),
    "new in Git, somebody was there before": ([OURS_LATE, entry("kubectl", "Update", EARLY, "c")], FieldAction.ADD, False),
    "new in Git, a controller was there": ([OURS_EARLY, entry("hpa", "Update", LATE, "c")], FieldAction.ADD, False),
}


@pytest.mark.parametrize("case", DRIFT)
def test_drift(case):
    entries, action, expected = DRIFT[case]
    assert is_drift(body(*entries), [change(action)]) is expected


def test_first_apply_over_something_is_adoption():
    assert classes_of(body(), body(), [], []) == {ChangeClass.ADOPT}


def test_a_field_that_goes_is_removal_and_one_that_stays_is_release():
    before = body(entry("gitopskit", "Apply", EARLY, "a", "b"))
    after = body(entry("gitopskit", "Apply", EARLY, "b"))
    assert classes_of(before, after, [change(FieldAction.REMOVE)], []) == {ChangeClass.REMOVE_FIELD}
    assert classes_of(before, after, [], []) == {ChangeClass.RELEASE}


def test_the_last_finalizer():
    before = body(entry("gitopskit", "Apply", EARLY, "a"), finalizers=["x"])
    after = body(entry("gitopskit", "Apply", EARLY, "a"))
    assert ChangeClass.REMOVES_LAST_FINALIZER in classes_of(before, after, [], [])
    assert ChangeClass.REMOVES_LAST_FINALIZER not in classes_of(before, before, [], [])
