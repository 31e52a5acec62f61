"""No name is left in an export that masks them, in any format; the same name has the same label everywhere."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from gitopskit.errors import UsageError
from gitopskit.model.changes import Action, ChangeClass, Conflict, FieldAction, FieldChange, FieldOwner
from gitopskit.model.events import Event, EventKind, Outcome
from gitopskit.model.fleet import FleetPlan, MemberPlan, MemberState
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin
from gitopskit.model.paths import list_key
from gitopskit.model.rendering import Rendering
from gitopskit.model.report import summarise
from gitopskit.model.snapshot import Side, Snapshot, SourceRef, Target, Unreadable
from gitopskit.views.anonymise import Labels
from gitopskit.views.differences import to_differences
from gitopskit.views.export import FORMATS, render, save
from tests.views.test_differences import FULL as DIFFERENCES
from tests.views.test_views import FULL, NOW, change, plan

WORDS = [
    "zanzibar",
    "quetzal",
    "yttrium",
    "xanthos",
    "wombat",
    "vervain",
    "umbriel",
    "tamarind",
    "seringa",
    "rhubarb",
    "quillon",
    "pangolin",
    "ocelot",
    "narwhal",
    "mangrove",
    "lupine",
    "kestrel",
    "jacaranda",
    "iguana",
    "halibut",
    "gentian",
    "fennec",
    "echidna",
    "dugong",
    "cassava",
    "baobab",
    "axolotl",
    "zinnia",
]
(
    TEAM,
    SPACE,
    NAME,
    OTHER,
    HOST,
    USER,
    BRANCH,
    FOLDER,
    IMAGE,
    TAG,
    KEY,
    VALUE,
    KIND,
    GROUP,
    TOOL,
    MEMBER,
    CUSTOM,
    LABEL,
    CONTAINER,
    POD,
    ZONE,
    MAIL,
    REGION,
    WEBHOOK,
    QUOTA,
    COMMITTER,
    SYSTEM,
    CLAIM,
) = WORDS
COMMIT = "0badc0de" * 5
MESSAGE = (
    f'Deployment.apps "{NAME}" is invalid in {SPACE}: spec.template.spec.containers[0].image: Invalid value: "{REGION}/{IMAGE}:{TAG}"; '
    f"see https://{HOST}.{TEAM}.example:6443/apis, {COMMITTER}@{MAIL}.example, pod {POD}.{SPACE}.svc, "
    f"10.20.30.40:8443, /srv/{CLAIM}/{QUOTA}, "
    f"'{WEBHOOK}' said no to {USER} ({NAME.upper()} and {OTHER}-7d9f); commit {COMMIT[:7]}"
)


def everything():
    """Return a plan with a name in every slot."""
    own = FieldOwner(name=TOOL, operation="Update", time="2026-03-01T11:00:00Z")
    fields = (
        FieldChange(path=("metadata", "labels", f"{LABEL}.{GROUP}/{KEY}"), action=FieldAction.ADD, after=VALUE, owners=(own,)),
        FieldChange(path=("metadata", "labels", "app.kubernetes.io/name"), action=FieldAction.ADD, after=NAME),
        FieldChange(
            path=("spec", "template", "spec", "containers", list_key(name=CONTAINER), "image"),
            action=FieldAction.CHANGE,
            before=f"{REGION}.example/{IMAGE}:{TAG}",
            after=f"{REGION}.example/{IMAGE}:2",
            owners=(own,),
        ),
        FieldChange(path=("spec", "affinity"), action=FieldAction.ADD, after={ZONE: [VALUE, SPACE]}),
        FieldChange(path=("spec", "replicas"), action=FieldAction.CHANGE, before=5, after=2),
    )
    place = ObjectId(group="apps", kind="Deployment", namespace=SPACE, name=NAME)
    custom = ObjectId(group=f"{GROUP}.example", kind=CUSTOM.title(), namespace=SPACE, name=OTHER)
    rows = (
        change(
            Action.UPDATE,
            NAME,
            id=place,
            fields=fields,
            drift=True,
            classes=frozenset({ChangeClass.DRIFT}),
            reason=f"dry-run in {SPACE}",
            problem=MESSAGE,
            owner=f"controlled by ReplicaSet {POD}",
            warnings=(MESSAGE,),
            origin=Origin(file=f"{FOLDER}/{NAME}.yaml", line=3),
            conflicts=(Conflict(path=("spec", f"{KEY}"), owner=own),),
        ),
        change(Action.DELETE, OTHER, id=custom, reason="no longer desired"),
        change(Action.NO_OP, NAME, id=ObjectId(group="", kind="Service", namespace=SPACE, name=NAME), reason="as desired"),
    )
    return plan(
        *rows,
        target=Target(system="kubernetes", name=SYSTEM, server=f"https://{HOST}.{TEAM}.example:6443", version="v1.37.1", user=USER),
        source=SourceRef(
            url=f"https://git.{TEAM}.example/{TEAM}/{KIND}.git",
            revision=BRANCH,
            commit=COMMIT,
            path=FOLDER,
            trunk=BRANCH,
            on_trunk=True,
            rendering=Rendering(release=NAME, values=(f"{FOLDER}/{KEY}.yaml",), namespace=SPACE),
        ),
        warnings=(MESSAGE,),
        unreadable=(Unreadable(group_kind=f"{CUSTOM.title()}.{GROUP}.example", namespace=SPACE, reason="Forbidden", message=MESSAGE),),
    )


PLAN = everything()
IDS = [item.id for item in PLAN.changes]
EVENTS = [
    Event(kind=EventKind.GUARD, at=NOW, name="source", outcome=Outcome.REFUSED, message=MESSAGE),
    Event(kind=EventKind.OUTCOME, at=NOW, id=IDS[0], outcome=Outcome.FAILED, message=MESSAGE),
    Event(kind=EventKind.STOPPED, at=NOW, message=MESSAGE),
]
APPROVED = Event(
    kind=EventKind.GUARD, at=NOW, name="approval", outcome=Outcome.REFUSED, message=f"the approval by {COMMITTER} ended at noon"
)
ITEMS = {
    one: Object(id=one, api_version=f"{one.group}/v1".lstrip("/"), body={"x": VALUE}, uid=f"{CLAIM}-1", origin=Origin(file=FOLDER, line=0))
    for one in IDS
}
NOUNS = {
    "plan": PLAN,
    "stopped": summarise(PLAN, EVENTS),
    "not proved": summarise(PLAN, EVENTS[1:2], PLAN),
    "live": Snapshot(side=Side.LIVE, objects=ITEMS, taken_at=NOW, target=PLAN.target, warnings=(MESSAGE,), unreadable=PLAN.unreadable),
    "desired": Snapshot(side=Side.DESIRED, objects=ITEMS, taken_at=NOW, source=PLAN.source),
    "waived": summarise(PLAN, [replace(EVENTS[0], outcome=Outcome.WAIVED, message=f"agreed with {COMMITTER}"), APPROVED]),
    "fleet": FleetPlan(
        source=PLAN.source,
        members=(
            MemberPlan(name=MEMBER, state=MemberState.PLANNED, plan=PLAN),
            MemberPlan(name=f"{MEMBER}-2", state=MemberState.FAILED, message=MESSAGE),
        ),
    ),
    "frame": pd.DataFrame(
        {
            "namespace": [SPACE],
            "name": [NAME],
            "kind": ["Pod"],
            "node": [HOST],
            "image": [IMAGE],
            "user": [USER],
            "peers": [OTHER],
            "pods": [POD],
            "count": [3],
            "message": [MESSAGE],
        }
    ),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NOUNS)
def test_no_name_is_left(name, form):
    noun = NOUNS[name]
    text = render(noun, form, labels=Labels())
    left = [word for word in WORDS if word in text.casefold()]
    assert left == []
    assert not [part for part in (COMMIT, COMMIT[:12], "git.", "example", "10.20", "/srv") if part in text]
    plainly = render(noun, form).casefold()
    assert name == "desired" or SPACE in plainly, "the same export does tell names when nobody asks for labels"


def test_what_is_nobodys_own_stays_readable():
    text = render(PLAN, "json", labels=Labels())
    for word in (
        ".spec.replicas",
        ".metadata.labels.app.kubernetes.io/name",
        "Deployment",
        '"update"',
        "server dry-run",
        "v1.37.1",
        "Forbidden",
        '"5"',
        "is invalid in",
        "said no to",
        "no longer desired",
        PLAN.id,
    ):
        assert word in text


def test_the_same_name_has_the_same_label_everywhere():
    labels = Labels()
    texts = [render(noun, form, labels=labels) for noun in NOUNS.values() for form in FORMATS]
    given = {name: label for label, name in labels.names.items()}
    assert given[SPACE] == "namespace-1"
    assert given[NAME] == "name-1", "a Deployment and a Service have it"
    assert given[OTHER] == "object-1"
    assert given[f"https://{HOST}.{TEAM}.example:6443"] == "host-1"
    assert given[f"{REGION}.example/{IMAGE}:{TAG}"].startswith("image-")
    assert len(given) == len(labels.names)
    document = json.loads(texts[list(FORMATS).index("json")])
    [first, *_] = document["tables"]["changes"]
    assert (first["namespace"], first["name"]) == ("namespace-1", "name-1")
    assert 'Deployment.apps "name-1" is invalid in namespace-1' in first["problem"]
    assert all("namespace-1" in text for text in texts[:5])


def test_a_key_file_keeps_labels_for_further_files(tmp_path):
    key = tmp_path / "key.json"
    save(PLAN, tmp_path / "a.json", anonymous=key)
    first = json.loads(key.read_text())["labels"]
    assert key.stat().st_mode & 0o777 == 0o600
    other = replace(PLAN, target=replace(PLAN.target, name="elsewhere"))
    save(other, tmp_path / "b.md", anonymous=str(key))
    second = json.loads(key.read_text())["labels"]
    assert first.items() <= second.items()
    assert second["target-2"] == "elsewhere"
    assert first["namespace-1"] == SPACE
    assert "namespace-1" in (tmp_path / "b.md").read_text()


def test_without_a_key_nothing_is_kept(tmp_path):
    save(PLAN, tmp_path / "a.json", anonymous=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": "gitopskit-key/1"}', '{"format": "gitopskit-key/1", "labels": {"a": 1}}', "\x00"]
)
def test_a_file_that_is_no_key_is_not_overwritten(tmp_path, text):
    key = tmp_path / "key.json"
    key.write_text(text)
    with pytest.raises(UsageError, match="no key file"):
        save(PLAN, tmp_path / "a.json", anonymous=key)
    assert key.read_text() == text
    assert not (tmp_path / "a.json").exists()


def test_a_label_is_never_somebodys_name():
    taken = [
        change(Action.CREATE, name, id=ObjectId(group="", kind="Secret", namespace="namespace-1", name=name)) for name in ("secret-1", "b")
    ]
    labels = Labels()
    rows = json.loads(render(plan(*taken), "json", labels=labels))["tables"]["changes"]
    assert not {row["name"] for row in rows} & {"secret-1", "b"}
    assert {row["namespace"] for row in rows} != {"namespace-1"}
    assert len({row["name"] for row in rows}) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web is down", "pod-1 is down"),
        ("the WEB-7d9f of web/x", "the pod-1-7d9f of path-1"),
        ("webhook", "webhook"),
        ("apps/v1 Deployment, v1.27.3, 12:30", "apps/v1 Deployment, v1.27.3, 12:30"),
        ("spec.replicas: must be 3.", "spec.replicas: must be 3."),
        ("at http://x/y?z, or 1.2.3.4", "at address-1 or host-1"),
        ('"Always" or "acme"', '"Always" or "text-1"'),
        ("doesn't, isn't", "doesn't, isn't"),
        ("Ada Lovelace; ada", "user-1; ada"),
        ("/home/ada", "path-1"),
        ("denied by acme-policy of acme_team", "denied by text-1 of text-2"),
        ("name it in allow_cluster_scoped or allowed_kinds", "name it in allow_cluster_scoped or allowed_kinds"),
        ("acme-web-prod and web-prod", "text-1 and text-2"),
        (
            "server-side dry-run in kube-system of kubectl-edit, 2026-11-27",
            "server-side dry-run in kube-system of kubectl-edit, 2026-11-27",
        ),
        ("requests.memory: 128Mi, limits.cpu: 250m", "requests.memory: 128Mi, limits.cpu: 250m"),
    ],
)
def test_text(text, shown):
    labels = Labels()
    labels.of("web", "pod")
    labels.of("Ada Lovelace", "user")
    assert labels.in_text(text) == shown


def test_numbers_and_choices_of_the_api_stay():
    frame = render(FULL, "json", labels=Labels())
    assert '"live": "5"' in frame
    assert re.search(r'"desired": "\(sensitive\)"', frame)


@pytest.mark.parametrize(
    "column",
    [
        "state",
        "class",
        "time",
        "plan",
        "guard",
        "action",
        "who",
        "message",
        "reason",
        "owner",
        "managed_by",
        "live",
        "api_version",
        "cluster",
    ],
)
def test_no_column_of_a_strange_frame_keeps_its_values(column):
    text = render(pd.DataFrame({column: [f"{TEAM}-gold", TEAM, None]}), "csv", labels=Labels())
    assert TEAM not in text
    assert "nan" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_names_that_a_pivot_made_columns_are_masked(form):
    rows = pd.DataFrame({"namespace": [f"{TEAM}-prod", f"{TEAM}-dev"], "kind": ["Pod", "Pod"], "n": [1, 2], "owner": ["helm", "helm"]})
    frame = rows.pivot(index="kind", columns="namespace", values="owner").assign(image=[IMAGE], replicas=[3])
    text = render(frame, form, labels=Labels())
    assert TEAM not in text
    assert IMAGE not in text
    assert "replicas" in text or form == "junit"


def test_columns_of_our_own_nouns_stay():
    [row] = json.loads(render(DIFFERENCES, "json", labels=Labels()))["tables"]["differences"][:1]
    assert row["class"] == to_differences(DIFFERENCES)["class"][0]
