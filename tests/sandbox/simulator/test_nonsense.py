"""Nothing that can be sent makes the API fail: it refuses."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitopskit.sandbox.kinds.tables.columns import age
from gitopskit.sandbox.machinery import protobuf
from gitopskit.schema.library import bundled

from .conftest import CONFIG_MAPS, DEPLOYMENTS

SHARED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(string.printable, max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_letters, max_size=8), inner, max_size=3),
    max_leaves=12,
)
NAMES = ("metadata", "spec", "data", "kind", "apiVersion", "selector", "template", "replicas", "status", "name", "labels", "finalizers")
BODIES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5)


@SHARED
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]),
    path=st.text(string.printable, max_size=40).map(lambda text: "/" + text.replace("?", "").replace("#", "")),
)
def test_any_path(client, method, path):
    assert client(method, path).status < 500


@SHARED
@given(path=st.sampled_from([CONFIG_MAPS, DEPLOYMENTS]), body=BODIES)
def test_any_object(client, path, body):
    body.setdefault("metadata", {"name": "x"})
    answer = client("POST", f"{path}?dryRun=All", body)
    assert answer.status in {201, 400, 409, 422}


@SHARED
@given(body=st.binary(max_size=60))
def test_any_bytes(client, body):
    assert client("POST", CONFIG_MAPS, body).status in {201, 400, 422}
    assert client("POST", CONFIG_MAPS, b"k8s\x00" + body, media=protobuf.MEDIA_TYPE).status in {400, 422}


@SHARED
@given(body=st.binary(max_size=80))
def test_any_message(body):
    library = bundled()
    try:
        decoded = protobuf.decode(body, "io.k8s.api.core.v1.Pod", library.definitions)
    except (ValueError, TypeError):
        return
    assert set(decoded) <= {"metadata", "spec", "status"}


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (130, "2m10s"),
        (600, "10m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (11_000, "3h3m"),
        (90_000, "25h"),
        (200_000, "2d7h"),
        (800_000, "9d"),
        (100_000_000, "3y62d"),
    ],
)
def test_ages(seconds, shown):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    created = datetime.fromtimestamp(now.timestamp() - seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert age(created, now) == shown
