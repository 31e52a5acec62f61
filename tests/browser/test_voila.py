"""Notebooks as pages: Voila runs them from top to bottom and shows what they show, without their code."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.lab import free_port, open_page, require_chromium
from tests.browser.test_review import REVIEW, SHOP

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "out" / "browser"
PROMISED = {
    "00-start/the-main-job.ipynb": ["Proof: a second plan is empty.", "kubectl (Update via scale)", "Nothing to do."],
    "20-gitops/drift.ipynb": ["changed in Git", "kubectl-set", "Proof: a second plan is empty."],
}


@contextlib.contextmanager
def running_voila(notebook: Path, home: Path):
    """Serve one notebook; yield its address."""
    port = free_port()
    words = [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    environment = {**os.environ, "GITOPSKIT_ENGINE": "simulator", "HOME": str(home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError("Voila did not start")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PROMISED)
def test_a_notebook_is_served_as_a_page(name, tmp_path):
    require_chromium()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_voila(ROOT / "notebooks" / name, tmp_path) as address, open_page() as page:
        page.goto(address, timeout=240_000)
        page.locator(".gk").first.wait_for(timeout=240_000)
        page.wait_for_load_state("networkidle")
        for words in PROMISED[name]:
            assert page.get_by_text(words).count(), words
        assert page.locator(".js-plotly-plot").count() >= 1
        assert page.locator(".jp-InputArea-editor").count() == 0
        page.screenshot(path=PICTURES / f"voila-{Path(name).stem}.png", full_page=True)


WATCH = 'ws.watch("ConfigMap")'
PICK = """
picker = gk.pick(target.kubeconfig)
picker
"""


@pytest.mark.timeout(300)
def test_panels_work_in_a_page(tmp_path):
    require_chromium()
    PICTURES.mkdir(parents=True, exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    cells = [new_code_cell(source) for source in (SHOP, REVIEW, WATCH, PICK, "gk.table(review.plan)")]
    notebook = tmp_path / "panels.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=kernel), notebook)
    with running_voila(notebook, tmp_path) as address, open_page(height=2400) as page:
        page.set_default_timeout(120_000)
        page.goto(address, timeout=240_000)
        review = page.locator(".gkp-review")
        asked = review.locator(".gkp-code").inner_text()
        page.get_by_role("status").get_by_text("changes").wait_for()
        page.locator(".gkp-picker").get_by_text("Nothing was contacted.").wait_for()
        page.screenshot(path=PICTURES / "voila-panels.png")
        review.locator("input[type=text]").fill(asked)
        review.get_by_role("button", name="Apply", exact=True).click()
        review.get_by_text("Proof: a second plan is empty.").wait_for()
        page.locator(".gkp-live").get_by_text("added").first.wait_for()
        page.screenshot(path=PICTURES / "voila-applied.png")
