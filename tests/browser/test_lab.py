"""A real JupyterLab in a real browser: readable in both themes, and nothing from outside becomes markup.

`GITOPSKIT_REQUIRE_BROWSER=1` turns a browser that is not there into a failure instead of a skip. What was seen is kept in
``out/browser``.
"""

from __future__ import annotations

import pytest

from gitopskit.errors import plain
from tests.browser.lab import PICTURES, READABLE, THEMES, choose_theme, contrast, run_all, show
from tests.views.payloads import PAYLOADS

SETUP = """
import tests.views.test_differences as differences
import tests.views.test_views as views
from gitopskit.notebook.display import register
from gitopskit.views.charts import sync_chart
from gitopskit.views.diff import diff
from gitopskit.views.table.table import table
from IPython.display import HTML, display
register()
seen = []
"""
OURS = """
views.HOSTILE = differences.HOSTILE = {payload!r}
bad, report, snapshot, error = views.hostile()
seen.extend(bad.changes)
display(bad, report, snapshot, differences.evil().show(), diff(bad), HTML(table(bad)._repr_html_()))
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
PARTS = 4  # one page of everything is more than a browser holds well


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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_from_outside_runs(lab, page, part):
    payloads = PAYLOADS[part::PARTS]
    shown = plain(payloads[0])
    show(lab, page, f"ours-{part}.ipynb", SETUP, *(OURS.format(payload=payload) for payload in reversed(payloads)), CHARTS, ERROR)
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length === 2")
    for summary in page.locator(".gk summary").all():
        summary.evaluate("one => { one.parentElement.open = true; }")
    page.locator(".js-plotly-plot .bars path").first.hover(force=True)
    page.locator(".gk code").first.hover(force=True)
    page.screenshot(path=PICTURES / f"hostile-{part}.png")
    assert page.locator(".gk", has_text=shown).count() > 2
    error = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea").inner_text()
    assert shown in error
    assert "Traceback" not in error
    assert page.locator(".gk :is(img, script, iframe, svg, a, input, form)").count() == 0
    assert page.locator(".jp-OutputArea :is(script, iframe, img[src=x], a[href^=javascript])").count() == 0
    assert page.evaluate("window.bitten") == 0
