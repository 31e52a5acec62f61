"""A target that is no Kubernetes, and a repository for it."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from gitopskit.notebook.lessons import Lesson, seed_shop
from gitopskit.notebook.workspace import Workspace
from tests.apply.fake_provider import FakeProvider


class Datacentre(FakeProvider):
    """The fake system, read now."""

    def read(self, scope, progress=None, *, only=None):
        return replace(super().read(scope), taken_at=datetime.now(UTC))


@dataclass
class Hall:
    """A target: something with a provider."""

    is_sandbox: bool = True
    system: Datacentre = field(default_factory=Datacentre)

    def provider(self) -> Datacentre:
        return self.system


def server(name: str, size: int) -> dict[str, str]:
    text = {"apiVersion": "datacentre/v1", "kind": "server", "metadata": {"name": name, "namespace": "hall-1"}, "size": size}
    return {f"racks/{name}.json": json.dumps(text)}


@pytest.fixture
def racks(home_dir) -> Lesson:
    lesson = seed_shop()
    lesson.write(server("a", 1) | server("b", 2), "Order two servers")
    return lesson


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
def workspace(racks, hall) -> Workspace:
    return Workspace(racks, "racks", revision="main", trunk="main", target=hall)
