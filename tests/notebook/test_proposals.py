"""Pull requests from a cell: a namespace by a form, a live value adopted into Git, files; refused, approved, merged, applied."""

import json
import subprocess
from dataclasses import replace

import pytest

import gitopskit as gk
from gitopskit import Policy
from gitopskit.errors import (
    BranchError,
    EditError,
    ForgeError,
    IdentityError,
    ManifestError,
    MovedError,
    ProtectionError,
    RevisionError,
    SourcePathError,
    UsageError,
    WriteError,
)
from gitopskit.model.differences import Difference, DifferenceClass, Severity, SyncStatus
from gitopskit.model.ids import ObjectId
from gitopskit.model.paths import list_key
from gitopskit.model.pull_request import MergeStatus, PullState
from gitopskit.model.values import mask
from gitopskit.notebook.adopting import adopted
from gitopskit.notebook.lessons import seed_shop
from gitopskit.notebook.proposals import local_forge, request_namespace
from gitopskit.notebook.workspace import Workspace
from gitopskit.sources.desired import Desired
from gitopskit.sources.git import Repository
from gitopskit.sources.writing.namespace import NamespaceRequest
from gitopskit.views.html import fragment
from gitopskit.views.pull_requests import to_pull_requests
from gitopskit.views.terminal import render
from tests.apply.fake_provider import JUDGED
from tests.notebook.conftest import Cluster, server
from tests.providers.kubernetes.conftest import run_kubectl

ADA, GRACE = "Ada <ada@shop.example>", "Grace <grace@shop.example>"
STRICTER = Policy.for_sandbox(require_trunk=True, require_trunk_tip=True, required_approvals=1)


@pytest.fixture
def forge(racks):
    return racks.forge()


@pytest.fixture
def ws(forge, hall) -> Workspace:
    """Racks under review, in a system that is not Kubernetes."""
    return Workspace(forge, "racks", trunk="main", target=hall, policy=STRICTER)


def git(forge, *words: str) -> str:
    return subprocess.run(["git", "-C", forge.folder, *words], capture_output=True, text=True, check=True).stdout.strip()


def refused(ws, plan) -> list[str]:
    """Apply, and return which guards refused and why."""
    return [refusal.code for event in ws.apply(plan, confirm=plan.id).guards for refusal in event.refusals]


def merged(ws, pull):
    ws.forge.approve(pull.number, by=GRACE)
    return ws.forge.merge(pull.number, head=pull.head, by=GRACE)


def test_only_what_was_merged_and_approved_is_applied(ws):
    pull = gk.propose(ws, server("c", 3), title="Order a third", why="The hall is full.", author=ADA)
    assert (pull.state, pull.status, pull.author.name) == (PullState.OPEN, MergeStatus.UNAPPROVED, "Ada")
    assert pull.body.startswith("The hall is full.\n\n### Plan")
    assert "`c`" in pull.body
    early = ws.plan(rev=pull.branch)
    assert refused(ws, early) == ["source/not-on-trunk", "review/none"]
    with pytest.raises(ProtectionError):
        ws.forge.merge(pull.number, head=pull.head, by=GRACE)
    merged(ws, pull)
    plan = ws.plan()
    report = ws.apply(plan, confirm=plan.id)
    assert not report.stopped
    assert report.is_proved
    assert ws.plan().is_empty


def test_a_commit_that_no_pull_request_brought_is_refused(ws, forge, racks):
    racks.write(server("c", 3), "Order a third")
    racks_git = ["git", "-C", racks.folder, "push", "--quiet", forge.folder, "HEAD:main"]
    subprocess.run(racks_git, check=True, capture_output=True)
    assert refused(ws, ws.plan()) == ["review/none"]


def test_the_trunk_moves_between_plan_and_apply(ws):
    merged(ws, gk.propose(ws, server("c", 3), author=ADA))
    plan = ws.plan()
    merged(ws, gk.propose(ws, server("d", 4), author=ADA))
    report = ws.apply(plan, confirm=plan.id)
    [event] = [event for event in report.guards if event.refusals]
    assert (event.name, event.refusals[0].code) == ("trunk", "trunk/moved")
    assert "main moved: it has 2 commits that the plan lacks" in event.message


def test_the_same_again_is_the_same_pull_request(ws):
    first = gk.propose(ws, server("c", 3), author=ADA)
    assert gk.propose(ws, server("c", 3), author=ADA).number == first.number == 1
    assert gk.propose(ws, server("c", 4), author=ADA).number == 2
    with pytest.raises(BranchError, match="holds something else"):
        gk.propose(ws, server("c", 5), branch=first.branch, author=ADA)


