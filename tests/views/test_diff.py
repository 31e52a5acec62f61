"""What a change does to the lines of an object: folded where nothing differs, owners beside live fields, no secret, no markup."""

import re

import pytest

from gitopskit.errors import UsageError
from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.objects import Object
from gitopskit.model.paths import list_key
from gitopskit.model.snapshot import Side, Snapshot
from gitopskit.model.values import mask
from gitopskit.views.diff import Style, diff
from tests.views.payloads import PAYLOADS
from tests.views.test_views import ALLOWED, FULL, KUBECTL, NOW, Elements, change, plan

CHANGE = FieldAction.CHANGE
IMAGE = ("spec", "containers", list_key(name="web"), "image")
BODY = {
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "managedFields": [{"manager": "somebody", "operation": "Update", "fieldsV1": {"f:spec": {"f:paused": {}}}}],
    },
    "spec": {**{f"field{at}": at for at in range(9)}, "paused": True, "containers": [{"name": "web", "image": "app:2", "args": ["a"]}]},
}
UPDATE = change(
    Action.UPDATE, "web", resource_version="7",
    fields=(FieldChange(path=IMAGE, action=CHANGE, before="app:2", after="app:1", owners=(KUBECTL,)),),
)  # fmt: skip


def live(body=BODY):
    item = Object(id=UPDATE.id, api_version="apps/v1", body=body, resource_version="7")
    return Snapshot(side=Side.LIVE, objects={UPDATE.id: item}, taken_at=NOW)


def test_the_text_of_a_change():
    assert repr(diff(UPDATE, live(), context=1)).splitlines() == [
        "update Deployment.apps shop/web",
        "    … 3 lines alike",
        "    spec:",
        "    … 10 lines alike",
        "      containers:",
        "      - name: web",
        "  -     image: app:2",
        "  +     image: app:1",
        "        args:",
        "        - a",
    ]


def html(difference):
    return re.sub(r"<style>.*?</style>", "", difference._repr_html_(), flags=re.DOTALL)


@pytest.mark.parametrize("style", list(Style))
def test_html(style, snapshot):
    assert html(diff(UPDATE, live(), style=style, context=1)).replace("><", ">\n<") == snapshot


def test_owners_stand_beside_live_fields():
    [found] = diff(UPDATE, live()).objects
    assert found.owners == {("spec", "paused"): "somebody", ("spec", "containers", 0, "image"): "kubectl (Update via scale)"}


@pytest.mark.parametrize("style", list(Style))
def test_nothing_from_outside_is_markup(style):
    for payload in PAYLOADS:
        field = FieldChange(path=("data", payload), action=CHANGE, before=payload, after=f"{payload}\n{payload}", owners=(KUBECTL,))
        made = diff(change(Action.UPDATE, payload, fields=(field,)), style=style)
        found = Elements(made._repr_html_())
        assert found.tags <= ALLOWED | {"code"}
        assert found.attributes <= {"class", "aria-label", "aria-hidden", "scope", "open", "tabindex", "role"}
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", made._repr_html_() + repr(made))


def test_a_secret_changes_and_is_not_shown():
    field = FieldChange(path=("data", "password"), action=CHANGE, before=mask("canary-1", key=b"k"), after=mask("canary-2", key=b"k"))
    made = diff(change(Action.UPDATE, "web", fields=(field,)))
    assert "another value" in made._repr_html_()
    assert "canary" not in made._repr_html_() + repr(made)


@pytest.mark.parametrize(
    "value", ["x" * 5_000_000, "line\n" * 100_000, {f"k{at}": "v" * 500 for at in range(5_000)}], ids=["long", "lines", "wide"]
)
def test_what_is_large_stays_small(value):
    field = FieldChange(path=("data",), action=CHANGE, before="before", after=value)
    made = diff(plan(*(change(Action.UPDATE, f"w{at}", fields=(field,)) for at in range(3))))
    assert len(made._repr_html_()) < 3_000_000
    assert len(repr(made)) < 100_000


def test_a_plan_shows_its_steps_and_an_empty_one_says_so():
    assert [item.change.id.name for item in diff(FULL).objects] == ["new", "web", "gone"]
    assert "Nothing changes." in diff(plan())._repr_html_()
    assert repr(diff(plan())) == "Nothing changes."
    assert "No field of it changes." in diff(change(Action.NO_OP, "same"))._repr_html_()


@pytest.mark.parametrize("bad", [{"what": 5}, {"what": UPDATE, "style": "sideways"}])
def test_what_makes_no_sense_is_said(bad):
    with pytest.raises(UsageError):
        diff(**bad)
