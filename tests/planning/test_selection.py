"""A part of a plan: what comes along, what is left out, why, and under which id."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from gitopskit.apply import planfile
from gitopskit.errors import UsageError
from gitopskit.model.changes import Action, Change, Confidence, FieldAction, FieldChange, Judgement, Method
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.paths import list_key
from gitopskit.model.plan import Plan, PlanOptions, Scope
from gitopskit.model.snapshot import Inventory, SourceRef, Target
from gitopskit.planning.diff import stated_fields
from gitopskit.planning.needs import needs_of, referred
from gitopskit.planning.selection import select

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {secretName: nothing}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: shop}}
---
{apiVersion: v1, kind: Secret, metadata: {name: token, namespace: shop}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: disk, namespace: shop}, spec: {storageClassName: fast}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: web
      containers:
      - name: web
        envFrom: [{configMapRef: {name: settings}}]
        env: [{name: t, valueFrom: {secretKeyRef: {name: token, key: k}}}]
      volumes: [{name: d, persistentVolumeClaim: {claimName: disk}}]
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader, namespace: shop}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: beans.coffee.example}
spec: {group: coffee.example, names: {kind: Bean}}
---
{apiVersion: coffee.example/v1, kind: Bean, metadata: {name: arabica, namespace: other}}
"""
JUDGED = Judgement(method=Method.SERVER_DRY_RUN, confidence=Confidence.SERVER)


def row(body: dict, action: Action = Action.CREATE, **rest) -> Change:
    metadata = body["metadata"]
    group = body["apiVersion"].rpartition("/")[0]
    object_id = ObjectId(group=group, kind=body["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"])
    item = Object(id=object_id, api_version=body["apiVersion"], body=body)
    desired = None if action is Action.DELETE else item
    fields = stated_fields(body) if action is Action.CREATE else ()
    return Change(**({"id": object_id, "action": action, "reason": "", "judgement": JUDGED, "desired": desired, "fields": fields} | rest))


def plan_of(text: str = SHOP, actions: dict[str, Action] | None = None, **rest) -> Plan:
    actions = actions or {}
    rows = [row(body, actions.get(f"{body['kind']}/{body['metadata']['name']}", Action.CREATE)) for body in yaml.safe_load_all(text)]
    made = {
        "target": Target(system="kubernetes", name="c", server="https://c"),
        "source": SourceRef(url="/r", revision="main", commit="c" * 40),
        "scope": Scope(), "options": PlanOptions(), "changes": tuple(rows), "desired_digest": "d", "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=30), "tool": "gitopskit/0.1.0",
    }  # fmt: skip
    return Plan(**(made | rest))


def named(plan: Plan, *names: str) -> list[ObjectId]:
    known = {f"{change.id.kind}/{change.id.name}": change.id for change in plan.changes}
    return [known[name] for name in names]


def told(changes) -> set[str]:
    return {f"{change.id.kind}/{change.id.name}" for change in changes}


def along(selection) -> set[str]:
    return {f"{need.needs.kind}/{need.needs.name}" for need in selection.dragged}


@pytest.mark.parametrize(
    ("chosen", "dragged"),
    [
        ("ConfigMap/settings", {"Namespace/shop"}),
        ("StorageClass/fast", set()),
        ("PersistentVolumeClaim/disk", {"Namespace/shop", "StorageClass/fast"}),
        (
            "Deployment/web",
            {
                "Namespace/shop", "ConfigMap/settings", "ServiceAccount/web", "Secret/token", "PersistentVolumeClaim/disk",
                "StorageClass/fast",
            },
        ),
        ("RoleBinding/reader", {"Namespace/shop", "Role/reader"}),
        ("Bean/arabica", {"CustomResourceDefinition/beans.coffee.example"}),
    ],
)  # fmt: skip
def test_what_is_needed_comes_along(chosen, dragged):
    plan = plan_of()
    selection = select(plan, named(plan, chosen))
    assert along(selection) == dragged
    assert told(selection.plan.steps) == {chosen, *dragged}
    assert all(need.why for need in selection.dragged)
    assert selection.blocked == ()


def test_a_loaded_plan_knows_the_same_needs(tmp_path):
    plan = plan_of()
    loaded = planfile.load(planfile.save(plan, tmp_path / "plan.json"))
    assert loaded.changes[0].desired is None
    assert set(needs_of(loaded)) == set(needs_of(plan))


def test_what_needs_the_refused_is_left_out_with_a_reason():
    plan = plan_of()
    selection = select(plan, without=named(plan, "StorageClass/fast"))
    assert told(selection.plan.left_out) == {"StorageClass/fast", "PersistentVolumeClaim/disk", "Deployment/web"}
    assert [(str(need.id), str(need.needs)) for need in selection.blocked] == [
        ("PersistentVolumeClaim shop/disk", "StorageClass.storage.k8s.io fast"),
        ("Deployment.apps shop/web", "PersistentVolumeClaim shop/disk"),
    ]
    assert select(plan, named(plan, "Deployment/web"), without=named(plan, "Namespace/shop")).plan.steps == ()


