"""Draw the README's pictures as JupyterLab shows them (`make picture`; needs chromium)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.browser.lab import ROOT, open_page, running_lab, show

IMAGES = ROOT / "docs" / "images"
SETUP = """
import gitopskit as gk

shop = gk.seed_shop()
ws = gk.Workspace(shop, "deploy", revision="main", trunk="main", target=gk.sandbox("simulator"))
first = ws.plan()
"""
APPLY = "_ = ws.apply(first, confirm=first.id)"
DRIFT = """
gk.kubectl(ws, "scale deployment/web --namespace shop --replicas=5")
gk.kubectl(ws, "set image deployment/cart --namespace shop cart=registry.example/shop/cart:hotfix")
_ = shop.replace("deploy/settings.yaml", "greeting: Welcome", "greeting: Hello again", "Greet regulars")
"""
PICTURES = {
    "review": ([SETUP, "review = ws.review(first)\nreview.leave_out('Secret shop/redis')\nreview"], ".gkp-review"),
    "differences": ([SETUP, APPLY, DRIFT, "ws.differences()"], ".gk"),
    "tree": ([SETUP, APPLY, DRIFT, "ws.settled()", "gk.tree_chart(ws.live(everything=True), 'shop')"], ".js-plotly-plot"),
}
"""Name of the picture to the cells that make it, and what is photographed of the last one."""


def main() -> None:
    """Run the cells of each picture, and photograph what the last one shows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "notebooks"
        folder.mkdir()
        with running_lab(folder, PYTHONPATH=str(ROOT)) as address, open_page(scale=1.5) as page:
            for picture, (cells, selector) in PICTURES.items():
                show((folder, address), page, f"{picture}.ipynb", *cells)
                shown = page.locator(f".jp-Notebook {selector}").last
                shown.scroll_into_view_if_needed()
                page.wait_for_timeout(1500)  # charts and panels draw themselves
                shown.screenshot(path=IMAGES / f"{picture}.png")


if __name__ == "__main__":
    main()
