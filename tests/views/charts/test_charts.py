"""What all charts have in common: a title, units, words, escaped labels, a frame, a static table, and few enough parts to draw."""

import copy
import json
import pickle
import re

import pandas as pd
import pytest

from gitopskit.views.charts import (
    blast_chart,
    history_chart,
    owner_chart,
    quota_chart,
    status_chart,
    sync_chart,
    timeline_chart,
    tree_chart,
)
from gitopskit.views.charts.chart import Chart
from gitopskit.views.charts.look import INK, ON_MARK, PALETTE, label, whole
from tests.browser.contrast import luminance, ratio
from tests.views.charts.samples import (
    DELETES_SHOP,
    ESTATE,
    HEALTH,
    LEDGER,
    PLAN,
    PROVED,
    WEB,
    big_estate,
    big_plan,
    big_report,
    hostile,
    live,
    live_object,
    plan,
)
from tests.views.payloads import PAYLOADS
from tests.views.test_views import HOSTILE, Elements

DRAWN = {
    "sync": lambda plan, live, report, ledger: sync_chart(plan),
    "sync by kind": lambda plan, live, report, ledger: sync_chart(plan, by="kind"),
    "status": lambda plan, live, report, ledger: status_chart(plan),
    "owner": lambda plan, live, report, ledger: owner_chart(plan),
    "timeline": lambda plan, live, report, ledger: timeline_chart(report),
    "blast": lambda plan, live, report, ledger: blast_chart(plan, live),
    "tree": lambda plan, live, report, ledger: tree_chart(live),
    "quota": lambda plan, live, report, ledger: quota_chart(live),
    "history": lambda plan, live, report, ledger: history_chart([plan, report, *ledger]),
}
FULL = (PLAN, ESTATE, PROVED, LEDGER)
COUNTED = r"\d+ objects?\b"
SYNCS = r": \d+ (Synced|OutOfSync|Missing|Extra|Unreadable)<br>"
UNITS = {
    "sync": (("objects",), COUNTED, SYNCS),
    "sync by kind": (("objects",), COUNTED, SYNCS),
    "status": ((), COUNTED, r"<br>(\d+ of \d+ well|. (Synced|OutOfSync|Missing|Extra|Unreadable))"),
    "owner": (("fields",), r"\d+ fields of \d+ drifted objects", r": \d+ fields of .*<br>.*\d+ objects?\b"),
    "timeline": (("seconds since 2026-03-01 12:00:00 UTC",), r"\d+ steps; \d+\.\d s", r", \d+\.\d{3} s, from \d+\.\d{3} s on"),
    "blast": (("objects",), r"takes? \d+ more objects? along", r"^\d+ (holds|may|deleted|replaced|taken) "),
    "tree": ((), COUNTED, r"\w"),
    "quota": (("percent of the limit",), r"\d+ of \d+ limits", r"<br>.+ of .+: |\? of .+: "),
    "history": (("steps", "moment (UTC)"), r"\d+ plans?, \d+ executions?", r"^\d+ [\w ]+<br>.* at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"),
}
"""Of each chart the titles of its axes, and the units that its subtitle and each hovering tell."""
ALLOWED = {"div", "style", "h4", "p", "code", "b", "span", "table", "thead", "tbody", "tr", "th", "td"}
MARKUP = {"b", "span", "br", "extra"}
AS_MARKUP = "$<b>"
TEXTS = [HOSTILE, AS_MARKUP, "x" * 5_000_000, "$\\alpha$", "a\nb\u202e", *PAYLOADS]


