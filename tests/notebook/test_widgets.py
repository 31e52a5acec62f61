"""What a page is told, what it may ask for, and what is there without one."""

import json
import threading
from dataclasses import replace

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from gitopskit.apply import Policy
from gitopskit.apply.approval import code_for
from gitopskit.errors import UsageError
from gitopskit.notebook.widgets import panel, work
from gitopskit.notebook.widgets.review import Review
from gitopskit.notebook.workspace import Workspace
from tests.notebook.conftest import server

HOSTILE = "<img src=x onerror=bite()>"


class Page:
    """A page that listens."""

    def __init__(self, shown: panel.Panel) -> None:
        self.told: list[dict] = []
        self.plain = True
        self._heard = threading.Condition()
        self.shown = shown
        shown._widget = self

    def send(self, message: dict) -> None:
        self.plain = self.plain and _is_plain(message)
        with self._heard:
            self.told.append(message)
            self._heard.notify_all()

    def wait(self, kind: str, is_it, timeout_s: float = 60) -> dict:
        """Wait until the last message of a kind is one that is waited for."""
        with self._heard:
            assert self._heard.wait_for(lambda: self.of(kind) and is_it(self.last(kind)), timeout_s), self.of(kind)[-1:]
            return self.last(kind)

    def do(self, kind: str, **content) -> None:
        self.shown._take({"type": kind, **content})

    def last(self, kind: str) -> dict:
        return [message for message in self.told if message["type"] == kind][-1]

    def of(self, kind: str) -> list[dict]:
        return [message for message in self.told if message["type"] == kind]


def _is_plain(message: dict) -> bool:
    try:
        return bool(json.dumps(message))
    except TypeError:
        return False


def rows(page: Page) -> list[dict]:
    """Return the lines as the page unpacks them."""
    told = page.last("plan")
    names = ("action", "kind", "namespace", "name", "reason", "problem")
    return [dict(zip(names, (told["words"][number] for number in row), strict=False)) | {"at": at} for at, row in enumerate(told["rows"])]


def place(page: Page, name: str) -> int:
    return next(row["at"] for row in rows(page) if row["name"] == name)


@pytest.fixture
def review(ours) -> Review:
    return ours.review()


@pytest.fixture
def page(review) -> Page:
    page = Page(review)
    page.do("ready")
    return page


def test_a_page_is_told_the_rows_and_what_to_type(page, review):
    assert [row["action"] for row in rows(page)] == ["create"] * 5
    assert page.last("plan")["steps"] == 5
    assert page.last("chosen")["on"] == [0, 1, 2, 3, 4]
    assert page.last("expected")["text"] == review.plan.id[:12]
    assert page.last("run")["state"] == "idle"


def test_choosing_tells_what_comes_along_and_what_is_left_out(page, review, namespace_name):
    everything = page.last("expected")["text"]
    page.do("choose", rows=[place(page, "settings")], on=False, together=False)
    [[at, why]] = page.last("chosen")["blocked"]
    assert at == next(row["at"] for row in rows(page) if row["kind"] == "PodTemplate")
    assert "names it" in page.last("chosen")["words"][why]
    assert page.last("expected")["text"] not in ("", everything)
    page.do("choose", rows=[row["at"] for row in rows(page)], on=False, together=True)
    assert page.last("expected") == {"type": "expected", "text": "", "why": "Nothing is chosen."}
    page.do("choose", rows=[place(page, "menu")], on=True, together=False)
    assert [at for at, _ in page.last("chosen")["along"]] == [place(page, namespace_name)]
    assert "menu" in page.last("chosen")["because"]
    page.do("choose", rows=[place(page, "settings")], on=True, together=False)
    assert review.chosen.left_out


def test_a_part_is_applied_from_a_page(page, review, ours):
    page.do("choose", rows=[place(page, "menu")], on=False, together=False)
    told = page.last("expected")
    page.do("apply", plan=told["id"], confirm=told["text"])
    report = review.wait(60)
    assert report.is_proved
    assert page.last("run")["state"] == "proved"
    assert [wave["done"] for wave in page.last("run")["waves"]] == [wave["total"] for wave in page.last("run")["waves"]]
    assert "what was chosen is done" in page.last("report")["html"]
    assert ours.history[-1] is report
    assert page.plain, "what a page is told is JSON"
    assert [change.id.name for change in ours.plan().steps] == ["menu"]
    with pytest.raises(UsageError, match="it is being applied, or was"):
        review.choose(*review.plan.steps)


