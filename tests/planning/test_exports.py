"""Ignore rules in the words of four tools: exact, reproducible, and never wider than they were."""

import re

import pytest
import yaml

from gitopskit.errors import UsageError
from gitopskit.model.ignoring import IgnoreRule
from gitopskit.planning.exports import Tool, export_rules

REPLICAS = IgnoreRule(id="hpa", path=".spec.replicas", group="apps", kind="Deployment", reason="the autoscaler sets them")
NAMED = IgnoreRule(id="one", path=".metadata.annotations.a.b/c", group="", kind="Service", namespace="shop", name="web")
ITEM = IgnoreRule(id="item", path='.spec.template.spec.containers[name="web"].image', group="apps", kind="Deployment")
ANY = IgnoreRule(id="any", path=".webhooks[*].clientConfig.caBundle", group="admissionregistration.k8s.io", kind="*")
HOLDER = IgnoreRule(id="holder", field_manager="keda-operator")
GLOBS = IgnoreRule(id="globs", path=".spec", kind="Deploy*", name="web-?", namespace="team-*")
HYPHEN = IgnoreRule(id="hyphen", path='.spec.ports[host-ip="x"].node-port', group="", kind="Service")
CLUSTER = IgnoreRule(id="cluster", path=".spec", group="example.com", kind="Widget", namespace="")
NAMELESS = IgnoreRule(id="nameless", path=".spec", kind="Widget", name="")
PORT = IgnoreRule(id="port", path='.spec.ports[port=80,protocol="TCP"].nodePort', group="", kind="Service")
DIGIT = IgnoreRule(id="digit", path=".data.0", group="", kind="ConfigMap")
NUMBER = IgnoreRule(id="number", path=".spec.template.spec.containers[0].image", group="apps", kind="Deployment")
NULL = IgnoreRule(id="null", path=".spec.servers[id=null].weight", kind="Widget")
BRACES = IgnoreRule(id="braces", path=".spec", kind="{Widget,Gadget}")
DEEP = IgnoreRule(id="deep", path=".spec.*.max", group="example.com", kind="Widget")
NARROW = IgnoreRule(id="narrow", path=".spec.replicas", group="apps", kind="Deployment", field_manager="keda-operator")

SAID = {
    (Tool.ARGO_CD, "hpa"): {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]},
    (Tool.ARGO_CD, "one"): {"kind": "Service", "name": "web", "namespace": "shop", "jsonPointers": ["/metadata/annotations/a.b~1c"]},
    (Tool.ARGO_CD, "item"): {
        "group": "apps", "kind": "Deployment",
        "jqPathExpressions": ['.spec.template.spec.containers | arrays[] | select(.name? == "web") | .image?'],
    },
    (Tool.ARGO_CD, "hyphen"): {
        "kind": "Service", "jqPathExpressions": ['.spec.ports | arrays[] | select(."host-ip"? == "x") | ."node-port"?'],
    },
    (Tool.ARGO_CD, "any"): {
        "group": "admissionregistration.k8s.io", "kind": "*", "jqPathExpressions": [".webhooks | arrays[] | .clientConfig?.caBundle?"],
    },
    (Tool.ARGO_CD, "port"): {
        "kind": "Service",
        "jqPathExpressions": ['.spec.ports | arrays[] | select(.port? == 80 and (.protocol? // "TCP") == "TCP") | .nodePort?'],
    },
    (Tool.ARGO_CD, "digit"): {"kind": "ConfigMap", "jqPathExpressions": ['.data."0"']},
    (Tool.ARGO_CD, "holder"): {"group": "*", "kind": "*", "managedFieldsManagers": ["keda-operator"]},
    (Tool.FLUX, "hpa"): {"paths": ["/spec/replicas"], "target": {"group": "apps", "kind": "Deployment"}},
    (Tool.FLUX, "one"): {
        "paths": ["/metadata/annotations/a.b~1c"], "target": {"group": "^$", "kind": "Service", "name": "web", "namespace": "shop"},
    },
    (Tool.FLUX, "globs"): {"paths": ["/spec"], "target": {"kind": "Deploy.*", "name": r"web\-.", "namespace": r"team\-.*"}},
    (Tool.KAPP, "hpa"): {
        "path": ["spec", "replicas"], "type": "copy", "sources": ["existing", "new"],
        "resourceMatchers": [{"apiGroupKindMatcher": {"apiGroup": "apps", "kind": "Deployment"}}],
    },
    (Tool.KAPP, "cluster"): {
        "path": ["spec"], "type": "copy", "sources": ["existing", "new"],
        "resourceMatchers": [{"andMatcher": {"matchers": [
            {"apiGroupKindMatcher": {"apiGroup": "example.com", "kind": "Widget"}},
            {"notMatcher": {"matcher": {"hasNamespaceMatcher": {}}}},
        ]}}],
    },
    (Tool.KAPP, "one"): {
        "path": ["metadata", "annotations", "a.b/c"], "type": "copy", "sources": ["existing", "new"],
        "resourceMatchers": [{"andMatcher": {"matchers": [
            {"apiGroupKindMatcher": {"apiGroup": "", "kind": "Service"}},
            {"kindNamespaceNameMatcher": {"kind": "Service", "namespace": "shop", "name": "web"}},
        ]}}],
    },
}  # fmt: skip
LEFT_OUT = {
    (Tool.ARGO_CD, CLUSTER.id): "an empty namespace means any", (Tool.ARGO_CD, NAMELESS.id): "an empty name means any",
    (Tool.ARGO_CD, GLOBS.id): "pattern", (Tool.ARGO_CD, NARROW.id): "not both", (Tool.FLUX, ITEM.id): "JSON pointer",
    (Tool.FLUX, ANY.id): "JSON pointer", (Tool.FLUX, HOLDER.id): "by path alone", (Tool.KAPP, ITEM.id): "by their number",
    (Tool.KAPP, ANY.id): "the order is another", (Tool.KAPP, HOLDER.id): "by path alone", (Tool.TERRAFORM, ITEM.id): "by their number",
    (Tool.TERRAFORM, NAMED.id): "all fields beside one whose name has to be quoted: 'a.b/c'",
    (Tool.FLUX, DIGIT.id): "an item of a list, too", (Tool.ARGO_CD, NULL.id): "an item without it",
    (Tool.ARGO_CD, BRACES.id): "another meaning", (Tool.KAPP, DEEP.id): "none below it",
    **dict.fromkeys([(tool, NUMBER.id) for tool in Tool], "by its number hides nothing here"),
    (Tool.TERRAFORM, HOLDER.id): "by attribute alone", (Tool.TERRAFORM, ANY.id): "by their number",
}  # fmt: skip
RULES = (
    REPLICAS, NAMED, ITEM, HYPHEN, ANY, HOLDER, GLOBS, CLUSTER, NAMELESS, NARROW, PORT, DIGIT, NUMBER, NULL, BRACES, DEEP,
)  # fmt: skip
ALL = {rule.id: rule for rule in RULES}
PLACES = {Tool.ARGO_CD: ("spec", "ignoreDifferences"), Tool.FLUX: ("spec", "ignore"), Tool.KAPP: ("rebaseRules",)}


