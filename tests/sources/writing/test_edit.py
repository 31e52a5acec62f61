"""One field of one object changes in a file, and every other byte stays."""

import difflib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitopskit.errors import EditError, ManifestError
from gitopskit.model.paths import SetValue, list_key
from gitopskit.notebook.shop import COMMITS
from gitopskit.sources.writing.edit import GONE, Edit, edited
from gitopskit.sources.writing.spelling import block_entry, flow_value
from gitopskit.sources.yaml import documents

WEB = """\
# The web front end.
apiVersion: apps/v1
kind: Deployment
metadata:
    name: web   # as in the address
    labels: {app: web, "tier":  'front'}
spec:
    replicas: 2  # two, for one may fail

    paused: no
    template:
        spec:
            containers:
            -   name: web
                # pinned
                image: "web:1.4.2"
                args: [--fast,
                       --quiet]
                ports:
                -   containerPort: 80
                -   {containerPort: 53, protocol: UDP}
                env:
                -   name: MODE
                    value: 'on'
                -   name: EMPTY
            # the one beside it
            - name: log
              image: log:1
---
apiVersion: v1
kind: ConfigMap
metadata: {name: files}
data:
  motd: |
    Hello,
    world.

  last: x
"""
BOX = ("spec", "template", "spec", "containers", list_key(name="web"))
MAP = WEB[: WEB.index("kind: ConfigMap")].count("\n")


def change(text: str, path, value, line: int = 2) -> list[str]:
    """Return the lines that go and come."""
    fresh = edited(text.encode(), [Edit(line=line, path=path, value=value)], "a.yaml@" + "c" * 12).decode()
    compared = list(difflib.unified_diff(text.splitlines(), fresh.splitlines(), n=0, lineterm=""))[2:]
    return [f"{one[0]} {one[1:]}" for one in compared if one[0] in "+-"]


