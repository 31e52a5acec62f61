"""What a desired object becomes before it is compared."""

import pytest

from gitopskit.errors import DuplicateObjectError
from gitopskit.planning.complete import by_identity, complete, requested_namespaces


def test_the_namespace_is_filled_in_where_none_is_named(config_map):
    filled = complete(config_map(namespace=""), namespace="default", inventory_id="")
    assert filled.id.namespace == "default"
    assert filled.body["metadata"]["namespace"] == "default"
    kept = complete(config_map(namespace="shop"), namespace="default", inventory_id="")
    assert kept.id.namespace == kept.body["metadata"]["namespace"] == "shop"


def test_what_is_cluster_scoped_lives_in_none(config_map):
    freed = complete(config_map(namespace="shop"), namespace="", inventory_id="")
    assert freed.id.namespace == ""
    assert "namespace" not in freed.body["metadata"]


def test_the_label_of_the_set_is_added_and_wins(config_map):
    made = complete(
        config_map(labels={"a": "b", "applyset.kubernetes.io/part-of": "other"}), namespace="shop", inventory_id="applyset-x-v1"
    )
    assert made.labels == {"a": "b", "applyset.kubernetes.io/part-of": "applyset-x-v1"}


def test_the_original_stays_as_it_was(config_map):
    item = config_map(labels={"a": "b"}, uid="4711")
    made = complete(item, namespace="shop", inventory_id="applyset-x-v1")
    assert item.labels == {"a": "b"}
    assert item.body["metadata"]["uid"] == "4711"
    assert "uid" not in made.body["metadata"]
    assert made.origin == item.origin


def test_one_identity_twice_names_both_places(config_map):
    items = [complete(config_map(namespace=place, line=line), namespace="shop", inventory_id="") for line, place in ((1, ""), (7, "shop"))]
    with pytest.raises(DuplicateObjectError) as caught:
        by_identity(items, "c" * 40)
    assert caught.value.where == "a.yaml:1 and a.yaml:7@cccccccccccc"


def test_namespaces_that_are_asked_for(config_map):
    assert requested_namespaces([config_map(namespace=name).id for name in ("b", "", "b")], "a") == ("a", "b")
