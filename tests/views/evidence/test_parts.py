"""Each part of a notebook by itself: code, sentences, pages, figures, JSON."""

import ast
import json

import pytest

from gitopskit.views.evidence.code import mask_code
from gitopskit.views.evidence.figure import mask_figure
from gitopskit.views.evidence.learning import learn_code, learn_sayings, plan_ids
from gitopskit.views.evidence.markup import learn_markup, mask_markup
from gitopskit.views.evidence.outputs import mask_bundle, mask_output
from gitopskit.views.evidence.prose import mask_markdown
from gitopskit.views.evidence.structured import learn_json, mask_json


@pytest.mark.parametrize(
    ("source", "masked"),
    [
        ("plan = ws.plan()", "plan = ws.plan()"),
        ("zanzibar_df.groupby('kind').size()", "variable_1.groupby('kind').size()"),
        ("ws.plan(zanzibar=1)  # for Zanzibar", "ws.plan(variable_1=1)  # for variable-1"),
        ('x = "Deployment", ".spec.replicas", "zanzibar"', 'x = "Deployment", ".spec.replicas", "text-1"'),
        ('f"{zanzibar!r:>10} of {plan.id} in zanzibar"', 'f"{variable_1!r:>10} of {plan.id} in variable-1"'),
        ('x = """a\nzanzibar\n"""', 'x = """a\nword-1\n"""'),
        ("x = rb'zanzibar'", 'x = b"text-1"'),
        ("!kubectl get pods -n zanzibar\n%gitops plan --prune", "!kubectl get pods -n word-1\n%gitops plan --prune"),
        ("%%bash\nkubectl get zanzibar", "%%bash\nkubectl get word-1"),
        ("%%time\nzanzibar = 1", "%%time\nvariable_1 = 1"),
        ("if zanzibar", "if variable_1"),
        ("'zanzibar", "'variable_1"),
        ("", ""),
    ],
)
def test_code(masker, source, masked):
    assert mask_code(source, masker) == masked


@pytest.mark.parametrize(
    "source", ["f'{a[\"zanzibar\"]}'", "f'{{zanzibar}} {x:{zanzibar}}'", "'a' 'zanzibar'", "lambda zanzibar: zanzibar", "x: 'zanzibar' = 1"]
)
def test_code_stays_code(masker, source):
    masked = mask_code(source, masker)
    assert "zanzibar" not in masked
    ast.parse(masked)


def test_names_that_are_words_are_learnt_from_what_code_asks_for(masker):
    learn_code(
        'ws = gk.Workspace("https://x.example/live.git", "deploy", target=gk.context("production"))\nnamespace = "default-a"', masker
    )
    given = {name: label for label, name in masker.labels.names.items()}
    assert (given["production"], given["deploy"], given["default-a"]) == ("target-1", "path-1", "namespace-1")
    assert mask_code('gk.context("production")', masker) == 'gk.context("target-1")'
    assert masker.text("deploy to production") == "path-1 to target-1"
    assert masker.labels.label_of("live") == "repository-1"


def test_names_are_learnt_from_what_views_say(masker):
    source = "live deploy at 4d9dfc8eba82 (main), since 4d9dfc8eba82"
    said = f"Bound to production\nby ada at 2026-11-27 17:15:58 UTC: look\n{source}\n8 objects at 4d9dfc8eba82 (main)"
    learn_sayings(said, masker.labels)
    given = {name: label.rpartition("-")[0] for label, name in masker.labels.names.items()}
    assert given == {
        "production": "target",
        "ada": "user",
        "live": "repository",
        "deploy": "path",
        "4d9dfc8eba82": "commit",
        "main": "revision",
    }


