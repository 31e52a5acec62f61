"""The live table and the choice of clusters in a real JupyterLab: they follow, ask nobody unasked, are readable, and harmless."""

from __future__ import annotations

import pytest

from gitopskit.errors import plain
from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, THEMES, choose_theme, contrast, kernel, show
from tests.browser.test_review import FOREIGN, ROWS, SHOP
from tests.browser.test_review import lab as lab
from tests.browser.test_review import page as page
from tests.views.payloads import PAYLOADS

APPLY = "plan = ws.plan()\n_ = ws.apply(plan, confirm=plan.id)"
WATCH = 'table = ws.watch("Pod", "Deployment", "ConfigMap", "Service")\ntable'
ASK = """
ws = gk.Workspace(shop.forge(), "deploy", trunk="main", target=target)
form = gk.namespace_form(ws, author="{author} <ada@shop.example>")
form
"""
HOSTILE_WATCH = """
from tests.browser.hostile import Told
table = ws.watch()
table._workspace = Told()
table
"""
PICK = """
from tests.browser.hostile import written
picker = gk.pick(written(target.kubeconfig))
picker
"""


def look_at(page, name: str, root: str) -> None:
    """Keep pictures in both themes, and hold what is written to be readable."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for theme, full in THEMES.items():
        choose_theme(page, full)
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.screenshot(path=PICTURES / f"{name}-{theme}.png")
        assert violations(page, root) == [], theme
        for selector in ("h4", "p", "span", "button:enabled"):
            assert contrast(page, f"{root} {selector}") >= READABLE, (theme, selector)


@pytest.mark.timeout(300)
def test_a_live_table_follows_pauses_and_ends_with_its_page(lab, page):
    show(lab, page, "live.ipynb", SHOP, APPLY, WATCH)
    table = page.locator(".gkp-live")
    table.get_by_role("cell", name="shop", exact=True).first.wait_for()
    kernel(page, 'gk.kubectl(ws, "create configmap late --namespace shop")')
    table.get_by_text("added").first.wait_for()
    assert table.get_by_role("row", name="late").count() == 1
    kernel(page, 'gk.kubectl(ws, "delete configmap late --namespace shop")')
    table.get_by_text("1 deleted").wait_for()
    kernel(page, 'gk.kubectl(ws, "create service loadbalancer outside --tcp=80 --namespace shop")')
    table.get_by_role("row", name="outside").get_by_text("Progressing").wait_for()
    names = table.locator(".gkp-rows .gkp-row")
    by_health = table.get_by_role("button", name="health")
    by_health.click()
    assert "outside" in names.first.inner_text(), "what does worst comes first"
    by_health.press("Enter")
    assert "Healthy" in names.first.inner_text(), "what has no health comes last either way"
    assert table.get_by_role("columnheader", name="health").get_attribute("aria-sort") == "descending"
    assert page.evaluate("document.activeElement.textContent").startswith("health")
    look_at(page, "live", ".gkp-live")
    table.get_by_role("switch", name="pause").check()
    table.get_by_text("Paused: what happens meanwhile").wait_for()
    table.get_by_role("searchbox", name="Filter").fill("settings")
    assert table.get_by_role("row").count() == 2
    table.get_by_role("button", name="End").click()
    table.get_by_text("Ended.").wait_for()
    assert "watch " not in kernel(page, "import threading; print([one.name for one in threading.enumerate()])")


@pytest.mark.timeout(300)
def test_a_cluster_is_asked_and_taken_in_two_steps(lab, page):
    show(lab, page, "pick.ipynb", SHOP, PICK)
    picker = page.locator(".gkp-picker")
    picker.get_by_text("Nothing was contacted.").wait_for()
    told = picker.locator(".gkp-grid").text_content()
    assert [text for text in PAYLOADS if told.count(plain(text)) < len(("name", "cluster", "user", "namespace"))] == []
    picker.get_by_role("button", name="Ask room-4 who it is").click()
    picker.get_by_text("cluster (uid of kube-system)").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Take room-4"
    look_at(page, "picker", ".gkp-picker")
    page.keyboard.press("Enter")
    picker.get_by_text("room-4 is chosen: picker.target").wait_for()
    assert kernel(page, "print(picker.target.context)").strip() == "room-4"
    for text in PAYLOADS:
        page.evaluate(
            "name => [...document.querySelectorAll('.gkp-picker button')].find(one => one.ariaLabel === name).click()",
            f"Ask {plain(text)} who it is",
        )
        said = "name => document.querySelector('.gkp-picker .gk-note')?.textContent.replaceAll('\\\\', '').includes(name)"
        page.wait_for_function(said, arg=plain(text).replace("\\", ""))  # a quoted name has its backslashes doubled
    page.screenshot(path=PICTURES / "picker-hostile.png")
    assert picker.locator(FOREIGN).count() == 0
    assert page.evaluate("window.bitten") == 0


@pytest.mark.timeout(300)
def test_nothing_hostile_runs_in_a_live_table(lab, page):
    show(lab, page, "hostile-live.ipynb", SHOP, HOSTILE_WATCH)
    table = page.locator(".gkp-live")
    table.get_by_text(f"{2 * len(PAYLOADS)} objects").wait_for()
    told = table.evaluate(ROWS)
    assert [text for text in PAYLOADS if told.count(plain(text)) < len(("kind", "namespace", "name", "status"))] == []
    alerts = " ".join(table.locator(".gk-note").all_text_contents())
    assert [text for text in PAYLOADS if plain(text) not in alerts] == []
    table.get_by_role("searchbox", name="Filter").fill(PAYLOADS[0])
    table.locator(".gkp-scroll").evaluate("box => { box.scrollTop = 0; }")
    table.locator(".gkp-rows .gkp-row").first.hover(force=True)
    page.screenshot(path=PICTURES / "live-hostile.png")
    assert table.locator(FOREIGN).count() == 0
    assert page.locator(".jp-OutputArea mjx-container").count() == 0
    assert page.evaluate("window.bitten") == 0


@pytest.mark.timeout(300)
def test_a_namespace_is_asked_for_by_a_form(lab, page):
    show(lab, page, "ask.ipynb", SHOP, ASK.format(author="Ada"))
    form = page.locator(".gkp-asking")
    form.get_by_text("Nothing is written yet. As Ada.").wait_for()
    assert form.get_by_role("button", name="Ask for it").is_disabled()
    form.get_by_role("textbox", name="team").fill("fruit")
    form.get_by_role("textbox", name="namespace").fill("Fruit Stand")
    form.get_by_text("cannot be a namespace").wait_for()
    form.get_by_role("textbox", name="namespace").fill("fruit-stand")
    form.get_by_role("textbox", name="pods in all").fill("10")
    form.get_by_role("textbox", name="why").fill(PAYLOADS[0])
    form.get_by_text("It can be asked for.").wait_for()
    look_at(page, "asking", ".gkp-asking")
    form.get_by_role("textbox", name="why").focus()
    page.keyboard.press("Enter")
    form.get_by_text("It is asked for: form.pull_request").wait_for()
    form.get_by_text("What it says").click()
    assert PAYLOADS[0] in form.inner_text()
    page.screenshot(path=PICTURES / "asked-dark.png")
    assert violations(page, ".gkp-asking") == []
    assert form.locator(":is(img, script, iframe, svg, a)").count() == 0
    assert page.evaluate("window.bitten") == 0
    assert kernel(page, "print(form.pull_request.branch, len(gk.pull_requests(ws)))").split() == ["namespace/fruit-stand", "1"]
