"""A verb that is given something that it has no use for says what it takes, what it was given, and how it is called."""

import pandas as pd
import pytest

import gitopskit as gk
from gitopskit.errors import UnknownKindError, UsageError, expect
from gitopskit.model.plan import Plan
from gitopskit.model.report import summarise
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.notebook import display
from gitopskit.planning.selection import Selection
from tests.notebook.conftest import Hall
from tests.views.test_differences import FULL as DIFFERENCES
from tests.views.test_views import FULL, NOW, events

REPORT = summarise(FULL, events())
LIVE = Snapshot(side=Side.LIVE, objects={}, taken_at=NOW)
STEP = FULL.steps[0]
OTHERS = {
    "a plan": FULL, "differences": DIFFERENCES, "a report": REPORT, "a snapshot": LIVE, "a change": STEP, "a part": Selection(plan=FULL),
    "nothing": None, "a number": 7, "a text": "shop", "a frame": pd.DataFrame({"a": [1]}), "a class": Plan, "a list": [FULL, LIVE],
}  # fmt: skip
PLANS = {"a plan"}
NOWHERE = "/dev/null/file"
VALUES = {"Check", "GitopskitError", "IgnoreRule", "Policy", "Rendering"}
"""What is made rather than called; their own tests say what they refuse."""
WITHOUT_NOUN = {"seed_shop", "load_ipython_extension"}


def run(block) -> None:
    with block:
        pass


VERBS = {
    "Workspace": (lambda noun: gk.Workspace(noun, target=Hall()), {"a text"}),
    "Workspace, target": (lambda noun: gk.Workspace(".", target=noun), {"nothing"}),
    "Workspace, policy": (lambda noun: gk.Workspace(".", target=Hall(), policy=noun), {"nothing"}),
    "accept_drift": (lambda noun: gk.accept_drift(noun, reason="a", until="2099-01-01", file=NOWHERE), {"differences"}),
    "accept_drift, rows": (
        lambda noun: gk.accept_drift(DIFFERENCES, reason="a", until="2099-01-01", file=NOWHERE, rows=noun),
        {"nothing", "differences"},
    ),
    "bisect": (lambda noun: gk.bisect(noun, "v1"), ()),
    "blast_chart": (lambda noun: gk.blast_chart(noun, LIVE), PLANS),
    "blast_chart, live": (lambda noun: gk.blast_chart(FULL, noun), {"a snapshot"}),
    "commit_at": (lambda noun: gk.commit_at(noun, "2026-02-05"), ()),
    "context": (gk.context, {"a text", "nothing"}),
    "context, kubeconfig": (lambda noun: gk.context("a", kubeconfig=noun), {"a text", "nothing"}),
    "diff": (gk.diff, {"a plan", "a change"}),
    "diff, live": (lambda noun: gk.diff(STEP, noun), {"a snapshot", "nothing"}),
    "evidence": (gk.evidence, ()),
    "export_rules": (lambda noun: gk.export_rules(noun, "flux"), ()),
    "export_rules, tool": (lambda noun: gk.export_rules([], noun), ()),
    "fleet": (gk.fleet, {"a frame"}),  # whatever gives names, one after the other
    "history_chart": (gk.history_chart, ()),
    "kubectl": (lambda noun: gk.kubectl(noun, "get pods"), ()),
    "local_forge": (lambda noun: gk.local_forge(noun), {"a text"}),
    "log": (lambda noun: run(gk.log(noun)), {"a text"}),
    "namespace_form": (lambda noun: gk.namespace_form(noun), ()),
    "owner_chart": (gk.owner_chart, PLANS),
    "pick": (gk.pick, {"a text", "nothing"}),
    "promotion": (lambda noun: gk.promotion(noun, noun), ()),
    "propose": (lambda noun: gk.propose(noun, DIFFERENCES), ()),
    "pull_requests": (gk.pull_requests, ()),
    "request_namespace": (lambda noun: gk.request_namespace(noun, team="a", namespace="a"), ()),
    "quota_chart": (gk.quota_chart, {"a snapshot"}),
    "rollback": (lambda noun: gk.rollback(noun, "v1"), ()),
    "sandbox": (gk.sandbox, {"a text"}),
    "sandbox, name": (lambda noun: gk.sandbox(name=noun), {"a text"}),
    "save": (lambda noun: gk.save(noun, f"{NOWHERE}.html"), ()),
    "save, path": (lambda noun: gk.save(FULL, noun), ()),
    "sections": (gk.sections, ()),
    "select": (gk.select, PLANS),
    "select, rows": (lambda noun: gk.select(FULL, noun), {"a change", "nothing"}),
    "select, without": (lambda noun: gk.select(FULL, without=noun), {"a change"}),
    "status_chart": (gk.status_chart, PLANS),
    "status_chart, live": (lambda noun: gk.status_chart(FULL, noun), {"a snapshot", "nothing"}),
    "status_chart, health": (lambda noun: gk.status_chart(FULL, health=noun), {"nothing"}),
    "suggest_rules": (gk.suggest_rules, {"differences"}),
    "sync_chart": (gk.sync_chart, PLANS),
    "sync_chart, by": (lambda noun: gk.sync_chart(FULL, by=noun), ()),
    "table": (gk.table, {"a plan", "a report", "a snapshot", "differences", "a frame"}),
    "timeline_chart": (gk.timeline_chart, {"a report"}),
    "to_fields": (gk.to_fields, PLANS),
    "to_frame": (gk.to_frame, {"a plan", "a report", "a snapshot", "a part"}),
    "to_health": (gk.to_health, {"a snapshot"}),
    "to_ledger": (gk.to_ledger, ()),
    "to_owners": (gk.to_owners, {"a snapshot"}),
    "tree_chart": (gk.tree_chart, {"a snapshot"}),
    "tree_chart, root": (lambda noun: gk.tree_chart(LIVE, noun), {"nothing"}),
    "verify_evidence": (gk.verify_evidence, ()),
}  # fmt: skip
METHODS = {
    "apply": (lambda ws, noun: ws.apply(noun, confirm="x"), PLANS),
    "blame": (lambda ws, noun: ws.blame(noun), {"a text"}),
    "commit_at": (lambda ws, noun: gk.commit_at(ws, noun), {"a text"}),
    "rollback": (lambda ws, noun: gk.rollback(ws, noun), {"a text"}),
    "timeline": (lambda ws, noun: ws.timeline(noun), {"a text"}),
    "desired": (lambda ws, noun: ws.desired(noun), {"a text", "nothing"}),
    "differences": (lambda ws, noun: ws.differences(noun), {"a text", "nothing"}),
    "differences, rules": (lambda ws, noun: ws.differences(rules=noun), ()),
    "plan": (lambda ws, noun: ws.plan(noun), {"a text", "nothing"}),
    "review": (lambda ws, noun: ws.review(noun), {"a plan", "nothing"}),
}  # fmt: skip


