"""The live side kept fresh by watches: what changed is seen, what is broken is told, and nothing is left running."""

import contextlib
import threading
import time

import orjson
import pytest

from gitopskit.model.changes import Action, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.plan import PlanOptions, Scope
from gitopskit.providers.kubernetes import watching
from gitopskit.providers.kubernetes.connection import Answer, LostAnswerError
from tests.providers.kubernetes.conftest import snapshot

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: canary-4711}
"""


@pytest.fixture
def follow(site):
    """Plan from watches; ended when the test is."""

    def plan(text, **options):
        desired, chosen = snapshot(text), PlanOptions(**({"namespace": site.namespace} | options))
        return site.provider.plan(desired, site.provider.followed(site.provider.scope(desired, chosen)), chosen)

    yield plan
    site.provider.unfollow()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("watch ")]


@pytest.fixture
def sent(site, monkeypatch):
    """The paths and queries that were asked for, but for the small ones that every plan asks."""
    connection, found = site.provider._connection, []
    real = connection.send

    def send(method, path, **request):
        if method == "GET" and path.endswith(("/configmaps", "/secrets", "/namespaces")):
            found.append(path)
        return real(method, path, **request)

    monkeypatch.setattr(connection, "send", send)
    return found


def until(look, patience_s=20.0):
    """Return the first true answer."""
    deadline = time.monotonic() + patience_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


def config(site, name="settings"):
    return ObjectId(group="", kind="ConfigMap", namespace=site.namespace, name=name)


def live(site):
    return site.provider.followed(Scope(group_kinds=("ConfigMap", "Secret"), namespaces=(site.namespace,)))


def test_changes_are_seen_without_reading_again(site, follow, sent):
    site.apply(CONFIG)
    assert follow(CONFIG).is_empty
    sent.clear()
    site.kubectl("patch", "configmap", "settings", "--patch", '{"data": {"greeting": "by hand"}}')
    [step] = until(lambda: follow(CONFIG).steps)
    assert step.action is Action.UPDATE
    site.kubectl("delete", "configmap", "settings")
    until(lambda: [step.action for step in follow(CONFIG).steps] == [Action.CREATE])
    site.kubectl("apply", "--server-side", "--field-manager", "gitopskit", "-f", "-", text=CONFIG)
    until(lambda: [step.action for step in follow(CONFIG).steps] == [Action.UPDATE])
    assert sent == [], "no list"


def test_what_did_not_change_is_the_very_same(site, follow):
    site.apply(CONFIG + "---" + CONFIG.replace("settings", "other"))
    before = live(site)
    assert live(site).objects is before.objects
    site.kubectl("patch", "configmap", "other", "--patch", '{"data": {"x": "y"}}')
    after = until(lambda: (found := live(site)).objects is not before.objects and found)
    assert after.objects[config(site)] is before.objects[config(site)]
    assert after.objects[config(site, "other")].body["data"]["x"] == "y"
    assert "x" not in before.objects[config(site, "other")].body["data"], "a snapshot stays as it was"


def test_secrets_lose_their_values_as_they_come_in(site, follow):
    live(site)
    site.kubectl("create", "secret", "generic", "token", "--from-literal", "password=canary-4711")
    object_id = ObjectId(group="", kind="Secret", namespace=site.namespace, name="token")
    found = until(lambda: live(site).objects.get(object_id))
    assert "canary" not in repr(found.body)
    assert "Y2FuYXJ5" not in repr(found.body)


def test_an_answer_of_the_server_is_asked_for_once(site, follow, monkeypatch):
    site.apply(CONFIG)
    asked, real = [], site.provider._connection.send
    counted = lambda method, path, **request: asked.append(method) or real(method, path, **request)  # noqa: E731
    monkeypatch.setattr(site.provider._connection, "send", counted)
    desired, chosen = snapshot(CONFIG.replace("hello", "hi")), PlanOptions(namespace=site.namespace)

    def plan(options=chosen, **how):
        asked.clear()
        scope = site.provider.scope(desired, options)
        seen = site.provider.read(scope, only=desired.objects) if how else site.provider.followed(scope)
        [row] = site.provider.plan(desired, seen, options).changes
        assert (row.action, row.judgement.method) == (Action.UPDATE, Method.SERVER_DRY_RUN)
        return asked.count("PATCH")

    assert [plan(), plan(), plan()] == [1, 0, 0]
    assert plan(PlanOptions(namespace=site.namespace, adopt=True)) == 1, "other options"
    assert plan(anew=True) == 1, "whoever reads anew asks anew"


def test_other_kinds_and_namespaces_are_listed_when_they_are_desired(site, follow):
    site.apply(CONFIG + "---" + SECRET)
    assert {row.id.kind for row in follow(CONFIG).changes if not row.action.writes} >= {"ConfigMap"}
    plan = follow(CONFIG + "---" + SECRET)
    assert plan.is_empty
    assert {row.id.kind for row in plan.changes} == {"ConfigMap", "Secret"}


def test_an_apply_leaves_no_old_view(site, follow):
    for greeting in ("one", "two", "three"):
        plan = follow(CONFIG.replace("hello", greeting))
        assert len(plan.steps) == 1
        assert [event.message for event in site.provider.apply(plan) if event.kind == "stopped"] == []
        assert follow(CONFIG.replace("hello", greeting)).is_empty


def test_what_may_be_listed_and_not_watched_is_listed_namespace_by_namespace(site, restricted):
    site.apply(CONFIG)
    provider = restricted.provider
    spaces = (site.namespace, *(f"{site.namespace}-{number}" for number in range(5)))
    try:
        seen = provider.followed(Scope(group_kinds=("ConfigMap", "Secret"), namespaces=spaces))
        assert config(site) in seen.objects
        site.kubectl("patch", "configmap", "settings", "--patch", '{"data": {"greeting": "by hand"}}')
        again = provider.followed(Scope(group_kinds=("ConfigMap", "Secret"), namespaces=spaces))
        assert again.objects[config(site)].body["data"]["greeting"] == "by hand"
        assert ("Secret", site.namespace, "Forbidden") in {(one.group_kind, one.namespace, one.reason) for one in seen.unreadable}
    finally:
        provider.unfollow()


class Script:
    """Answers of a watch, one after the other; then the real ones."""

    def __init__(self, connection, *answers):
        self.left = list(answers)
        self._real = connection.stream

    @contextlib.contextmanager
    def __call__(self, path, **request):
        if self.left and path.endswith("/configmaps"):
            yield self.left.pop(0)
        else:
            with self._real(path, **request) as stream:
                yield stream


class Lines:
    """A watch that says just this, and breaks."""

    refused = None

    def __init__(self, *lines):
        self._lines = lines

    def lines(self):
        yield from self._lines
        raise LostAnswerError("the connection broke before the answer came")

    def shutdown(self):
        pass


GONE = orjson.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}})
FAILED = orjson.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 500, "reason": "InternalError", "message": "no"}})
BREAKS = {
    "broken": [Lines()],
    "broken twice": [Lines(), Lines()],
    "too old": [Lines(GONE)],
    "an error": [Lines(FAILED)],
    "no JSON": [Lines(b'{"type": "MODI')],
    "no event": [Lines(b"{}")],
    "no object": [Lines(b'{"type": "MODIFIED", "object": {}}')],
    "a text": [Lines(b'{"type": "ERROR", "object": "no"}')],
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_watch_that_breaks_comes_back(site, follow, monkeypatch, what):
    site.apply(CONFIG)
    connection = site.provider._connection
    script = Script(connection, *BREAKS[what])
    monkeypatch.setattr(connection, "stream", script)
    live(site)
    until(lambda: not script.left)
    site.kubectl("patch", "configmap", "settings", "--patch", '{"data": {"greeting": "by hand"}}')
    found = until(lambda: (seen := live(site)).objects.get(config(site)) and not seen.unreadable and seen)
    until(lambda: live(site).objects[config(site)].body["data"]["greeting"] == "by hand")
    assert found.unreadable == ()


def test_a_watch_that_does_not_come_back_is_unreadable_and_nothing_is_pruned(site, follow, monkeypatch):
    site.apply(CONFIG)
    assert len(follow("", prune=True).steps) == 1
    connection = site.provider._connection
    real, is_down = connection.send, []

    def send(method, path, **request):
        if is_down and path.endswith("/configmaps"):
            raise LostAnswerError("the connection broke before the answer came")
        return real(method, path, **request)

    monkeypatch.setattr(connection, "send", send)
    monkeypatch.setattr("gitopskit.providers.kubernetes.connection._pause", lambda attempt, answer: 0.0)
    monkeypatch.setattr(watching, "PATIENCE_S", 0.2)
    monkeypatch.setattr(watching, "LONGEST_PAUSE_S", 0.5)
    is_down.append(True)
    script = Script(connection, *[Lines() for _ in range(1000)])
    monkeypatch.setattr(connection, "stream", script)

    def break_off():
        """Break the watch, whenever it was opened, and look."""
        for one in site.provider._follower._lists:
            if one._stream is not None and one.what.resource.kind == "ConfigMap":
                one._stream.shutdown()
        return (found := follow("", prune=True)).unreadable and found

    plan = until(break_off)
    assert [(one.group_kind, one.reason) for one in plan.unreadable] == [("ConfigMap", "Unreachable")]
    assert plan.steps == ()
    is_down.clear()
    script.left.clear()
    until(lambda: len(follow("", prune=True).steps) == 1)


def test_an_interrupt_while_following_begins_leaves_no_thread(site):
    def press(what, *_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        site.provider.followed(Scope(group_kinds=("ConfigMap", "Secret"), namespaces=(site.namespace,)), press)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("watch ")] == []


def test_a_list_of_another_form_is_told_and_waited_for_no_longer(site, monkeypatch):
    connection = site.provider._connection
    real = connection.send
    bad = Answer(status=200, headers={}, content=b'{"metadata": {}, "items": [{"metadata": "settings"}]}')
    monkeypatch.setattr(
        connection, "send", lambda method, path, **request: bad if path.endswith("/configmaps") else real(method, path, **request)
    )
    seen = site.provider.followed(Scope(group_kinds=("ConfigMap",), namespaces=(site.namespace,)))
    site.provider.unfollow()
    assert [(one.group_kind, one.reason) for one in seen.unreadable] == [("ConfigMap", "Malformed")]
