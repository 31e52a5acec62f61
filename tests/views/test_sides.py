"""An object before and after its change: the same body, but for the fields that change."""

import pytest

from gitopskit.model.changes import Action, FieldAction, FieldChange
from gitopskit.model.objects import Object
from gitopskit.model.paths import SetValue, list_key
from gitopskit.views.sides import patched, place_of, sides_of
from tests.views.test_views import change

ADD, CHANGE, REMOVE = FieldAction
WEB = list_key(name="web")
ONE, TWO = ({"c": [{"name": "web", "i": image}]} for image in (1, 2))
PLAIN, NAMED = ({"p": [{"containerPort": 80} | rest]} for rest in ({}, {"n": 1}))
PORT = list_key(containerPort=80, protocol="TCP")


def field(path, action, before=None, after=None):
    return FieldChange(path=path, action=action, before=before, after=after)


@pytest.mark.parametrize(
    ("body", "item", "before", "after"),
    [
        ({"a": 1}, field(("a",), CHANGE, 1, 2), {"a": 1}, {"a": 2}),
        ({"a": 2}, field(("a",), CHANGE, 1, 2), {"a": 1}, {"a": 2}),
        ({}, field(("a", "b"), ADD, None, 2), {}, {"a": {"b": 2}}),
        ({"a": {"b": 2}}, field(("a", "b"), REMOVE, 2), {"a": {"b": 2}}, {"a": {}}),
        (ONE, field(("c", WEB, "i"), CHANGE, 1, 2), ONE, TWO),
        ({}, field(("c", WEB, "i"), ADD, None, 2), {}, TWO),
        (PLAIN, field(("p", PORT, "n"), ADD, None, 1), PLAIN, NAMED),
        ({"f": ["x", "y"]}, field(("f", SetValue("x")), REMOVE, "x"), {"f": ["x", "y"]}, {"f": ["y"]}),
        ({"l": [1, 2]}, field(("l", 1), REMOVE, 2), {"l": [1, 2]}, {"l": [1]}),
        ({"a": "text"}, field(("a", "b"), REMOVE, 1), {"a": {"b": 1}}, {"a": "text"}),
    ],
)  # fmt: skip
def test_a_field_on_both_sides(body, item, before, after):
    kept = repr(body)
    assert patched(body, (item,), is_after=False) == before
    assert patched(body, (item,), is_after=True) == after
    assert repr(body) == kept


REPLICAS = field(("spec", "replicas"), CHANGE, 5, 2)
BODY = {"kind": "Deployment", "metadata": {"name": "web", "uid": "u"}, "spec": {"replicas": 5, "paused": False}, "status": {"x": 1}}


def item(body=BODY, version="7"):
    return Object(id=change(Action.UPDATE, "web").id, api_version="apps/v1", body=body, resource_version=version)


@pytest.mark.parametrize(
    ("action", "live", "rest", "unknown"),
    [
        (Action.UPDATE, item(), {"resource_version": "7"}, ""),
        (Action.UPDATE, item(), {"resource_version": "8"}, "another moment"),
        (Action.UPDATE, None, {"desired": item()}, "what Git says"),
        (Action.UPDATE, None, {}, "only the changed fields"),
        (Action.CREATE, None, {"desired": item()}, ""),
    ],
)
def test_what_is_not_known_is_said(action, live, rest, unknown):
    sides = sides_of(change(action, "web", fields=(REPLICAS,), **rest), live)
    assert unknown in sides.unknown
    assert bool(sides.unknown) == bool(unknown)


def test_the_live_body_stands_on_both_sides_without_what_the_server_keeps():
    sides = sides_of(change(Action.UPDATE, "web", fields=(REPLICAS,)), item())
    assert sides.before == {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 5, "paused": False}}
    assert sides.after["spec"] == {"replicas": 2, "paused": False}


@pytest.mark.parametrize(("action", "empty"), [(Action.CREATE, "before"), (Action.DELETE, "after")])
def test_where_there_is_no_object_there_is_none(action, empty):
    assert getattr(sides_of(change(action, "web"), item()), empty) == {}


def test_a_path_by_positions():
    body = {"c": [{"name": "a"}, {"name": "web", "p": [{"containerPort": 80}]}]}
    assert place_of(body, ("c", WEB, "p", PORT, "x")) == ("c", 1, "p", 0, "x")
    assert place_of(body, ("c", list_key(name="gone"), "p")) == ("c",)
