"""The review of a plan in a real JupyterLab: chosen, confirmed, stopped midway and resumed while other cells run; readable and harmless."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gitopskit.errors import plain
from tests.browser.axe import violations
from tests.browser.lab import (
    PICTURES,
    READABLE,
    ROOT,
    THEMES,
    choose_theme,
    contrast,
    kernel,
    open_page,
    require_chromium,
    running_lab,
    show,
)
from tests.views.payloads import PAYLOADS

SHOP = """
import json
import gitopskit as gk
def config(name, **data):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": data})
shop = gk.seed_shop()
target = gk.sandbox("simulator", nodes=0)
ws = gk.Workspace(shop, "deploy", revision="main", trunk="main", target=target)
"""
MANY = """
_ = shop.write({f"deploy/m{number}.json": config(f"m{number:03}", a="b") for number in range(120)}, "Write many")
"""
SLOW = '_ = target.faults({"verb": "patch", "kind": "configmaps", "what": "latency", "latency_s": 0.2})'
FOREIGN = ":is(img, script, iframe, svg, math, a, form, object, embed, video, audio, base, link, meta, marquee)"
REVIEW = "review = ws.review()\nreview"
BAD = """
from tests.browser.hostile import spoilt
review = ws.review(spoilt(ws.plan()))
review
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab: the folder it shows and the address of a notebook in it."""
    require_chromium()
    folder = tmp_path_factory.mktemp("review") / "notebooks"
    folder.mkdir()
    setting = folder.parent / "lab" / "user" / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    setting.parent.mkdir(parents=True)
    setting.write_text('{"saveState": true}')  # the worst case: what widgets keep is saved with every notebook
    with running_lab(folder, GITOPSKIT_ENGINE="simulator", PYTHONPATH=str(ROOT)) as address:
        yield folder, address


@pytest.fixture
def page(lab):
    """A fresh browser page in which `bite` counts how often something from outside was run."""
    with open_page(height=1300) as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        page.set_default_timeout(60_000)
        yield page


def save(page, file: Path) -> dict:
    """Save the notebook, and return what is in the file."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    return json.loads(file.read_text())


def confirm(page) -> str:
    """Type what is asked for, and press Apply."""
    asked = page.locator(".gkp-code").inner_text()
    page.locator(".gkp-review input[type=text]").fill(asked)
    page.get_by_role("button", name="Apply", exact=True).click()
    return asked


@pytest.mark.timeout(300)
def test_applied_in_the_background_stopped_and_resumed(lab, page):
    PICTURES.mkdir(parents=True, exist_ok=True)
    show(lab, page, "many.ipynb", SHOP, MANY, REVIEW, SLOW)
    review = page.locator(".gkp-review")
    review.get_by_text("128 of 128 steps chosen").wait_for()
    assert violations(page, ".gkp-review") == []
    apply = page.get_by_role("button", name="Apply", exact=True)
    assert apply.is_disabled()
    review.locator("input[type=text]").fill("0" * 12)
    assert apply.is_disabled()

    asked = confirm(page)
    review.get_by_text(re.compile(r"Applying: [1-9]\d* of 128 steps are done")).wait_for()
    assert kernel(page, "print(6 * 7, review.wait(0))").strip() == "42 None", "the kernel is free meanwhile"
    page.screenshot(path=PICTURES / "review-running.png")
    page.get_by_role("button", name="Stop", exact=True).click()
    review.get_by_text("interrupted").wait_for()
    told = review.inner_text()
    assert re.search(r"interrupted \((\d+) of 128 steps were taken; the same call goes on from there\)", told)
    assert "not started" in told
    page.screenshot(path=PICTURES / "review-stopped.png")

    assert confirm(page) == asked
    review.get_by_text("Proof: a second plan is empty.").wait_for()
    assert kernel(page, "print(ws.plan().is_empty, len(ws.ledger()))").strip() == "True 2"
    assert apply.is_hidden()
    for theme, name in THEMES.items():
        choose_theme(page, name)
        page.screenshot(path=PICTURES / f"review-done-{theme}.png")


@pytest.mark.timeout(300)
def test_what_is_typed_or_asked_for_is_not_saved(lab, page):
    show(lab, page, "typed.ipynb", SHOP, REVIEW)
    page.locator(".gkp-code").wait_for()
    page.get_by_label("create Namespace").focus()
    box = page.locator(".gkp-review input[type=text]")
    typed = "4711-typed-and-not-sent"
    box.fill(typed)
    page.get_by_role("searchbox", name="Filter").click()
    saved = save(page, lab[0] / "typed.ipynb")
    state = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert any(model["model_name"] == "AnyModel" for model in state.values()), "widgets are saved with this notebook"
    assert typed not in json.dumps(saved)
    assert page.locator(".gkp-code").inner_text() not in json.dumps(state)
    assert "<h4>Plan <code>" in json.dumps(saved["cells"][1]["outputs"]), "the static form is saved beside it"


@pytest.mark.timeout(300)
def test_a_page_that_was_closed_finds_what_became_of_it(lab, page):
    show(lab, page, "closed.ipynb", SHOP, MANY, REVIEW, SLOW)
    page.locator(".gkp-code").wait_for()
    save(page, lab[0] / "closed.ipynb")
    confirm(page)
    page.locator(".gkp-review").get_by_text("Applying").wait_for()
    page.goto("about:blank")
    page.goto(lab[1].format(path="closed.ipynb"))
    page.locator(".gkp-review").get_by_text("Proof: a second plan is empty.").wait_for()
    assert kernel(page, "print(review.report.is_proved, len(ws.ledger()))").strip() == "True 1"


