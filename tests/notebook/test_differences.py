"""Differences on a cluster of either engine: changed by hand, in Git, by both, by a controller, and accepted for a time."""

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell

import gitopskit as gk
from gitopskit.errors import BaselineError, RevisionError, UsageError
from gitopskit.model.changes import Action
from gitopskit.model.differences import DifferenceClass
from gitopskit.notebook import display, looking
from gitopskit.notebook.lessons import Lesson, seed_shop
from gitopskit.notebook.workspace import Workspace
from tests.notebook.conftest import server
from tests.notebook.test_workspace import Cluster
from tests.providers.kubernetes.conftest import run_kubectl

display.register()
SECRET = "canary-9182"
POD = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "registry.example/web:1", "resources": {"requests": {"cpu": "0.1"}}}]},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": POD},
}  # fmt: skip
SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"one": "1", "two": "2", "three": "3"}}
PASSWORD = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "redis"}, "stringData": {"password": SECRET}}


class Shop:
    """A repository with three objects, applied once."""

    def __init__(self, cluster, namespace: str) -> None:
        self.repo: Lesson = seed_shop()
        self.write("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for name, content in (("web", DEPLOYMENT), ("settings", SETTINGS), ("redis", PASSWORD)):
            self.write(name, content)
        self.ws = Workspace(self.repo, "web", revision="main", trunk="main", target=Cluster(cluster.kubeconfig), namespace=namespace)
        self.kubectl = run_kubectl(cluster.kubeconfig, namespace)

    def write(self, name: str, content: dict) -> str:
        return self.repo.write({f"web/{name}.json": json.dumps(content)}, f"Write {name}")

    def settings(self, **data: str) -> str:
        return self.write("settings", SETTINGS | {"data": SETTINGS["data"] | data})

    def patch(self, what: str, patch: dict, *words: str) -> None:
        self.kubectl("patch", what, "--type=merge", "--patch", json.dumps(patch), *words)

    def apply(self) -> None:
        plan = self.ws.plan()
        assert self.ws.apply(plan, confirm=plan.id).is_proved


@pytest.fixture
def shop(cluster, namespace_name, home_dir):
    shop = Shop(cluster, namespace_name)
    shop.apply()
    yield shop
    shop.kubectl("delete", "namespace", namespace_name, "--wait=false", "--ignore-not-found")


def told(differences):
    """Return class by name and path of each shown row."""
    frame = differences.to_frame()
    return dict(zip(frame["name"] + frame["path"], frame["class"], strict=True))


def test_nothing_is_shown_after_an_apply_and_what_is_hidden_is_counted(shop):
    found = shop.ws.differences()
    assert (len(found), found.base.commit) == (0, shop.ws.desired().source.commit)
    assert found.hidden["server-metadata"] >= 4 * 4
    assert found.hidden["server-default"] >= 10
    assert found.hidden["same-when-stored"] == 1, "0.1 of a core is stored as 100m"
    everything = shop.ws.differences(hidden=True)
    assert (len(everything), everything.hidden) == (len(found.rows), {})
    assert not {".data.password", ".stringData.password"} & set(everything.to_frame()["path"])


def test_by_hand_in_git_and_both_are_told_apart(shop):
    shop.patch("configmap/settings", {"data": {"two": "by hand", "three": "by hand", "four": "added"}})
    shop.settings(one="in Git", three="in Git")
    found = shop.ws.differences()
    assert told(found) == {"settings.data.one": "changed in Git", "settings.data.two": "drifted", "settings.data.three": "both"}
    frame = found.to_frame().set_index("path")
    assert frame.loc[".data.three", ["base", "head", "live", "last_applied", "planned"]].tolist() == [
        "3",
        "in Git",
        "by hand",
        "3",
        "in Git",
    ]
    assert frame.loc[".data.two", ["owner", "operation", "severity"]].tolist() == ["kubectl-patch", "Update", "high"]
    assert frame.loc[".data.one", "last_applied_from"] == "we still own it"
    assert found.to_rules().set_index("rule").loc["added-by-hand", "hidden"] == 1
    assert told(found.show("added-by-hand"))["settings.data.four"] == "live only"
    shop.apply()
    assert told(shop.ws.differences()) == {}


def test_the_rows_are_those_of_the_plan(shop):
    shop.patch("deployment/web", {"spec": {"replicas": 0, "revisionHistoryLimit": 3, "paused": True}})
    shop.patch("configmap/settings", {"data": {"two": "by hand"}})
    shop.write("web", DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"minReadySeconds": 5, "paused": False}})
    found = shop.ws.differences()
    fields = {(change.id, field.path): field for change in found.plan.changes for field in change.fields}
    assert {(row.id, row.path) for row in found} == set(fields)
    assert all((row.live, row.planned) == (fields[row.id, row.path].before, fields[row.id, row.path].after) for row in found)
    assert {change.id for change in found.plan.changes if change.action is Action.NO_OP}.isdisjoint(row.id for row in found)


