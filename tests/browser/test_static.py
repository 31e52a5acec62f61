"""The static views in a page of their own: readable, accessible, and no wider than the screen."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks.changes import plan_of
from gitopskit.errors import RevisionError
from gitopskit.model.events import Outcome
from gitopskit.model.report import summarise
from gitopskit.planning.needs import Need
from gitopskit.planning.selection import Selection
from gitopskit.views import html
from gitopskit.views.charts import sync_chart
from gitopskit.views.diff import diff
from gitopskit.views.html.markup import document
from gitopskit.views.table.table import table
from tests.browser.alone import PAGE, THEMES, VSCODE
from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, contrast, open_page, require_chromium
from tests.views import test_differences as differences
from tests.views.export.payloads import hostile
from tests.views.html.test_limits import snapshot
from tests.views.test_diff import UPDATE, live
from tests.views.test_operating import NOUNS
from tests.views.test_views import FULL, events

NEED = Need(id=FULL.steps[0].id, needs=FULL.steps[1].id, why="it names it")
PART = Selection(plan=FULL, dragged=(NEED,), blocked=(NEED,))
FRAGMENTS = {
    "plan": lambda: html.fragment(FULL),
    "long-plan": lambda: html.fragment(plan_of(10_000)),
    "report": lambda: html.fragment(summarise(FULL, events(Outcome.CHANGED, Outcome.FAILED))),
    "snapshot": lambda: html.fragment(snapshot(*(f"pod-{at}" for at in range(100)))),
    "differences": lambda: html.fragment(differences.FULL.show()),
    "fleet": lambda: html.fragment(hostile("room-4")["fleet"]),
    "selection": lambda: html.fragment(PART),
    "error": lambda: html.fragment(RevisionError("there is no such branch", where="/shop", next_step="git branch --all")),
    "side-by-side": lambda: diff(UPDATE, live())._repr_html_(),
    "inline": lambda: diff(UPDATE, live(), style="inline")._repr_html_(),
    "table": lambda: table(plan_of(300))._repr_html_(),
    "chart": lambda: sync_chart(FULL).static_html(),
} | {name: partial(html.fragment, noun) for name, noun in NOUNS.items()}
"""Static views: what a notebook shows, and a page of its own holds."""


def look_at(page, scheme: str) -> None:
    """Hold what is written to be readable, and everything to be usable."""
    shown = page.locator(".gk :is(h4, p, td, b, code, .gk-badge, .gk-soft, .gk-live, .gk-new, .gk-note, summary)")
    assert shown.count() > 1
    assert contrast(page, ".gk :is(h4, p, td, b, code, .gk-badge, .gk-soft, .gk-live, .gk-new, .gk-note, summary)") >= READABLE, scheme
    assert violations(page, ".gk") == [], scheme


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_page_is_readable_in_light_and_dark(name, width):
    require_chromium()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with open_page(width=width, height=800) as page:
        page.set_content(document(FRAGMENTS[name]()))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=PICTURES / f"static-{name}-{width}-{scheme}.png")
            look_at(page, scheme)


@pytest.mark.parametrize("theme", THEMES)
def test_a_view_is_readable_in_every_theme_of_vs_code(theme):
    require_chromium()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with open_page() as page:
        for name, made in FRAGMENTS.items():
            page.set_content(PAGE.format(style=VSCODE, body=theme, content=made()))
            page.screenshot(path=PICTURES / f"static-{name}-{theme.partition(' ')[0]}.png")
            look_at(page, f"{name}, {theme}")
