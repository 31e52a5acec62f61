"""The past of an object in a real JupyterLab: readable in both themes, usable without eyes, and hostile authors stay text."""

import pytest

from tests.browser.axe import violations
from tests.browser.lab import PICTURES, READABLE, THEMES, choose_theme, contrast, show

SHOP = """
import gitopskit as gk
from tests.views.payloads import PAYLOADS
repo = gk.seed_shop()
ws = gk.Workspace(repo, path="deploy", target=gk.sandbox(), namespace="shop")
plan = ws.plan()
report = ws.apply(plan, confirm=plan.id)
"""
DRIFT = """
first = ws.desired().source.commit
settings = (repo.folder / "deploy/settings.yaml").read_text()
repo.write({"deploy/settings.yaml": settings + "  colour: green\\n"}, "Paint the shop (#12)", author="Bob")
plan = ws.plan()
report = ws.apply(plan, confirm=plan.id, why="the shop is painted")
change = '{"data":{"colour":"red","extra":"1"}}'
gk.kubectl(ws, f"patch configmap settings --namespace shop --type=merge --patch '{change}' --field-manager=kubectl-edit")
def is_plain(tried):
    return not any("colour" in item.body.get("data", {}) for item in tried.desired().objects.values())
"""
NOUNS = {
    "timeline": 'ws.timeline("ConfigMap shop/settings")',
    "blame": 'ws.blame("ConfigMap shop/settings")',
    "rollback": "gk.rollback(ws, first)",
    "promotion": 'gk.promotion(ws, gk.Workspace(repo, path="deploy", revision=first, target=ws.target, namespace="shop"))',
    "bisection": "gk.bisect(ws, first, check=is_plain)",
}
HOSTILE = """
import json
for number, payload in enumerate(PAYLOADS):
    data = {"a": payload, f"key-{number % 3}": payload}
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hostile"}, "data": data}
    text = payload.replace("\\x00", "").encode("utf-8", "ignore").decode()
    author = text.replace("<", "‹").replace(">", "›").replace("\\n", " ").strip() if number % 2 else "Ada"
    repo.write({"hostile/a.json": json.dumps(content)}, text or "nothing", author=author or "Ada")
bad = gk.Workspace(repo, path="hostile", target=ws.target)
plan = bad.plan()
bad.apply(plan, confirm=plan.id)
"""
BAD = """
for noun in (bad.timeline("ConfigMap hostile"), bad.blame("ConfigMap hostile"), gk.rollback(bad, repo.log().split()[0])):
    display(noun)
gk.promotion(bad, ws)
"""


@pytest.mark.timeout(300)
def test_the_past_is_readable_in_both_themes(lab, page):
    show(lab, page, "past.ipynb", SHOP, DRIFT, *NOUNS.values())
    outputs = page.locator(".jp-CodeCell .gk")
    assert outputs.count() >= len(NOUNS)
    for theme, label in THEMES.items():
        choose_theme(page, label)
        for at, name in enumerate(NOUNS):
            cell = page.locator(".jp-CodeCell").nth(2 + at).locator(".gk").last
            cell.scroll_into_view_if_needed()
            cell.screenshot(path=PICTURES / f"past-{name}-{theme}.png")
        assert contrast(page, ".gk :is(td, th, code, .gk-soft, .gk-badge, h4)") >= READABLE
        assert violations(page, ".jp-CodeCell .gk") == []
    text = " ".join(outputs.all_inner_texts())
    for word in ("Since when does", "Bob", "#12", "kubectl-edit", "live only", "Paint the shop", "This undoes work of Bob"):
        assert word in text, word


@pytest.mark.timeout(300)
def test_authors_and_subjects_stay_text(lab, page):
    show(lab, page, "hostile-past.ipynb", SHOP, HOSTILE, BAD)
    shown = page.locator(".jp-CodeCell .gk")
    assert shown.count() >= 4
    assert shown.locator(":is(img, script, iframe, svg, a, object, embed, form, input, video, audio)").count() == 0
    assert page.evaluate("window.bitten") == 0