def test_an_autoscaler_and_a_rule_for_it(shop):
    rule = gk.IgnoreRule(id="autoscaler", path=".spec.replicas", group="apps", kind="Deployment", reason="scaled by load")
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2}}
    shop.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=autoscaler", "-f", "-", text=json.dumps(scaled))
    found = shop.ws.differences()
    [row] = list(found)
    assert (row.cause, row.live, row.head) == (DifferenceClass.DRIFTED, 2, 0)
    assert [owner.name for owner in row.owners] == ["autoscaler"]
    hushed = shop.ws.differences(rules=[rule])
    assert (len(hushed), hushed.hidden["autoscaler"]) == (0, 1)
    assert hushed.plan.content_digest == found.plan.content_digest, "a rule changes nothing about what is applied"
    [suggested] = gk.suggest_rules(found, at_least=1)
    assert (suggested.path, suggested.reason) == (".spec.replicas", "differs on 1 objects, held by autoscaler")


def test_objects_that_are_missing_and_extra(shop):
    shop.kubectl("delete", "configmap/settings")
    shop.repo.remove("web/redis.json", "Drop the password")
    shop.write("more", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}, "data": {"a": "b"}})
    frame = shop.ws.differences().to_frame()
    assert sorted(zip(frame["name"], frame["sync"], frame["class"], strict=True)) == [
        ("more", "Missing", "changed in Git"), ("redis", "Extra", "changed in Git"), ("settings", "Missing", "drifted"),
    ]  # fmt: skip
    assert set(frame["path"]) == {""}


def test_what_was_left_out_of_an_apply_was_deleted_by_nobody(shop):
    whole = shop.ws.differences().base.commit
    shop.settings(one="in Git")
    shop.write("more", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}, "data": {"a": "b"}})
    plan = shop.ws.plan()
    part = gk.select(plan, [change for change in plan.steps if change.id.name == "settings"]).plan
    assert shop.ws.apply(part, confirm=part.id).is_proved
    found = shop.ws.differences()
    assert (found.base.commit, told(found)) == (whole, {"more": "changed in Git"})
    shop.apply()
    assert shop.ws.differences().base.commit == plan.source.commit


def test_an_object_that_git_dropped_and_that_is_no_member(shop):
    stray = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "stray"}}
    base = shop.write("stray", stray)
    shop.kubectl("create", "serviceaccount", "stray")
    shop.repo.remove("web/stray.json", "Drop it")
    found = shop.ws.differences(base)
    assert [(row.id.name, row.sync, row.cause) for row in found] == [("stray", "Extra", DifferenceClass.BOTH)], (
        "Git dropped it, and somebody else made it"
    )
    shop.kubectl("delete", "serviceaccount", "stray")
    assert shop.ws.differences(base).hidden["already-live"] == 1