def strings(value):
    """Yield every text of a figure that plotly may take for markup."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_has_a_title_a_table_and_a_frame(name):
    chart = DRAWN[name](*FULL)
    bundle = chart._repr_mimebundle_()
    figure = bundle["application/vnd.plotly.v1+json"]
    title = figure["layout"]["meta"][0]
    assert title in figure["layout"]["title"]["text"]
    assert f"<h4>{title}</h4>" in bundle["text/html"]
    assert "<table" in bundle["text/html"]
    assert not chart.frame.empty
    assert {figure["layout"]["paper_bgcolor"], figure["layout"]["plot_bgcolor"]} == {"rgba(0,0,0,0)"}


@pytest.mark.parametrize("name", DRAWN)
def test_every_number_has_its_unit(name):
    chart = DRAWN[name](*FULL)
    titles, subtitle, hover = UNITS[name]
    axes = [axis for axis in (chart.layout.xaxis, chart.layout.yaxis) if axis.visible is not False]
    assert len(axes) in (0, 2)
    assert tuple(axis.title.text for axis in axes if axis.title.text or axis.tickmode != "array") == titles
    assert re.search(subtitle, chart.layout.meta[1])
    told = [words for trace in chart.data for words in hovers(trace)]
    assert len(told) > 1
    assert [words for words in told if not re.search(hover, words)] == []
    assert all(trace.marker.colorbar.to_plotly_json() == {} for trace in chart.data if trace.type != "bar"), "no colour stands for a number"


def hovers(trace):
    """Yield what is said of each mark of a trace, as plotly fills it in; of marks without a length, nothing."""
    template = trace.hovertemplate
    if not template:
        assert trace.hoverinfo == "skip"
        return
    lengths = trace.values if trace.type == "treemap" else trace.x
    for length, custom in zip(lengths, trace.customdata, strict=True):
        if trace.type != "bar" or length:
            listed = [custom] if isinstance(custom, str) else list(custom)
            filled = template.replace("%{x}", f"{length:g}").replace("%{customdata}", listed[0])
            yield re.sub(r"%\{customdata\[(\d)\]\}", lambda found, listed=listed: listed[int(found[1])], filled)


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_is_said_by_colour_alone(name):
    figure = DRAWN[name](*FULL)._repr_mimebundle_()["application/vnd.plotly.v1+json"]
    bars = [trace for trace in figure["data"] if trace["type"] == "bar" and trace.get("showlegend", True)]
    looks = {(json.dumps(trace["marker"]["color"]), trace["marker"]["pattern"]["shape"], trace["name"]) for trace in bars}
    assert len(looks) == len(bars)
    assert all(re.search(r"\w", trace["name"]) for trace in bars)


@pytest.mark.parametrize("name", [name for name in DRAWN if name != "timeline"])
def test_nothing_to_draw_is_said(name):
    given = (plan(), live(), PROVED, [])
    chart = history_chart([]) if name == "history" else DRAWN[name](*given)
    assert chart.frame.empty
    assert len(chart.data) == 0
    subtitle = chart.layout.meta[1]
    assert subtitle.endswith(".")
    assert subtitle in chart.static_html()
    full = DRAWN[name](*FULL).frame
    pd.testing.assert_series_equal(chart.frame.dtypes, full.dtypes)


@pytest.mark.parametrize("name", DRAWN)
def test_ten_thousand_objects_stay_a_picture(name):
    big = big_plan()
    ledger = [LEDGER[0]] * 10_000
    chart = DRAWN[name](big, big_estate(), big_report(), ledger)
    bundle = chart._repr_mimebundle_()
    assert len(json.dumps(bundle["application/vnd.plotly.v1+json"])) < 300_000
    assert len(bundle["text/html"]) < 150_000
    assert chart.layout.height <= 2600


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_nothing_from_outside_is_markup(name, text):
    bundle = DRAWN[name](*hostile(text))._repr_mimebundle_()
    found = Elements(bundle["text/html"])
    assert found.tags <= ALLOWED
    assert found.attributes <= {"role", "tabindex", "class", "aria-label", "scope", "style"}
    figure = bundle["application/vnd.plotly.v1+json"]
    for shown in strings([figure["data"], figure["layout"]]):
        inside = Elements(shown)
        assert inside.tags <= MARKUP
        assert inside.attributes <= {"style"}
        assert "$" not in shown
        assert not re.search("[\x00-\x1f\x7f\u202a-\u202e]", shown)
        assert len(shown) < 12_000


@pytest.mark.parametrize("name", DRAWN)
def test_markup_is_ours_alone(name):
    """As many elements with a name that looks like markup as with one that does not."""
    plain, marked = (
        [tag for shown in strings(DRAWN[name](*hostile(text)).to_plotly_json()["data"]) for tag in re.findall("<[a-z]+", shown)]
        for text in ("XXXX", "<b>X")
    )
    assert plain == marked


def test_one_object_is_enough():
    [one, *_] = PLAN.changes
    assert sync_chart(plan(one)).data[0].x == (1,)
    assert status_chart(plan(one), health=HEALTH).frame["health"].tolist() == [""]
    assert tree_chart(live(live_object(WEB)), WEB).frame["name"].tolist() == ["web"]
    assert blast_chart(DELETES_SHOP, live()).frame["seen"].tolist() == [False, False]
    assert timeline_chart(PROVED).frame["outcome"].tolist().count("changed") == 4


@pytest.mark.parametrize("again", [copy.deepcopy, lambda chart: pickle.loads(pickle.dumps(chart))])
def test_a_copy_has_the_same_table(again):
    chart = sync_chart(PLAN)
    twin = again(chart)
    pd.testing.assert_frame_equal(twin.frame, chart.frame)
    assert twin._repr_mimebundle_() == chart._repr_mimebundle_()


def test_a_chart_without_a_table_still_shows():
    assert Chart()._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("name", DRAWN)
def test_the_static_table_is_stable(name, snapshot):
    text = re.sub(r"<style>.*?</style>", "", DRAWN[name](*FULL).static_html(), flags=re.DOTALL)
    assert text.replace("><", ">\n<") == snapshot


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "a"),
        ("<b>", "&lt;b&gt;"),
        ("$x$", "&#36;x&#36;"),
        ("abcdef", "abc…"),
        ("\x1b[2J", "\\x1…"),
        ("&amp;", "&amp;am…"),
        ("\"'", "\"'"),
    ],
)
def test_labels(text, shown):
    assert label(text, 4) == shown


def test_hovering_shows_the_whole_name_in_lines():
    assert whole("x" * 250) == "<br>".join(["x" * 100, "x" * 100, "x" * 50])
    assert "more characters" in whole("x" * 1000)


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"], ids=["light", "dark"])
def test_ink_is_readable_on_both_grounds(ground):
    """Where no page says its colour. No one can do better on both than 4.35; WCAG asks for 4.5 of small text, and for 3 of large."""
    assert ratio(luminance(ground), luminance(INK)) >= 4.3


@pytest.mark.parametrize("colour", PALETTE)
def test_words_on_a_mark_are_readable(colour):
    assert ratio(luminance(colour), luminance(ON_MARK)) >= 4.5


@pytest.mark.parametrize("name", DRAWN)
def test_words_in_ink_take_the_colour_of_the_page(name):
    figure = DRAWN[name](*FULL)._repr_mimebundle_()["application/vnd.plotly.v1+json"]
    title = figure["layout"]["title"]["text"]
    assert title.startswith('<span style="color:var(--jp-content-font-color1,')
    assert title.endswith("</span>")
    assert all(trace["name"].startswith("<span") for trace in figure["data"] if trace.get("showlegend"))


def test_words_on_a_mark_and_in_a_picture_keep_theirs(monkeypatch):
    chart = status_chart(PLAN)
    shown = chart._repr_mimebundle_()["application/vnd.plotly.v1+json"]["data"][0]
    marked = [word.startswith("<span") for word in shown["labels"]]
    assert marked == [colour == INK for colour in shown["textfont"]["color"]]
    assert {True, False} <= set(marked)
    drawn = []
    monkeypatch.setattr("gitopskit.views.charts.chart.draw", lambda figure, *_: drawn.append(json.dumps(figure)) or b"")
    chart.to_image()
    assert "var(" not in drawn[0]
