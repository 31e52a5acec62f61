"""What is announced together ends together."""

import threading

from gitopskit.model.changes import Action, Change, Confidence, Judgement, Method
from gitopskit.model.events import EventKind, Outcome
from gitopskit.model.ids import ObjectId
from gitopskit.providers.kubernetes import writing
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.step import Result, failed
from gitopskit.providers.kubernetes.writing import ANNOUNCED_STEPS, PARALLEL_STEPS, Writer

MAPS = ApiResource(group="", version="v1", kind="ConfigMap", plural="configmaps", is_namespaced=True, verbs=frozenset({"list"}))
SERVED = Discovery(by_version={("v1", "ConfigMap"): MAPS}, preferred={"ConfigMap": MAPS})
DONE = Result(outcome=Outcome.CHANGED)
MAIN = threading.main_thread()


def steps(count):
    judged = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)
    ids = (ObjectId(group="", kind="ConfigMap", namespace="a", name=f"c{number}") for number in range(count))
    return [Change(id=one, action=Action.CREATE, reason="", judgement=judged, wave=1, api_version="v1") for one in ids]


def writer():
    return Writer(connection=None, discover=lambda anew: SERVED, rejudge=None, judge_new=None)


def test_after_a_step_that_went_wrong_no_further_one_of_its_batch_is_sent(monkeypatch):
    sent = []
    monkeypatch.setattr(writing, "take", lambda change, *_: sent.append(change.id.name) or failed("no"))
    is_over, (first, second) = threading.Event(), steps(2)
    assert writer()._take(is_over, first).outcome is Outcome.FAILED
    assert writer()._take(is_over, second) == Result(outcome=Outcome.SKIPPED, message="it was not sent")
    assert sent == ["c0"]


def test_intents_come_first_and_every_announced_step_has_an_outcome(monkeypatch):
    monkeypatch.setattr(writing, "take", lambda change, *_: failed("no") if change.id.name == "c40" else DONE)
    told = [(event.kind, event.outcome) for event in writer().waves(steps(3 * ANNOUNCED_STEPS))]
    kinds = [kind for kind, _ in told]
    assert kinds[1 : ANNOUNCED_STEPS + 1] == [EventKind.INTENT] * ANNOUNCED_STEPS
    assert kinds.count(EventKind.INTENT) == kinds.count(EventKind.OUTCOME) == 2 * ANNOUNCED_STEPS, "the third batch is not begun"
    assert kinds[-1] is EventKind.STOPPED
    outcomes = [outcome for kind, outcome in told if kind is EventKind.OUTCOME]
    assert outcomes.index(Outcome.FAILED) == 40
    assert outcomes[:40] == [Outcome.CHANGED] * 40
    assert set(outcomes[40 + PARALLEL_STEPS :]) <= {Outcome.SKIPPED, Outcome.CHANGED}


def test_each_outcome_tells_when_its_own_step_ended(monkeypatch):
    """Outcomes are told after the last step of their batch, and a chart of them must not make all of them as long as that one."""
    is_slow_done = threading.Event()

    def take(change, *_):
        if change.id.name == "c0":
            is_slow_done.wait(10)
        return DONE

    clock = iter(range(100))
    monkeypatch.setattr(writing, "take", take)
    monkeypatch.setattr(writing, "now", lambda: is_slow_done.set() or next(clock) if threading.current_thread() is not MAIN else 0)
    told = [event for event in writer().waves(steps(3)) if event.kind is EventKind.OUTCOME]
    assert [event.id.name for event in told] == ["c0", "c1", "c2"]
    assert told[0].at > told[1].at
