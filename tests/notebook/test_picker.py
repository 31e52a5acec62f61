"""Who is it? Listed by the file alone, asked only when somebody chooses, taken only when somebody confirms."""

import socket
import threading

import pytest
import yaml

import gitopskit as gk
from gitopskit.errors import GitopskitError, UsageError
from gitopskit.notebook import targets
from gitopskit.notebook.targets import ContextTarget
from gitopskit.notebook.widgets import panel, picker
from gitopskit.providers.kubernetes.kubeconfig import list_contexts
from tests.notebook.test_widgets import HOSTILE, Page

USERS = {
    "token": {"token": "canary-token"},
    "program": {"exec": {"command": "aws", "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}},
    "file": {"client-certificate": "/a.crt", "client-key": "/a.key"},
    "nothing": {},
    "actor": {"token": "canary-token", "as": "Ada"},
}


@pytest.fixture
def counted():
    """A server that counts who connects, and lets nobody in."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen: list[str] = []

        def count() -> None:
            while True:
                try:
                    one, address = server.accept()
                except OSError:
                    return
                seen.append(address)
                one.close()

        threading.Thread(target=count, daemon=True).start()
        yield seen, f"https://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def kubeconfig(cluster, counted, tmp_path):
    """A file with a real cluster, one that nobody may contact, and hostile names."""
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    real = document["contexts"][0]["name"]
    document["clusters"].append({"name": "trap", "cluster": {"server": counted[1]}})
    document["contexts"][0]["name"] = "real"
    for name, user in USERS.items():
        document["users"].append({"name": name, "user": user})
        document["contexts"].append({"name": f"trap-{name}", "context": {"cluster": "trap", "user": name, "namespace": "shop"}})
    document["contexts"].append({"name": HOSTILE, "context": {"cluster": HOSTILE, "user": HOSTILE, "namespace": HOSTILE}})
    document["current-context"] = real
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture(autouse=True)
def _no_sandboxes(monkeypatch):
    monkeypatch.setattr(picker, "status", list)
    monkeypatch.setattr(targets, "status", list)


def wait(shown: picker.Picker) -> None:
    shown._asking.join(60)
    assert not shown._asking.is_alive()


def take(page: Page, told: dict | None = None) -> None:
    """Press the button as it was told, by default the last time."""
    told = told or page.last("identity")
    page.do("confirm", name=told["name"], rows=told["rows"])


def test_the_file_says_which_contexts_there_are(kubeconfig, counted):
    entries = {entry.context: entry for entry in list_contexts(kubeconfig)}
    assert entries["trap-token"].server == counted[1]
    assert entries["trap-token"].namespace == "shop"
    assert [entries[f"trap-{name}"].credentials for name in USERS] == ["token", "runs aws", "certificate", "none", "token"]
    assert entries["trap-actor"].acts_as == "Ada"
    assert "canary" not in repr(entries)


def test_nothing_is_contacted_before_somebody_chooses(kubeconfig, counted):
    shown = gk.pick(kubeconfig)
    page = Page(shown)
    page.do("ready")
    static = shown.static()["text/html"]
    assert counted[0] == []
    assert [row[0] for row in page.last("clusters")["rows"]][:2] == ["real", "trap-token"]
    assert HOSTILE not in static
    assert "canary" not in static + str(page.told)
    with pytest.raises(UsageError, match="no cluster is chosen yet"):
        assert shown.target
    page.do("choose", row=1)
    wait(shown)
    assert counted[0]
    assert counted[1] in page.last("error")["html"]
    page.do("confirm", name="trap-token", rows=[])
    assert "no cluster has said yet who it is" in page.last("error")["html"]


def test_it_says_who_it_is_and_is_taken_when_confirmed(kubeconfig, cluster):
    shown = gk.pick(kubeconfig)
    page = Page(shown)
    page.do("ready")
    page.do("choose", row=0)
    wait(shown)
    told = dict(page.last("identity")["rows"])
    found = shown.identify("real")
    assert told["server"] == found.server
    assert (told["cluster (uid of kube-system)"], told["version"], told["you are"]) == (found.uid, found.version, found.user)
    assert found.uid
    assert told["certificate authority"] == found.authority
    with pytest.raises(UsageError):
        assert shown.target
    take(page)
    assert page.last("identity")["taken"] is True
    assert page.plain
    assert shown.target == ContextTarget(context="real", kubeconfig=kubeconfig)
    assert shown.target.provider().identify() == found
    page.do("choose", row=1)
    wait(shown)
    with pytest.raises(UsageError, match="no cluster is chosen yet"):
        assert shown.target


def test_what_is_taken_is_what_the_button_says(kubeconfig, cluster, monkeypatch):
    monkeypatch.setattr(picker, "status", lambda: [{"name": "room-4", "engine": "simulator"}])
    monkeypatch.setattr(picker, "running_sandbox", lambda name: targets.SandboxTarget(sandbox=cluster))
    shown = gk.pick(kubeconfig)
    page = Page(shown)
    page.do("choose", row=0)
    wait(shown)
    earlier = page.last("identity")
    shown.identify("room-4")
    assert page.last("identity")["name"] == "room-4", "the page is told of what the code asks"
    take(page, earlier)
    assert "another cluster was asked since" in page.last("error")["html"]
    take(page, {"name": "room-4", "rows": earlier["rows"]})
    with pytest.raises(UsageError, match="no cluster is chosen yet"):
        assert shown.target
    take(page)
    assert shown.target.sandbox is cluster


def test_what_the_code_asks_in_vain_is_told_to_the_page(kubeconfig):
    shown = gk.pick(kubeconfig)
    page = Page(shown)
    with pytest.raises(GitopskitError):
        shown.identify("trap-token")
    assert [message["type"] for message in page.told] == ["asking", "error"]


@pytest.mark.parametrize(
    "message",
    [
        {},
        "x",
        {"type": "confirm"},
        {"type": "confirm", "name": [], "rows": 1},
        {"type": "choose", "row": 99},
        {"type": "choose", "row": "0"},
        {"type": "choose", "row": -1},
    ],
)
def test_nonsense_asks_nobody(kubeconfig, message):
    shown = gk.pick(kubeconfig)
    shown._take(message)
    assert shown._asking is None


def test_running_sandboxes_are_offered(kubeconfig, monkeypatch, cluster):
    running = {"name": "room-4", "engine": "simulator", "server": cluster.server}
    monkeypatch.setattr(picker, "status", lambda: [running])
    monkeypatch.setattr(picker, "running_sandbox", lambda name: targets.SandboxTarget(sandbox=cluster))
    shown = gk.pick(kubeconfig)
    assert shown.candidates[-1].is_sandbox
    assert shown.identify("room-4").is_sandbox
    assert shown.confirm().sandbox is cluster


def test_no_file_and_nobody_there(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    shown = gk.pick()
    assert shown.candidates == ()
    assert "There is no context" in shown._repr_mimebundle_()["text/html"]
    with pytest.raises(UsageError, match="cannot be read"):
        gk.pick(tmp_path / "missing")
    with pytest.raises(UsageError, match="choose one of: none"):
        shown.identify("x")


def test_a_person_gets_a_widget(kubeconfig, monkeypatch):
    monkeypatch.setattr(panel, "has_front_end", lambda: True)
    assert panel.WIDGET in gk.pick(kubeconfig)._repr_mimebundle_()