def test_pull_requests_are_listed(ws):
    assert len(gk.pull_requests(ws)) == 0
    assert "none was opened" in render(gk.pull_requests(ws), is_coloured=False)
    first = gk.propose(ws, server("c", 3), title="<b>Order</b> three", author=ADA)
    merged(ws, first)
    gk.propose(ws, server("d", 4), author=ADA)
    frame = to_pull_requests(gk.pull_requests(ws))
    assert frame[["number", "state", "status", "approvals", "needed", "approved_by"]].to_numpy().tolist() == [
        [2, "open", "approvals missing", 0, 1, ""], [1, "merged", "over", 1, 1, "Grace"],
    ]  # fmt: skip
    assert [pull.number for pull in gk.pull_requests(ws, "merged")] == [1]
    with pytest.raises(UsageError, match="open, merged, closed"):
        gk.pull_requests(ws, "new")
    html = fragment(gk.pull_requests(ws)) + fragment(gk.pull_requests(ws)[1])
    assert "&lt;b&gt;Order" in html
    assert "<b>Order" not in html
    assert "merged as" in render(gk.pull_requests(ws)[1], is_coloured=False)


def test_asked_again_after_a_death_between_branch_and_pull_request(ws, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(ws.forge), "open", dies)
        with pytest.raises(KeyboardInterrupt):
            gk.propose(ws, server("c", 3), author=ADA)
    assert len(gk.pull_requests(ws)) == 0
    assert gk.propose(ws, server("c", 3), author=ADA).number == 1


def dies(*_words, **_more):
    raise KeyboardInterrupt


def test_too_long_a_reason_or_an_empty_title(ws, forge):
    before = git(forge, "for-each-ref")
    with pytest.raises(UsageError, match="too many"):
        gk.propose(ws, server("c", 3), why="x" * 10_001, author=ADA)
    assert git(forge, "for-each-ref") == before
    assert gk.propose(ws, server("c", 3), title=" \n", author=ADA).title == "Change racks/c.json"


def test_a_binding_says_that_the_trunk_has_moved(ws):
    pinned = Workspace(ws.forge, "racks", revision=ws.plan().source.commit, trunk="main", target=ws.target)
    merged(ws, gk.propose(ws, server("c", 3), author=ADA))
    found = {name: next(row.found for row in one.bind().rows if row.name == "on trunk") for name, one in (("old", pinned), ("new", ws))}
    assert "main, which has 2 newer commits" in found["old"]
    assert "newer" not in found["new"]


def test_a_value_in_a_chart_is_written_where_it_is_made(racks):
    row = Difference(
        id=ObjectId(group="", kind="ConfigMap", namespace="shop", name="menu"), path=("data", "soup"), cause=DifferenceClass.DRIFTED,
        sync=SyncStatus.OUT_OF_SYNC, severity=Severity.LOW, judgement=JUDGED, head="hot", live="cold",
    )  # fmt: skip
    chart = Desired(objects={}, renderer="helm v3.19.0", reads=("menu",))
    with Repository(racks.folder, "shop") as repository, pytest.raises(EditError, match=r"below menu/"):
        adopted(repository, "c" * 40, chart, "menu", [row])


def test_a_loaded_plan_is_held_by_the_same_forge(ws, hall):
    pull = gk.propose(ws, server("c", 3), author=ADA)
    merged(ws, pull)
    plan = ws.plan()
    asked_of = Workspace.of_plan(plan, target=hall, policy=Policy.for_sandbox(required_approvals=2))
    assert refused(asked_of, plan) == ["review/approvals"]


def test_a_wrong_noun_is_said(ws, racks):
    for call in (lambda: gk.pull_requests(racks), lambda: gk.propose(racks, {}), lambda: gk.propose(ws, 5, author=ADA),
                 lambda: gk.request_namespace(racks, team="a", namespace="b")):  # fmt: skip
        with pytest.raises(UsageError, match=r"gk\.(pull_requests|propose|request_namespace) takes"):
            call()


WRONG = {
    "a file that is no manifest": ({"racks/x.yaml": "a: ["}, ManifestError),
    "a path outside": ({"../x.yaml": "x"}, SourcePathError),
    "git's own folder": ({"racks/.git/config": "x"}, SourcePathError),
    "nothing new": (server("a", 1), WriteError),
    "no row": ([1], UsageError),
    "no rows": ([], UsageError),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_asked_for_leaves_nothing_behind(ws, forge, case):
    wish, error = WRONG[case]
    before = git(forge, "for-each-ref")
    with pytest.raises(error, match="next:"):
        gk.propose(ws, wish, author=ADA)
    assert git(forge, "for-each-ref") == before


def test_a_branch_like_an_option(ws):
    with pytest.raises(BranchError):
        gk.propose(ws, server("c", 3), branch="--force", author=ADA)


def test_nobody_asks(ws, tmp_path, monkeypatch):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with pytest.raises(IdentityError, match=r"user\.name"):
        gk.propose(ws, server("c", 3))


def test_a_repository_without_a_forge(workspace, forge, hall, racks):
    with pytest.raises(ForgeError, match=r"gk\.local_forge"):
        gk.pull_requests(workspace)
    with pytest.raises(ForgeError, match=r"gk\.local_forge"):
        gk.propose(workspace, server("c", 3), author=ADA)
    assert gk.pull_requests(Workspace(racks, "racks", target=hall, forge=forge)).forge.url == str(forge.folder)


def test_an_empty_repository(tmp_path, hall, home_dir):
    empty = Workspace(local_forge(tmp_path / "empty.git"), target=hall)
    with pytest.raises(RevisionError, match="no commit yet"):
        gk.propose(empty, server("c", 3), author=ADA)


FORM = {
    "team": "fruit", "namespace": "fruit-stand", "quota": {"pods": 10, "requests.cpu": "2", "count/jobs.batch": 3},
    "limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m"},
}  # fmt: skip


def test_a_form_becomes_a_folder_of_manifests():
    files = NamespaceRequest(**FORM, image="stand:1", replicas=2).files("deploy")
    assert [path.removeprefix("deploy/fruit-stand/") for path in files] == [
        "namespace.yaml", "quota.yaml", "limits.yaml", "access.yaml", "workload.yaml",
    ]  # fmt: skip
    quota = files["deploy/fruit-stand/quota.yaml"].decode()
    assert 'pods: "10"' in quota
    assert "name: fruit\n" in files["deploy/fruit-stand/access.yaml"].decode()
    assert list(NamespaceRequest(team="a", namespace="b").files("")) == ["b/namespace.yaml", "b/access.yaml"]


FORMS = {
    "a name with capitals": {"namespace": "Fruit"},
    "a name that leads outside": {"namespace": "../fruit"},
    "a name of the system": {"namespace": "kube-fruit"},
    "the default": {"namespace": "default"},
    "too long a name": {"namespace": "x" * 64},
    "a team that is none": {"team": "fruit,veg"},
    "no amount": {"quota": {"pods": "many"}},
    "below zero": {"quota": {"pods": -1}},
    "a truth": {"quota": {"pods": True}},
    "unknown quota": {"quota": {"pod": 1}},
    "unknown limit": {"limits": {"pods": 1}},
    "more than its limit": {"limits": {"cpu": "1"}, "requests": {"cpu": "1100m"}},
    "half a replica": {"replicas": 0.5},
    "an image that is none": {"image": "a b"},
    "a group with a line break": {"group": "a\nb"},
}


@pytest.mark.parametrize("case", FORMS)
def test_forms_that_cannot_be(case):
    with pytest.raises(UsageError, match="next:"):
        NamespaceRequest(**({"team": "fruit", "namespace": "fruit-stand"} | FORMS[case]))


@pytest.fixture
def shop(cluster, home_dir, namespace_name):
    """The shop under review, in a namespace of this test's own."""
    lesson = seed_shop()
    for file in ("namespace", "web", "cart", "settings", "secret"):
        path = lesson.folder / "deploy" / f"{file}.yaml"
        path.write_text(
            path.read_text().replace("namespace: shop", f"namespace: {namespace_name}").replace("name: shop\n", f"name: {namespace_name}\n")
        )
    lesson.write({}, "Move the shop")
    yield Workspace(lesson.forge(), "deploy", trunk="main", target=Cluster(cluster.kubeconfig), policy=STRICTER, inventory=namespace_name)
    for name in (namespace_name, f"{namespace_name}-fruit"):
        run_kubectl(cluster.kubeconfig, "default")("delete", "namespace", name, "--wait=false", "--ignore-not-found")


def apply(ws):
    plan = ws.plan()
    report = ws.apply(plan, confirm=plan.id, waive={"review": "the shop's own history"})
    assert not report.stopped, report.stopped


def test_a_namespace_is_asked_for_and_comes_to_be(shop, namespace_name, cluster):
    name = f"{namespace_name}-fruit"
    pull = request_namespace(shop, **(FORM | {"namespace": name}), author=ADA)
    assert pull.title == f"Give fruit the namespace {name}"
    assert all(word in pull.body for word in ("ResourceQuota", "LimitRange", "RoleBinding", name))
    merged(shop, pull)
    plan = shop.plan()
    report = shop.apply(plan, confirm=plan.id)
    assert not report.stopped, report.stopped
    found = json.loads(run_kubectl(cluster.kubeconfig, name)("get", "resourcequota", "team", "--output=json"))
    assert found["spec"]["hard"] == {"pods": "10", "requests.cpu": "2", "count/jobs.batch": "3"}
    assert shop.plan().is_empty


