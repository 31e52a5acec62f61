"""A notebook that was really run, with names wherever a notebook has any: none is left in its copy, and a report has the same labels."""

import base64
import json
import re
import zlib

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

from gitopskit.notebook.evidence import evidence
from gitopskit.sandbox import start, stop
from gitopskit.views.export import save
from tests.views.evidence.haystack import code, haystack, markdown, notebook

SPACE, NAME, LABEL, IMAGE, AUTHOR, FOLDER, VALUE, TOOL = (
    "zanzibar",
    "quetzal",
    "yttrium",
    "xanthos",
    "wombat",
    "vervain",
    "umbriel",
    "tamarind",
)
HOST, USER, PERSON, BRANCH, CUSTOMER, PICTURE, WIDGET, STATE = (
    "seringa", "rhubarb", "quillon", "pangolin", "ocelot", "narwhal", "mangrove", "lupine",
)  # fmt: skip
CLUSTER, VARIABLE, TAG, MASTER, COLUMN, UNKNOWN = "kestrel", "jacaranda", "iguana", "halibut", "gentian", "fennec"
WORDS = [
    SPACE, NAME, LABEL, IMAGE, AUTHOR, FOLDER, VALUE, TOOL, HOST, USER, PERSON, BRANCH, CUSTOMER, PICTURE, WIDGET, STATE, CLUSTER, VARIABLE,
    TAG, MASTER, COLUMN, UNKNOWN,
]  # fmt: skip
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
CONFIG = {
    "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": SPACE, "labels": {LABEL: VALUE}},
    "data": {VALUE: CUSTOMER},
}  # fmt: skip
TEMPLATE = {"metadata": {"labels": {"app": NAME}}, "spec": {"containers": [{"name": NAME, "image": f"{HOST}.example/{IMAGE}/web:1"}]}}
WORKLOAD = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"{NAME}-web", "namespace": SPACE},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": NAME}}, "template": TEMPLATE},
}  # fmt: skip
FILES = {f"{FOLDER}/{name}.json": json.dumps(body) for name, body in (("a", NAMESPACE), ("b", CONFIG), ("c", WORKLOAD))}
HTML = (
    f"<p title='{PERSON}'>seen by <b>{PERSON[:4]}</b><i>{PERSON[4:]}</i> of {CUSTOMER}<!-- {CUSTOMER} --></p>"
    f"<script>x = '{CUSTOMER}'</script>"
    f"<table><thead><tr><th>{COLUMN}</th></tr></thead><tr><td>{VALUE}</td></tr></table><{UNKNOWN} data-{UNKNOWN}='{UNKNOWN}'>x</{UNKNOWN}>"
)
PIXEL = base64.b64encode(f"GIF89a {PICTURE}".encode()).decode()
DATA = {
    "image/png": PIXEL, "text/html": HTML, "text/plain": f"<{PERSON}>", f"application/x-{UNKNOWN}": UNKNOWN, "text/latex": f"${UNKNOWN}$",
    "application/json": {"kind": "Pod", "metadata": {"name": NAME, COLUMN: VALUE}, UNKNOWN: [CUSTOMER, 3]},
    "text/markdown": f"*{CUSTOMER}* has `{VARIABLE}_df`", "image/svg+xml": f"<svg><text>{PICTURE}</text></svg>",
}  # fmt: skip
CELLS = [
    markdown(f"# Audit of {CUSTOMER}\n\n{PERSON.title()} looked at `{VARIABLE}_df`, see [it](https://{HOST}.example/{PERSON}).\n\n"
             "![x](attachment:x.png)",
             attachments={"x.png": {"image/png": PIXEL}}),
    code(f'engine = "auto"\nnamespace = "{SPACE}"  # of {CUSTOMER}', metadata={"tags": ["parameters", TAG]}),
    code(f"""import gitopskit as gk

lesson = gk.seed_shop()
_ = lesson.write({FILES!r}, "Begin, says {AUTHOR}", author="{AUTHOR.title()}")
!git -C {{lesson.folder}} branch {BRANCH}
ws = gk.Workspace(lesson, "{FOLDER}", revision="{BRANCH}", trunk="main", target=gk.sandbox())
ws.bind("{CUSTOMER} asked for it", ticket="{CUSTOMER}-17")"""),
    code("plan = ws.plan()\nplan"),
    code("ws.apply(plan, confirm=plan.id)"),
    code("gk.table(plan)"),
    code(f"{VARIABLE}_df = plan.to_frame()\n{VARIABLE}_df[['kind', 'namespace', 'name', 'action']]"),
    code(f"plan.to_fields().assign({COLUMN}='{VALUE}')"),
    code("gk.status_chart(ws.plan(), ws.live(everything=True))"),
    code("gk.tree_chart(ws.live(everything=True), namespace)"),
    code(f'gk.kubectl(ws, "set image deployment/{NAME}-web --namespace {SPACE} {NAME}={HOST}.example/{IMAGE}/web:2")\nws.differences()'),
    code(f'import sys\nprint("{PERSON}", "\\x1b[1m{CUSTOMER[:3]}\\x1b[0m{CUSTOMER[3:]}")'),
    code(f'print(lesson.folder / "{STATE}", file=sys.stderr)'),
    code(f"from IPython.display import display\ndisplay({DATA!r}, raw=True)"),
    code("gk.kubectl(ws, 'get configmaps --all-namespaces')"),
    code("gk.save(ws.plan(), 'report.json', anonymous='key.json').name"),
    code(f'raise ValueError("{USER} at /home/{USER}/{STATE}.py, says {TOOL}")', metadata={"tags": ["raises-exception"]}),
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of an evidence notebook that was run on a sandbox, with a report and a key that the run itself wrote."""
    folder = tmp_path_factory.mktemp("run")
    master = folder / f"{MASTER}.ipynb"
    master.write_text(notebook(*CELLS))
    copy = evidence(master, into=folder)
    executed = nbformat.read(copy, as_version=4)
    patch = pytest.MonkeyPatch()
    patch.setenv("GITOPSKIT_STATE", str(folder / STATE))
    patch.setenv("LOGNAME", USER)
    start(CLUSTER, "simulator")
    try:
        patch.setenv("GITOPSKIT_SANDBOX", CLUSTER)
        NotebookClient(executed, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    finally:
        stop(CLUSTER)
        patch.undo()
    packed = base64.b64encode(zlib.compress(f"{WIDGET} of {CUSTOMER}".encode())).decode()
    executed.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": {"buffers": [{"data": packed}]}}}}
    executed.metadata["authors"] = [{"name": PERSON}]
    executed.cells[5].outputs[0].data["application/vnd.jupyter.widget-view+json"] = {"model_id": WIDGET}
    path = folder / "executed.ipynb"
    nbformat.write(executed, path)
    return folder, path


@pytest.fixture(scope="module", params=["ipynb", "html"])
def exported(run, request):
    folder, path = run
    return save(path, folder / f"copy.{request.param}", anonymous=folder / "key.json")


@pytest.fixture(scope="module")
def copied(run):
    folder, path = run
    return json.loads(save(path, folder / "copy-2.ipynb", anonymous=folder / "key.json").read_text())


def test_the_run_holds_every_name_in_several_places(run):
    said = haystack(run[1].read_bytes())
    assert [word for word in WORDS if word not in said] == []
    assert f"{CUSTOMER} asked for it" in said
    assert f"{WIDGET} of {CUSTOMER}" in said, "packed, too"


def test_no_name_is_left(exported):
    said = haystack(exported.read_bytes())
    assert [word for word in WORDS if word in said] == []
    assert not [part for part in (".example", "/tmp/", "127.0.0.1") if part in said]


def test_it_opens_as_a_notebook_and_makes_a_page(copied):
    made = nbformat.reads(json.dumps(copied), as_version=4)
    nbformat.validate(made)
    page, _ = HTMLExporter().from_notebook_node(made)
    assert "without names" in page
    assert "Report on plan" in page
    assert MarkdownExporter().from_notebook_node(made)[0]


def test_a_report_has_the_same_labels(run, copied):
    folder, _ = run
    names = json.loads((folder / "key.json").read_text())["labels"]
    labels = {name: label for label, name in names.items()}
    report = (folder / "report.json").read_text()
    text = json.dumps(copied)
    for name, sort in ((SPACE, "namespace"), (NAME, "configmap"), (f"{NAME}-web", "deployment"), (FOLDER, "path"), (CLUSTER, "target")):
        assert labels[name].startswith(sort)
        assert labels[name] in report
        assert labels[name] in text
    assert len(set(names.values())) == len(names)


def test_what_is_nobodys_own_stays_readable(copied):
    text = json.dumps(copied, ensure_ascii=False)
    for word in (
        "import gitopskit as gk", "plan = ws.plan()", "ws.apply(plan, confirm=plan.id)",
        "gk.tree_chart(ws.live(everything=True), namespace)",
        "Report on plan", "a second plan is empty", "guards passed", "Deployment", ".spec.template.spec.containers[", "ValueError",
        "Traceback", "changes of the plan", "Sync status and health", "# Audit of",
    ):  # fmt: skip
        assert word in text, word


def test_the_code_is_still_code(copied):
    sources = [cell["source"] for cell in copied["cells"] if cell["cell_type"] == "code"]
    for source in sources:
        compile("".join(source).replace("\n!", "\n# !"), "cell", "exec")
    assert len(sources) == len(CELLS) - 1


def test_the_figures_are_still_figures(copied):
    import plotly.graph_objects as go

    kind = "application/vnd.plotly.v1+json"
    found = [output["data"][kind] for cell in copied["cells"] for output in cell.get("outputs", ()) if kind in output.get("data", {})]
    assert len(found) == 2
    assert all(go.Figure(figure).data for figure in found), "plotly checks every attribute"


def test_where_it_comes_from_is_told_without_names(run, copied):
    lineage = copied["metadata"]["gitopskit"]["lineage"]
    assert re.fullmatch("[0-9a-f]{64}", lineage["master"]["digest"])
    assert lineage["master"]["name"].startswith("file-")
    assert lineage["by"].startswith("user-")
    assert "cells" not in lineage
    assert "widgets" not in copied["metadata"]


def test_what_is_left_out_is_counted(copied):
    said = "".join(copied["cells"][0]["source"])
    for line in (
        "- an attachment: 1", "- image/png: 1", "- image/svg+xml: 1", "- the state of widgets: 1", "- an output of another kind: 1",
        "- text/latex: 1", "- application/vnd.jupyter.widget-view+json: 1", "- a script or a frame in a page: 1",
        "- a picture in a text: 1",
    ):  # fmt: skip
        assert line in said
