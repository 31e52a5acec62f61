"""Back and forward, on a shop in a sandbox: whose work a rollback undoes, what production lacks, since when a check fails."""

import json
from contextlib import closing

import pytest

import gitopskit as gk
from gitopskit.errors import RevisionError, UsageError
from gitopskit.model.bisection import Verdict
from gitopskit.model.paths import render_path
from gitopskit.model.promotion import Lack
from gitopskit.notebook import display
from gitopskit.notebook.lessons import seed_shop
from gitopskit.notebook.targets import new_sandbox
from gitopskit.notebook.workspace import Workspace
from gitopskit.views import html, terminal

display.register()
PROBE = {"httpGet": {"path": "/", "port": 80}}


def config_map(name="settings", **data):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def deployment(image="registry.example/web:1", **more):
    container = {"name": "web", "image": image, **more}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec | {"template": template}})


@pytest.fixture
def repo(home_dir):
    return seed_shop()


@pytest.fixture
def place(home_dir):
    with closing(new_sandbox("simulator")) as found:
        yield found


def shown(noun):
    return html.fragment(noun) + terminal.render(noun, is_coloured=False)


def test_a_rollback_says_whose_work_it_undoes(repo, place):
    first = repo.write({"one/settings.json": config_map(a="1", b="1")}, "First")
    ws = Workspace(repo, "one", revision="main", target=place)
    second = repo.write({"one/settings.json": config_map(a="2", b="1")}, "Second", author="Bob")
    third = repo.write({"one/settings.json": config_map(a="2", b="2"), "one/more.json": config_map("more", z="1")}, "Third", author="Carol")
    plan = ws.plan()
    assert ws.apply(plan, confirm=plan.id).is_proved
    found = gk.rollback(ws, first, prune=True)
    rows = {(one.revision.commit.oid, one.id.name) for one in found.undone}
    assert rows == {(second, "settings"), (third, "settings"), (third, "more")}
    assert found.people == {"Carol": 2, "Bob": 1}
    assert {change.action.value for change in found.plan.steps} == {"update", "delete"}
    assert "This undoes work of Carol (2 objects), Bob (1 object)." in shown(found)
    assert ws.apply(found.plan, confirm=found.plan.id).is_proved
    assert list(found.to_frame()["author"]) == ["Carol", "Carol", "Bob"]


def test_a_rollback_goes_back_and_nowhere_else(repo, place):
    repo.write({"one/settings.json": config_map(a="1")}, "First")
    later = repo.write({"one/settings.json": config_map(a="2")}, "Second")
    ws = Workspace(repo, "one", revision="main", target=place)
    same = gk.rollback(ws, later)
    assert not same.undone
    assert "Nobody" in shown(same)
    old = Workspace(repo, "one", revision=repo.write({"x/y.json": config_map("y", a="1")}, "Other"), target=place)
    newer = repo.write({"one/settings.json": config_map(a="3")}, "Third")
    with pytest.raises(RevisionError, match="no older state"):
        gk.rollback(old, newer)


def test_what_was_desired_at_a_moment(repo, place):
    ws = Workspace(repo, "deploy", revision="main", target=place)
    log = repo.log().splitlines()
    assert len(log) == 3
    assert gk.commit_at(ws, "2026-02-05")[:7] == log[1].split()[0]
    assert gk.commit_at(ws, "2026-02-03 10:40")[:7] == log[1].split()[0], "what was made at that very moment counts"
    assert gk.commit_at(ws, "2026-02-03 10:39")[:7] == log[2].split()[0]
    assert "cart" not in {item.name for item in ws.desired(gk.commit_at(ws, "2026-02-05")).objects}
    with pytest.raises(RevisionError, match="nothing was desired yet") as told:
        gk.commit_at(ws, "2025-01-01")
    assert "2026-02-02 08:15" in told.value.next_step
    with pytest.raises(UsageError, match="no day"):
        gk.commit_at(ws, "last week")


def test_a_promotion_says_what_production_lacks_and_since_when(repo, place):
    repo.write({"prod/settings.json": config_map(a="1", b="1"), "prod/old.json": config_map("old", x="1")}, "Production")
    repo.write({"staging/settings.json": config_map(a="1", b="1")}, "Staging")
    changed = repo.write({"staging/settings.json": config_map(a="1", b="2")}, "Try two (#7)", author="Bob")
    new = repo.write({"staging/new.json": config_map("new", n="1")}, "A new one", author="Carol")
    staging, production = (Workspace(repo, path, revision="main", target=place) for path in ("staging", "prod"))
    found = gk.promotion(staging, production)
    rows = {(row.id.name, render_path(row.path)): row for row in found.rows}
    assert {key: row.lack for key, row in rows.items()} == {
        ("settings", ".data.b"): Lack.DIFFERS, ("new", ""): Lack.MISSING, ("old", ""): Lack.EXTRA,
    }  # fmt: skip
    b = rows["settings", ".data.b"]
    assert (b.ahead, b.behind, b.commit.oid, b.pull_request) == ("2", "1", changed, "#7")
    assert rows["new", ""].commit.oid == new
    assert "Try two" in shown(found)
    assert list(found.to_frame()["lack"]) == ["missing", "differs", "extra"]
    assert len(gk.promotion(staging, staging)) == 0


def test_a_promotion_between_revisions(repo, place):
    first = repo.write({"one/settings.json": config_map(a="1")}, "First")
    second = repo.write({"one/settings.json": config_map(a="2")}, "Second")
    found = gk.promotion(Workspace(repo, "one", revision=second, target=place), Workspace(repo, "one", revision=first, target=place))
    assert [(row.ahead, row.behind, row.commit.oid) for row in found.rows] == [("2", "1", second)]


def test_bisection_finds_the_commit_that_broke_it(repo, place):
    good = repo.write({"one/web.json": deployment(), "one/settings.json": config_map(a="0")}, "Start")
    for number in range(1, 4):
        repo.write({"one/settings.json": config_map(a=str(number))}, f"Setting {number}")
    culprit = repo.write({"one/web.json": deployment(image="registry.example/web:broken")}, "Newer image", author="Bob")
    for number in range(4, 7):
        repo.write({"one/settings.json": config_map(a=str(number))}, f"Setting {number}")
    ws = Workspace(repo, "one", revision="main", target=place)

    def runs_version_one(tried):
        images = {
            item.body["spec"]["template"]["spec"]["containers"][0]["image"]
            for item in tried.live().objects.values()
            if item.id.kind == "Deployment"
        }
        return True if images == {"registry.example/web:1"} else f"it runs {', '.join(images)}"

    found = gk.bisect(ws, good, check=runs_version_one)
    assert [commit.oid for commit in found.suspects] == [culprit]
    assert len(found.trials) <= 5
    assert "web:broken" in found.trials[1].why
    assert "runs_version_one" in shown(found)
    assert "Bob" in shown(found)
    assert "web" not in {item.id.name for item in ws.live().objects.values()}, "the workspace's own target is left alone"
    assert list(found.to_frame()["verdict"][:2]) == ["passed", "failed"]


def test_bisection_by_health(repo, place):
    good = repo.write({"one/web.json": deployment()}, "Start")
    culprit = repo.write({"one/web.json": deployment(resources={"requests": {"cpu": "1000"}})}, "Ask for more")
    repo.write({"one/settings.json": config_map(a="1")}, "Another")
    found = gk.bisect(Workspace(repo, "one", revision="main", target=place), good, timeout_s=2)
    assert [commit.oid for commit in found.suspects] == [culprit]


def test_a_commit_that_cannot_be_read_answers_nothing(repo, place):
    good = repo.write({"one/settings.json": config_map(a="1")}, "Start")
    broken = repo.write({"one/settings.json": "{ not json"}, "Oops")
    bad = repo.write({"one/settings.json": config_map(a="3")}, "Bad")
    found = gk.bisect(
        Workspace(repo, "one", revision="main", target=place), good,
        check=lambda tried: "3" not in json.dumps([item.body["data"] for item in tried.desired().objects.values()]),
    )  # fmt: skip
    assert [commit.oid for commit in found.suspects] == [broken, bad]
    assert Verdict.UNTRIED in {trial.verdict for trial in found.trials}
    assert "one of 2 commits" in shown(found)


@pytest.mark.parametrize(("good", "check", "told"), [
    ("HEAD", "nonsense", "no check"), ("HEAD", lambda _: False, "does not pass"), ("HEAD", lambda _: True, "does not fail"),
])  # fmt: skip
def test_a_question_without_an_answer_is_refused(repo, place, good, check, told):
    first = repo.write({"one/settings.json": config_map(a="1")}, "Start")
    repo.write({"one/settings.json": config_map(a="2")}, "Next")
    with pytest.raises(UsageError, match=told):
        gk.bisect(Workspace(repo, "one", revision="main", target=place), first, check=check)
