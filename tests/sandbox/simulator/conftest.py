"""An API without a socket, with a clock that a test steps, and a short way to ask it things."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from gitopskit.sandbox.controllers import Controllers
from gitopskit.sandbox.machinery.request import Request
from gitopskit.sandbox.simulator.api import Api
from gitopskit.sandbox.simulator.control import Control
from gitopskit.sandbox.simulator.seed import fill
from gitopskit.schema.library import bundled

TOKEN = "a-token-for-tests"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
APPLY = "application/apply-patch+yaml"


@dataclass
class Answer:
    status: int
    body: Any
    warnings: list[str] = field(default_factory=list)


class Clock:
    """A clock that stands still until it is stepped."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def step(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Client:
    """Asks the API as a client would, without HTTP."""

    def __init__(self, api: Api, clock: Clock, controllers: Controllers) -> None:
        self.api = api
        self.clock = clock
        self._controllers = controllers

    def __call__(self, method: str, path: str, body: Any = None, *, media: str = "application/json", **headers: str) -> Answer:
        sent = {"authorization": f"Bearer {TOKEN}", "user-agent": "tester/1"} | {k.replace("_", "-"): v for k, v in headers.items()}
        raw = b""
        if body is not None:
            sent["content-type"] = media
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        bare, _, query = path.partition("?")
        first = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
        response = self.api.handle(Request(method=method, path=bare, query=first, headers=sent, body=raw))
        text = response.body if response.stream is None else b"".join(response.stream)
        warnings = [value for name, value in response.headers if name == "warning"]
        return Answer(response.status, _json(text), warnings)

    def get(self, path: str, **headers: str) -> Any:
        answer = self("GET", path, **headers)
        assert answer.status == 200, answer.body
        return answer.body

    def create(self, path: str, body: Any, **headers: str) -> Any:
        answer = self("POST", path, body, **headers)
        assert answer.status == 201, answer.body
        return answer.body

    def apply(self, path: str, body: Any, manager: str = "tester", query: str = "") -> Answer:
        return self("PATCH", f"{path}?fieldManager={manager}{query}", body, media=APPLY)

    def settle(self) -> None:
        """Let the controllers finish."""
        while self._controllers.step():
            pass

    def watch(self, path: str) -> list[dict[str, Any]]:
        answer = self("GET", path)
        lines = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        return [json.loads(line) for line in lines.splitlines()]


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Client:
    """A fresh API with three nodes, settled."""
    api = Api(bundled(), token=TOKEN, clock=clock)
    controllers = Controllers(Control(api))
    fill(api, nodes=3)
    made = Client(api, clock, controllers)
    made.settle()
    return made


@pytest.fixture
def config_map() -> Callable[..., dict[str, Any]]:
    def make(name: str = "c", **rest: Any) -> dict[str, Any]:
        labels = rest.pop("labels", None)
        metadata = {"name": name} | ({"labels": labels} if labels else {})
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **({"data": {"k": "v"}} | rest)}

    return make


@pytest.fixture
def deployment() -> Callable[..., dict[str, Any]]:
    def make(name: str = "web", replicas: int = 2, image: str = "registry.example/web:1") -> dict[str, Any]:
        labels = {"app": name}
        container = {"name": "web", "image": image, "ports": [{"containerPort": 80}]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}

    return make


@pytest.fixture
def widgets() -> dict[str, Any]:
    """A CustomResourceDefinition."""
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 1},
                    "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                    "replicas": {"type": "integer"},
                },
            },
            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
        },
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
    }
    names = {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }
