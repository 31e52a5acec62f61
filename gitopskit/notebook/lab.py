"""JupyterLab on the notebooks, with a sandbox ready for all of them."""

from __future__ import annotations

import os
import sys

from gitopskit.errors import UsageError
from gitopskit.notebook.library import notebooks_folder
from gitopskit.sandbox import start, stop

NAME = "lab"


def run_lab(engine: str, words: list[str]) -> int:
    """Open JupyterLab; the sandbox is stopped when it is closed.

    Parameters
    ----------
    words
        Passed on to ``jupyter lab``.
    """
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        raise UsageError("JupyterLab is not installed", next_step="pip install 'gitopskit[notebook]', or make setup") from None
    running = start(NAME, engine)
    os.environ["GITOPSKIT_SANDBOX"] = NAME
    sys.stdout.write(f"sandbox {running['name']} ({running['engine']}) at {running['server']}\nkubeconfig: {running['kubeconfig']}\n")
    sys.stdout.flush()
    try:
        LabApp.launch_instance(argv=[f"--ServerApp.root_dir={notebooks_folder()}", *words])
    finally:
        stop(NAME)
    return 0