def test_every_public_verb_is_looked_at():
    assert {verb.partition(",")[0] for verb in VERBS} | VALUES | WITHOUT_NOUN == set(gk.__all__)


@pytest.fixture(autouse=True)
def place(home_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    display.register()


@pytest.mark.parametrize(("verb", "given"), [(verb, given) for verb in VERBS for given in OTHERS if given not in VERBS[verb][1]])
def test_a_verb_refuses_what_it_has_no_use_for(verb, given):
    with pytest.raises(UsageError) as caught:
        VERBS[verb][0](OTHERS[given])
    assert caught.value.next_step
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(("verb", "given"), [(verb, given) for verb in METHODS for given in OTHERS if given not in METHODS[verb][1]])
def test_so_does_a_workspace(workspace, verb, given):
    with pytest.raises(UsageError) as caught:
        METHODS[verb][0](workspace, OTHERS[given])
    assert caught.value.next_step


def test_the_refusal_says_what_is_taken_what_was_given_and_the_call_to_make():
    with pytest.raises(UsageError) as caught:
        gk.owner_chart(REPORT.rows)
    assert str(caught.value) == "gk.owner_chart takes Plan, and was given tuple\n  next:  gk.owner_chart(ws.plan())"
    with pytest.raises(UsageError) as caught:
        gk.owner_chart(DIFFERENCES)
    assert caught.value.next_step == "give the .plan of that, or: gk.owner_chart(ws.plan())"
    with pytest.raises(UsageError, match="diff takes Change or Plan, and was given None"):
        gk.diff(None)
    with pytest.raises(UsageError, match="and was given the class Plan"):
        gk.sync_chart(Plan)


def test_a_strange_name_of_a_type_is_made_safe():
    with pytest.raises(UsageError) as caught:
        expect(type("\x1b[2J", (), {})(), Plan, "gk.diff(plan)")
    assert caught.value.what.isprintable()


def test_a_single_change_is_a_choice():
    part = gk.select(FULL, FULL.steps[0])
    assert part.plan.steps == (FULL.steps[0],)
    assert gk.select(FULL, FULL.steps[0].id).plan.id == part.plan.id


def test_the_bars_of_a_chart_are_namespaces_or_kinds():
    with pytest.raises(UsageError, match="not for 'x'") as caught:
        gk.sync_chart(FULL, by="x")
    assert 'by="kind"' in caught.value.next_step


def test_a_table_of_live_objects_wants_kinds_that_are_served(ours):
    with pytest.raises(UnknownKindError, match="has no kind 'Nope'"):
        ours.watch("Nope")
    with pytest.raises(UnknownKindError) as caught:
        ours.watch("ConfigMaps", "Deploymnt")
    assert "Deployment.apps" in caught.value.next_step
    assert ours.watch("deployments", "configmap", "Secret").scope.group_kinds == ("Deployment.apps", "ConfigMap", "Secret")
    for wrong in (lambda: ours.watch(7), lambda: ours.watch("Pod", namespaces="shop")):
        with pytest.raises(UsageError):
            wrong()