def test_ids_of_plans_stay_and_other_digests_go(masker):
    known = masker.lexicon.keeping(plan_ids("Plan 4ca28313cdee for x, commit 6d134652d709"))
    assert known.has("4ca28313cdee")
    assert not known.has("6d134652d709")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Zanzibar is **down**, says Ada.", "word-1 is **down**, says word-2."),
        ("`ws.plan(x, zanzibar=1)` of `zanzibar`", "`ws.plan(x, variable_1=1)` of `variable-1`"),
        ("```python\nzanzibar = plan.id\n```", "```\nvariable_1 = plan.id\n```"),
        ("![zanzibar](attachment:z.png) <img alt='zanzibar' src=x>", "(a picture was left out) (a picture was left out)"),
        ("<b title=zanzibar>x</b>", "<b title=word-1>x</b>"),
        ("[plan](https://zanzibar.example/x 'zanzibar')", "[plan](address-1)"),
        ("| kind |\n|---|\n| Pod |", "| kind |\n|---|\n| Pod |"),
    ],
)
def test_markdown(masker, text, masked):
    assert mask_markdown(text, masker) == masked


@pytest.mark.parametrize(
    "page",
    [
        "<zanzibar>x</zanzibar>",
        "<p class='zanzibar' id=zanzibar data-x=zanzibar style='background:url(zanzibar)'>x</p>",
        "<p zanzibar>x</p><a href='https://zanzibar/'>x</a>",
        "<!-- zanzibar --><!DOCTYPE zanzibar><?zanzibar x?><![CDATA[zanzibar]]>",
        "<style>zanzibar{}</style><div class=gk><style>.zanzibar{}</style></div>",
        "<script>zanzibar</script><template>zanzibar</template><noscript>zanzibar</noscript>",
        "<svg><text>zanzibar</text></svg><math><mi>zanzibar</mi></math><img alt=zanzibar src=zanzibar>",
        "<textarea>zanzibar</textarea><select><option value=zanzibar>zanzibar</select><input value=zanzibar><button>zanzibar</button>",
        "<table><tr><th>zanzibar<tr><td>zan<wbr>zibar<td>zanzibar",
        "<table><thead><tr><th>zanzibar<tbody><tr><td><table><tr><td>zanzibar</table></table>",
        "<div class=gk><table aria-label=zanzibar><thead><tr><th>state</th><th>zanzibar</th></tr></thead>"
        "<tr><td>zanzibar<td><b>Pod</b> zanzibar/zanzibar</table></div>",
        "zan&zwnj;zibar &#122;anzibar z&#x61;nzibar <b>zanzibar",
        "<details open=zanzibar><summary aria-label=zanzibar>zanzibar</summary></details><td colspan=zanzibar>x</td>",
        "<plaintext>zanzibar", "<title>zanzibar</title>", "<", "<zanzibar", "&zanzibar;", "]]>zanzibar", "<p title='zanzibar",
    ],
)  # fmt: skip
def test_no_name_is_left_in_a_page(masker, page):
    learn_markup(page, masker)
    masked = mask_markup(page, masker)
    assert "zanzibar" not in masked.casefold()
    assert "<script" not in masked


def test_tables_stay_readable(masker):
    head = "<tr><th>kind</th><th>namespace</th><th>name</th><th>team</th><th>message</th><th>n</th></tr>"
    row = "<tr><td>Deployment</td><td>live</td><td>server</td><td>gold</td><td>server is not ready for Ada</td><td>3</td></tr>"
    page = f"<table class='dataframe'><thead>{head}</thead><tbody>{row}</tbody></table>"
    learn_markup(page, masker)
    masked = mask_markup(page, masker)
    for cell in (
        "<td>Deployment</td>",
        "<td>namespace-1</td>",
        "<td>deployment-1</td>",
        "<td>deployment-1 is not ready for word-1</td>",
        "<td>3</td>",
    ):
        assert cell in masked
    assert "gold" not in masked, "a single word in a column of anybody's is taken for a name"
    assert "<th>namespace</th>" in masked


def test_a_table_with_several_rows_of_headings_is_read_by_columns(masker):
    page = (
        "<table><thead><tr><th></th><th></th><th>size</th></tr><tr><th>namespace</th><th>kind</th><th></th></tr></thead>"
        "<tr><th rowspan='2'>live</th><th>Pod</th><td>3</td></tr><tr><th>Secret</th><td>4</td></tr></table>"
    )
    masked = mask_markup(page, masker)
    assert masked.count("<th>Secret</th>") == 1
    assert '<th rowspan="2">namespace-1</th>' in masked


