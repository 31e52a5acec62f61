"""Every chart in a real JupyterLab, in both themes: drawn, in its place, and readable. What was seen is kept in ``out/browser``."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from gitopskit.errors import plain
from gitopskit.views.charts.look import ON_MARK
from tests.browser.contrast import luminance, ratio
from tests.browser.lab import READABLE, choose_theme, open_page, require_chromium, run_all, running_lab
from tests.views.payloads import PAYLOADS

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "out" / "browser"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SETUP = """
import gitopskit as gk
from tests.views.charts import samples as s
class Workspace:
    history = (s.PLAN, s.plan(s.change(s.Action.NO_OP, s.WEB), created_at=s.at(300)))
    def ledger(self):
        return s.LEDGER
"""
CHARTS = {
    "sync": "gk.sync_chart(s.PLAN)",
    "status": "gk.status_chart(s.PLAN)",
    "health": "gk.status_chart(s.PLAN, health=s.HEALTH)",
    "owner": "gk.owner_chart(s.PLAN)",
    "timeline": "gk.timeline_chart(s.BROKEN)",
    "blast": "gk.blast_chart(s.DELETES_SHOP, s.ESTATE)",
    "tree": 'gk.tree_chart(s.ESTATE, "shop")',
    "quota": "gk.quota_chart(s.ESTATE)",
    "history": "gk.history_chart(Workspace())",
    "many": "gk.status_chart(s.big_plan())",
    "empty": "gk.blast_chart(s.plan(), s.ESTATE)",
}
HOSTILE = """
bad, seen, report, ledger = s.hostile(*{payloads!r})
for one in (gk.sync_chart(bad), gk.status_chart(bad), gk.owner_chart(bad), gk.timeline_chart(report), gk.blast_chart(bad, seen),
            gk.tree_chart(seen), gk.quota_chart(seen), gk.history_chart([bad, report, *ledger])):
    display(one)
"""
GROUP = 12
"""Texts in one chart: as many as each of the eight charts draws by name."""
EACH = 8
POINTED = 16
"""Marks of a chart that are pointed at: more than it has lines."""
LETTERS = 11
"""As much of a text as every chart writes."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab: the folder it shows and the address of a notebook in it."""
    require_chromium()
    folder = tmp_path_factory.mktemp("charts") / "notebooks"
    folder.mkdir()
    with running_lab(folder, PYTHONPATH=str(ROOT)) as address:
        yield folder, address


def show(lab, page, name: str, *sources: str) -> None:
    folder, address = lab
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell(source.strip()) for source in sources], metadata=kernel), folder / name)
    page.goto(address.format(path=name))
    run_all(page)


def texts(page) -> list[tuple[str, str, str]]:
    """Return chart, words and colour of every text that stands on the page's own ground; words on a mark have a colour of their own."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap((plot, at) =>
            [...plot.querySelectorAll('text, tspan')].filter(one => !one.closest('.hoverlayer') && one.getClientRects().length
                && [...one.childNodes].some(inner => inner.nodeType === Node.TEXT_NODE && inner.textContent.trim())).map(
                one => [String(at), one.textContent, getComputedStyle(one).fill]))"""
    )
    on_mark = luminance(ON_MARK)
    return [(at, words, colour) for at, words, colour in found if luminance(colour) != on_mark]


def hovered(page, plot) -> str:
    """Return everything that a chart says: what is written, and what is said of each mark when it is pointed at."""
    plot.scroll_into_view_if_needed()
    told = [plot.evaluate("plot => plot.textContent")]
    marks = plot.locator(":is(.bars path, .points path, .surface)")
    boxes = marks.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    for box in [box for box in boxes if min(box["width"], box["height"]) > 1][:POINTED]:
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(60)  # as long as plotly rests between two answers
        told.append(plot.locator(".hoverlayer").evaluate("layer => layer.textContent"))
    return "\n".join(told)


def overlaps(page, selector: str) -> list[tuple[str, str]]:
    """Return the texts of one kind that stand on each other, in one chart."""
    return page.evaluate(
        """selector => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const boxes = [...plot.querySelectorAll(selector)].filter(one => one.textContent.trim()).map(
                one => [one.textContent, one.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
            const found = [];
            boxes.forEach(([a, one], at) => boxes.slice(at + 1).forEach(([b, other]) => {
                if (one.left + 1 < other.right && other.left + 1 < one.right && one.top + 2 < other.bottom && other.top + 2 < one.bottom)
                    found.push([a, b]);
            }));
            return found;
        })""",
        selector,
    )


@pytest.mark.timeout(300)
def test_every_chart_is_readable_in_both_themes(lab):
    PICTURES.mkdir(parents=True, exist_ok=True)
    with open_page(width=1440, height=900) as page:
        show(lab, page, "charts.ipynb", SETUP, *CHARTS.values())
        page.wait_for_function("count => document.querySelectorAll('.js-plotly-plot .main-svg').length >= count", arg=len(CHARTS))
        plots = page.locator(".js-plotly-plot")
        assert plots.count() == len(CHARTS)
        for theme, name in THEMES.items():
            choose_theme(page, name)
            ground = page.evaluate("getComputedStyle(document.querySelector('.jp-WindowedPanel-viewport, .jp-Notebook')).backgroundColor")
            for at, chart in enumerate(CHARTS):
                plots.nth(at).scroll_into_view_if_needed()
                plots.nth(at).screenshot(path=PICTURES / f"chart-{chart}-{theme}.png")
            told = texts(page)
            assert len({at for at, *_ in told}) == len(CHARTS)
            dim = {(at, words) for at, words, colour in told if ratio(luminance(colour), luminance(ground)) < READABLE}
            assert dim == set(), theme
        for selector in (".ytick text", ".xtick text", ".legendtext, .gtitle, .xtitle", ".textpoint text", ".annotation-text, .gtitle"):
            assert overlaps(page, selector) == [], selector


@pytest.mark.timeout(300)
def test_a_narrow_screen_still_shows_every_chart(lab):
    with open_page(width=720, height=900) as page:
        show(lab, page, "narrow.ipynb", SETUP, *CHARTS.values())
        page.wait_for_function("count => document.querySelectorAll('.js-plotly-plot .main-svg').length >= count", arg=len(CHARTS))
        for at, chart in enumerate(CHARTS):
            page.locator(".js-plotly-plot").nth(at).screenshot(path=PICTURES / f"chart-{chart}-narrow.png")
        assert overlaps(page, ".legendtext, .gtitle") == []


@pytest.mark.timeout(300)
def test_nothing_from_outside_runs_in_a_chart(lab):
    with open_page() as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        groups = [PAYLOADS[at : at + GROUP] for at in range(0, len(PAYLOADS), GROUP)]
        show(lab, page, "hostile-charts.ipynb", SETUP, *(HOSTILE.format(payloads=group) for group in groups))
        plots = page.locator(".js-plotly-plot")
        page.wait_for_function("count => document.querySelectorAll('.js-plotly-plot .main-svg').length >= count", arg=EACH * len(groups))
        assert plots.count() == EACH * len(groups)
        missing = []
        for at, plot in enumerate(plots.all()):
            told = hovered(page, plot)
            missing += [(at, plain(text)) for text in groups[at // EACH] if plain(text)[:LETTERS] not in told]
        assert missing == []
        page.screenshot(path=PICTURES / "hostile-charts.png")
        assert page.locator(".jp-OutputArea :is(script, iframe, img[src=x], a[href^=javascript])").count() == 0
        assert page.evaluate("window.bitten") == 0
