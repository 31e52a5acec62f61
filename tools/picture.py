"""Draw the README's picture: a plan with drift, as a notebook shows it (`make picture`; needs chromium)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import gitopskit as gk
from gitopskit.views import html

TARGET = Path(__file__).parents[1] / "docs" / "images" / "plan.png"


def main() -> None:
    """Make a plan worth looking at, and photograph it."""
    shop = gk.seed_shop()
    with tempfile.TemporaryDirectory() as folder:
        ws = gk.Workspace(shop, "deploy", revision="main", trunk="main", target=gk.sandbox("simulator"))
        plan = ws.plan()
        ws.apply(plan, confirm=plan.id)
        gk.kubectl(ws, "scale deployment/web --namespace shop --replicas=5")
        gk.kubectl(ws, "set image deployment/cart --namespace shop cart=registry.example/shop/cart:hotfix")
        shop.replace("deploy/settings.yaml", "greeting: Welcome", "greeting: Hello again\n  banner: spring", "Greet those who come back")
        page_file = Path(folder) / "plan.html"
        text = html.page(ws.plan()).replace(str(shop.folder), "https://example.org/shop.git")
        page_file.write_text(text)
        photograph(page_file, TARGET)


def photograph(source: Path, target: Path, *, is_dark: bool = False) -> None:
    """Photograph a page as it is drawn on a screen of twice the density."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        scheme = "dark" if is_dark else "light"
        page = browser.new_page(viewport={"width": 1120, "height": 200}, device_scale_factor=1.5, color_scheme=scheme)
        page.goto(source.as_uri())
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(target), full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
