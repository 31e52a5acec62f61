"""A report page in a real browser: nothing from outside runs, nothing is fetched, and it is readable in both schemes and on paper.

What was seen is kept in ``out/browser``.
"""

from pathlib import Path

import pytest

from gitopskit.model.events import Outcome
from gitopskit.model.report import summarise
from gitopskit.views.export import save
from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, contrast, open_page, require_chromium
from tests.views import test_differences as differences
from tests.views.charts.samples import ESTATE
from tests.views.export.payloads import PAYLOADS, hostile
from tests.views.payloads import PAYLOADS as BITING
from tests.views.test_views import FULL, events

NOUNS = {
    "plan": FULL,
    "report": summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED)),
    "fleet": hostile("room-4")["fleet"],
    "differences": differences.FULL,
    "snapshot": ESTATE,
}


@pytest.fixture(params=[False, True], ids=["light", "dark"])
def page(request):
    require_chromium()
    with open_page(is_dark=request.param, width=1100) as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        yield page


@pytest.mark.timeout(300)
def test_nothing_runs_and_nothing_is_fetched(tmp_path):
    require_chromium()
    asked = []
    with open_page() as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        page.on("request", lambda request: asked.append(request.url))
        for payload in [*BITING, *(text for text in PAYLOADS if "bite" in text or "example.org" in text)]:
            for name in ("plan", "stopped", "fleet"):
                page.goto(f"file://{save(hostile(payload)[name], tmp_path / f'{name}.html')}")
                assert page.evaluate("window.bitten") == 0, (payload, name)
                assert page.locator(":is(script, img, iframe, svg, a, input, form, object, link)").count() == 0, (payload, name)
    assert {Path(url).name for url in asked} == {"plan.html", "stopped.html", "fleet.html"}


def test_a_page_that_is_not_escaped_bites(page, tmp_path):
    path = tmp_path / "plain.html"
    path.write_text("<!doctype html>" + "".join(BITING))
    page.goto(f"file://{path}")
    page.wait_for_function("window.bitten > 0")
    assert page.evaluate("window.bitten") > 0


def test_a_page_is_readable(page, tmp_path):
    page.goto(f"file://{save(FULL, tmp_path / 'plan.html')}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    scheme = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    page.screenshot(path=PICTURES / f"report-{scheme}.png")
    for selector in ("h1", "h2", "li", "dt", "dd", "th", "td", "td b", "del", "ins", ".soft", "footer"):
        assert contrast(page, selector) >= READABLE, selector
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, (
        "only tables are wider than a narrow screen, and scroll by themselves"
    )


@pytest.mark.parametrize("width", [360, 1100])
@pytest.mark.parametrize("name", NOUNS)
def test_everybody_can_use_a_page(page, tmp_path, name, width):
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"file://{save(NOUNS[name], tmp_path / f'{name}.html')}")
    assert violations(page, "body") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        scrolls = page.locator(".wide").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length")
        assert scrolls > 0, "there is something that a keyboard has to reach"


def test_a_page_prints_dark_on_white(page, tmp_path):
    page.goto(f"file://{save(FULL, tmp_path / 'plan.html')}")
    page.emulate_media(media="print")
    assert contrast(page, "td") >= READABLE
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert len(page.pdf(format="A4")) > 1000