def test_a_base_of_ones_own(shop):
    first = shop.ws.desired().source.commit
    shop.settings(one="second")
    shop.apply()
    shop.settings(one="second", two="third")
    assert told(shop.ws.differences()) == {"settings.data.two": "changed in Git"}
    since = shop.ws.differences(first)
    assert told(since) == {"settings.data.two": "changed in Git"}
    assert told(since.show("already-live"))["settings.data.one"] == "changed in Git"
    with pytest.raises(RevisionError):
        shop.ws.differences("no-such-branch")


def test_what_kubectl_applied_is_the_last_applied_value_where_we_never_were(shop):
    text = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {"a": "1"}}
    shop.kubectl("apply", "-f", "-", text=json.dumps(text))
    shop.write("theirs", text | {"data": {"a": "2"}})
    rows = {row.path: row for row in shop.ws.differences()}
    row = rows["data", "a"]
    assert (row.last_applied, row.witness.value, row.cause) == ("1", "kubectl's annotation", DifferenceClass.CHANGED_IN_GIT)


@pytest.mark.parametrize("noted", ['{"metadata":"x"}', '{"metadata":[1]}'])
def test_a_note_of_another_shape_breaks_no_look(shop, noted):
    first = shop.ws.desired().source.commit
    base = shop.write("stray", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stray"}})
    shop.kubectl("create", "configmap", "stray")
    shop.kubectl("annotate", "configmap/stray", f"kubectl.kubernetes.io/last-applied-configuration={noted}")
    shop.repo.remove("web/stray.json", "Drop it")
    assert [row.id.name for row in shop.ws.differences(base)] == ["stray"]
    assert len(shop.ws.differences(first)) == 0


def test_accepted_drift_shows_again_when_it_moves_and_when_its_time_is_over(shop, tmp_path):
    file = tmp_path / "accepted.json"
    shop.patch("configmap/settings", {"data": {"two": "by hand"}})
    baseline = gk.accept_drift(shop.ws.differences(), reason="load test", until="2099-01-31", file=file)
    assert "by hand" not in file.read_text()
    for one in (baseline, file, str(file)):
        found = shop.ws.differences(baseline=one)
        assert (len(found), found.hidden["baseline"]) == (0, 1)
    shop.patch("configmap/settings", {"data": {"two": "by hand again"}})
    moved = shop.ws.differences(baseline=file)
    assert told(moved) == {"settings.data.two": "drifted"}
    assert "have moved on" in moved.warnings[0]
    file.write_text(file.read_text().replace("2099", "2199"))
    with pytest.raises(BaselineError, match="altered"):
        shop.ws.differences(baseline=file)


def test_a_secret_is_told_and_never_shown(shop, tmp_path):
    shop.patch("secret/redis", {"stringData": {"password": "canary-by-hand"}})
    shop.kubectl("annotate", "secret/redis", 'kubectl.kubernetes.io/last-applied-configuration={"stringData":{"password":"canary-noted"}}')
    found = shop.ws.differences()
    assert told(found) == {"redis.data.password": "drifted"}
    gk.accept_drift(found, reason="rotated", until="2099-01-31", file=tmp_path / "accepted.json")
    shown = shell_output(found.show())
    for text in (shown, found.show().to_frame().to_csv(), repr(found), (tmp_path / "accepted.json").read_text()):
        assert "canary" not in text
    assert "(sensitive)" in shown


def test_what_kubectl_noted_of_a_secret_is_masked_whatever_it_says_it_is(shop):
    noted = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"user": "Y2FuYXJ5LW5vdGVk"}}
    shop.kubectl("create", "secret", "generic", "theirs", "--from-literal=user=canary-theirs")
    shop.kubectl("annotate", "secret/theirs", f"kubectl.kubernetes.io/last-applied-configuration={json.dumps(noted)}")
    shop.write("theirs", PASSWORD | {"metadata": {"name": "theirs"}, "stringData": {"user": SECRET}})
    [row] = [row for row in shop.ws.differences() if row.path == ("data", "user")]
    assert (str(row.witness), repr(row.last_applied)) == ("kubectl's annotation", "(sensitive)")


