"""The port: who may speak to it, and how badly."""

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
import warnings

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox.simulator.http import framing, server
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
        assert answer.getheader("date", "").endswith(" GMT"), "whoever has a clock tells the time (RFC 9110, 6.6.1)"
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


@pytest.mark.parametrize("field", ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Origin: null\r\nUpgrade: websocket"])
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


HALVES = [b"GET /api HTTP/1.1\r\n", b"GET /api HTTP/1.1\r\n{head}X: y", b"POST /api HTTP/1.1\r\n{head}Content-Length: 9\r\n\r\nab"]
SHAPES = {
    "no request": b"NONSENSE\r\n\r\n",
    "every byte there is": bytes(range(256)) * 4,
    "HTTP/0.9": b"GET /api\r\n\r\n",
    "HTTP/1.0": b"GET /api HTTP/1.0\r\n{head}\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/3": b"GET /api HTTP/3\r\n{head}\r\n",
    "a blank line first": b"\r\nGET /api HTTP/1.1\r\n{head}\r\n",
    "bare line feeds": b"GET /api HTTP/1.1\nHost: {host}\n\n",
    "bare carriage returns": b"GET /api HTTP/1.1\rHost: {host}\r\r",
    "a method that is none": b"G@T /api HTTP/1.1\r\n{head}\r\n",
    "an endless method": b"A" * 70_000 + b" /api HTTP/1.1\r\n{head}\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\n{head}\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n{head}\r\n",
    "a whole URL": b"GET http://evil.example/api HTTP/1.1\r\n{head}\r\n",
    "a fragment": b"GET /api#x HTTP/1.1\r\n{head}\r\n",
    "a backslash": b"GET \\api HTTP/1.1\r\n{head}\r\n",
    "a space in the path": b"GET /a b HTTP/1.1\r\n{head}\r\n",
    "NUL in the path": b"GET /\x00 HTTP/1.1\r\n{head}\r\n",
    "encoded NUL": b"GET /api/v1/namespaces/%00 HTTP/1.1\r\n{head}\r\n",
    "dots": b"GET /api/v1/namespaces/../secrets HTTP/1.1\r\n{head}\r\n",
    "encoded dots": b"GET /api/v1/namespaces/%2e%2e/secrets HTTP/1.1\r\n{head}\r\n",
    "an encoded slash": b"GET /api/v1/namespaces/a%2fb HTTP/1.1\r\n{head}\r\n",
    "a path that is no UTF-8": b"GET /api/v1/namespaces/%ff HTTP/1.1\r\n{head}\r\n",
    "a path that is no ASCII": b"GET /\xff HTTP/1.1\r\n{head}\r\n",
    "a huge path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n{head}\r\n",
    "1,000 parameters": b"GET /api?" + b"a=b&" * 1_000 + b" HTTP/1.1\r\n{head}\r\n",
    "10,000 headers": b"GET /api HTTP/1.1\r\n{head}" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
    "300 headers": b"GET /api HTTP/1.1\r\n{head}" + b"".join(b"X-%d: y\r\n" % n for n in range(300)) + b"\r\n",
    "headers without end": b"GET /api HTTP/1.1\r\n{head}" + b"X: y\r\n" * 20_000,
    "a huge header": b"GET /api HTTP/1.1\r\n{head}X: " + b"a" * 100_000 + b"\r\n\r\n",
    "a folded header": b"GET /api HTTP/1.1\r\n{head}X: a\r\n b\r\n\r\n",
    "a header without a colon": b"GET /api HTTP/1.1\r\n{head}nothing\r\n\r\n",
    "a header without a name": b"GET /api HTTP/1.1\r\n{head}: x\r\n\r\n",
    "a space in a header's name": b"GET /api HTTP/1.1\r\n{head}Bad Header: x\r\n\r\n",
    "a space before the colon": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "NUL in a header": b"GET /api HTTP/1.1\r\n{head}X: a\x00b\r\n\r\n",
    "two hosts": b"GET /api HTTP/1.1\r\n{head}Host: {host}\r\n\r\n",
    "two tokens": b"GET /api HTTP/1.1\r\n{head}Authorization: Bearer x\r\n\r\n",
    "a length that is none": b"POST /api HTTP/1.1\r\n{head}Content-Length: x\r\n\r\n",
    "a length below nothing": b"POST /api HTTP/1.1\r\n{head}Content-Length: -1\r\n\r\n",
    "a length with a sign": b"POST /api HTTP/1.1\r\n{head}Content-Length: +2\r\n\r\n{}",
    "two lengths in one": b"POST /api HTTP/1.1\r\n{head}Content-Length: 2, 2\r\n\r\n{}",
    "two lengths": b"POST /api HTTP/1.1\r\n{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length beyond the limit": b"POST /api HTTP/1.1\r\n{head}Content-Length: 4000000\r\n\r\n",
    "a length and chunks": b"POST /api HTTP/1.1\r\n{head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks twice": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "compressed chunks": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "something like chunks": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a chunk without a size": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk below nothing": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "a chunk of everything": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    "a chunk beyond the limit": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nffffff\r\n",
    "a chunk that is longer": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX",
    "an endless chunk line": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n2;" + b"a" * 9_000,
    "endless trailers": b"POST /api HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 20_000,
    "a compressed body": b"POST /api HTTP/1.1\r\n{head}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "an expectation": b"POST /api HTTP/1.1\r\n{head}Expect: a-miracle\r\nContent-Length: 2\r\n\r\n{}",
}  # fmt: skip


def fill_in(running, port, raw):
    raw = raw.replace(b"{head}", b"Host: {host}\r\nAuthorization: Bearer " + running.token.encode() + b"\r\n")
    return raw.replace(b"{host}", f"127.0.0.1:{port}".encode())


@pytest.mark.parametrize("raw", SHAPES.values(), ids=SHAPES)
def test_nonsense_gets_a_refusal_and_a_closed_connection(running, port, raw):
    with secure(running, port) as bystander:
        status, closed = ask(running, port, fill_in(running, port, raw))
        assert 400 <= status < 500
        assert closed
        bystander.sendall(head(running, port))
        assert bystander.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("part", HALVES)
def test_half_a_request_is_not_waited_for(running, port, monkeypatch, part):
    monkeypatch.setattr(framing, "HEAD_TIMEOUT_S", 0.2)
    monkeypatch.setattr(framing, "BODY_TIMEOUT_S", 0.2)
    assert ask(running, port, fill_in(running, port, part)) == (408, True)


@pytest.mark.parametrize("part", HALVES)
def test_who_leaves_in_the_middle_is_forgotten(running, port, part):
    with secure(running, port) as connection:
        connection.sendall(fill_in(running, port, part))
        socket.socket.shutdown(connection, socket.SHUT_WR)
        with contextlib.suppress(OSError):
            assert not connection.recv(4096).startswith(b"HTTP/1.1 2")
    assert ask(running, port, head(running, port))[0] == 200


def test_a_byte_at_a_time_does_not_buy_time(running, port, monkeypatch):
    monkeypatch.setattr(framing, "HEAD_TIMEOUT_S", 0.3)
    with secure(running, port) as connection:
        connection.settimeout(0.05)
        said = b""
        for byte in b"GET /" + b"a" * 10_000:
            connection.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                said += connection.recv(4096)
            if said:
                break
    assert said.startswith(b"HTTP/1.1 408 ")


def test_requests_in_one_go_are_answered_in_turn(running, port):
    paths = ["/healthz", "/api/v1/namespaces/default", "/nope", "/healthz"]
    raw = b"".join(head(running, port, "GET", path) for path in paths[:-1]) + head(running, port, "GET", paths[-1], "Connection: close")
    with secure(running, port) as connection:
        connection.sendall(raw)
        socket.socket.shutdown(connection, socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"200", b"404", b"200"]


def test_chunks_and_a_body_that_was_waited_for(running, port):
    path = "/api/v1/namespaces/default/configmaps?dryRun=All"
    body = b'{"metadata":{"name":"chunky"}}'
    chunks = b"".join(b"%x;x=y\r\n%c\r\n" % (1, byte) for byte in body) + b"0\r\nTrailer: x\r\n\r\n"
    raw = head(running, port, "POST", path, "Content-Type: application/json", "Transfer-Encoding: chunked", "Expect: 100-continue")
    with secure(running, port) as connection:
        connection.sendall(raw)
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(chunks)
        assert connection.recv(4096).startswith(b"HTTP/1.1 201 Created\r\n")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_not_spoken(running, port, version):
    context = ssl.create_default_context(cadata=running.ca_pem)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_plain_http_is_not_spoken(running, port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(head(running, port))
        with contextlib.suppress(ConnectionError):
            assert b"HTTP/1.1 2" not in raw.recv(4096)


def test_more_connections_than_there_is_room_for(running, port):
    with contextlib.ExitStack() as stack:
        many = range(server.CONNECTION_LIMIT + 8)
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in many]
        for turned_away in held[-4:]:
            with contextlib.suppress(ConnectionError):
                assert turned_away.recv(1) == b""
    answered = 0
    while answered != 200:  # as soon as the others' places are free again
        with contextlib.suppress(OSError):
            answered = ask(running, port, head(running, port))[0]


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
