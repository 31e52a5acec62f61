"""Bodies and objects for tests of pure planning."""

from typing import Any

import pytest

from gitopskit.model.ids import ObjectId
from gitopskit.model.objects import Object, Origin


@pytest.fixture
def config_map():
    """Return what makes a desired or live ConfigMap."""

    def make(name: str = "settings", namespace: str = "shop", line: int = 1, **metadata: Any) -> Object:
        named = {"name": name} | ({"namespace": namespace} if namespace else {})
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**named, **metadata}, "data": {"a": "b"}}
        object_id = ObjectId(group="", kind="ConfigMap", namespace=namespace, name=name)
        return Object(id=object_id, api_version="v1", body=body, origin=Origin(file="a.yaml", line=line))

    return make