def test_only_what_the_plan_creates_is_needed():
    kept = dict.fromkeys(("Namespace/shop", "ConfigMap/settings", "CustomResourceDefinition/beans.coffee.example"), Action.UPDATE)
    plan = plan_of(actions=kept)
    assert along(select(plan, named(plan, "Deployment/web"))) == {
        "ServiceAccount/web", "Secret/token", "PersistentVolumeClaim/disk", "StorageClass/fast",
    }  # fmt: skip
    assert along(select(plan, named(plan, "Bean/arabica"))) == set()


def test_a_resource_that_was_judged_by_a_coming_definition_needs_it():
    plan = plan_of(actions={"CustomResourceDefinition/beans.coffee.example": Action.UPDATE})
    by_schema = Judgement(method=Method.SCHEMA, confidence=Confidence.BEST_EFFORT)
    plan = replace(plan, changes=tuple(replace(one, judgement=by_schema) if one.id.kind == "Bean" else one for one in plan.changes))
    assert along(select(plan, named(plan, "Bean/arabica"))) == {"CustomResourceDefinition/beans.coffee.example"}


def test_the_namespace_of_the_set_is_needed_by_everything():
    kept = Inventory(id="applyset-x", group_kind="ConfigMap", namespace="shop", name="set")
    plan = plan_of(inventory=kept)
    assert along(select(plan, named(plan, "StorageClass/fast"))) == {"Namespace/shop"}


def test_with_a_namespace_goes_what_is_in_it():
    gone = dict.fromkeys(("Namespace/shop", "ConfigMap/settings", "Secret/token"), Action.DELETE)
    plan = plan_of(actions=gone)
    assert along(select(plan, named(plan, "Namespace/shop"))) == {"ConfigMap/settings", "Secret/token"}
    assert along(select(plan, named(plan, "ConfigMap/settings"))) == set()
    assert told(select(plan, without=named(plan, "Secret/token")).plan.left_out) == {"Secret/token", "Namespace/shop"}


def customs(*kinds: str, definitions: tuple[str, ...] = ("beans",)) -> str:
    """Return the definitions of plurals, and one object of each kind, all of one group."""
    rows = [f"{{apiVersion: coffee.example/v1, kind: {kind}, metadata: {{name: one, namespace: shop}}}}" for kind in kinds]
    api = "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition"
    rows += [f"{{{api}, metadata: {{name: {plural}.coffee.example}}}}" for plural in definitions]
    return "\n---\n".join(rows)


@pytest.mark.parametrize(
    ("text", "sure", "perhaps"),
    [
        (customs("Bean", "Cup"), {"Bean"}, set()),
        (customs("Bean", "Cup", definitions=("cups", "beans")), {"Cup"}, set()),
        (customs("Cup", definitions=("beans", "cups")), set(), set()),
        (customs("Cup", "Saucer"), set(), {"Cup", "Saucer"}),
        (customs("Cup", "Person", definitions=("people", "cups")), set(), {"Person"}),
        (customs("Berry", "Press", definitions=("berries",)), {"Berry"}, set()),
        (customs("Berry", "Press", definitions=("presses",)), {"Press"}, set()),
    ],
)
def test_with_a_definition_goes_what_is_or_may_be_of_its_kind(text, sure, perhaps):
    plan = plan_of(text)
    plan = replace(plan, changes=tuple(replace(one, action=Action.DELETE, desired=None, fields=()) for one in plan.changes))
    definition = next(one.id for one in plan.changes if one.id.kind == "CustomResourceDefinition")
    selection = select(plan, [definition])
    told_of = {need.needs.kind: need.why for need in selection.dragged}
    assert {kind for kind, why in told_of.items() if "the names do not tell" in why} == perhaps
    assert set(told_of) == sure | perhaps
    assert told(selection.plan.left_out).isdisjoint(f"{kind}/one" for kind in told_of)


def test_a_definition_that_stays_tells_whose_a_kind_is():
    gone = {"CustomResourceDefinition/beans.coffee.example": Action.DELETE, "Cup/one": Action.DELETE}
    kept = {"CustomResourceDefinition/cups.coffee.example": Action.NO_OP}
    plan = plan_of(customs("Cup", definitions=("beans", "cups")), gone | kept)
    assert along(select(plan, named(plan, "CustomResourceDefinition/beans.coffee.example"))) == set()


def test_what_is_deleted_is_named_by_nobody_any_more():
    plan = plan_of(actions={"ConfigMap/settings": Action.DELETE, "Deployment/web": Action.UPDATE})
    path = ("spec", "containers", list_key(name="web"), "envFrom")
    gone = FieldChange(path=path, action=FieldAction.REMOVE, before=[{"configMapRef": {"name": "settings"}}])
    changes = [replace(one, fields=(gone,)) if one.id.kind == "Deployment" else one for one in plan.changes]
    plan = replace(plan, changes=tuple(changes))
    selection = select(plan, named(plan, "ConfigMap/settings"))
    assert "Deployment/web" in along(selection)
    assert selection.dragged[-1].why == "its field configMapRef.name names it until then"