@pytest.mark.parametrize("typed", ["", "yes", "0" * 12, "approval.json"])
def test_what_does_not_confirm_writes_nothing(page, review, ours, typed):
    page.do("apply", plan=page.last("expected")["id"], confirm=typed)
    assert "does not confirm plan" in page.last("report")["html"]
    assert review.wait() is None
    assert len(ours.plan().steps) == 5


def test_what_was_confirmed_is_what_is_chosen(page, review):
    told = page.last("expected")
    page.do("choose", rows=[place(page, "menu")], on=False, together=False)
    page.do("apply", plan=told["id"], confirm=told["text"])
    assert "something else is chosen now" in page.last("report")["html"]
    assert review.wait() is None


@pytest.mark.parametrize(
    "message",
    [
        "text", {}, {"type": "no such"}, {"type": "choose", "rows": [99, -1, "x", None], "on": True, "together": False},
        {"type": "choose", "rows": 1, "on": 1}, {"type": "fields", "row": 10**9}, {"type": "apply", "plan": None, "confirm": []},
        {"type": "stop"},
    ],
)  # fmt: skip
def test_nonsense_changes_nothing(page, review, message):
    before = review.chosen.id
    review._take(message)
    assert review.chosen.id == before
    assert review.wait() is None


def test_fields_are_shown_on_demand(page):
    page.do("fields", row=place(page, "menu"))
    assert "soup" in page.last("fields")["html"]


# --- what a system without Kubernetes shows -----------------------------------------------------------------------------------------------


class Slow:
    """Holds every step until it is let go."""

    def __init__(self, hall) -> None:
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)
        hall.system.meanwhile = self

    def __call__(self) -> None:
        self.begun.release()
        assert self.go.acquire(timeout=30)

    def let_go(self, count: int) -> None:
        for _ in range(count):
            self.go.release()


@pytest.fixture
def hall_review(workspace) -> Review:
    return workspace.review()


def test_a_system_that_applies_its_own_plan_is_reviewed_as_a_whole(hall_review, hall):
    page = Page(hall_review)
    page.do("ready")
    assert page.last("plan")["fixed"] is True
    page.do("choose", rows=[0], on=False, together=False)
    assert "applies its own saved plan as a whole" in page.last("report")["html"]
    hall_review.confirm(hall_review.plan.id)
    assert hall_review.wait(30).is_proved
    assert hall.system.servers == {"a": 1, "b": 2}


def test_stop_finishes_the_step_and_the_same_review_goes_on(hall_review, hall):
    page, slow = Page(hall_review), Slow(hall)
    hall_review.confirm(hall_review.plan.id[:12])
    assert slow.begun.acquire(timeout=30)
    with pytest.raises(UsageError, match="goes on already"):
        hall_review.confirm(hall_review.plan.id[:12])
    page.do("ready")
    assert page.last("run")["state"] == "running"
    page.do("stop")
    assert page.last("run")["state"] == "stopping"
    slow.let_go(9)
    report = hall_review.wait(30)
    assert report.stopped == "interrupted (1 of 2 steps were taken; the same call goes on from there)"
    assert page.last("run")["state"] == "ended"
    assert "interrupted" in page.last("report")["html"]
    hall_review.confirm(hall_review.plan.id[:12])
    assert hall_review.wait(30).is_proved
    assert hall.system.writes == ["a", "b"]


def test_no_apply_begins_before_the_end_of_the_first_is_taken_in(hall_review, hall, monkeypatch):
    done = threading.Event()

    class Lock:
        """The lock, and a word when the thread that applies has come to it."""

        def __init__(self, inner):
            self.inner = inner

        def __enter__(self):
            if threading.current_thread() is not threading.main_thread():
                done.set()
            self.inner.acquire()

        def __exit__(self, *_):
            self.inner.release()

    hall_review._lock = Lock(hall_review._lock)
    with hall_review._lock:
        hall_review.confirm(hall_review.plan.id[:12])
        assert done.wait(30)
        assert hall_review._work.report.is_proved
        with pytest.raises(UsageError, match="goes on already"):
            hall_review.confirm(hall_review.plan.id[:12])
    assert hall_review.wait(30).is_proved
    assert not hall_review._work.is_alive


def test_the_end_of_the_process_stops_what_still_applies(hall_review, hall, monkeypatch):
    slow = Slow(hall)
    hall_review.confirm(hall_review.plan.id[:12])
    assert slow.begun.acquire(timeout=30)
    monkeypatch.setattr(work, "LAST_MOMENT_S", 0.0)
    work._end()
    slow.let_go(9)
    assert "interrupted" in hall_review.wait(30).stopped
    assert hall.system.writes == ["a"]


