"""Differences as frame, page and text: exact, escaped, folded, without secrets."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from gitopskit.model.changes import FieldOwner
from gitopskit.model.differences import Difference, DifferenceClass, Differences, HidingRule, Severity, SyncStatus, Witness
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Origin
from gitopskit.model.paths import list_key
from gitopskit.model.snapshot import SourceRef, Unreadable
from gitopskit.model.values import UNKNOWN
from gitopskit.planning.suppression import BUILT_IN
from gitopskit.views import html, terminal
from gitopskit.views.differences import to_differences, to_rules
from tests.planning.sides import JUDGED
from tests.views.test_views import ALLOWED, HOSTILE, KUBECTL, SECRET, Elements, hostile, plan

WEB = ObjectId(group="apps", kind="Deployment", namespace="shop", name="web")
BASE = SourceRef(url="/shop", revision="main", commit="b" * 40)
HPA = FieldOwner(name="hpa", operation="Update", time="2026-03-01T10:00:00Z")


def row(*path, **rest) -> Difference:
    made = {
        "id": WEB, "path": path, "cause": DifferenceClass.DRIFTED, "sync": SyncStatus.OUT_OF_SYNC, "severity": Severity.HIGH,
        "judgement": JUDGED,
    }  # fmt: skip
    return Difference(**(made | rest))


REPLICAS = row(
    "spec", "replicas", base=2, head=2, live=7, last_applied=2, witness=Witness.COMMIT, planned=2, owners=(KUBECTL, HPA),
    origin=Origin(file="web.yaml", line=3),
)  # fmt: skip
FULL = Differences(
    plan=plan(unreadable=(Unreadable(group_kind="Secret", namespace="shop", reason="Forbidden", message="no"),)),
    base=BASE,
    rules=(*BUILT_IN, HidingRule(id="mine", hides=".spec of all", why="because", source="your rule")),
    rows=(
        row("metadata", "labels", "a", severity=Severity.LOW, head="x", planned=UNKNOWN),
        REPLICAS,
        row("spec", "template", "spec", "containers", list_key(name="web"), "image", cause=DifferenceClass.BOTH, head="a", live="b"),
        row(sync=SyncStatus.MISSING, head={"spec": {"password": SECRET}}, planned={"spec": {}}),
        row("data", "password", head=SECRET, live=SECRET, planned=SECRET, severity=Severity.CRITICAL),
        row("spec", "progressDeadlineSeconds", live=600, planned=600, cause=DifferenceClass.LIVE_ONLY, rule="server-default"),
        row("spec", "paused", live=True, rule="mine"),
    ),
    warnings=("the baseline ended",),
)  # fmt: skip
EMPTY = Differences(plan=plan(), rows=())


def test_the_frame_has_a_row_per_shown_field():
    frame = to_differences(FULL)
    assert frame["path"].tolist() == [
        ".metadata.labels.a", ".spec.replicas", '.spec.template.spec.containers[name="web"].image', "", ".data.password",
    ]  # fmt: skip
    columns = ["class", "sync", "severity", "base", "head", "live", "last_applied", "last_applied_from", "planned", "owner", "operation"]
    assert frame.loc[1, columns].tolist() == [
        "drifted", "OutOfSync", "high", "2", "2", "7", "2", "commit of the last apply", "2", "kubectl, hpa", "Update",
    ]  # fmt: skip
    assert frame.loc[1, ["time", "method", "rule", "origin"]].tolist() == [
        "2026-03-01T11:00:00Z", "server dry-run", "", "web.yaml:3@cccccccccccc",
    ]  # fmt: skip
    assert frame.loc[3, ["head", "live"]].tolist() == ["(object)", ""]
    assert frame.loc[0, "planned"] == "(known after apply)"


def test_switched_off_rules_show_their_rows():
    frame = to_differences(FULL.show("server-default"))
    assert frame.iloc[-1][["class", "rule", "live"]].tolist() == ["live only", "server-default", "600"]
    assert len(to_differences(FULL.show())) == len(FULL.rows)


def test_the_rules_as_a_frame():
    frame = to_rules(FULL.show("mine")).set_index("rule")
    assert frame.loc["server-default", ["hidden", "shown"]].tolist() == [1, 0]
    assert frame.loc["mine", ["hidden", "shown", "why"]].tolist() == [0, 1, "because"]


def test_frames_are_stable_when_empty():
    for make in (to_differences, to_rules):
        assert make(EMPTY).empty
        pd.testing.assert_series_equal(make(EMPTY).dtypes, make(FULL).dtypes)


@pytest.mark.parametrize("noun", [FULL, FULL.show(), EMPTY], ids=["full", "shown", "empty"])
def test_looks(noun, snapshot):
    text = re.sub(r"<style>.*?</style>", "", html.fragment(noun), flags=re.DOTALL)
    assert text.replace("><", ">\n<") == snapshot
    assert terminal.render(noun, is_coloured=False) == snapshot


def test_what_matters_comes_first_and_what_is_hidden_is_told():
    page, text = html.fragment(FULL), terminal.render(FULL, is_coloured=False)
    for shown in (page, text):
        assert shown.index(".data.password") < shown.index(".spec.replicas") < shown.index(".metadata.labels.a")
        assert "progressDeadlineSeconds" not in shown
    assert "2 more are hidden by 2 rules" in page
    assert "2 more are hidden by rules: 1 server-default, 1 mine." in text
    assert "No difference is shown" in html.fragment(EMPTY)
    assert "Nothing is hidden" in html.fragment(EMPTY)


def test_a_switched_off_row_stands_behind_what_really_differs():
    page = html.fragment(replace(FULL, rows=(*FULL.rows, row("spec", "a", severity=Severity.CRITICAL, rule="mine", live=1))).show())
    assert page.index(".metadata.labels.a") < page.index(">.spec.a<")


def test_long_values_are_folded_and_cut():
    page = html.fragment(replace(FULL, rows=(row("data", "a", live="x" * 5_000_000),)))
    assert "<details>" in page
    assert len(page) < 30_000
    assert "4996000 more characters" in page


def test_many_rows_are_cut_with_a_count():
    many = replace(FULL, rows=tuple(row("data", f"n{number}", live="x") for number in range(10_000)))
    page, text = html.fragment(many), terminal.render(many, is_coloured=False)
    assert "9500 more rows" in page
    assert "9900 more" in text
    assert len(page) < 1_000_000
    assert len(to_differences(many)) == 10_000


def evil(text: str = HOSTILE) -> Differences:
    place = ObjectId(group=text, kind=text, namespace=text, name=text)
    owner = FieldOwner(name=text, operation=text, time=text)
    sides = {"base": text, "head": {text: [text]}, "live": text * 20, "last_applied": text, "planned": [text]}
    bad_row = row(
        text, list_key(name=text), id=place, owners=(owner,), witness=Witness.COMMIT, origin=Origin(file=text, line=1), **sides
    )  # fmt: skip
    rule = HidingRule(id=text, hides=text, why=text, source=text)
    base = replace(BASE, commit=text, revision=text)
    rows = (bad_row, replace(bad_row, path=()), replace(bad_row, rule=text))
    return Differences(plan=hostile(text)[0], rows=rows, rules=(rule,), base=base, warnings=(text,))


@pytest.mark.parametrize("noun", [evil(), evil().show()], ids=["hidden", "shown"])
def test_nothing_from_outside_is_markup_or_control(noun):
    text = html.fragment(noun)
    found = Elements(text)
    assert found.tags <= ALLOWED
    assert found.attributes <= {"role", "tabindex", "class", "aria-label", "aria-hidden", "scope", "open"}
    for shown in (text, terminal.render(noun, is_coloured=False), to_differences(noun)["live"].str.cat()):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", shown)


def test_secrets_are_nowhere():
    everything = FULL.show()
    for text in (html.page(everything), terminal.render(everything, is_coloured=True), to_differences(everything).to_csv(), repr(FULL)):
        assert "canary" not in text
    assert "(sensitive)" in html.page(FULL)
