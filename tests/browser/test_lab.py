"""A real JupyterLab in a real browser: readable in both themes, and nothing from outside becomes markup.

`GITOPSKIT_REQUIRE_BROWSER=1` turns a browser that is not there into a failure instead of a skip. What was seen is kept in
``out/browser``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.contrast import luminance, ratio
from tests.browser.lab import choose_theme, open_page, require_chromium, run_all, running_lab

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "out" / "browser"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text
PAYLOADS = [
    "<img src=x onerror=bite()>",
    "<svg onload=bite()></svg>",
    '"><script>bite()</script>',
    "</style><script>bite()</script>",
    "</code></td></table><img src=x onerror='bite()'>",
    "<details open ontoggle=bite()><summary>x</summary></details>",
    "<iframe srcdoc='<script>parent.bite()</script>'></iframe>",
    "<a href='javascript:bite()'>x</a>",
    "&lt;img src=x onerror=bite()&gt;",
    "$\\href{javascript:bite()}{x}$",
    "\\(\\unicode{<img src=x onerror=bite()>}\\)",
    "x' onmouseover='bite()",
    "<<img src=x onerror=bite()//",
    "\u202e>)(etib=rorreno x=crs gmi<",
]
SETUP = """
import tests.views.test_views as views
from gitopskit.notebook.display import register
from gitopskit.views.charts import sync_chart
from IPython.display import display
register()
"""
OURS = """
views.HOSTILE = {payload!r}
bad, report, snapshot, error = views.hostile()
display(bad, report, snapshot, sync_chart(bad), sync_chart(bad, by="kind"))
"""
PLAIN = """
from IPython.display import HTML, display
for payload in {payloads!r}:
    display(HTML(payload))
"""
ERROR = "raise error"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab: the folder it shows and the address of a notebook in it."""
    require_chromium()
    folder = tmp_path_factory.mktemp("browser") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    with running_lab(folder, GITOPSKIT_ENGINE="simulator", PYTHONPATH=str(ROOT)) as address:
        yield folder, address


@pytest.fixture
def page(lab):
    """A fresh browser page in which `bite` counts how often something from outside was run."""
    with open_page() as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        yield page


def show(lab, page, name: str, *sources: str) -> None:
    """Write a notebook of these cells, open it and run it."""
    folder, address = lab
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell(source.strip()) for source in sources], metadata=kernel), folder / name)
    page.goto(address.format(path=name))
    run_all(page)


def contrast(page, selector: str) -> float:
    """Return the lowest contrast between the text of such elements and the ground that they stand on (WCAG's ratio)."""
    pairs = page.locator(selector).evaluate_all(
        """all => all.filter(one => one.offsetParent).map(one => {
            const behind = ground => getComputedStyle(ground).backgroundColor;
            let ground = one;
            while (ground.parentElement && behind(ground) === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
            return [getComputedStyle(one).color, behind(ground)];
        })"""
    )
    assert pairs
    return min(ratio(*(luminance(colour) for colour in pair)) for pair in pairs)


@pytest.mark.timeout(300)
def test_the_start_notebook_is_readable_in_both_themes(lab, page):
    PICTURES.mkdir(parents=True, exist_ok=True)
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
def test_nothing_from_outside_runs(lab, page):
    show(lab, page, "ours.ipynb", SETUP, *(OURS.format(payload=payload) for payload in reversed(PAYLOADS)), ERROR)
    page.wait_for_function("count => document.querySelectorAll('.js-plotly-plot').length === count", arg=2 * len(PAYLOADS))
    for summary in page.locator(".gk summary").all():
        summary.evaluate("one => { one.parentElement.open = true; }")
    page.locator(".js-plotly-plot .bars path").first.hover(force=True)
    page.locator(".gk code").first.hover(force=True)
    page.screenshot(path=PICTURES / "hostile.png")
    assert page.locator(".gk", has_text=PAYLOADS[0]).count() > 2
    error = page.locator(".jp-CodeCell").last.locator(".jp-OutputArea").inner_text()
    assert PAYLOADS[0] in error
    assert "Traceback" not in error
    assert page.locator(".gk :is(img, script, iframe, svg, a, input, form)").count() == 0
    assert page.locator(".jp-OutputArea :is(script, iframe, img[src=x], a[href^=javascript])").count() == 0
    assert page.evaluate("window.bitten") == 0
