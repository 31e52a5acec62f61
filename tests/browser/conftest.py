"""A JupyterLab for all tests of a browser, and a page in which text from outside can be caught running."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.lab import PICTURES, ROOT, open_page, require_chromium, running_lab


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """A running JupyterLab: the folder it shows and the address of a notebook in it."""
    require_chromium()
    PICTURES.mkdir(parents=True, exist_ok=True)
    folder = tmp_path_factory.mktemp("browser") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    with running_lab(folder, GITOPSKIT_ENGINE="simulator", PYTHONPATH=str(ROOT)) as address:
        yield folder, address


@pytest.fixture
def page(lab):
    """A fresh browser page in which `bite` counts how often something from outside was run."""
    with open_page() as page:
        page.add_init_script("window.bitten = 0; window.bite = () => { window.bitten += 1; };")
        yield page
