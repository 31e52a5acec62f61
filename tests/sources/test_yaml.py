"""YAML is read as kubectl reads it, within budgets, and every refusal names its line."""

import json
from pathlib import Path

import pytest

from gitopskit.errors import ManifestError
from gitopskit.sources.yaml import documents

RECORDED = json.loads(Path(__file__).with_name("recorded_kubectl.json").read_text())


def value_of(text: str):
    [document] = documents(text.encode(), "a.yaml@0123456789ab")
    return document.value["value"]


def is_same(ours, kubectl) -> bool:
    """Whether two JSON values are the same; beyond 64 bits kubectl has a float, however it spells it."""
    if isinstance(ours, float) and isinstance(kubectl, int):
        return abs(kubectl) >= 2**63 and ours == float(kubectl)
    return type(ours) is type(kubectl) and ours == kubectl


def test_enough_is_recorded():
    assert len(RECORDED["scalars"]) + len(RECORDED["keys"]) >= 160


@pytest.mark.parametrize("text", RECORDED["scalars"])
def test_scalars_as_kubectl_reads_them(text):
    recorded = RECORDED["scalars"][text]
    if recorded.get("refused"):
        with pytest.raises(ManifestError):
            value_of(f"value: {text}")
    else:
        assert is_same(value_of(f"value: {text}"), recorded["value"])


@pytest.mark.parametrize("text", RECORDED["keys"])
def test_keys_as_kubectl_reads_them(text):
    recorded = RECORDED["keys"][text]
    if recorded.get("refused"):
        with pytest.raises(ManifestError):
            value_of(f"value: {{{text}: 1}}")
    else:
        assert value_of(f"value: {{{text}: 1}}") == recorded["value"]


ALIASES = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
)
REFUSED = {
    "deep": ("[" * 100_000, "nested deeper", 1),
    "aliases": (ALIASES, "once aliases are expanded", 6),
    "itself": ("a: &a [*a]", "inside its anchor", 1),
    "alias first": ("a: 1\nb: *c\nc: &c 2", "before its anchor", 2),
    "many values": ("a:\n" + "- [" + "1," * 1_000_001 + "]", "values", 2),
    "many documents": ("---\na: 1\n" * 50_001, "documents", 100_001),
    "repeated key": ("a: 1\nb: 2\na: 3", "stands twice, first at line 1", 3),
    "colliding keys": ("1: a\n'1': b", "stands twice", 2),
    "null key": ("~: a", "a key must be", 1),
    "map as key": ("? {a: b}\n: c", "a key must be", 1),
    "foreign tag": ("a: !!python/object:os.system x", "refused", 1),
    "binary": ("a: !!binary aGk=", "refused", 1),
    "infinite": ("a: .inf", "no place in JSON", 1),
    "not YAML": ("a: b: c", "not YAML", 1),
    "tab": ("a:\n\tb: c", "not YAML", 2),
    "conflict": ("a: 1\n<<<<<<< HEAD\nb: 1\n", "merge-conflict", 2),
    "template": ("a: 1\nb: {{ .Values.b }}\n", "template", 2),
    "large file pointer": ("version https://git-lfs.github.com/spec/v1\n", "Git LFS", 1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_line(case):
    text, said, line = REFUSED[case]
    with pytest.raises(ManifestError, match="next:") as caught:
        documents(text.encode(), "a.yaml@0123456789ab")
    assert said in caught.value.what
    assert caught.value.where == f"a.yaml:{line}@0123456789ab"


@pytest.mark.parametrize("content", [b"\xff\xfea\x00", b"a: \x80"])
def test_only_utf8(content):
    with pytest.raises(ManifestError, match="UTF-8"):
        documents(content, "a.yaml@0")


def test_template_text_inside_a_value_is_a_value():
    [document] = documents(b"text: |\n  {{ .Values.a }}\nquoted: '{{ x }}'\n", "a@0")
    assert document.value == {"text": "{{ .Values.a }}\n", "quoted": "{{ x }}"}


def test_an_anchor_may_be_set_again():
    first, second = documents(b"a: &x 1\nb: &x [2]\nc: *x\n---\na: &y {p: 1}\nb: &y {p: 2}\nc: {<<: *y}\n", "a@0")
    assert first.value == {"a": 1, "b": [2], "c": [2]}
    assert second.value["c"] == {"p": 2}


def test_a_text_that_only_looks_deep_is_read():
    text = "a: '" + "[" * 2000 + "'\nb: [[1]]\n"
    [document] = documents(text.encode(), "a@0")
    assert document.value == {"a": "[" * 2000, "b": [[1]]}


def test_merge_keys_and_lines():
    text = b"base: &b {p: 1, q: 2}\n---\n# comment\n\nkind: A\nitems:\n- n: 1\n- n: 2\n---\n"
    first, second = documents(text, "a@0")
    assert first.value == {"base": {"p": 1, "q": 2}}
    assert second.line == 5
    assert [second.lines[id(item)] for item in second.value["items"]] == [7, 8]
    [merged] = documents(b"a: &a {p: 1, q: 2}\nb: {<<: *a, q: 3}\n", "a@0")
    assert merged.value["b"] == {"p": 1, "q": 3}
