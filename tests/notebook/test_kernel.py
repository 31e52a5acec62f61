"""A real kernel: magics, TAB, help, and errors as a panel by which the run still stops."""

import os
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.notebook.test_completion import KUBECONFIG

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")

SET_UP = (
    "import gitopskit as gk\n%load_ext gitopskit",
    'shop = gk.seed_shop()\nws = gk.Workspace(repo=shop, path="deploy", target=gk.sandbox("simulator"))',
)
HOSTILE = "<img src=x onerror=bite()>\\x1b[2J\\u202e</details><script>bite()</script>"


def run(*sources: str, allow_errors: bool = False):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=240, kernel_name="python3", allow_errors=allow_errors).execute()
    return notebook.cells


def test_the_main_job_in_short_spellings(home_dir):
    cells = run(*SET_UP, "plan = %gitops plan\nplan", "%%gitops_apply plan\nplan.id", "%gitops plan", "%gitops status", "%gitops history")
    html = [cell.outputs[0].data["text/html"] if cell.outputs else "" for cell in cells]
    assert "to create" in html[2] or "create 8" in html[2]
    assert "a second plan is empty" in html[3]
    assert "Nothing to do" in html[4]
    assert "proved" in html[6]


def test_an_error_is_a_panel_with_the_way_folded_away(home_dir):
    cells = run(*SET_UP, 'ws.plan(rev="nope")', "%gitops fly", "1/0", allow_errors=True)
    panel, error = cells[2].outputs
    html = panel.data["text/html"]
    assert "there is no revision &#x27;nope&#x27;" in html
    assert "name one of" in html
    assert html.count("<details>") == 1
    assert "<details open" not in html
    folded = html.partition("<details>")[2]
    assert "this notebook, line 1" in folded
    assert "sources/git.py" in folded
    assert "where:" in panel.data["text/plain"]
    assert error.output_type == "error"
    assert error.traceback == ["RevisionError: there is no revision 'nope'"]
    assert "next:" in error.evalue
    assert "knows no" in cells[3].outputs[0].data["text/html"]
    [other] = cells[4].outputs
    assert len(other.traceback) > 1, "what is not ours is shown as ever"


def test_a_run_stops_at_an_error_and_its_log_says_all_of_it(home_dir):
    with pytest.raises(CellExecutionError) as caught:
        run(*SET_UP, 'ws.plan(rev="nope")', "print('never')")
    assert caught.value.ename == "RevisionError"
    assert "where:" in str(caught.value)
    assert "next:" in str(caught.value)


