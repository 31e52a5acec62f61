"""A form to ask for a namespace: checked as in code, asked once, and told what became of it."""

import threading

import pytest

import gitopskit as gk
from gitopskit.errors import IdentityError, UsageError
from gitopskit.notebook.widgets import asking
from gitopskit.notebook.widgets.asking import FIELDS, namespace_form, wish_of
from gitopskit.notebook.workspace import Workspace
from tests.notebook.conftest import Cluster, files
from tests.notebook.test_widgets import HOSTILE, Page

ADA = "Ada <ada@shop.example>"
FILLED = {
    "team": "fruit",
    "namespace": " fruit-stand ",
    "quota pods": "10",
    "quota requests.cpu": "",
    "limits cpu": "500m",
    "why": "Monday.",
}


@pytest.fixture
def ws(cluster, namespace_name, racks) -> Workspace:
    racks.write(files(namespace_name), "Begin")
    return Workspace(racks.forge(), "parts", trunk="main", target=Cluster(cluster.kubeconfig), inventory=namespace_name)


@pytest.fixture
def form(ws):
    return namespace_form(ws, author=ADA)


@pytest.fixture
def page(form) -> Page:
    page = Page(form)
    page.do("ready")
    return page


def asked(page: Page, kind: str = "asked") -> str:
    return page.wait(kind, lambda _: True)["html"]


def test_what_is_filled_in_is_what_is_asked_for():
    wish = wish_of(FILLED | {"image": "stand:1", "replicas": "2"})
    assert (wish.team, wish.namespace, wish.quota, wish.limits) == ("fruit", "fruit-stand", {"pods": "10"}, {"cpu": "500m"})
    assert (wish.image, wish.replicas) == ("stand:1", 2)


def test_a_page_is_told_the_fields_and_who_asks(page):
    told = page.last("form")
    assert [name for name, _, _ in told["fields"]] == [name for name, _, _ in FIELDS]
    assert told["author"] == "Ada"


@pytest.mark.parametrize("wrong", [{"namespace": "Fruit"}, {"team": ""}, {"quota pods": "many"}, {"replicas": "²"}, {"replicas": "-1"}])
def test_what_cannot_be_is_said_while_it_is_typed(page, wrong, ws):
    page.do("check", values=FILLED)
    assert page.last("checked")["problem"] == ""
    page.do("check", values=FILLED | wrong)
    assert page.last("checked")["problem"]
    page.do("ask", values=FILLED | wrong)
    assert "next" in asked(page, "error")
    assert len(gk.pull_requests(ws)) == 0


def test_it_is_asked_for(page, form, ws):
    with pytest.raises(UsageError, match="nothing was asked for yet"):
        form.pull_request  # noqa: B018
    page.do("ask", values=FILLED)
    assert "Give fruit the namespace fruit-stand" in asked(page)
    assert form.pull_request == gk.pull_requests(ws)[1]
    assert form.pull_request.body.startswith("Monday.\n\n### Plan")
    again = Page(form)
    again.do("ready")
    assert "fruit-stand" in again.last("asked")["html"], "a page that is opened again shows it"
    assert page.plain


def test_a_second_press_asks_for_nothing(page, form, monkeypatch, ws):
    gate, calls = threading.Event(), []

    def slow(*words, **more):
        calls.append(words)
        gate.wait(60)
        raise UsageError("no", next_step="ask again")

    monkeypatch.setattr(asking, "propose", slow)
    page.do("ask", values=FILLED)
    page.do("ask", values=FILLED)
    gate.set()
    asked(page, "error")
    assert len(calls) == 1


def test_what_fails_is_told(page, monkeypatch):
    monkeypatch.setattr(asking, "propose", lambda *words, **more: 1 / 0)
    page.do("ask", values=FILLED)
    assert "ZeroDivisionError" in asked(page, "error")


@pytest.mark.parametrize(
    "message", [{"type": "ask"}, {"type": "ask", "values": []}, {"type": "check", "values": {"team": 1, "x": "y"}}, 5, {}]
)
def test_nonsense_from_a_page_asks_for_nothing(form, page, message, ws):
    form._take(message)
    assert len(gk.pull_requests(ws)) == 0


def test_hostile_text_stays_text(page, ws):
    page.do("ask", values=FILLED | {"why": HOSTILE})
    assert HOSTILE not in asked(page)
    assert HOSTILE in gk.pull_requests(ws)[1].body


def test_without_a_page_it_is_a_call(form):
    assert "gk.request_namespace(ws" in form.static()["text/plain"]
    assert "Ada" in form.static()["text/html"]


def test_somebody_must_be_named(ws, tmp_path, monkeypatch):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with pytest.raises(IdentityError):
        namespace_form(ws)
