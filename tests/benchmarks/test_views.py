"""The benchmark of views draws what it measures, and ends where it cannot."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from playwright.sync_api import Error, sync_playwright

from benchmarks import views
from benchmarks.changes import plan_of
from gitopskit.views.table.sheet import sheet_of
from tests.browser.lab import ARGUMENTS, CHROMIUM, require_chromium

COUNT = 100
PLAN = plan_of(COUNT)


@pytest.fixture(scope="module")
def browser():
    require_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame(sheet_of(PLAN).frame[views.COLUMNS]).reset_index(drop=True)


@pytest.mark.parametrize("contender", views.contenders(), ids=lambda one: one.name)
def test_everything_that_is_measured_is_drawn(contender, browser, frame, tmp_path, monkeypatch):
    monkeypatch.setattr(views, "ROUNDS", 1)
    monkeypatch.setattr(views, "WAIT_MS", 60_000)
    found = views.measure(contender, PLAN, frame, browser, tmp_path)
    assert found.shown_ms > 0
    assert found.size_bytes > 1_000
    assert (found.frame_ms is None) == contender.is_paged


def test_the_page_of_the_widget_holds_the_rows(browser):
    page = browser.new_page()
    page.set_content(views.widget_page(views.table(PLAN).widget.sheet))
    page.get_by_role("status").get_by_text(f"{COUNT} changes").wait_for(timeout=60_000)
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == str(COUNT + 1)
    page.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<script>throw new Error('no such trait')</script>", "no such trait"),
        ("<script>Promise.reject(new Error('no such trait'))</script>", "no such trait"),
        ("<p>no row</p>", "Timeout"),
    ],
    ids=["broken", "broken later", "empty"],
)
def test_a_page_that_never_draws_ends_the_benchmark(content, said, browser, tmp_path, monkeypatch):
    monkeypatch.setattr(views, "WAIT_MS", 2_000 if said == "Timeout" else 60_000)
    path = tmp_path / "page.html"
    path.write_text(views.PAGE.format(content))
    with pytest.raises(Error, match=said):
        views.look(views.contenders()[0], COUNT, browser, path)


def test_a_page_that_does_not_scroll_to_its_end_ends_the_benchmark(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(views, "WAIT_MS", 2_000)
    monkeypatch.setattr(views, "SCROLLED", "() => new Promise(() => {})")
    path = tmp_path / "page.html"
    path.write_text(views.PAGE.format("<table><tbody><tr><td>x</table>"))
    contender = replace(views.contenders()[3], least=lambda _: 1)
    with pytest.raises(Error, match="Timeout"):
        views.look(contender, 1, browser, path)
