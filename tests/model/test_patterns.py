"""Which fields a pattern means."""

import pytest

from gitopskit.model.paths import SetValue, list_key
from gitopskit.model.patterns import AnyItem, covers, parse_pattern, render_pattern

WEB = list_key(name="web")
TEXTS = {
    ".spec.replicas": ("spec", "replicas"),
    '.spec.containers[name="web"].image': ("spec", "containers", WEB, "image"),
    '.ports[containerPort=80,protocol="TCP"]': ("ports", list_key(containerPort=80, protocol="TCP")),
    ".spec.containers[*].env": ("spec", "containers", AnyItem(), "env"),
    ".a[3].b": ("a", 3, "b"),
    ".metadata.labels.app.kubernetes.io/name": ("metadata", "labels", "app.kubernetes.io/name"),
    ".spec.template.metadata.annotations.a.b/c[d]": ("spec", "template", "metadata", "annotations", "a.b/c[d]"),
    ".data.settings.yaml": ("data", "settings.yaml"),
    ".spec.data.a.b": ("spec", "data", "a", "b"),
    '.spec["a.b"]["c[d]"]': ("spec", "a.b", "c[d]"),
    '.items[name="a]b\\"c"]': ("items", list_key(name='a]b"c')),
    ".metadata.labels": ("metadata", "labels"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_pattern_is_read_as_a_path_is_printed(text):
    assert parse_pattern(text) == TEXTS[text]
    assert parse_pattern(render_pattern(TEXTS[text])) == TEXTS[text]


@pytest.mark.parametrize("text", ["", "spec", ".", "..a", ".a[", ".a[]", ".a[b]", '.a["b]', ".a[name=web]", ".a]"])
def test_what_is_no_pattern(text):
    with pytest.raises(ValueError, match="path"):
        parse_pattern(text)


MEANT = [
    (".spec", ("spec", "replicas"), True),
    (".spec.replicas", ("spec",), False),
    (".spec.replicas", ("spec", "replica"), False),
    ('.c[name="web"]', ("c", WEB, "image"), True),
    ('.c[name="web"]', ("c", list_key(name="cart"), "image"), False),
    ('.p[containerPort=80]', ("p", list_key(containerPort=80, protocol="TCP")), True),
    (".c[*].image", ("c", WEB, "image"), True),
    (".c[*]", ("c", SetValue("x")), True),
    (".c[*]", ("c", 4), True),
    (".c[*]", ("c", "web"), False),
    (".c.*.image", ("c", "web", "image"), True),
    (".c.*.image", ("c", WEB, "image"), False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "expected"), MEANT)
def test_what_a_pattern_means(text, path, expected):
    assert covers(parse_pattern(text), path) is expected