def test_a_page_that_cannot_be_told_ends_nothing(hall_review, hall, monkeypatch):
    page = Page(hall_review)

    def lost(message):
        raise OSError("the connection is gone")

    monkeypatch.setattr(page, "send", lost)
    hall_review.confirm(hall_review.plan.id[:12])
    assert hall_review.wait(30).is_proved
    assert hall.system.servers == {"a": 1, "b": 2}


def test_an_apply_that_breaks_says_so(hall_review, hall):
    page = Page(hall_review)
    hall_review._workspace.target = None
    hall_review.confirm(hall_review.plan.id[:12])
    assert hall_review.wait(30) is None
    assert "the apply broke: AttributeError" in page.last("report")["html"]
    assert page.last("run")["state"] == "ended"


def test_a_named_context_asks_for_the_code_and_keeps_it_out_of_what_is_saved(racks, hall):
    hall.is_sandbox = False
    hall.system.target = replace(hall.system.target, is_sandbox=False)
    workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=Policy.for_sandbox())
    review = workspace.review()
    page = Page(review)
    page.do("ready")
    code = page.last("expected")["text"]
    assert code == code_for(review.plan)
    with pytest.raises(UsageError, match="does not confirm"):
        review.confirm(review.plan.id)
    assert code not in "".join(review.static().values())
    assert "a person types its code" in review.static()["text/html"]
    page.do("apply", plan=review.plan.id, confirm=code.lower())
    assert review.wait(30).is_proved
    assert code not in json.dumps([message for message in page.told if message["type"] != "expected"])


@pytest.mark.parametrize("said", ["review", "binding", "nobody"])
def test_a_reason_is_said_before_the_code_is_typed(racks, hall, said):
    policy = replace(Policy.for_sandbox(), needs_reason=True)
    workspace = Workspace(racks, "racks", revision="main", trunk="main", target=hall, policy=policy)
    words = {"why": "the hall is full", "ticket": "OPS-7"}
    if said == "binding":
        workspace.bind(**words)
    review = workspace.review(**(words if said == "review" else {}))
    review.confirm(review.plan.id[:12])
    assert review.wait(30).is_proved == (said != "nobody")
    if said != "nobody":
        entry = workspace.ledger()[-1]
        assert (entry["why"], entry["ticket"]) == ("the hall is full", "OPS-7")


def test_what_is_hostile_is_no_markup(racks, hall):
    racks.write(server(HOSTILE.replace("/", ""), 3), HOSTILE)
    review = Workspace(racks, "racks", revision="main", trunk="main", target=hall).review()
    page = Page(review)
    page.do("ready")
    page.do("fields", row=0)
    assert HOSTILE not in page.last("fields")["html"] + review.static()["text/html"]
    assert HOSTILE in [row["name"] for row in rows(page)], "plain text, for an element that takes no markup"


# --- without a page -----------------------------------------------------------------------------------------------------------------------

NOTEBOOK = """
import gitopskit as gk
ws = gk.Workspace(gk.seed_shop(), "deploy", revision="main", trunk="main", target=gk.sandbox("simulator", nodes=0))
"""


def test_nobody_there_means_the_static_form(hall_review):
    bundle = hall_review._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "<h4>Plan <code>" in bundle["text/html"]
    hall_review.confirm(hall_review.plan.id[:12])
    hall_review.wait(30)
    assert "Report on plan" in hall_review._repr_mimebundle_()["text/html"]


def test_a_notebook_that_runs_by_itself_holds_the_table_and_no_widget(home_dir):
    notebook = new_notebook(cells=[new_code_cell(NOTEBOOK), new_code_cell("ws.review()")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    [output] = notebook.cells[1].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "widgets" not in notebook.metadata or not notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    page, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(notebook))
    assert "changes of the plan" in page


def test_voila_shows_it_to_a_person(hall_review, monkeypatch):
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    assert panel.WIDGET in hall_review._repr_mimebundle_()


def test_where_a_person_asked_there_is_a_widget_without_a_state(hall_review, monkeypatch):
    monkeypatch.setattr(panel, "has_front_end", lambda: True)
    bundle = hall_review._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", panel.WIDGET}
    assert bundle[panel.WIDGET] == hall_review._repr_mimebundle_()[panel.WIDGET], "one widget, however often it is shown"
    state = hall_review._widget.get_state()
    own = {name for name in state if not name.startswith("_")}
    assert own <= {"layout", "tabbable", "tooltip"}
    assert hall_review.plan.id[:12] not in json.dumps(state, default=str)


def test_without_the_package_for_widgets_the_static_form_is_shown(hall_review, monkeypatch):
    monkeypatch.setattr(panel, "has_front_end", lambda: True)
    monkeypatch.setattr(panel, "find_spec", lambda name: None)
    assert set(hall_review._repr_mimebundle_()) == {"text/html", "text/plain"}
