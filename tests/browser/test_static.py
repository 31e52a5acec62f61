"""The static views in a page of their own: readable, accessible, and no wider than the screen."""

from __future__ import annotations

import pytest

from benchmarks.changes import plan_of
from gitopskit.model.events import Outcome
from gitopskit.model.report import summarise
from gitopskit.views import html
from gitopskit.views.diff import diff
from gitopskit.views.html.markup import document
from gitopskit.views.table.table import table
from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, contrast, open_page, require_chromium
from tests.views.html.test_limits import snapshot
from tests.views.test_diff import UPDATE, live
from tests.views.test_views import FULL, events

PAGES = {
    "plan": lambda: html.page(FULL),
    "long-plan": lambda: html.page(plan_of(10_000)),
    "report": lambda: html.page(summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED))),
    "snapshot": lambda: html.page(snapshot(*(f"pod-{at}" for at in range(100)))),
    "side-by-side": lambda: document(diff(UPDATE, live())._repr_html_()),
    "inline": lambda: document(diff(UPDATE, live(), style="inline")._repr_html_()),
    "table": lambda: document(table(plan_of(300))._repr_html_()),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_in_light_and_dark(name, width):
    require_chromium()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with open_page(width=width, height=800) as page:
        page.set_content(PAGES[name]())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=PICTURES / f"static-{name}-{width}-{scheme}.png")
            assert contrast(page, ".gk :is(h4, td, .gk-badge, .gk-soft, .gk-live, .gk-new, summary)") >= READABLE, scheme
            assert violations(page, ".gk") == [], scheme
