"""Which objects belong together, and how that is marked."""

from dataclasses import replace

import pytest

from gitopskit.errors import UsageError
from gitopskit.model.ids import ObjectId
from gitopskit.model.rendering import Rendering
from gitopskit.model.snapshot import SourceRef
from gitopskit.planning.inventory import (
    foreign_owner,
    inventory_id,
    name_for,
    new_inventory,
    parent_body,
    parse_place,
    place_of,
    read_inventory,
    released_body,
)  # fmt: skip

KINDS = "applyset.kubernetes.io/contains-group-kinds"
SPACES = "applyset.kubernetes.io/additional-namespaces"


def test_the_id_is_the_one_of_the_specification():
    assert inventory_id("ks", "default") == "applyset-HwFddBm3ox-9RZNuvXSTJO4ueaePtqfFVr3mMDIo5oY-v1"  # as kubectl computed it
    assert inventory_id("ks", "default", "Secret") != inventory_id("ks", "default")


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        ("https://git.example.org/team/shop.git", "", "shop"),
        ("https://git.example.org/team/Shop/", "Deploy/Prod", "shop-deploy-prod"),
        ("/srv/ä ö", "", "gitopskit"),
        ("", "", "gitopskit"),
    ],
)
def test_names_are_made_of_repository_and_path(url, path, expected):
    assert name_for(SourceRef(url=url, revision="main", commit="c", path=path)) == expected


@pytest.mark.parametrize(("path", "release", "expected"), [
    ("charts/Shop", "shop", "store-charts-shop"), ("charts/shop", "shop-eu", "store-charts-shop-shop-eu"), ("", "store", "store"),
])  # fmt: skip
def test_a_release_that_is_called_otherwise_than_its_chart_has_a_set_of_its_own(path, release, expected):
    told = Rendering(release=release, namespace="shop")
    assert name_for(SourceRef(url="/srv/store.git", revision="main", commit="c", path=path, rendering=told)) == expected


def test_long_names_are_cut_and_stay_apart():
    names = {name_for(SourceRef(url="/srv/shop", revision="main", commit="c", path=f"{'a/' * 60}{end}")) for end in "xy"}
    assert len(names) == 2
    assert all(len(name) <= 50 and name[-1].isalnum() for name in names)


@pytest.mark.parametrize(
    ("name", "kind", "bare"), [("a", "ConfigMap", "a"), ("secret/a", "Secret", "a"), ("configmap/a", "ConfigMap", "a")]
)
def test_places(name, kind, bare):
    inventory = new_inventory(name, "shop")
    assert (inventory.group_kind, inventory.name, inventory.namespace) == (kind, bare, "shop")
    assert parse_place(place_of(inventory)) == inventory


@pytest.mark.parametrize("name", ["", "pod/a", "secret/", "a/b/c"])
def test_names_that_are_none(name):
    with pytest.raises(UsageError):
        new_inventory(name, "shop")


def parent(inventory, tooling, **labels):
    found = {"applyset.kubernetes.io/tooling": tooling} if tooling else {}
    labels = labels or {"applyset.kubernetes.io/id": inventory.id}
    return {
        "metadata": {"uid": "u", "resourceVersion": "7", "labels": labels, "annotations": found | {KINDS: "Service, ConfigMap", SPACES: ""}}
    }


@pytest.mark.parametrize(
    ("tooling", "said"),
    [
        ("gitopskit/0.1.0", ""),
        ("gitopskit/9", ""),
        ("kubectl/v1.37.1", "a set of kubectl/v1.37.1"),
        ("", "no set"),
        ("gitopskitx/1", "gitopskitx"),
    ],
)
def test_whose_set_it_is(tooling, said):
    wanted = new_inventory("a", "shop")
    assert foreign_owner(wanted) == "", "there is none yet"
    found = read_inventory(wanted, parent(wanted, tooling))
    assert said in foreign_owner(found)
    assert bool(foreign_owner(found)) is bool(said)


def test_a_parent_with_another_id_is_no_set():
    wanted = new_inventory("a", "shop")
    found = read_inventory(wanted, parent(wanted, "gitopskit/1", **{"applyset.kubernetes.io/id": "applyset-x-v1"}))
    assert "no set" in foreign_owner(found)


def test_a_parent_is_only_ever_too_wide():
    live = read_inventory(new_inventory("a", "shop"), parent(new_inventory("a", "shop"), "gitopskit/1"))
    live = replace(live, namespaces=("old",))
    members = [
        ObjectId(group="apps", kind="Deployment", namespace="new", name="x"),
        ObjectId(group="", kind="Service", namespace="shop", name="y"),
    ]
    wide = parent_body(live, members, keep=True)["metadata"]["annotations"]
    assert (wide[KINDS], wide[SPACES]) == ("ConfigMap,Deployment.apps,Service", "new,old")
    narrow = parent_body(live, members, keep=False)["metadata"]["annotations"]
    assert (narrow[KINDS], narrow[SPACES]) == ("Deployment.apps,Service", "new")


def test_a_released_set_keeps_its_members():
    live = read_inventory(new_inventory("a", "shop"), parent(new_inventory("a", "shop"), "gitopskit/1"))
    annotations = released_body(live, "kubectl/v1.37.1")["metadata"]["annotations"]
    assert annotations["applyset.kubernetes.io/tooling"] == "kubectl/v1.37.1"
    assert annotations[KINDS] == "ConfigMap,Service"