def shell_output(noun) -> str:
    InteractiveShell.init_history, before = (lambda self: None), InteractiveShell.init_history
    try:
        shell = InteractiveShell()
    finally:
        InteractiveShell.init_history = before
    display._register_formatters(shell)
    shown, _ = shell.display_formatter.format(noun)
    return shown["text/html"] + shown["text/plain"]


# --- without a cluster ---------------------------------------------------------------------------------------------------------------


def test_another_system_has_differences_too(workspace, hall):
    first = workspace.differences()
    assert told(first) == {"a": "differs", "b": "differs"}
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    hall.system.servers["a"] = 9
    assert told(workspace.differences()) == {"a.size": "drifted"}


def test_only_an_apply_of_this_source_that_went_well_is_the_base(workspace, hall, racks):
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    applied = plan.source.commit
    racks.write(server("a", 5), "Grow")
    assert workspace.apply(workspace.plan(), confirm="no").stopped
    racks.write({"more/c.json": server("c", 3)["racks/c.json"]}, "Order elsewhere")
    other = Workspace(racks, "more", revision="main", trunk="main", target=hall)
    theirs = other.plan()
    assert other.apply(theirs, confirm=theirs.id).is_proved
    found = workspace.differences()
    assert (found.base.commit, found.base.path) == (applied, "racks")
    assert [(row.base, row.head, row.live) for row in found if row.path] == [(1, 5, 1)]


def test_a_ledger_that_was_altered_is_said_and_nothing_guessed(workspace):
    plan = workspace.plan()
    workspace.apply(plan, confirm=plan.id)
    from gitopskit.apply.ledger import Ledger

    Ledger(workspace.provider.identify()).path.write_text("{no json\n")
    found = workspace.differences()
    assert (found.base, len(found)) == (None, 0)
    assert found.warnings[0].startswith("what was last applied cannot be told")


@pytest.mark.parametrize("until", ["tomorrow", "", "2026-13-01"])
def test_a_day_that_is_none(workspace, until, tmp_path):
    with pytest.raises(UsageError, match="is no day"):
        looking.accept_drift(workspace.differences(), reason="x", until=until, file=tmp_path / "x.json")


def test_who_moved_a_field_in_git_stands_beside_who_holds_it(shop):
    shop.repo.write({"web/settings.json": json.dumps(SETTINGS | {"data": {"one": "11", "two": "2"}})}, "Drop three (#8)", author="Bob")
    shop.patch("configmap/settings", {"data": {"two": "by hand"}})
    rows = shop.ws.differences().to_frame().set_index("path")
    assert rows.loc[".data.one", ["author", "subject", "pull_request"]].tolist() == ["Bob", "Drop three (#8)", "#8"]
    assert rows.loc[".data.three", "author"] == "Bob", "a field that is gone has somebody who took it out"
    assert rows.loc[".data.two", ["author", "subject", "owner"]].tolist() == ["Ada", "Write settings", "kubectl-patch"]


def test_a_past_that_cannot_be_read_hides_no_difference(shop, monkeypatch):
    shop.settings(one="11")
    monkeypatch.setattr(looking, "Past", lambda *_, **__: (_ for _ in ()).throw(RevisionError("the object is missing")))
    found = shop.ws.differences()
    assert found.to_frame()["path"].tolist() == [".data.one"]
    assert any("who moved what in Git cannot be told" in warning for warning in found.warnings)


def test_four_columns_between_two_revisions(shop):
    base = shop.ws.desired().source.commit
    head = shop.settings(one="11", two="22")
    shop.settings(three="later")
    shop.patch("configmap/settings", {"data": {"two": "by hand"}})
    found = shop.ws.differences(base, head)
    rows = found.to_frame().set_index("path")
    assert rows.loc[".data.one", ["base", "head", "live"]].tolist() == ["1", "11", "1"]
    assert rows.loc[".data.two", ["base", "head", "live"]].tolist() == ["2", "22", "by hand"]
    assert rows.loc[".data.two", "class"] == "both"
    assert ".data.three" not in rows.index, "what came later is not looked at"
