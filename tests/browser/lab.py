"""A real JupyterLab in a real browser, for tests and for the README's picture."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, sync_playwright

from tests.browser.contrast import luminance, ratio

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "out" / "browser"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell stays in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def require_chromium() -> None:
    """Skip a test where there is no browser; fail it with `GITOPSKIT_REQUIRE_BROWSER`."""
    if CHROMIUM is None:
        if os.environ.get("GITOPSKIT_REQUIRE_BROWSER"):
            pytest.fail("no chromium here, and GITOPSKIT_REQUIRE_BROWSER is set")
        pytest.skip("no chromium here")


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def running_lab(folder: Path, **environment: str) -> Iterator[str]:
    """Run JupyterLab on a folder; yield an address to which ``{path}`` can be filled in."""
    with running([sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"], folder.parent / "lab", **environment) as address:
        yield address


@contextlib.contextmanager
def running(command: list[str], settings: Path, **environment: str) -> Iterator[str]:
    """Run a command that opens JupyterLab, with settings of its own; yield an address to which ``{path}`` can be filled in."""
    port, token = free_port(), secrets.token_hex(16)
    words = [
        *command, "--no-browser", "--allow-root", f"--ServerApp.port={port}", f"--ServerApp.token={token}",
        "--expose-app-in-browser", "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    for name, value in _SETTINGS.items():
        file = settings / "user" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    homes = {"JUPYTER_CONFIG_DIR": str(settings / "config"), "JUPYTERLAB_SETTINGS_DIR": str(settings / "user"), "HOME": str(settings)}
    process = subprocess.Popen(words, env={**os.environ, **homes, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/api?token={token}", process)
        yield f"http://127.0.0.1:{port}/lab/tree/{{path}}?token={token}&reset"
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError("JupyterLab did not start")


@contextlib.contextmanager
def open_page(*, width: int = 1440, height: int = 1000, is_dark: bool = False, scale: float = 1) -> Iterator[Page]:
    """Open a browser page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            scheme: Literal["dark", "light"] = "dark" if is_dark else "light"
            yield browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale)
        finally:
            browser.close()


def choose_theme(page: Page, name: str) -> None:
    """Switch JupyterLab's theme."""
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
    page.wait_for_selector(f'body[data-jp-theme-name="{name}"]', state="attached")
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def run_all(page: Page, *, timeout_s: float = 180) -> None:
    """Run every cell by the menu, and wait until the kernel rests."""
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(
        timeout=60_000
    )  # the indicator in the toolbar says idle before there is a kernel
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    page.wait_for_function(
        """() => {
            const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(one => one.textContent);
            return prompts.length > 0 && prompts.every(text => /\\[\\d+\\]/.test(text));
        }""",
        timeout=timeout_s * 1000,
    )


def show(lab: tuple[Path, str], page: Page, name: str, *sources: str) -> None:
    """Write a notebook of these cells, open it and run it."""
    folder, address = lab
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell(source.strip()) for source in sources], metadata=kernel), folder / name)
    page.goto(address.format(path=name))
    run_all(page)


def contrast(page: Page, selector: str) -> float:
    """Return the lowest contrast between the text of such elements and the ground that they stand on (WCAG's ratio)."""
    pairs = page.locator(selector).evaluate_all(
        """all => all.filter(one => one.offsetParent).map(one => {
            const behind = ground => getComputedStyle(ground).backgroundColor;
            let ground = one;
            while (ground.parentElement && behind(ground) === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
            const painted = behind(ground) === 'rgba(0, 0, 0, 0)' ? 'rgb(255, 255, 255)' : behind(ground);  // a page is white by itself
            return [getComputedStyle(one).color, painted];
        })"""
    )
    assert pairs
    return min(ratio(*(luminance(colour) for colour in pair)) for pair in pairs)


def kernel(page: Page, code: str) -> str:
    """Run code beside the cells, and return what it prints."""
    told: str = page.evaluate(
        """async (code) => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            let text = "";
            const asked = kernel.requestExecute({code});
            asked.onIOPub = message => { text += message.content.text || message.content.evalue || ""; };
            await asked.done;
            return text;
        }""",
        code,
    )
    return told
