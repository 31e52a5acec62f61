"""`gitopskit lab`: JupyterLab on the notebooks, with a sandbox ready for them, and nothing left behind when it is closed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gitopskit.notebook.library import notebooks_folder
from tests.browser.lab import open_page, require_chromium, running

VERB = [sys.executable, "-m", "gitopskit"]


def engines() -> dict[str, str]:
    """Return the engines of the sandboxes that run, by name."""
    told = subprocess.run([*VERB, "sandbox", "status"], capture_output=True, text=True, check=False).stdout
    return {one["name"]: one["engine"] for one in json.loads(told)}


@pytest.mark.timeout(300)
def test_a_kernel_of_the_lab_works_on_its_sandbox(home_dir, tmp_path):
    require_chromium()
    name = "00-start/the-main-job.ipynb"
    before = (notebooks_folder() / name).read_bytes()
    with running([*VERB, "lab", "--engine", "simulator", "--"], tmp_path) as address, open_page() as page:
        assert engines() == {"lab": "simulator"}
        page.goto(address.format(path=name))
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
        answer = page.evaluate("""async () => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            let text = "";
            const asked = kernel.requestExecute({code: "import gitopskit as gk; print(gk.sandbox())"});
            asked.onIOPub = message => { text += message.content.text || message.content.evalue || ""; };
            await asked.done;
            return text;
        }""")
        assert "lab" in answer
        assert "simulator" in answer
    assert engines() == {}, "the sandbox ends with the lab"
    assert (notebooks_folder() / name).read_bytes() == before
