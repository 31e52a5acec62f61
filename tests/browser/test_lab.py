"""A real JupyterLab in a real browser: readable in both themes, and nothing from outside becomes markup.

`GITOPSKIT_REQUIRE_BROWSER=1` turns a browser that is not there into a failure instead of a skip. What was seen is kept in
``out/browser``.
"""

from __future__ import annotations

import pytest

from gitopskit.errors import plain
from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, THEMES, choose_theme, contrast, run_all, show
from tests.views.payloads import PAYLOADS

SETUP = """
import tests.views.test_views as views
from gitopskit.notebook.display import register
from gitopskit.views import html
from gitopskit.views.charts import sync_chart
from gitopskit.views.diff import diff
from gitopskit.views.table.table import table
from IPython.display import HTML, display
from tests.views.everything import bare, everything
register()
seen = []
"""
STYLED = """
display(*(noun for noun in everything({payload!r}).values() if not isinstance(noun, Exception)))
"""
OURS = """
nouns = everything({payload!r})
plan, error = nouns["plan"], nouns["error"]
seen.extend(plan.changes)
display(HTML(bare(*map(html.fragment, nouns.values()), diff(plan)._repr_html_(), table(plan)._repr_html_())))
"""
FORMULA = """
HTML('<p id="formula">$x$</p>')
"""
CHARTS = """
everything = views.plan(*seen)
display(sync_chart(everything), sync_chart(everything, by="kind"))
"""
PLAIN = """
from IPython.display import HTML, display
for payload in {payloads!r}:
    display(HTML(payload))
"""
ERROR = "raise error"
PARTS = 2  # one page of everything is more than a browser holds well


@pytest.mark.timeout(300)
def test_the_start_notebook_is_readable_in_both_themes(lab, page):
    page.goto(lab[1].format(path="00-start/the-main-job.ipynb"))
    run_all(page)
    assert page.get_by_text("Proof: a second plan is empty.").count() >= 2
    assert page.locator(".js-plotly-plot").count() == 1
    alignment = page.locator(".gk td").evaluate_all("all => [...new Set(all.map(one => getComputedStyle(one).textAlign))]")
    assert alignment == ["left"]
    for theme, name in THEMES.items():
        choose_theme(page, name)
        page.locator(".gk table").nth(2).scroll_into_view_if_needed()
        page.screenshot(path=PICTURES / f"the-main-job-{theme}.png")
        for selector in (".gk h4", ".gk td", ".gk .gk-badge", ".gk .gk-soft", ".gk .gk-live", ".gk .gk-new"):
            assert contrast(page, selector) >= READABLE, (theme, selector)


@pytest.mark.timeout(300)
def test_the_payloads_bite_where_nothing_is_escaped(lab, page):
    show(lab, page, "plain.ipynb", PLAIN.format(payloads=PAYLOADS))
    page.wait_for_function("window.bitten > 2")
    assert page.evaluate("window.bitten") > 2
    page.locator(".jp-OutputArea mjx-container", has_text="HOME").wait_for(state="attached")
    page.locator(".jp-OutputArea mjx-container a[href*='example.org']").wait_for(state="attached")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_from_outside_runs(lab, page, part):
    payloads = PAYLOADS[part::PARTS]
    shown = plain(payloads[0])
    cells = [OURS.format(payload=payload) for payload in reversed(payloads)]
    show(lab, page, f"ours-{part}.ipynb", SETUP, STYLED.format(payload=payloads[0]), *cells, CHARTS, FORMULA, ERROR)
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length === 2")
    page.locator("#formula mjx-container").wait_for(state="attached")  # formulas are typeset in turn, this one last
    page.locator(".gk details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    page.locator(".js-plotly-plot .bars path").first.hover(force=True)
    page.locator(".gk code").first.hover(force=True)
    page.screenshot(path=PICTURES / f"hostile-{part}.png")
    assert page.locator(".gk", has_text=shown).count() > 2
    error = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea").inner_text()
    assert shown in error
    assert "Traceback" not in error
    assert page.locator(".gk :is(img, script, iframe, svg, a, input, form)").count() == 0
    assert page.locator(".jp-OutputArea :is(script, iframe, img[src=x], a[href^=javascript])").count() == 0
    assert page.locator(".jp-OutputArea mjx-container").count() == 1, "dollar signs from outside are no formula"
    assert page.evaluate("window.bitten") == 0


CALM = """
from tests.views import test_differences as differences
from tests.views.export.payloads import hostile
from tests.views.test_operating import NOUNS
from tests.views.test_views import FULL
from gitopskit.errors import RevisionError
from gitopskit.planning.needs import Need
from gitopskit.planning.selection import Selection
from gitopskit.notebook.display import register
from IPython.display import display
register()
need = Need(id=FULL.steps[0].id, needs=FULL.steps[1].id, why="it names it")
"""
VIEWS = """
display(differences.FULL, differences.FULL.show(), hostile("room-4")["fleet"], Selection(plan=FULL, dragged=(need,), blocked=(need,)),
        *NOUNS.values())
"""
PANEL = 'raise RevisionError("there is no such branch", where="/shop", next_step="git branch --all")'
VIEWS_SHOWN = 11
"""Two of differences, a fleet, a selection, six that have to do with operations, and an error."""


@pytest.mark.timeout(300)
def test_every_view_is_readable_and_usable_in_both_themes(lab, page):
    show(lab, page, "views.ipynb", CALM, VIEWS, PANEL)
    page.locator(".gk").nth(VIEWS_SHOWN - 1).wait_for()
    assert page.locator(".gk").count() == VIEWS_SHOWN
    page.locator(".gk details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    for theme, name in THEMES.items():
        choose_theme(page, name)
        page.locator(".gk").first.scroll_into_view_if_needed()
        page.screenshot(path=PICTURES / f"views-{theme}.png")
        assert contrast(page, ".gk :is(h4, p, td, th, b, code, span, summary, .gk-note)") >= READABLE, theme
        assert violations(page, ".jp-OutputArea .gk") == [], theme