def test_nothing_foreign_and_nothing_secret_is_in_a_panel(home_dir):
    source = f"""
password = "canary-pw"
try:
    raise OSError("https://ada:canary-2@example.org")
except OSError as error:
    raise gk.GitopskitError("{HOSTILE}", where="{HOSTILE}", next_step="{HOSTILE}") from error
"""
    [_, cell] = run("import gitopskit as gk\ngk.Workspace", source, allow_errors=True)
    html = cell.outputs[0].data["text/html"]
    shown = html.partition("</style>")[2]
    assert "<img" not in shown
    assert "<script" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "canary-2" not in shown
    assert "caused by OSError" in shown
    assert shown.count("<details>") == shown.count("</details>") == 1


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    file = tmp_path_factory.mktemp("kube") / "config"
    file.write_text(KUBECONFIG)
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, "KUBECONFIG": str(file)})
    client.execute_interactive("import gitopskit as gk", timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def ask(client, kind: str, *arguments):
    message = getattr(client, kind)(*arguments)
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            return reply["content"]


SLOWLY = """
import time
def slowly(read):
    def reading(scope, progress, *, only=None):
        for done in range(12):
            progress("reading", done, 12)
            time.sleep(0.1)
        progress("reading", 12, 12)
        return read(scope, only=only)
    return reading
ws.provider.read = slowly(ws.provider.read)
"""


@pytest.fixture
def interruptible(home_dir):
    """A kernel to send cells to as a front end does, told what it shows; `told` sees each message."""
    manager, client = start_new_kernel(kernel_name="python3")

    def send(source: str, told=lambda _: None) -> list[dict]:
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = client.session.msg("execute_request", content, metadata={"cellId": "a"})
        client.shell_channel.send(message)
        found = []
        while not found or found[-1]["content"].get("execution_state") != "idle":
            answer = client.get_iopub_msg(timeout=60)
            if answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                found.append(answer)
                told(answer)
        return found

    for source in (*SET_UP, SLOWLY):
        send(source)
    yield manager, send
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def bars(messages) -> list[tuple[str, str]]:
    """Return what a bar said, and in which place."""
    found = [message["content"] for message in messages if message["msg_type"] in ("display_data", "update_display_data")]
    return [(one["transient"]["display_id"], one["data"]["text/plain"]) for one in found if one["transient"].get("display_id")]


def test_an_interrupt_ends_the_bar_of_its_cell_in_a_few_lines(interruptible):
    manager, send = interruptible
    interrupts = iter([manager.interrupt_kernel])
    stopped = send("ws.plan()", lambda message: next(interrupts, lambda: None)() if bars([message]) else None)
    place, said = bars(stopped)[-1]
    assert "reading interrupted at" in said
    [error] = [message["content"] for message in stopped if message["msg_type"] == "error"]
    assert error["ename"] == "KeyboardInterrupt"
    assert error["traceback"] == ["KeyboardInterrupt: interrupted"]
    panel = next(one["content"]["data"] for one in stopped if "interrupted\n" in one["content"].get("data", {}).get("text/plain", ""))
    assert "plan, gitopskit/notebook/workspace.py:" in panel["text/plain"]
    assert panel["text/html"].partition("<details>")[2].count("this notebook, line 1") == 1
    again = bars(send("ws.plan()"))
    assert again, "the next call shows how far it is"
    assert place not in {other for other, _ in again}, "the cell before is left as it was"
    assert "took" in again[-1][1]


def test_an_interrupt_of_something_else_is_shown_as_ever(interruptible):
    manager, send = interruptible
    source = "print('on', flush=True)\nfor _ in range(600): time.sleep(0.1)"
    found = send(source, lambda message: manager.interrupt_kernel() if message["msg_type"] == "stream" else None)
    [error] = [message["content"] for message in found if message["msg_type"] == "error"]
    assert error["ename"] == "KeyboardInterrupt"
    assert len(error["traceback"]) > 1


def test_tab_knows_contexts_right_after_the_import(kernel):
    reply = ask(kernel, "complete", 'gk.context("prod-')
    assert reply["matches"] == ["prod-eu"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (12, 17)


def test_tab_knows_the_magics(kernel):
    kernel.execute_interactive("%load_ext gitopskit", timeout=60)
    assert set(ask(kernel, "complete", "%gitops ")["matches"]) == {"plan", "drift", "status", "history", "use"}
    assert ask(kernel, "complete", "plan = %gitops dr")["matches"] == ["drift"]
    assert "%gitops" in ask(kernel, "complete", "%gito")["matches"]


def test_tab_elsewhere_is_as_ever(kernel):
    assert "print" in ask(kernel, "complete", "prin")["matches"]


@pytest.mark.parametrize("word", ["%gitops", "%%gitops_apply", "gk.save", "gk.Workspace"])
def test_help_says_what_it_does(kernel, word):
    kernel.execute_interactive("%load_ext gitopskit", timeout=60)
    text = ask(kernel, "inspect", word)["data"]["text/plain"]
    assert "plan" in text
    assert "Docstring" in text


def test_the_import_waits_for_nothing():
    code = "import sys, gitopskit; print([name for name in ('pandas', 'IPython', 'kubernetes', 'git', 'plotly') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_workspace_waits_for_no_frames():
    ours = "gitopskit.notebook.workspace, gitopskit.views.html, gitopskit.views.terminal"
    code = f"import sys, {ours}; print([name for name in {{names}} if name in sys.modules])"
    names = ("pandas", "IPython", "ipywidgets", "anywidget", "plotly")
    found = subprocess.run([sys.executable, "-c", code.format(names=names)], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
