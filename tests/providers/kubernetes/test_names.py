"""A kind by any of its names; one that nobody serves is an error that says which may be meant."""

import pytest

from gitopskit.errors import UnknownKindError
from gitopskit.model.snapshot import Unreadable
from gitopskit.providers.kubernetes.discovery import ApiResource, Discovery
from gitopskit.providers.kubernetes.names import full_name


def resource(kind: str, group: str, plural: str, *verbs: str) -> ApiResource:
    return ApiResource(group=group, version="v1", kind=kind, plural=plural, is_namespaced=True, verbs=frozenset(verbs or ("list",)))


SERVED = [
    resource("Service", "serving.knative.dev", "services"), resource("Service", "", "services"),
    resource("NetworkPolicy", "crd.projectcalico.org", "networkpolicies"),
    resource("NetworkPolicy", "networking.k8s.io", "networkpolicies"),
    resource("Deployment", "apps", "deployments"), resource("Certificate", "cert-manager.io", "certificates"),
    resource("TokenReview", "authentication.k8s.io", "tokenreviews", "create"),
]  # fmt: skip
DOWN = Unreadable(group_kind="metrics.example.org", reason="Unavailable", message="the server does not answer")
DISCOVERY = Discovery(by_version={}, preferred={one.group_kind: one for one in SERVED}, unreadable=(DOWN,))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Deployment", "Deployment.apps"), ("deployments", "Deployment.apps"), ("deployments.apps", "Deployment.apps"),
        ("Deployment.apps", "Deployment.apps"), ("certificate", "Certificate.cert-manager.io"), ("Service", "Service"),
        ("services", "Service"), ("services.serving.knative.dev", "Service.serving.knative.dev"),
        ("NetworkPolicy", "NetworkPolicy.networking.k8s.io"), ("NodeMetrics.metrics.example.org", "NodeMetrics.metrics.example.org"),
    ],
)  # fmt: skip
def test_a_kind_by_its_names(word, expected):
    assert full_name(DISCOVERY, word) == expected


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("Deploymnt", "did you mean Deployment.apps?"), ("servicess", "did you mean Service.serving.knative.dev or Service?"),
        ("certs.cert-manager.io", "did you mean Certificate.cert-manager.io?"), ("Nope", "`kubectl api-resources` lists them all"),
        ("tokenreviews", "`kubectl api-resources` lists them all"), ("", "`kubectl api-resources` lists them all"),
    ],
)  # fmt: skip
def test_a_kind_that_nobody_serves(word, hint):
    with pytest.raises(UnknownKindError, match="the server has no kind") as caught:
        full_name(DISCOVERY, word)
    assert caught.value.next_step == hint


def test_a_strange_word_is_made_safe():
    with pytest.raises(UnknownKindError) as caught:
        full_name(DISCOVERY, "\x1b[2J")
    assert caught.value.what.isprintable()