def test_objects_that_json_tells_have_the_labels_of_a_report(masker):
    content = {
        "kind": "Secret",
        "metadata": {"name": "server", "namespace": "live", "labels": {"zanzibar": "gold"}},
        "spec": {"replicas": 3},
    }
    learn_json(content, masker)
    masked = mask_json(content, masker)
    assert masked["metadata"]["name"] == "secret-1"
    assert masked["metadata"]["namespace"] == "namespace-1"
    assert masked["spec"] == {"replicas": 3}
    assert not {"zanzibar", "gold"} & set(json.dumps(masked).replace('"', " ").split())


def test_a_figure_keeps_what_is_drawn_and_loses_what_is_said(masker):
    figure = {
        "data": [{
            "type": "bar", "orientation": "h", "x": [1, 2], "y": ["zanzibar", "Deployment", "x2"], "name": "zanzibar",
            "text": "<b>zanzibar</b> &amp; plan",
            "marker": {"color": "#56b4e9", "zanzibar": 1}, "hovertemplate": "%{customdata[0]} of %{zanzibar}<br>zanzibar<extra></extra>",
            "customdata": [["zanzibar", 3]], "xaxis": "x2", "z": {"dtype": "f8", "bdata": "AAAAAAAA8D8="},
            "ids": {"dtype": "f8", "bdata": "emFuemliYXI="},
        }],
        "layout": {"title": {"text": "zanzibar"}, "images": [{"source": "data:image/png;base64,emFuemliYXI="}],
                   "font": {"family": "zanzibar"}},
        "config": {"zanzibar": 1},
    }  # fmt: skip
    masked = mask_figure(figure, masker)
    assert "zanzibar" not in json.dumps(masked)
    assert "emFuemliYXI" not in json.dumps(masked["layout"])
    [trace] = masked["data"]
    assert (trace["type"], trace["orientation"], trace["marker"], trace["xaxis"]) == ("bar", "h", {"color": "#56b4e9"}, "x2")
    assert trace["y"] == ["word-1", "Deployment", trace["y"][2]]
    assert trace["y"][2].startswith("word-"), "a category may be called as an axis is"
    assert "images" not in masked["layout"]
    assert masker.left_out["a picture in a figure"] == 1
    assert trace["text"] == "<b>word-1</b> &amp; plan"
    assert trace["hovertemplate"].startswith("%{customdata[0]} of ")
    assert trace["hovertemplate"].endswith("<br>word-1<extra></extra>")
    assert trace["z"] == {"dtype": "f8", "bdata": "AAAAAAAA8D8="}
    assert mask_figure(["zanzibar"], masker) is None


@pytest.mark.parametrize(
    ("bundle", "kept"),
    [
        ({"image/png": "zanzibar", "text/plain": "<Figure size 640x480>"}, "(a picture was left out: it cannot be searched for names)"),
        ({"application/zanzibar": 1}, "(an output was left out: it cannot be searched for names)"),
        ({"application/vnd.jupyter.widget-view+json": {}}, "(a widget was left out: it cannot be searched for names)"),
        ({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "8 objects"}, "8 objects"),
        ({"text/html": {"x": 1}, "text/plain": ["a ", "plan"]}, "a plan"),
        ({}, "(an output was left out: it cannot be searched for names)"),
    ],
)  # fmt: skip
def test_what_nobody_can_search_is_left_out(masker, bundle, kept):
    assert mask_bundle(bundle, masker) == {"text/plain": kept}
    assert not any("zanzibar" in what for what in masker.left_out)


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "zanzibar", "text": ["zan\x1b[1mzibar ", "\u200bzanzibar"]},
        {"output_type": "error", "ename": "Zanzibar", "evalue": "zanzibar", "traceback": ["\x1b[31mzanzibar\x1b[0m", 3]},
        {"output_type": "zanzibar", "data": {}},
        {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {"zanzibar": 1}, "transient": {"x": "zanzibar"}},
    ],
)
def test_every_kind_of_output(masker, output):
    assert "zanzibar" not in json.dumps(mask_output(output, masker)).casefold()


def test_a_name_is_one_name_whatever_colours_a_terminal_gives_it(masker):
    output = {"output_type": "stream", "name": "stdout", "text": "zan\x1b[1mzibar\x1b[0m \u200bzanzibar"}
    assert mask_output(output, masker)["text"] == "word-1 word-1"
