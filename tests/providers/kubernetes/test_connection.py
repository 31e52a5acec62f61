"""Which errors come of which answers, what is sent again and what never is; against a server that answers as it is told."""

import http.server
import threading
from pathlib import Path

import pytest
import yaml

from gitopskit.errors import CredentialsError, ForbiddenError, ProviderError, UnreachableError, UsageError
from gitopskit.providers.kubernetes import connect
from gitopskit.providers.kubernetes import connection as module
from gitopskit.providers.kubernetes.connection import LostAnswerError

TOKEN = "canary-token-77"


class Told:
    """A loopback server that gives the answers that it was told, in order, and keeps the requests."""

    def __init__(self):
        told = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                told.requests.append(
                    (self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, self.rfile.read(length))
                )
                status, headers, content = told.answers.pop(0) if told.answers else (200, {}, b"{}")
                if status is None:  # hang up
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PATCH = answer  # noqa: N815

            def log_message(self, *words):
                pass

        self.answers, self.requests = [], []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def told():
    server = Told()
    yield server
    server.server.shutdown()
    server.server.server_close()


def kubeconfig(path: Path, server: str, *, contexts=("only",), user=None, cluster=None) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts[0] if contexts else "",
        "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "u", "user": {"token": TOKEN} if user is None else user}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in contexts],
    }
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture
def connection(told, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_pause", lambda attempt, answer: 0.0)
    return connect(kubeconfig=kubeconfig(tmp_path / "config", told.address))


# --- contexts -----------------------------------------------------------------------------------------------------------------------


def test_the_current_context_is_never_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path / "config", "http://127.0.0.1:1")))
    with pytest.raises(UsageError, match="name a context"):
        connect()


def test_a_file_with_several_contexts_wants_one_named(tmp_path):
    path = kubeconfig(tmp_path / "config", "http://127.0.0.1:1", contexts=("production", "staging"))
    with pytest.raises(UsageError) as caught:
        connect(kubeconfig=path)
    assert "production, staging" in caught.value.next_step
    assert connect(kubeconfig=path, context="staging").name == "staging"


def test_a_context_is_found_in_any_of_the_users_files(tmp_path, monkeypatch):
    first = kubeconfig(tmp_path / "first", "http://127.0.0.1:1", contexts=("one",))
    second = kubeconfig(tmp_path / "second", "http://127.0.0.1:2", contexts=("two",))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{first}:{second}")
    assert connect(context="two").name == "two"


@pytest.mark.parametrize("context", ["nobody", "a\x1b[2Jb"])
def test_an_unknown_context_is_named_with_those_that_are_there(tmp_path, context):
    with pytest.raises(UsageError) as caught:
        connect(kubeconfig=kubeconfig(tmp_path / "config", "http://127.0.0.1:1"), context=context)
    assert "only" in caught.value.next_step
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "a: [", "- a", "contexts: {a: b}", "contexts: [1, {name: x}]"])
def test_what_is_no_kubeconfig_is_told(tmp_path, text):
    (tmp_path / "config").write_text(text)
    with pytest.raises(UsageError):
        connect(kubeconfig=tmp_path / "config", context="production")


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        connect(kubeconfig=tmp_path / "nowhere")


def test_a_context_without_its_cluster_is_told(tmp_path):
    path = kubeconfig(tmp_path / "config", "http://127.0.0.1:1")
    path.write_text(path.read_text().replace("cluster: c", "cluster: other"))
    with pytest.raises(CredentialsError) as caught:
        connect(kubeconfig=path)
    assert TOKEN not in str(caught.value)


def test_acting_as_somebody_is_sent_along(told, tmp_path):
    user = {"token": TOKEN, "as": "Ada", "as-groups": ["auditors", "readers"]}
    connect(kubeconfig=kubeconfig(tmp_path / "config", told.address, user=user)).get("/version")
    [(_, _, headers, _)] = told.requests
    assert headers["impersonate-user"] == "Ada"
    assert headers["impersonate-group"] == "readers"  # a mapping keeps the last of two headers


# --- requests -----------------------------------------------------------------------------------------------------------------------


def test_the_token_goes_into_the_header_only(told, connection):
    connection.get("/version")
    [(method, path, headers, _)] = told.requests
    assert (method, path) == ("GET", "/version")
    assert headers["authorization"] == f"Bearer {TOKEN}"


def test_no_proxy_on_the_way_to_loopback(told, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    connect(kubeconfig=kubeconfig(tmp_path / "config", told.address)).get("/version")
    assert len(told.requests) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504, None])