def test_with_what_is_deleted_goes_what_is_deleted_and_names_it(tmp_path):
    plan = plan_of()
    gone = {change.id: change.desired for change in plan.changes if change.id.kind not in ("Namespace", "Bean")}
    changes = [
        replace(one, action=Action.DELETE, desired=None, fields=(), refers_to=referred(gone[one.id], gone)) if one.id in gone else one
        for one in plan.changes
    ]
    plan = planfile.load(planfile.save(replace(plan, changes=tuple(changes)), tmp_path / "plan.json"))
    for chosen, dragged in {
        "ConfigMap/settings": {"Deployment/web"}, "Secret/token": {"Deployment/web"}, "ServiceAccount/web": {"Deployment/web"},
        "PersistentVolumeClaim/disk": {"Deployment/web"}, "StorageClass/fast": {"PersistentVolumeClaim/disk", "Deployment/web"},
        "Role/reader": {"RoleBinding/reader"}, "Deployment/web": set(), "RoleBinding/reader": set(),
    }.items():  # fmt: skip
        assert along(select(plan, named(plan, chosen))) == dragged, chosen
    part = select(plan, without=named(plan, "Deployment/web"))
    assert {f"{need.id.kind}/{need.id.name}" for need in part.blocked} == {
        "ConfigMap/settings", "Secret/token", "ServiceAccount/web", "PersistentVolumeClaim/disk", "StorageClass/fast",
    }  # fmt: skip


def test_only_names_of_what_goes_as_well_are_kept():
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"priorityClassName": "canary", "serviceAccountName": "b"},
    }
    account = ObjectId(group="", kind="ServiceAccount", namespace="", name="b")
    item = row(body).desired
    assert referred(item, {account, item.id}) == (account,)
    assert referred(item, ()) == ()


def test_a_plan_without_references_is_written_as_before(tmp_path):
    """Plans of this format that were saved when there were no references are read, under the same id."""
    plan = plan_of()
    text = planfile.save(plan, tmp_path / "plan.json").read_text()
    assert "refers_to" not in text
    assert planfile.load(tmp_path / "plan.json").id == plan.id
    changed = replace(plan, changes=(replace(plan.changes[0], refers_to=(plan.changes[1].id,)), *plan.changes[1:]))
    assert changed.id != plan.id
    assert changed.content_digest == plan.content_digest, "what is approved is the same"
    assert planfile.load(planfile.save(changed, tmp_path / "other.json")) == changed


def test_a_part_has_an_id_of_its_own_and_the_whole_has_none_but_the_plans():
    plan = plan_of()
    part = select(plan, named(plan, "StorageClass/fast")).plan
    assert part.id != plan.id
    assert part.content_digest != plan.content_digest
    assert part.changes == plan.changes
    assert select(plan, [change.id for change in plan.changes]).plan is plan
    assert select(plan).plan is plan
    assert select(part, [change.id for change in plan.changes]).plan.id == plan.id
    assert select(part).plan is part, "a part is chosen from as it is"
    assert select(plan, reversed(named(plan, "StorageClass/fast", "Secret/token"))).plan.id == (
        select(plan, named(plan, "StorageClass/fast", "Secret/token")).plan.id
    )


def test_nothing_chosen_is_nothing_and_not_everything(tmp_path):
    part = select(plan_of(), []).plan
    assert part.steps == ()
    assert len(part.left_out) == len(part.changes)
    assert part.counts == {}
    assert planfile.load(planfile.save(part, tmp_path / "part.json")).steps == ()


def test_a_saved_part_is_the_same_part(tmp_path):
    plan = plan_of()
    part = select(plan, named(plan, "RoleBinding/reader")).plan
    loaded = planfile.load(planfile.save(part, tmp_path / "part.json"))
    assert loaded == part
    assert loaded.id == part.id
    assert told(loaded.steps) == {"RoleBinding/reader", "Role/reader", "Namespace/shop"}


def test_a_problem_that_is_left_out_does_not_stand_against_the_part():
    plan = plan_of("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}")
    plan = replace(plan, changes=(replace(plan.changes[0], problem="no"), plan.changes[1]))
    assert told(plan.problems) == {"ConfigMap/a"}
    part = select(plan, without=named(plan, "ConfigMap/a")).plan
    assert part.problems == ()
    assert not part.is_empty


def test_what_is_not_in_the_plan_is_an_error():
    stranger = ObjectId(group="", kind="Pod", namespace="shop", name="x")
    with pytest.raises(UsageError, match=r"Pod shop/x is not in plan [0-9a-f]{12}"):
        select(plan_of(), [stranger])


def test_a_system_that_applies_its_own_saved_plan_is_not_cut():
    with pytest.raises(UsageError, match="its own saved plan"):
        select(plan_of(tool_plan="/x sha256:0"), [])