def test_drift_is_adopted_line_by_line(shop, namespace_name, cluster):
    apply(shop)
    kubectl = run_kubectl(cluster.kubeconfig, namespace_name)
    kubectl("scale", "deployment/web", "--replicas=5")
    kubectl("set", "image", "deployment/cart", "cart=registry.example/shop/cart:hotfix")
    kubectl("patch", "configmap/settings", "--type=merge", '--patch={"data":{"checkout":"off"}}')
    seen = shop.differences()
    assert len(seen) == 3
    pull = gk.propose(shop, seen, author=ADA, why="Two hotfixes and a sale.")
    assert pull.title == "Adopt 3 live values"
    changed = git(shop.forge, "diff", "--unified=0", "main", pull.branch)
    lines = [line for line in changed.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert lines == [
        "-        image: registry.example/shop/cart:0.9.0", "+        image: registry.example/shop/cart:hotfix",
        '-  checkout: "on"', '+  checkout: "off"', "-  replicas: 2", "+  replicas: 5",
    ]  # fmt: skip
    assert [field for change in shop.plan(rev=pull.branch).changes for field in change.fields] == [], "Git says what is live"
    merged(shop, pull)
    with pytest.raises(MovedError, match="the trunk is not where"):
        gk.propose(shop, seen, author=ADA)
    assert {row.path for row in shop.differences()} == {("metadata", "managedFields")}, "only who owns the fields is to be settled"
    plan = shop.plan()
    assert shop.apply(plan, confirm=plan.id).is_proved
    assert len(shop.differences()) == 0


def test_a_live_removal_is_adopted_as_one(shop, namespace_name, cluster):
    apply(shop)
    removal = '[{"op": "remove", "path": "/spec/template/spec/containers/0/resources/limits/memory"}]'
    run_kubectl(cluster.kubeconfig, namespace_name)("patch", "deployment/web", "--type=json", f"--patch={removal}")
    rows = [row for row in shop.differences() if row.path[-1] == "memory"]
    pull = gk.propose(shop, rows, author=ADA)
    assert "limits: {cpu: 500m}" in git(shop.forge, "show", f"{pull.branch}:deploy/web.yaml")


def test_a_secret_is_never_written(shop, namespace_name, cluster):
    apply(shop)
    run_kubectl(cluster.kubeconfig, namespace_name)(
        "patch", "secret/redis", "--type=merge", '--patch={"stringData":{"password":"canary-9"}}'
    )
    seen = shop.differences()
    assert len(seen) == 1
    before = git(shop.forge, "for-each-ref")
    with pytest.raises(EditError, match="is a secret, and is not written into Git") as caught:
        gk.propose(shop, seen, author=ADA)
    assert "canary" not in str(caught.value)
    assert git(shop.forge, "for-each-ref") == before
    nested = replace(next(iter(seen)), head=None, live={"a": [mask("canary-9", key=b"k")]}, path=("data", list_key(name="x")))
    gone = replace(next(iter(seen)), live=None)
    for row in (nested, gone):
        with pytest.raises(EditError, match="is a secret"):
            gk.propose(shop, row, author=ADA)


def test_the_text_of_a_pull_request_shows_no_secret(shop, forge_text):
    pull = gk.propose(shop, {"deploy/secret.yaml": forge_text.replace("not-a-real-password", "canary-9")}, author=ADA)
    assert "Secret" in pull.body
    assert "canary" not in pull.body
    assert "not-a-real" not in pull.body


@pytest.fixture
def forge_text(shop):
    return git(shop.forge, "show", "main:deploy/secret.yaml")


def test_a_whole_object_is_not_adopted(shop, namespace_name, cluster):
    apply(shop)
    run_kubectl(cluster.kubeconfig, namespace_name)("delete", "service/web")
    with pytest.raises(EditError, match=r"differs as a whole \(Missing\)"):
        gk.propose(shop, shop.differences(), author=ADA)


def test_what_is_rendered_says_where_to_write(shop, namespace_name, cluster):
    apply(shop)
    forge = shop.forge
    files = {f"overlay/{name}.yaml": git(forge, "show", f"main:deploy/{name}.yaml") for name in ("namespace", "web", "settings")}
    resources = [name.removeprefix("overlay/") for name in files]
    rendered = gk.propose(shop, files | {"overlay/kustomization.yaml": f"resources: {resources}\n"}, author=ADA)
    merged(shop, rendered)
    run_kubectl(cluster.kubeconfig, namespace_name)("scale", "deployment/web", "--replicas=5")
    overlay = Workspace(forge, "overlay", trunk="main", target=shop.target, inventory=namespace_name)
    rows = [row for row in overlay.differences() if row.path == ("spec", "replicas")]
    assert rows
    with pytest.raises(EditError, match=r"overlay/kustomization\.yaml"):
        gk.propose(overlay, rows, author=ADA)
    with pytest.raises(SourcePathError, match="is rendered: a new folder"):
        request_namespace(overlay, team="fruit", namespace="fruit-stand", author=ADA)