@pytest.mark.timeout(300)
def test_a_review_without_its_kernel_says_so_and_can_do_nothing(lab, page):
    show(lab, page, "gone.ipynb", SHOP, REVIEW)
    page.locator(".gkp-code").wait_for()
    save(page, lab[0] / "gone.ipynb")
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }")
    page.goto("about:blank")
    page.goto(lab[1].format(path="gone.ipynb"))
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.locator(".jp-OutputArea-output").last.wait_for(state="attached")
    page.locator(".jp-Notebook").get_by_text(re.compile("No kernel answers|model not found")).wait_for()
    page.screenshot(path=PICTURES / "review-gone.png")
    assert page.locator(".gkp-review button.gkp-go:enabled").count() == 0


@pytest.mark.timeout(300)
def test_choosing_by_keyboard_in_both_themes(lab, page):
    show(lab, page, "keys.ipynb", SHOP, REVIEW)
    page.locator(".gkp-code").wait_for()
    everything = page.locator(".gkp-code").inner_text()
    page.get_by_label("create Namespace shop").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("create ConfigMap")
    page.keyboard.press("Space")
    page.locator(".gkp-review summary", has_text="left out for want of another").wait_for()
    page.locator(".gkp-code").wait_for()
    assert page.locator(".gkp-code").inner_text() != everything
    page.locator(".gkp-review summary", has_text="left out").click()
    page.get_by_label("fields of Deployment.apps shop/web").first.click()
    page.locator(".gkp-review .gk-note table").first.wait_for()
    for theme, name in THEMES.items():
        choose_theme(page, name)
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.screenshot(path=PICTURES / f"review-{theme}.png")
        parts = ("h4", ".gk-soft", ".gkp-status", ".gkp-row > span", ".gkp-out > span", "button:enabled", "label", "summary", "td")
        for selector in parts:
            assert contrast(page, f".gkp-review {selector}") >= READABLE, (theme, selector)
    page.set_viewport_size({"width": 480, "height": 900})
    page.screenshot(path=PICTURES / "review-narrow.png")


FEWER = """
from dataclasses import replace
plan = ws.plan()
_ = ws.apply(plan, confirm=plan.id)
for number in range(29):
    (shop.folder / f"deploy/m{number}.json").unlink()
_ = shop.remove("deploy/m29.json", "Take thirty away")
ws.policy = replace(ws.policy, max_deletes=10)
"""


@pytest.mark.timeout(300)
def test_a_page_shows_how_many_deletions_are_allowed(lab, page):
    show(lab, page, "budget.ipynb", SHOP, MANY, FEWER, "review = ws.review(ws.plan(prune=True))\nreview")
    review, meter = page.locator(".gkp-review"), page.get_by_role("meter", name="delete budget")
    review.get_by_text("Deletions: 30 of at most 10 (of 128 objects)").wait_for()
    review.get_by_text("too many: this would be refused").wait_for()
    assert (meter.get_attribute("max"), meter.get_attribute("value")) == ("10", "10"), "a bar that is full"
    page.screenshot(path=PICTURES / "review-budget.png")
    page.get_by_role("button", name="Leave out shown").click()
    review.get_by_text("Deletions: 0 of at most 10 (of 128 objects)").wait_for()
    assert review.get_by_text("too many").count() == 0
    assert meter.get_attribute("value") == "0"
    review.get_by_label("delete ConfigMap shop/m000").check()
    review.get_by_text("Deletions: 1 of at most 10 (of 128 objects)").wait_for()
    assert meter.get_attribute("value") == "1"


ROWS = """
async root => {
    const box = root.querySelector(".gkp-scroll"), told = [];
    for (let top = 0; top < box.scrollHeight; top += box.clientHeight / 2) {
        box.scrollTop = top;
        await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
        told.push(box.textContent);
        for (const button of box.querySelectorAll(".gkp-link")) button.click();
    }
    return told.join("");
}
"""
"""What the rows of a long table say, from the first to the last; whatever can be opened there is."""


@pytest.mark.timeout(300)
def test_nothing_hostile_runs(lab, page):
    show(lab, page, "hostile.ipynb", SHOP, BAD)
    review = page.locator(".gkp-review")
    review.locator(".gkp-row input").first.wait_for()
    told = review.evaluate(ROWS)
    assert [text for text in PAYLOADS if plain(text) not in told] == []
    alerts = review.locator(".gk-note.gk-bad").all_text_contents()
    assert {plain(text) for text in PAYLOADS} <= set(alerts)
    review.locator(".gkp-scroll").evaluate("box => { box.scrollTop = 0; }")
    for at in (2, 4, 6):
        review.locator(".gkp-rows .gkp-row").nth(at).hover(force=True)
    for text in PAYLOADS:
        review.get_by_role("searchbox", name="Filter").fill(plain(text))
        review.locator(".gkp-link").first.evaluate("button => button.click()")
        review.locator(".gk-note table", has_text=plain(text)).first.wait_for()
    options = review.locator("option").all_text_contents()
    assert [text for text in PAYLOADS if options.count(plain(text)) < len(("kind", "namespace"))] == []
    review.get_by_role("searchbox", name="Filter").fill(PAYLOADS[0])
    review.get_by_text("rows shown").wait_for()
    page.screenshot(path=PICTURES / "review-hostile.png")
    assert review.locator(FOREIGN).count() == 0
    assert page.locator(".jp-OutputArea mjx-container").count() == 0
    assert page.evaluate("window.bitten") == 0
