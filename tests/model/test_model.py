"""The nouns: digests that ignore order, paths that come back, secrets that never show."""

import json
import pickle
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.errors import GitopskitError, plain
from gitopskit.model.canonical import canonical_json, digest, from_plain, to_plain
from gitopskit.model.ids import ObjectId
from gitopskit.model.masking import LAST_APPLIED, is_secret_name, mask_object, remembered_object
from gitopskit.model.paths import ListKey, SetValue, path_from_list, path_to_list, render_path
from gitopskit.model.values import MASK, UNKNOWN, Sensitive, mask, reveal

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda t: not t.startswith("$")), inner), max_leaves=12
)
ELEMENTS = st.text() | st.integers(0, 99) | st.builds(SetValue, st.text() | st.integers(0, 9))
ELEMENTS |= st.dictionaries(st.text(min_size=1), st.text() | st.integers(0, 9), min_size=1).map(lambda d: ListKey(tuple(sorted(d.items()))))


@given(JSON)
def test_canonical_json_comes_back(value):
    assert from_plain(to_plain(value)) == value


@given(st.dictionaries(st.text(), JSON, min_size=2))
def test_a_digest_ignores_order(value):
    assert digest(dict(reversed(value.items()))) == digest(value)


@given(st.lists(ELEMENTS).map(tuple))
def test_paths_come_back(path):
    assert path_from_list(path_to_list(path)) == path
    assert isinstance(render_path(path), str)


@given(st.text(min_size=6).filter(lambda t: t not in MASK))
def test_a_secret_never_shows(text):
    secret = mask(text, key=b"k")
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{[secret]}",
        canonical_json([secret]).decode(),
        repr(pickle.loads(pickle.dumps(secret))),
    ):
        assert text not in shown


def test_secrets_compare_by_content_under_one_key():
    assert mask("a", key=b"k") == mask("a", key=b"k")
    assert mask("a", key=b"k") != mask("b", key=b"k")
    assert mask("a", key=b"k") != mask("a", key=b"l")
    assert from_plain(to_plain(mask("a", key=b"k"))) == mask("a", key=b"k")
    assert len({mask("a", key=b"k"), mask("a", key=b"k")}) == 1


def test_reveal_is_the_one_way_out():
    assert reveal({"a": [mask("x", key=b"k")], "b": 1}) == {"a": ["x"], "b": 1}
    with pytest.raises(ValueError, match="render its commit again"):
        reveal(from_plain(to_plain(mask("x", key=b"k"))))
    assert from_plain(to_plain(UNKNOWN)) is UNKNOWN


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "apiToken", "GITHUB_TOKEN", "password", "AWS_SECRET_ACCESS_KEY", "api-key", "PASSWD", "privateKey"]
)
def test_names_that_hold_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["tokenTTL", "secretName", "SECRET_STORE_CSI", "monkey", "passwordFile", "keyboard", "tokens_per_minute"])
def test_names_that_do_not(name):
    assert not is_secret_name(name)


def pod(value: str, name: str = "X") -> dict:
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "env": [{"name": name, "value": value}]}]}}


