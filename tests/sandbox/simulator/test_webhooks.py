"""Webhooks as the simulator asks them: outside of its lock, never beyond loopback."""

import threading

import pytest

from tests.conformance.hooks import hook_server

from .conftest import CONFIG_MAPS

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
SECRETS = "/api/v1/namespaces/default/secrets"


def configuration(name, *, rules=("configmaps",), **client_config):
    return {
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"{name}.example.org",
                "clientConfig": client_config,
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": list(rules)}],
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def test_a_slow_webhook_keeps_nobody_else_waiting(client, config_map):
    with hook_server() as (values, reviews):
        client.create(CONFIGURATIONS, configuration("slow", url=f"{values['url']}/slow", caBundle=values["ca"]))
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(client("POST", CONFIG_MAPS, config_map())))
        waiting.start()
        assert reviews.arrived.wait(10)
        client.create(SECRETS, {"metadata": {"name": "s"}})
        client.get(CONFIG_MAPS)
        assert not answers
        waiting.join()
        assert answers[0].status == 201
        assert len(reviews) == 1


def test_what_changed_while_a_webhook_was_asked_is_asked_about_again(client, config_map):
    with hook_server() as (values, reviews):
        client.create(CONFIG_MAPS, config_map())
        client.create(CONFIGURATIONS, configuration("slow", url=f"{values['url']}/slow", caBundle=values["ca"]))
        answers = []
        merge = "application/merge-patch+json"
        waiting = threading.Thread(target=lambda: answers.append(client("PATCH", f"{CONFIG_MAPS}/c", {"data": {"a": "b"}}, media=merge)))
        waiting.start()
        assert reviews.arrived.wait(10)
        client("DELETE", f"{CONFIGURATIONS}/slow")
        assert client("PATCH", f"{CONFIG_MAPS}/c", {"data": {"c": "d"}}, media=merge).status == 200
        client.create(CONFIGURATIONS, configuration("other", url=f"{values['url']}/allow", caBundle=values["ca"]))
        waiting.join()
        assert answers[0].status == 200
        assert reviews[-1][1]["request"]["object"]["data"].items() >= {"a": "b", "c": "d"}.items()


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://192.0.2.1/x", "dial tcp 192.0.2.1:443: connect: network is unreachable"),
        ("https://hooks.example.org:8443/x", "dial tcp: lookup hooks.example.org: no such host"),
    ],
)
def test_nothing_but_loopback_is_ever_called(client, config_map, monkeypatch, url, cause):
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: pytest.fail("a connection was tried"))
    client.create(CONFIGURATIONS, configuration("far", url=url))
    answer = client("POST", CONFIG_MAPS, config_map())
    assert answer.status == 500
    assert answer.body["message"].endswith(cause)
