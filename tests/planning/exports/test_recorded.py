"""Our texts hide in the real tools what our rules hide here, object by object and value by value (``record.py`` asked the tools)."""

import json
from pathlib import Path

import pytest

from gitopskit.planning.exports import Tool, export_rules
from tests.planning.exports import fields
from tests.planning.exports.record import digest

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
VERDICTS = {(Tool(row["tool"]), row["case"]): row for row in RECORDED["verdicts"]}
CASES = tuple(fields.CASES["cases"])
ALONE = {tool: [case for case in CASES if tool != Tool.TERRAFORM or len(fields.rules(case)) == 1] for tool in Tool}

FINER, ASKED, ABSENT, TYPES, STOPS = "finer", "asked", "absent", "types", "stops"
ACCEPTED = {
    FINER: "a list without keys is one row here, which stays; there each item is looked at, as the rule says",
    ASKED: "here a key counts where all items have it and no other key is better known; there every list can be asked",
    ABSENT: "the live value is kept there, and there is none",
    TYPES: "Argo CD is asked without the types of a cluster, and so takes a list for one value, whoever holds what of it",
    STOPS: "kapp deploys nothing: the object has another shape than the rule takes for granted",
}
DIFFERENT = {
    (Tool.ARGO_CD, "a key of no list"): ASKED,
    (Tool.ARGO_CD, "a key of a list without keys"): ASKED,
    (Tool.ARGO_CD, "a key of some items"): ASKED,
    (Tool.ARGO_CD, "any item of a list without keys"): FINER,
    (Tool.ARGO_CD, "any item of a list or structure"): FINER,
    (Tool.ARGO_CD, "any item of mixed ones"): FINER,
    (Tool.ARGO_CD, "any value"): FINER,
    (Tool.ARGO_CD, "any item, of which one is only in Git"): FINER,
    (Tool.ARGO_CD, "a field manager of one kind"): TYPES,
    (Tool.KAPP, "a digit in a list"): STOPS,
    (Tool.KAPP, "a negative number in a list"): STOPS,
    (Tool.KAPP, "a field that is only in Git"): ABSENT,
    (Tool.TERRAFORM, "a field that is only in Git"): ABSENT,
}


@pytest.mark.parametrize("tool", Tool)
@pytest.mark.parametrize("case", CASES)
def test_the_tool_hides_what_we_hide(tool, case):
    if case not in ALONE[tool]:
        return
    found = export_rules(fields.rules(case), tool)
    if found.left_out:
        assert (tool, case) not in VERDICTS
        return
    told = VERDICTS[tool, case]
    assert told["text"] == digest(found.text), "the text is another than the tool was asked about: run record.py"
    ours = fields.hidden_by_us(case)
    kind = DIFFERENT.get((tool, case), "")
    assert bool(told.get("failed")) == (kind == STOPS), told.get("failed")
    if kind in (FINER, ASKED):
        assert _is_more(told["hidden"], ours)
    elif kind in (ABSENT, TYPES):
        assert _is_more(ours, told["hidden"])
    elif kind == STOPS:
        assert told["hidden"] == {}
    else:
        assert told["hidden"] == ours


def _is_more(one, other) -> bool:
    return one != other and all(set(places) <= set(one.get(name, ())) for name, places in other.items())


def test_nothing_was_recorded_that_is_not_compared():
    assert set(VERDICTS) == {(tool, case) for tool in Tool for case in ALONE[tool] if not export_rules(fields.rules(case), tool).left_out}
    assert set(DIFFERENT.values()) == set(ACCEPTED)


@pytest.mark.parametrize("tool", Tool)
def test_the_rules_are_of_many_kinds_and_hide_something(tool):
    said = [case for case in ALONE[tool] if (tool, case) in VERDICTS]
    assert len([case for case in said if fields.hidden_by_us(case)]) >= 20


def test_no_rule_hides_all_of_an_object():
    """Then a tool has nothing left to do, and its answer tells nothing."""
    for case in CASES:
        for name, places in fields.hidden_by_us(case).items():
            assert len(places) < len(fields.compared(name))
