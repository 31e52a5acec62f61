"""A table of ten thousand rows in a real JupyterLab: it opens at once, and a keyboard is enough to use it."""

from __future__ import annotations

import base64

import pandas as pd
import pytest

from benchmarks.changes import plan_of
from gitopskit.views.table.packed import pack
from gitopskit.views.table.sheet import sheet_of
from gitopskit.views.table.table import table
from gitopskit.views.table.widget import SCRIPT
from tests.browser.alone import THEMES as VSCODE_THEMES
from tests.browser.alone import show_alone
from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, THEMES, choose_theme, contrast, kernel, open_page, require_chromium, show
from tests.views.payloads import PAYLOADS

MANY = """
from benchmarks.changes import plan_of
from gitopskit.views.table.table import table
plan = plan_of(10_000)
chosen = table(plan, select=True)
"""
SHOW = "chosen"
ASK = "print('chosen:', chosen.selected[['kind', 'namespace', 'name']].values.tolist())"
HOSTILE = """
import pandas as pd
from tests.views.payloads import PAYLOADS
from gitopskit.views.table.table import table
short = [text for text in PAYLOADS if len(text) <= 32]
rows = pd.DataFrame({name: PAYLOADS for name in ("kind", "name", *PAYLOADS[:3])} | {"few": [short[at % 8] for at in range(len(PAYLOADS))]})
rows.insert(0, "action", "update")
table(rows, select=True)
"""
WIDGET = ".jp-OutputArea .gk-table"


def opened(lab, page, name: str, *sources: str):
    show(lab, page, name, *sources)
    page.wait_for_selector(f"{WIDGET} [role=gridcell]")
    return page.locator(WIDGET)


def state(page) -> str:
    return page.locator(f"{WIDGET} [role=status]").inner_text()


def names(page) -> list[str]:
    """Return the names in the rows that can be seen, from the top."""
    return page.locator(f"{WIDGET} .gk-body .gk-row").evaluate_all(
        "rows => rows.map(row => row.querySelectorAll('[role=gridcell]')[4].textContent)"
    )


@pytest.mark.timeout(300)
def test_ten_thousand_rows_by_keyboard(lab, page):
    table = opened(lab, page, "many.ipynb", MANY, SHOW)
    assert "10,000 changes" in state(page)
    assert table.locator(".gk-row").count() < 60, "only what can be seen is in the page"
    grid = table.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == "10001"
    table.get_by_role("searchbox").focus()
    for _ in range(5):  # past the filters, into the grid
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "columnheader"
    page.keyboard.press("Control+End")
    assert page.evaluate("document.activeElement.parentElement.getAttribute('aria-rowindex')") == "10001"
    page.keyboard.press("Control+Home")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowDown")
    assert int(page.evaluate("document.activeElement.parentElement.getAttribute('aria-rowindex')")) > 8
    page.screenshot(path=PICTURES / "table-many.png")


@pytest.mark.timeout(300)
def test_sort_search_filter_and_select(lab, page):
    table = opened(lab, page, "select.ipynb", MANY, SHOW)
    header = table.get_by_role("columnheader", name="name", exact=True)
    header.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert names(page)[0] == "app-01999"
    table.get_by_role("searchbox").fill("app-00042 service")
    assert state(page).startswith("2 of 10,000")
    table.get_by_label("kind").select_option(index=4)
    assert state(page).startswith("1 of 10,000")
    table.get_by_role("gridcell").nth(2).click()
    assert "app-00042" in table.get_by_role("region", name="Details").inner_text()
    page.keyboard.press(" ")
    assert "1 selected" in state(page)
    assert "app-00042" in kernel(page, ASK)
    page.keyboard.press("Escape")
    assert table.get_by_role("region", name="Details").count() == 0
    kernel(page, "chosen.select([3, 5])")
    page.wait_for_function(f"document.querySelector('{WIDGET} [role=status]').textContent.includes('2 selected')")


@pytest.mark.timeout(300)
def test_rows_that_change_stay_where_somebody_is(lab, page):
    table = opened(lab, page, "changing.ipynb", MANY, SHOW)
    table.get_by_role("searchbox").fill("app-001")
    table.get_by_label("kind").select_option(index=2)
    table.get_by_role("columnheader", name="name", exact=True).click()
    table.get_by_role("columnheader", name="name", exact=True).press("Control+End")
    assert state(page).startswith("100 of 10,000")
    kernel(page, "chosen.replace(plan_of(9_990))")
    page.wait_for_function(f"document.querySelector('{WIDGET} [role=status]').textContent.startsWith('100 of 9,990')")
    assert page.evaluate("document.activeElement.parentElement.getAttribute('aria-rowindex')") == "101"
    assert table.get_by_role("searchbox").input_value() == "app-001"
    assert table.get_by_label("kind").input_value() != ""
    assert table.get_by_role("columnheader", name="name", exact=True).get_attribute("aria-sort") == "ascending"


