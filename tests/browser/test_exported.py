"""Executed notebooks as pages by nbconvert: whatever somebody else wrote stays text there, too, in every noun and chart."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from gitopskit.errors import plain
from tests.browser.lab import PICTURES, ROOT, open_page, require_chromium
from tests.views.payloads import PAYLOADS

SETUP = """
import gitopskit as gk
from IPython.display import HTML, display
from tests.views.charts import samples
from gitopskit.views import html
from tests.views.everything import bare, everything
from gitopskit.notebook.display import register
register()
"""
STYLED = """
nouns = everything({payload!r})
error = nouns.pop("error")
display(*nouns.values(), gk.diff(nouns["plan"]), gk.table(nouns["plan"]), gk.sync_chart(nouns["plan"]))
"""
OURS = """
nouns = everything({payload!r})
bad, seen, report, ledger = samples.hostile({payload!r})
charts = (gk.sync_chart(bad), gk.status_chart(bad), gk.owner_chart(bad), gk.timeline_chart(report), gk.blast_chart(bad, seen),
          gk.tree_chart(seen), gk.quota_chart(seen), gk.history_chart([bad, report, *ledger]))
others = (gk.diff(nouns["plan"])._repr_html_(), gk.table(nouns["plan"])._repr_html_(), *(chart.static_html() for chart in charts))
display(HTML(bare(*map(html.fragment, nouns.values()), *others)))
display(*(noun.to_frame() for noun in nouns.values() if hasattr(noun, "to_frame")))
"""
PLAIN = "display(HTML({payload!r}))"
SHOWN = 28
"""Nouns and charts that each text is shown in: eighteen nouns, a difference, a table, and eight charts."""
STYLED_SHOWN = 20


def exported(folder, *cells: str):
    """Run cells, an error at last, and return the page that nbconvert makes of it."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in (SETUP, *cells, "raise error")])
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(ROOT)}}).execute()
    broken = [output.evalue for one in notebook.cells[:-1] for output in one.outputs if output.output_type == "error"]
    assert broken == []
    page, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(notebook))
    path = folder / "page.html"
    path.write_text(page)
    return path.as_uri()


@pytest.fixture
def page():
    require_chromium()
    with open_page() as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        page.route(re.compile("^https?:"), lambda route: route.abort())
        yield page


@pytest.mark.timeout(300)
def test_the_payloads_bite_where_nothing_is_escaped(page, tmp_path):
    cells = [PLAIN.format(payload=payload) for payload in PAYLOADS]
    page.goto(exported(tmp_path, *cells), wait_until="domcontentloaded")
    page.wait_for_function("window.bitten > 2")
    assert page.evaluate("window.bitten") > 2


@pytest.mark.timeout(300)
def test_nothing_from_outside_runs(page, tmp_path):
    cells = [OURS.format(payload=payload) for payload in PAYLOADS]
    page.goto(exported(tmp_path, STYLED.format(payload=PAYLOADS[0]), *cells), wait_until="load", timeout=120_000)
    page.locator(".gk details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    page.screenshot(path=PICTURES / "exported.png")
    assert page.locator(".gk").count() == SHOWN * len(PAYLOADS) + STYLED_SHOWN + 1
    told = page.locator(".gk").all_text_contents()
    assert [text for text in PAYLOADS if sum(plain(text) in one for one in told) < SHOWN // 2] == []
    assert page.locator(".gk :is(img, script, iframe, svg, a, input, form, video, audio, object, embed, base, link, meta)").count() == 0
    assert page.locator(".jp-OutputArea :is(script, iframe, img[src=x], a[href*=bite], form, object, embed, base, link, meta)").count() == 0
    assert page.locator(".gk:not(.tex2jax_ignore)").count() == 0, "MathJax, which this page would fetch, leaves our outputs alone"
    assert page.evaluate("window.bitten") == 0
