"""Notebooks as pages: Voila runs them from top to bottom and shows what they show, without their code."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser.lab import free_port, open_page, require_chromium

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