def entries(text: str, tool: Tool) -> list[dict]:
    found = yaml.safe_load(text)
    for key in PLACES[tool]:
        found = found[key]
    return found


@pytest.mark.parametrize(("tool", "name"), SAID)
def test_what_a_tool_is_told(tool, name):
    found = export_rules([ALL[name]], tool)
    assert entries(found.text, tool) == [SAID[tool, name]]
    assert found.left_out == {}
    assert f"# rule {name}" in found.text


@pytest.mark.parametrize(("tool", "name"), LEFT_OUT)
def test_what_a_tool_cannot_say_is_told_and_never_widened(tool, name):
    found = export_rules([ALL[name]], tool)
    assert LEFT_OUT[tool, name] in found.left_out[name]
    assert f"# LEFT OUT, {tool.value} cannot say it: " in found.text
    assert all(line.lstrip().startswith("#") or "[]" in line or ":" in line for line in found.text.splitlines())
    if tool in PLACES:
        assert entries(found.text, tool) == []
    else:
        assert "ignore_changes =" not in found.text


def test_terraform():
    core = IgnoreRule(id="core", path=".spec.cluster-ip", group="", kind="Service")
    text = export_rules([REPLICAS, core], Tool.TERRAFORM).text
    assert "# in each kubernetes_manifest with group apps, kind Deployment:" in text
    assert 'computed_fields = ["metadata.annotations", "metadata.labels", "spec.replicas"]' in text
    assert "ignore_changes = [manifest.spec.replicas]" in text
    assert "ignore_changes = [manifest.spec.cluster-ip]" in text
    assert "group (core)" in text


@pytest.mark.parametrize("tool", Tool)
def test_the_same_rules_are_the_same_text(tool):
    first = export_rules(ALL.values(), tool)
    assert first == export_rules(ALL.values(), tool)
    assert all(f"# rule {name}" in first.text for name in ALL)


HOSTILE = "x\n  evil: true\n#\u2028\x1b[2J\"'${pwned}%{if true}\\(1)"


@pytest.mark.parametrize("tool", Tool)
def test_hostile_text_stays_in_its_place(tool):
    key = HOSTILE.replace("\n", "\\n").replace("\x1b", "\\u001b").replace('"', '\\"').replace("\\(", "\\\\(")
    rule = IgnoreRule(id=HOSTILE, path=f'.metadata["{key}"]', reason=HOSTILE, group="apps", kind="Deployment")
    assert rule.pattern == ("metadata", HOSTILE)
    found = export_rules([rule], tool)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u2028\u202a-\u202e]", found.text)
    if tool in PLACES:
        [entry] = entries(found.text, tool)
        [said] = entry.get("jsonPointers") or entry.get("paths") or entry["path"][1:]
        assert said.removeprefix("/metadata/") == HOSTILE
        assert "evil" not in entry
    else:
        assert list(found.left_out) == [HOSTILE]
        assert all(line.startswith("#") for line in found.text.splitlines())


def test_an_unknown_tool():
    with pytest.raises(UsageError, match="cannot be written for 'puppet'") as caught:
        export_rules([REPLICAS], "puppet")
    assert "argo-cd" in caught.value.next_step


@pytest.mark.parametrize("tool", Tool)
def test_no_rules_are_valid_text_too(tool):
    text = export_rules([], tool).text
    assert entries(text, tool) == [] if tool in PLACES else text.startswith("#")