FOLLOW = """
async ({script, sheets}) => {
    const bytes = text => new DataView(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer);
    const values = {sheet: bytes(sheets[0]), is_selectable: true, selection: {sheet: 0, rows: [1]}}, heard = {};
    const set = (name, value) => { values[name] = value; };
    const model = {get: name => values[name], set, save_changes() {}, on: (name, hear) => { heard[name] = hear; }, off() {}};
    const made = await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    await made.default.render({model, el: document.body});
    const follow = sheet => { set("sheet", bytes(sheet)); return heard["change:sheet"](); };
    const read = Response.prototype.arrayBuffer;
    let release, wait = new Promise(go => { release = go; });  // the first to be unpacked from now on is the last to be ready
    Response.prototype.arrayBuffer = async function () { const before = wait; wait = null; await before; return read.call(this); };
    const first = follow(sheets[1]);
    await follow(sheets[2]);
    release();
    await first;
    const count = document.querySelector("[role=grid]").getAttribute("aria-rowcount");
    document.querySelector(".gk-body [data-column='-1']").click();
    return [count, values.selection];
}
"""


def test_the_newest_rows_are_shown_and_what_is_selected_says_of_which():
    require_chromium()
    sheets = [base64.b64encode(pack(sheet_of(pd.DataFrame({"x": range(count)})), at)).decode() for at, count in enumerate((2, 5, 3))]
    with open_page() as page:
        assert page.evaluate(FOLLOW, {"script": SCRIPT, "sheets": sheets}) == ["4", {"sheet": 2, "rows": [0]}]


@pytest.mark.timeout(300)
def test_both_themes_are_readable_and_accessible(lab, page):
    table = opened(
        lab,
        page,
        "themes.ipynb",
        MANY + "chosen.select(range(0, 40, 3))",
        SHOW,
        "from IPython.display import HTML; HTML(chosen._repr_html_())",
    )
    table.get_by_role("gridcell").nth(9).click()
    for theme, name in THEMES.items():
        choose_theme(page, name)
        table.scroll_into_view_if_needed()
        page.screenshot(path=PICTURES / f"table-{theme}.png")
        for selector in (".gk-cell", ".gk-status", ".gk-state", ".gk-bar label", ".gk-details dt", ".gk-details dd"):
            assert contrast(page, f"{WIDGET} {selector}") >= READABLE, (theme, selector)
        assert violations(page, WIDGET) == []
        assert violations(page, ".jp-OutputArea .gk") == []
        page.locator(".jp-OutputArea .gk .gk-scroll").scroll_into_view_if_needed()
        page.screenshot(path=PICTURES / f"table-static-{theme}.png")


@pytest.mark.timeout(300)
def test_nothing_from_outside_runs(lab, page):
    table = opened(lab, page, "hostile-table.ipynb", HOSTILE)
    table.get_by_role("searchbox").fill(PAYLOADS[0])
    assert table.get_by_role("gridcell", name=PAYLOADS[0]).count() > 2
    table.get_by_role("searchbox").fill("")
    assert table.locator("option", has_text="<img src=x onerror=bite()>").count() == 1
    table.get_by_role("gridcell").nth(2).click()
    for _ in PAYLOADS[1:]:
        page.keyboard.press("ArrowDown")
    assert PAYLOADS[-1] in table.get_by_role("region", name="Details").inner_text()
    page.screenshot(path=PICTURES / "table-hostile.png")
    assert table.locator(":is(img, script, iframe, svg, a, form, object, embed, style, math)").count() == 0
    assert page.evaluate("window.bitten") == 0


SCREENS = {"light": ("", False), "dark": ("", True)} | {theme.partition(" ")[0]: (theme, False) for theme in VSCODE_THEMES}


@pytest.mark.parametrize("name", SCREENS)
def test_a_narrow_screen_scrolls_inside_the_table_alone(name):
    require_chromium()
    body, is_dark = SCREENS[name]
    with open_page(width=360, height=700, is_dark=is_dark) as page:
        show_alone(page, table(plan_of(300), select=True), body=body)
        page.get_by_role("gridcell").nth(2).click()
        page.screenshot(path=PICTURES / f"table-narrow-{name}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("(grid => grid.scrollWidth > grid.clientWidth)(document.querySelector('[role=grid]'))")
        for selector in (".gk-cell", ".gk-status", ".gk-state", ".gk-details dd"):
            assert contrast(page, f".gk-table {selector}") >= READABLE, selector
        assert violations(page, ".gk-table") == []


def test_of_ten_thousand_rows_a_page_holds_those_that_can_be_seen():
    require_chromium()
    made = table(plan_of(10_000))
    assert len(made.widget.sheet) < 1_000_000
    with open_page() as page:
        show_alone(page, made)
        assert page.get_by_role("grid").get_attribute("aria-rowcount") == "10001"
        assert 10 < page.locator(".gk-body .gk-row").count() < 60
        assert page.locator("*").count() < 2_000


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_say_so(count):
    require_chromium()
    with open_page() as page:
        show_alone(page, table(plan_of(count)))
        assert page.get_by_role("status").inner_text() == f"{count} change{'s' if count != 1 else ''}"
        assert page.get_by_text("There is no row.").count() == (count == 0)
        assert violations(page, ".gk-table") == []