def test_reads_are_sent_again_and_not_for_ever(told, connection, status):
    told.answers = [(status, {}, b"{}")] * 2
    assert connection.get("/version") == {}
    assert len(told.requests) == 3
    told.answers, told.requests = [(status, {}, b"{}")] * 9, []
    with pytest.raises(ProviderError):
        connection.get("/version")
    assert len(told.requests) == module.READ_ATTEMPTS


def test_the_server_says_how_long_to_wait():
    answer = module.Answer(status=429, headers={"retry-after": "3"}, content=b"")
    assert 3 <= module._pause(0, answer) <= 6, "never sooner than it says"
    forever = module.Answer(status=429, headers={"retry-after": "86400"}, content=b"")
    assert module._pause(0, forever) <= 2 * module.MAX_WAIT_S


@pytest.mark.parametrize("status", [500, 404, 400, 200])
def test_what_was_answered_is_not_asked_again(told, connection, status):
    told.answers = [(status, {}, b"{}")]
    assert connection.read("/version").status == status
    assert len(told.requests) == 1


@pytest.mark.parametrize(("status", "error"), [(None, LostAnswerError), (429, None), (503, None)])
def test_writes_are_never_sent_again(told, connection, status, error):
    told.answers = [(status, {}, b"{}")]
    if error:
        with pytest.raises(error):
            connection.send("PATCH", "/api/v1/namespaces/a/configmaps/b", body=b"{}")
    else:
        assert connection.send("PATCH", "/api/v1/namespaces/a/configmaps/b", body=b"{}").status == status
    assert len(told.requests) == 1


def test_redirects_are_not_followed(told, connection):
    told.answers = [(302, {"Location": "/elsewhere"}, b"")]
    assert connection.read("/version").status == 302
    assert len(told.requests) == 1


# --- errors -------------------------------------------------------------------------------------------------------------------------


def test_refused_credentials(told, connection):
    told.answers = [(401, {}, b'{"message": "Unauthorized"}')]
    with pytest.raises(CredentialsError) as caught:
        connection.get("/version")
    assert TOKEN not in repr(caught.value) + str(caught.value)


def test_forbidden(told, connection):
    told.answers = [(403, {}, b'{"message": "Ada may not", "reason": "Forbidden"}')]
    with pytest.raises(ForbiddenError, match="Ada may not"):
        connection.get("/version")


def test_control_characters_of_the_server_are_shown_as_escapes(told, connection):
    told.answers = [(500, {}, b'{"message": "a\\u001b[2Jb", "reason": "InternalError"}')]
    with pytest.raises(ProviderError) as caught:
        connection.get("/version")
    assert "\x1b" not in str(caught.value)


def test_answers_that_are_no_json_objects(told, connection):
    told.answers = [(200, {}, b"[1]"), (200, {"Content-Type": "text/html"}, b"<html>"), (500, {}, b"<html>")]
    with pytest.raises(LostAnswerError, match="3 bytes of an unknown type"):
        connection.get("/version")
    with pytest.raises(LostAnswerError, match="6 bytes of text/html"):
        connection.get("/version")
    assert connection.read("/version").reason == "HTTP 500"


def test_nobody_listens(told, tmp_path):
    path = kubeconfig(tmp_path / "config", told.address)
    told.server.shutdown()
    told.server.server_close()
    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        connect(kubeconfig=path).send("PATCH", "/x", body=b"{}")
    assert not isinstance(caught.value, LostAnswerError), "nothing was sent"
    assert told.address in caught.value.where


def test_a_certificate_that_nobody_vouches_for(cluster, tmp_path):
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["clusters"][0]["cluster"].pop("certificate-authority-data", None)
    document["clusters"][0]["cluster"].pop("certificate-authority", None)
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(UnreachableError, match="certificate"):
        connect(kubeconfig=path).get("/version")


def test_wrong_credentials_on_a_real_api(cluster, tmp_path):
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": "expired-canary-77"}
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(CredentialsError) as caught:
        connect(kubeconfig=path).get("/version")
    assert "canary" not in str(caught.value)


def test_a_server_that_need_not_prove_itself(tmp_path):
    skipping = {"insecure-skip-tls-verify": True}
    assert not connect(kubeconfig=kubeconfig(tmp_path / "a", "https://prod.example.org", cluster=skipping)).is_verified
    assert connect(kubeconfig=kubeconfig(tmp_path / "b", "https://prod.example.org")).is_verified
