"""In a real kernel: a secret that was read gets into no output, of whatever kind, and so not into the notebook's file."""

import base64
import os
from collections.abc import Iterator

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from gitopskit.model.concealment import forget, learn, listen
from gitopskit.notebook import outputs
from gitopskit.notebook.outputs import WITHHELD

SECRET = "correct-horse-'battery'-<staple>-9"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzaG9wIn0.c2lnbmF0dXJlLW9mLXRoZS1zaG9wLXRva2Vu"
KEY = "-----BEGIN EC KEY-----\nMHcCAQEEIBkgitopskitTestKeyLineOne\nAoGCCqGSM49AwEHoUQDQgAEkeyLineTwo\n-----END EC KEY-----\n"
SET_UP = """
import base64, html, json, logging, os, sys, urllib.parse
import ipywidgets, pandas, plotly.graph_objects as go
from IPython.display import HTML, JSON, SVG, Markdown, display, update_display
secret, token, key = (os.environ[f"TEST_{name}"] for name in ("SECRET", "TOKEN", "KEY"))
"""
READ = """
import gitopskit as gk
lesson = gk.seed_shop()
encoded = {name: base64.b64encode(value.encode()).decode() for name, value in (("password", secret), ("token", token), ("key", key))}
body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "vault", "namespace": "shop"}, "data": encoded,
        "stringData": {"username": "storefront", "pin": "1234"}}
_ = lesson.write({"deploy/vault.json": json.dumps(body)}, "Add a vault")
ws = gk.Workspace(lesson, "deploy", revision="main", target=gk.sandbox("simulator"))
len(ws.desired())
"""
LEAKS = {
    "print": "print('the password is', secret, 'and', token)",
    "stderr": "print(secret, file=sys.stderr)",
    "logging": "logging.warning('using %s', secret)",
    "repr": "secret",
    "base64": "print(base64.b64encode(secret.encode()).decode(), base64.b64encode(key.encode()).decode())",
    "lines": "print('\\n'.join('    ' + line for line in key.splitlines()))",
    "shell": '!echo "$TEST_SECRET"',
    "frame": "pandas.DataFrame({'who': ['shop'], 'password': [secret], 'token': [token], 'key': [key]})",
    "series": "pandas.Series([token] * 2)",
    "index": "pandas.DataFrame({secret: [1]})",
    "html": "display(HTML(f'<b>{secret}</b> {html.escape(secret)}'))",
    "markdown": "display(Markdown(f'`{secret}`'))",
    "json": "JSON({'password': secret, secret: [1, {'deep': token}]})",
    "svg": "SVG(f'<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{html.escape(secret)}</text></svg>')",
    "plotly": "display(go.Figure(go.Bar(x=[secret, token], y=[1, 2], hovertext=[key, key])))",
    "raw": "display({'text/plain': secret, 'application/x-mine+json': {'a': [secret]}}, raw=True, metadata={'note': secret})",
    "update": "display(HTML('nothing'), display_id='one'); update_display(HTML(html.escape(secret)), display_id='one')",
    "widget": "ipywidgets.VBox([ipywidgets.Text(value=secret), ipywidgets.HTML(html.escape(token))])",
    "widget-output": "out = ipywidgets.Output()\nwith out:\n    print(secret)\nout",
    "bytes": "ipywidgets.Image(value=b'not a picture: ' + secret.encode())",
    "address": "print('https://shop:' + urllib.parse.quote(secret, safe='') + '@example.test')",
    "error": "raise ValueError(f'cannot log in with {secret}')",
    "syntax": "eval('1 + ' + repr(secret) + ' +')",
    "cause": "try:\n    raise KeyError(secret)\nexcept KeyError as error:\n    raise RuntimeError(token) from error",
    "kept-open": "print('storefront', 1234)",
}
FRAGMENTS = (
    SECRET, "battery'-<staple>", "battery&#x27;-&lt;staple&gt;", "battery'-&lt;staple", "battery%27-%3Cstaple", TOKEN, TOKEN[:24],
    TOKEN[-24:], "gitopskitTestKeyLineOne", "AwEHoUQDQgAEkeyLineTwo", *(base64.b64encode(one.encode()).decode() for one in (SECRET, KEY)),
)  # fmt: skip


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return a function that runs all the leaks in one kernel, with a cell before them."""
    environment = {"TEST_SECRET": SECRET, "TEST_TOKEN": TOKEN, "TEST_KEY": KEY, "GITOPSKIT_STATE": str(tmp_path_factory.mktemp("state"))}

    def execute(*first: str):
        cells = [new_code_cell(source.strip()) for source in (SET_UP, *first)]
        cells += [new_code_cell(source, id=name) for name, source in LEAKS.items()]
        notebook = new_notebook(cells=cells)
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True)
        client.execute(env={**os.environ, **environment})
        return notebook

    return execute


def texts(node) -> Iterator[str]:
    """Yield every text in a structure, keys and what is packed in base64 as well."""
    match node:
        case dict():
            for name, item in node.items():
                yield from (str(name), *texts(item))
            if node.get("encoding") == "base64":
                yield base64.b64decode(node["data"]).decode(errors="replace")
        case list() | tuple():
            for item in node:
                yield from texts(item)
        case str():
            yield node


def written(notebook) -> dict[str, str]:
    """Return what the file holds of each leak, inputs left out, and of the widgets."""
    found = {cell["id"]: "\n".join(texts(cell["outputs"])) for cell in notebook.cells if cell["id"] in LEAKS}
    return found | {"widgets": "\n".join(texts(notebook.metadata))}


def leaking(notebook) -> set[str]:
    return {name for name, text in written(notebook).items() if any(fragment in text for fragment in FRAGMENTS)}


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning")


def test_without_us_every_one_of_them_leaks(executed):
    assert leaking(executed()) == {*LEAKS, "widgets"} - {"kept-open", "bytes", "widget-output"}, "what a widget shows is in its state"


def test_with_us_none_does(executed):
    notebook = executed(READ)
    assert not [output for cell in notebook.cells[:2] for output in cell.outputs if output.output_type == "error"]
    text = written(notebook)
    assert leaking(notebook) == set()
    assert "(sensitive)" in text["print"]
    assert "storefront 1234" in text["kept-open"], "what is no secret by its name, or too short, stays"
    assert "not a picture: ****" in text["widgets"], "bytes keep their length"


HELM = """
import base64, random
from gitopskit.model.masking import mask_object
from gitopskit.notebook.display import register
register()
releases = [base64.b64encode(random.Random(seed).randbytes(110_000)).decode() for seed in range(50)]
for release in releases:
    encoded = base64.b64encode(release.encode()).decode()
    _ = mask_object({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": encoded}}, key=b"k")
"""
SHOWN = {
    "print('hello')": "hello\n",
    "print('first', releases[0]); print('last', base64.b64encode(releases[-1].encode()).decode())": "first (sensitive)\nlast (sensitive)\n",
    "print(*(release[:40] + '…' for release in releases[:3]))": "(sensitive)… (sensitive)… (sensitive)…\n",
    "import sys; print('an error', file=sys.stderr)": "an error\n",
    "print('later')": "later\n",
}


def test_many_large_secrets_leave_the_kernel_responsive():
    notebook = new_notebook(cells=[new_code_cell(source.strip()) for source in (HELM, *SHOWN)])
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}  # or ipykernel leaves fd 2 alone
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute(env=environment)
    read, *shown = notebook.cells
    assert read.outputs == []
    assert {cell.source: "".join(output.text for output in cell.outputs) for cell in shown} == SHOWN


def sent(*given, **named):
    """Return with which arguments a session is called in the end."""
    calls = []

    def send(stream, msg_or_type, content=None, parent=None, ident=None, buffers=None, track=False, header=None, metadata=None):
        calls.append({"message": msg_or_type, "content": content, "buffers": buffers, "metadata": metadata})

    outputs._concealing(send)(*given, **named)
    return calls[0]


@pytest.fixture
def known():
    forget()
    listen()
    learn(SECRET)
    yield
    forget()


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("comm_msg", {"a": SECRET}, None, None, [SECRET.encode()], False, None, {"b": SECRET}), {}),
        (("comm_msg",), {"content": {"a": SECRET}, "buffers": [memoryview(SECRET.encode())], "metadata": {"b": SECRET}}),
    ],
)
def test_arguments_are_searched_wherever_they_stand(given, named):
    stars = [b"*" * len(SECRET)]
    expected = {"message": "comm_msg", "content": {"a": "(sensitive)"}, "buffers": stars, "metadata": {"b": "(sensitive)"}}
    assert sent(None, *given, **named) == expected


@pytest.mark.usefixtures("known")
def test_a_message_as_a_whole_is_searched():
    header = {"msg_id": "1"}
    message = {"header": header, "content": {"text": SECRET}, "metadata": {}, "buffers": [SECRET.encode()]}
    cleaned = {"header": header, "content": {"text": "(sensitive)"}, "metadata": {}, "buffers": [b"*" * len(SECRET)]}
    assert sent(None, message)["message"] == cleaned


@pytest.mark.parametrize(
    ("content", "withheld"),
    [
        ({"name": "stdout", "text": SECRET}, {"name": "stdout", "text": WITHHELD}),
        ({"data": {"text/html": SECRET}, "metadata": {"a": SECRET}}, {"data": {"text/plain": WITHHELD}, "metadata": {}}),
        (
            {"status": "error", "ename": SECRET, "evalue": SECRET, "traceback": [SECRET]},
            {"status": "error", "ename": "Withheld", "evalue": WITHHELD, "traceback": [WITHHELD]},
        ),
        ({"execution_state": "idle"}, {"execution_state": "idle"}),
    ],
)
def test_what_cannot_be_searched_is_withheld(content, withheld, monkeypatch):
    def fail(content):
        raise RuntimeError(content)

    monkeypatch.setattr(outputs, "conceal_all", fail)
    monkeypatch.setattr(outputs, "conceal_bytes", fail)
    call = sent(None, "stream", content, buffers=[SECRET.encode()], metadata={"a": SECRET})
    assert call == {"message": "stream", "content": withheld, "buffers": [b""], "metadata": {}}
    assert sent(None, {"content": content})["message"] == {"content": withheld}