@pytest.mark.parametrize(
    "body",
    [
        {"apiVersion": "v1", "kind": "Secret", "data": {"a": "Y2FuYXJ5"}, "stringData": {"b": "canary"}},
        {"apiVersion": "v1", "kind": "Secret", "data": {"a": 5, "b": "canary not base64!"}},
        {"apiVersion": "x/v1", "kind": "X", "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "canary"}}},
        {"apiVersion": "v1", "kind": "ConfigMap", "data": {"db.password": "canary"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "data": {"url": "https://ada:canary@example.org"}},
        pod("canary", "DB_PASSWORD"),
        pod("-----BEGIN RSA PRIVATE KEY-----canary"),
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "spec": {"jobTemplate": {"spec": {"template": {"spec": pod("canary", "TOKEN")["spec"]}}}},
        },
    ],
)
def test_what_is_masked(body):
    shown = repr(mask_object(body, key=b"k"))
    assert "canary" not in shown
    assert "Y2FuYXJ5" not in shown
    assert MASK in shown


@pytest.mark.parametrize("body", [pod("plain"), {"apiVersion": "v1", "kind": "Service", "spec": {"a": 1}}, {"kind": "Pod", "spec": None}])
def test_what_has_no_secret_stays_the_same_object(body):
    assert mask_object(body, key=b"k") is body


def test_two_spellings_of_one_secret_are_equal():
    texts = mask_object({"apiVersion": "v1", "kind": "Secret", "stringData": {"p": "x"}}, key=b"k")["stringData"]["p"]
    encoded = mask_object({"apiVersion": "v1", "kind": "Secret", "data": {"p": "eA=="}}, key=b"k")["data"]["p"]
    assert texts == encoded


@given(st.text())
def test_plain_text_has_no_control_characters(text):
    assert plain(text, 10_000).isprintable()


def test_errors_say_what_where_next():
    assert str(GitopskitError("it broke", where="a.yaml:1", next_step="mend it")) == "it broke\n  where: a.yaml:1\n  next:  mend it"


def test_a_plan_id_covers_every_saved_field(attempt_plan):
    assert attempt_plan.id == replace(attempt_plan).id
    assert attempt_plan.id != replace(attempt_plan, warnings=("x",)).id
    assert attempt_plan.content_digest == replace(attempt_plan, warnings=("x",)).content_digest


@pytest.fixture
def attempt_plan():
    from gitopskit.model.plan import PlanOptions, Scope
    from tests.apply.fake_provider import FakeProvider, desired

    provider = FakeProvider()
    return provider.plan(desired(a=1), provider.read(Scope()), PlanOptions())


def test_the_canonical_json_is_that_of_the_plain_structure():
    class Colour(StrEnum):
        RED = "red"

    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    secret, place = Sensitive("f1"), ObjectId(group="", kind="Secret", namespace="n", name="x")
    value = {"z": [1, 2.5, None, True, ("a", secret)], "u": UNKNOWN, "t": moment, "s": frozenset({"b", "a"}), Colour.RED: Colour.RED}
    value |= {"map": MappingProxyType({"k": place}), "n": {1: "one"}}
    assert canonical_json(value) == orjson.dumps(to_plain(value), option=orjson.OPT_SORT_KEYS)
    assert b'"u":{"$unknown":true}' in canonical_json(value)


def test_what_only_looks_like_the_same_secret_is_another_one():
    assert mask("5", key=b"k") != mask(5, key=b"k")
    assert mask("None", key=b"k") != mask(None, key=b"k")
    encoded, forgotten = (
        mask_object({"apiVersion": "v1", "kind": "Secret", "data": {"x": text}}, key=b"k")["data"]["x"] for text in ("aGVsbG8=", "hello")
    )
    assert encoded != forgotten, "not encoded, it is refused"


def test_variables_in_a_wrong_place_are_masked_too():
    body = {"kind": "Pod", "spec": {"containers": [{"env": {"DB_PASSWORD": "canary", "MODE": "live"}}]}}
    [container] = mask_object(body, key=b"k")["spec"]["containers"]
    assert "canary" not in repr(container)
    assert container["env"]["MODE"] == "live"


NOTED = {
    "an object": ({"metadata": {"labels": {"a": "b"}, "annotations": {}}, "data": {"a": "b"}}, True),
    "nothing": ({}, True),
    "null": ({"metadata": None, "stringData": None}, True),
    "text for metadata": ({"metadata": "x"}, False),
    "a list for metadata": ({"metadata": [1]}, False),
    "a number for metadata": ({"metadata": 7}, False),
    "text for labels": ({"metadata": {"labels": "x"}}, False),
    "a list for annotations": ({"metadata": {"annotations": ["x"]}}, False),
    "text for data": ({"data": "x"}, False),
    "a list for texts": ({"stringData": ["x"]}, False),
}


@pytest.mark.parametrize("case", NOTED)
def test_a_note_of_another_shape_is_none(case):
    noted, is_read = NOTED[case]
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"annotations": {LAST_APPLIED: json.dumps(noted)}}}
    found = remembered_object(body, key=b"k")
    assert found == ({**noted, "apiVersion": "v1", "kind": "ConfigMap"} if is_read else None)
