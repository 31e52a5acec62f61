"""The port: who may speak to it, and how badly."""

import http.client
import json
import socket
import ssl
import threading

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox.simulator.serve import start


@pytest.fixture(scope="module")
def running():
    simulator = start(nodes=1)
    yield simulator
    simulator.close()


@pytest.fixture
def port(running):
    return int(running.server.rpartition(":")[2])


def secure(running, port):
    context = ssl.create_default_context(cadata=running.ca_pem)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10), server_hostname="127.0.0.1")


def ask(running, port, raw):
    """Send bytes and return the status line's code and whether the server closed afterwards, as it announced."""
    with secure(running, port) as connection:
        connection.sendall(raw)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        closes = answer.headers.get("connection") == "close"
        return answer.status, closes and connection.recv(1) == b""


def head(running, port, method="GET", path="/api", *more):
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {running.token}", *more, "", ""]
    return "\r\n".join(lines).encode()


def test_a_whole_conversation_on_one_connection(running, port):
    context = ssl.create_default_context(cadata=running.ca_pem)
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/json"}
    path = "/api/v1/namespaces/default/configmaps"
    for number in range(3):
        connection.request("POST", path, json.dumps({"metadata": {"name": f"c{number}"}}), headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["kind"]) == (201, "ConfigMap")
    connection.close()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.", "[::1]", "127.0.0.1.evil", "127.0.0.1", "127.0.0.1:1", "", None],
)
def test_only_our_own_host_name_is_answered(running, port, host):
    lines = ["GET /api HTTP/1.1", *([] if host is None else [f"Host: {host}"]), f"Authorization: Bearer {running.token}", "", ""]
    status, closed = ask(running, port, "\r\n".join(lines).encode())
    assert status in {400, 421}
    assert closed


@pytest.mark.parametrize("field", ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"])
def test_web_pages_are_not_answered(running, port, field):
    assert ask(running, port, head(running, port, "GET", "/api", field)) == (403, True)
    assert ask(running, port, head(running, port, "OPTIONS", "/api", field)) == (403, True)


def test_no_answer_carries_cors_headers(running, port):
    with secure(running, port) as connection:
        connection.sendall(head(running, port))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_token_counts_in_the_header_alone(running, port):
    raw = f"GET /api?token={running.token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    assert ask(running, port, raw)[0] == 403
    assert running.token not in repr(running)


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /api\r\n\r\n",
        b"GET /api HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
        b"GET http://evil.example/api HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: {host}\r\nContent-Length: x\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api HTTP/1.1\r\nHost: {host}\r\nBad Header: x\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"GET /api HTTP/1.1\r\nHost: {host}\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ],
)
def test_nonsense_gets_a_refusal_and_a_closed_connection(running, port, raw):
    status, closed = ask(running, port, raw.replace(b"{host}", f"127.0.0.1:{port}".encode()))
    assert 400 <= status < 500
    assert closed


def test_a_body_has_a_limit(running, port):
    path = "/api/v1/namespaces/default/configmaps"
    raw = head(running, port, "POST", path, "Content-Type: application/json", f"Content-Length: {3 * 1024 * 1024 + 1}")
    with secure(running, port) as connection:
        connection.sendall(raw)
        connection.sendall(b" " * (3 * 1024 * 1024 + 1))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 413


def test_only_json_is_written(running, port):
    path = "/api/v1/namespaces/default/configmaps"
    raw = head(running, port, "POST", path, "Content-Type: text/plain", "Content-Length: 2") + b"{}"
    assert ask(running, port, raw)[0] == 415


def test_a_watch_ends_when_the_server_does():
    simulator = start(nodes=0)
    port = int(simulator.server.rpartition(":")[2])
    with secure(simulator, port) as connection:
        connection.sendall(head(simulator, port, "GET", "/api/v1/configmaps?watch=1"))
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        closing = threading.Thread(target=simulator.close)
        closing.start()
        while connection.recv(65536):
            pass
        closing.join(10)
        assert not closing.is_alive()
    simulator.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_taken_port_is_said(port):
    with pytest.raises(SandboxError, match="port cannot be used") as caught:
        start(port=port, nodes=0)
    assert caught.value.where == f"127.0.0.1:{port}"


def test_many_writers_get_rising_revisions(running, port):
    seen: list[int] = []
    context = ssl.create_default_context(cadata=running.ca_pem)
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/merge-patch+json"}

    def write(worker: int) -> None:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
        for number in range(20):
            body = json.dumps({"metadata": {"annotations": {"x": f"{worker}-{number}"}}})
            connection.request("PATCH", "/api/v1/namespaces/kube-public", body, headers)
            seen.append(int(json.loads(connection.getresponse().read())["metadata"]["resourceVersion"]))
        connection.close()

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 160