CHANGES = {
    "a number keeps its comment": (
        ("spec", "replicas"), 3, ["-     replicas: 2  # two, for one may fail", "+     replicas: 3  # two, for one may fail"],
    ),
    "quotes are kept": (
        (*BOX, "image"), "web:1.5.0", ['-                 image: "web:1.4.2"', '+                 image: "web:1.5.0"'],
    ),
    "single quotes are kept": (
        (*BOX, "env", list_key(name="MODE"), "value"), "off",
        ["-                     value: 'on'", "+                     value: 'off'"],
    ),
    "what kubectl would misread is quoted": (("spec", "paused"), "y", ["-     paused: no", '+     paused: "y"']),
    "a colon needs no quotes": (
        (*BOX[:-1], list_key(name="log"), "image"), "example.org/log:2",
        ["-               image: log:1", "+               image: example.org/log:2"],
    ),
    "a truth": (("spec", "paused"), True, ["-     paused: no", "+     paused: true"]),
    "between braces": (
        ("metadata", "labels", "app"), "shop",
        ["-     labels: {app: web, \"tier\":  'front'}", "+     labels: {app: shop, \"tier\":  'front'}"],
    ),
    "one more between braces": (
        ("metadata", "labels", "team"), "no",
        ["-     labels: {app: web, \"tier\":  'front'}", "+     labels: {app: web, \"tier\":  'front', team: \"no\"}"],
    ),
    "one less between braces": (
        ("metadata", "labels", "app"), GONE,
        ["-     labels: {app: web, \"tier\":  'front'}", "+     labels: {\"tier\":  'front'}"],
    ),
    "the last one less between braces": (
        ("metadata", "labels", "tier"), GONE, ["-     labels: {app: web, \"tier\":  'front'}", "+     labels: {app: web}"],
    ),
    "a new map": (
        ("metadata", "annotations", "example.org/why"), "1e3", ["+     annotations:", '+       example.org/why: "1e3"'],
    ),
    "a new field in an item": (
        (*BOX, "env", list_key(name="EMPTY"), "value"), "1", ['+                     value: "1"'],
    ),
    "a new item": (
        (*BOX, "env", list_key(name="MORE"), "value"), "x",
        ["+                 - name: MORE", "+                   value: x"],
    ),
    "the item with the default protocol": (
        (*BOX, "ports", list_key(containerPort=80, protocol="TCP"), "name"), "http", ["+                     name: http"],
    ),
    "the item between braces": (
        (*BOX, "ports", list_key(containerPort=53, protocol="UDP"), "name"), "dns",
        ["-                 -   {containerPort: 53, protocol: UDP}", "+                 -   {containerPort: 53, protocol: UDP, name: dns}"],
    ),
    "an item goes": (
        (*BOX, "env", list_key(name="MODE")), GONE,
        ["-                 -   name: MODE", "-                     value: 'on'"],
    ),
    "the first field of an item goes": (
        (*BOX, "env", list_key(name="MODE"), "name"), GONE,
        ["-                 -   name: MODE", "-                     value: 'on'", "+                 -   value: 'on'"],
    ),
    "a list on two lines": (
        (*BOX, "args"), ["--slow"],
        ["-                 args: [--fast,", "-                        --quiet]", "+                 args: [--slow]"],
    ),
    "a field goes with its comment": (("spec", "replicas"), GONE, ["-     replicas: 2  # two, for one may fail"]),
    "a text of many lines in the place of one": (
        ("spec", "paused"), "a\nb\n", ["-     paused: no", "+     paused: |", "+       a", "+       b"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_only_that_changes(case):
    path, value, lines = CHANGES[case]
    assert change(WEB, path, value) == lines


def test_a_text_of_many_lines():
    assert change(WEB, ("data", "motd"), "Hello,\nmoon.\n", MAP) == ["-     world.", "+     moon."]
    assert change(WEB, ("data", "motd"), "Bye", MAP) == ["-   motd: |", "-     Hello,", "-     world.", "+   motd: Bye"]
    assert change(WEB, ("data", "motd"), GONE, MAP) == ["-   motd: |", "-     Hello,", "-     world."]
    assert change(WEB, ("data", "more"), "y", MAP) == ['+   more: "y"']


def test_the_last_field_leaves_an_empty_map_and_an_empty_one_is_filled():
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: y\n"
    assert change(text, ("data", "x"), GONE, 1) == ["- data:", "-   x: y", "+ data: {}"]
    for empty in ("{}", "", "~"):
        filled = text.replace("data:\n  x: y", f"data: {empty}".rstrip())
        assert change(filled, ("data", "k"), "v", 1)[-1] == "+ data: {k: v}"


def test_several_edits_of_several_objects():
    edits = [
        Edit(line=2, path=("metadata", "annotations", "a"), value="b"),
        Edit(line=MAP, path=("data", "last"), value="z"),
        Edit(line=2, path=("spec", "replicas"), value=5),
    ]
    fresh = edited(WEB.encode(), edits, "a.yaml@c").decode()
    first, second = (document.value for document in documents(fresh.encode(), "x"))
    assert (first["metadata"]["annotations"], first["spec"]["replicas"], second["data"]["last"]) == ({"a": "b"}, 5, "z")


def test_sets():
    text = "apiVersion: v1\nkind: X\nmetadata:\n  name: a\n  finalizers:\n  - one\n  - two # why\n"
    assert change(text, ("metadata", "finalizers", SetValue("two")), GONE, 1) == ["-   - two # why"]
    assert change(text, ("metadata", "finalizers", SetValue("on")), "on", 1) == ['+   - "on"']


def test_line_breaks_and_marks_of_other_systems_are_kept():
    text = "\ufeffapiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: a}\r\ndata:\r\n  x: é😀\r\n  y: z"
    content = text.encode()
    assert edited(content, [Edit(line=1, path=("data", "x"), value="w")], "a@c") == text.replace("é😀", "w").encode()
    assert edited(content, [Edit(line=1, path=("data", "w"), value="v")], "a@c") == f"{text}\r\n  w: v".encode()
    assert edited(content, [Edit(line=1, path=("data", "x"), value=GONE)], "a@c") == text.replace("  x: é😀\r\n", "").encode()


def test_json_stays_json():
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1", "y": "2"}}
    for indent in (None, 2):
        text = json.dumps(body, indent=indent)
        for path, value in ((("data", "x"), "y"), (("data", "new"), "no"), (("metadata", "labels"), {"a": "b"}), (("data", "x"), GONE)):
            fresh = edited(text.encode(), [Edit(line=1, path=path, value=value)], "a.json@c").decode()
            wanted = json.loads(text)
            if value is GONE:
                del wanted[path[0]][path[1]]
            else:
                wanted[path[0]][path[1]] = value
            assert json.loads(fresh) == wanted
    assert change(json.dumps(body, indent=2), ("data", "z"), "3", 1)[-1] == '+     "z": "3"'


REFUSED = {
    "an alias": ("x: &a {b: 1}\ny: *a\n", ("y", "b"), 2),
    "an anchor": ("x: &a 1\ny: *a\n", ("x",), 2),
    "a merge key": ("x: &a {b: 1}\ny:\n  <<: *a\n", ("x", "b"), 2),
    "a comment in it": ("x:\n- a # one\n- b\n", ("x",), ["c"]),
    "a comment in what goes": ("x:\n  a: 1\n  # two\n  b: 2\ny: 1\n", ("x",), GONE),
    "text on the way": ("x: y\n", ("x", "z"), 1),
    "nothing there": ("x: y\n", ("z",), GONE),
    "a repeated item": ("x:\n- {name: a, v: 1}\n- {name: a, v: 2}\n", ("x", 5, "v"), GONE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_touch_more_is_refused(case):
    text, path, value = REFUSED[case]
    head = "apiVersion: v1\nkind: X\nmetadata: {name: n}\n"
    with pytest.raises(EditError, match="by hand"):
        change(head + text, path, value, 1)


def test_files_that_cannot_be_read_and_objects_that_are_not_there():
    with pytest.raises(ManifestError):
        change("a: [", ("a",), 1)
    with pytest.raises(EditError, match="no object begins at line 7"):
        change(WEB, ("spec", "replicas"), 1, line=7)


@pytest.mark.parametrize("file", [name for commit in COMMITS for name in commit.files if name.endswith(".yaml")])
def test_every_field_of_the_shop_can_be_changed_alone(file):
    text = next(commit.files[file] for commit in COMMITS if file in commit.files)
    for document in documents(text.encode(), "x"):
        for path, value in leaves(document.value, ()):
            fresh = "3" if isinstance(value, str) else value + 1
            assert len(change(text, path, fresh, document.line)) == 2, path


def leaves(value, path):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))
    else:
        yield path, value


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("\n :#-'\"{}[],&*!|>%@`yn0.e1~"), max_size=12
)
VALUES = st.recursive(
    TEXTS
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.none()
    | st.sampled_from(["y", "No", "010", "1e3", "0x1", "~", "null", "1_0", "="]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_whatever_is_written_is_read_again(value):
    for text in (
        block_entry("k", value),
        "{k: " + flow_value(value, is_json=False) + "}",
        '{"k": ' + flow_value(value, is_json=True) + "}",
    ):
        [document] = documents(f"{text}\n".encode(), "x")
        assert document.value == {"k": value}
        assert [type(one) for one in document.value.values()] == [type(value)]


@example("0\n", ("spec", "replicas"))
@example("\n", ("spec", "replicas"))
@given(
    VALUES,
    st.sampled_from([("spec", "replicas"), ("spec", "paused"), (*BOX, "image"), ("metadata", "labels", "app"), ("spec", "new"), BOX]),
)
def test_whatever_is_put_in_is_all_that_changes_or_it_is_refused(value, path):
    try:
        fresh = edited(WEB.encode(), [Edit(line=2, path=path, value=value)], "a@c")
    except EditError:
        assert path == BOX, "only a whole block with comments in it is refused"
        return
    before, after = (documents(one, "x") for one in (WEB.encode(), fresh))
    assert after[1].value == before[1].value
    here = after[0].value
    for element in path:
        here = here[element] if isinstance(element, str) else next(item for item in here if item.get("name") == "web")
    assert here == value
