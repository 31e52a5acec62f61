"""What is made of the server's answers; no word of a secret gets through."""

import orjson
import pytest

from gitopskit.model.changes import Action
from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object
from gitopskit.model.paths import render_path
from gitopskit.model.values import MASK, mask
from gitopskit.providers.kubernetes.connection import Answer
from gitopskit.providers.kubernetes.dry_run import conflicts_of, immutable_fields, is_contested, problem_of
from gitopskit.providers.kubernetes.rows import desired_row

CANARY = 'canary "7"\n'


def item(kind="ConfigMap", group="", **body):
    object_id = ObjectId(group=group, kind=kind, namespace="a", name="x")
    return Object(id=object_id, api_version="v1", body={"metadata": {"name": "x"}, **body})


def answer(status, message="", reason="Invalid", causes=(), **headers):
    content = {"reason": reason, "message": message, "details": {"causes": list(causes)}}
    return Answer(status=status, headers=headers, content=orjson.dumps(content))


def contested(field, owner):
    return {"reason": "FieldManagerConflict", "field": field, "message": f"conflict with {owner}"}


OWNED = {
    "managedFields": [
        {"manager": "ed it", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:a.b": {}}}},
        {"manager": "tool", "operation": "Apply", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:data": {"f:c": {}}}},
        {"manager": "k", "operation": "Update", "subresource": "scale", "time": "", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
    ]
}


@pytest.mark.parametrize(
    ("field", "owner", "path", "shown"),
    [
        (".data.a.b", '"ed it" using v1 at 2026-01-01T00:00:00Z', ("data", "a.b"), "ed it (Update)"),
        (".data.a.b", '"ed it" using v1', ("data", "a.b"), "ed it (Update)"),
        (".data.c", '"tool"', ("data", "c"), "tool (Apply)"),
        (".spec.replicas", '"k" with subresource "scale" using apps/v1', ("spec", "replicas"), "k (Update via scale)"),
        (".spec.gone", '"gone" using v1', ("spec.gone",), "gone (Update)"),
    ],
)
def test_conflicts_are_told_as_the_live_object_knows_them(field, owner, path, shown):
    live = item(metadata={"name": "x", **OWNED})
    told = answer(409, reason="Conflict", causes=[contested(field, owner)])
    assert is_contested(told)
    [conflict] = conflicts_of(told, live)
    assert conflict.path == path
    assert render_path(conflict.path) == field
    assert str(conflict.owner) == shown


def test_a_409_without_causes_is_no_contest():
    assert not is_contested(answer(409, "the object has been modified", reason="Conflict"))


@pytest.mark.parametrize(
    ("status", "messages", "kind", "expected"),
    [
        (422, ["field is immutable"], "Deployment", ("spec.a",)),
        (422, ["Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"], "StatefulSet", ("spec.a",)),
        (422, ["field is immutable", "must be positive"], "Deployment", ()),
        (422, [], "Deployment", ()),
        (400, ["field is immutable"], "Deployment", ()),
        (422, ["field is immutable"], "PersistentVolumeClaim", ()),
        (422, ["field is immutable"], "Namespace", ()),
    ],
)
def test_only_immutable_fields_mean_replacement_and_never_where_content_would_be_lost(status, messages, kind, expected):
    causes = [{"reason": "FieldValueInvalid", "field": "spec.a", "message": message} for message in messages]
    assert immutable_fields(answer(status, causes=causes), item(kind)) == expected


def test_of_a_secret_only_field_names_are_told():
    secret = item("Secret", data={"p": mask(CANARY, key=b"k")})
    causes = [{"reason": "FieldValueInvalid", "field": "data.p", "message": f"Invalid value: {CANARY}"}]
    told = problem_of(answer(422, f"bad {CANARY}", causes=causes), secret)
    assert told == "the server refuses it: Invalid (data.p)"
    unknown = problem_of(answer(500, f".dta: field not declared in schema, {CANARY}", reason="InternalError"), secret)
    assert unknown == "the server refuses it: InternalError (.dta: field not declared in schema)"


@pytest.mark.parametrize("spelling", [CANARY, orjson.dumps(CANARY).decode()])
def test_what_is_secret_elsewhere_is_masked_in_the_servers_words(spelling):
    config = item(data={"password": mask(CANARY, key=b"k")}, spec=[{"x": mask("", key=b"k")}])
    told = problem_of(answer(422, f"Invalid value: {spelling}: too short"), config)
    assert "canary" not in told
    assert MASK in told


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ('299 - "unknown field \\"x\\""', ('unknown field "x"',)),
        ('299 - "one, two", 299 - "three"', ("one, two", "three")),
    ],
)
def test_warnings_of_the_server(header, expected):
    told = answer(200, **({"warning": header} if header else {}))
    assert desired_row(item(), Action.UPDATE, "", answer=told).warnings == expected
