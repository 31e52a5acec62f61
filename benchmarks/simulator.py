"""Measure the simulator beside the real control plane: start, applies, lists, watches, memory.

One run, one client, one machine, each server in a process of its own, as ``gitopskit sandbox start`` leaves it. The ratio is the
simulator's figure over the real one's. Nothing here is asserted: the figures depend on the machine and on what else it does.

    python benchmarks/simulator.py --objects 50000
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import selectors
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from gitopskit.sandbox import start, stop

CLIENTS = 8
WATCHERS = 100
LISTED = 5_000
EVENTS = 100
MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
APPLY = "application/apply-patch+yaml"
OPEN = "from gitopskit.sandbox import open_sandbox\nopen_sandbox({engine!r}, nodes=3)\nprint('ready', flush=True)\nimport os\n"


class Connection:
    """One kept-alive connection, with as little client as possible, so that the server is what is measured."""

    def __init__(self, kubeconfig: Path) -> None:
        access = json.loads(kubeconfig.read_text())
        cluster, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
        address = cluster["server"].removeprefix("https://")
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        raw = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname="127.0.0.1")
        self._head = f"Host: {address}\r\nAuthorization: Bearer {user['token']}\r\nUser-Agent: benchmark\r\n"
        self._file = self.socket.makefile("rb")

    def send(self, method: str, path: str, body: Any = None, media: str = "application/json") -> None:
        """Send a request."""
        content = b"" if body is None else json.dumps(body).encode()
        about = f"Content-Type: {media}\r\nContent-Length: {len(content)}\r\n" if content else ""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self._head}{about}\r\n".encode() + content)

    def ask(self, method: str, path: str, body: Any = None, media: str = "application/json") -> bytes:
        """Send a request and return the body of its answer."""
        self.send(method, path, body, media)
        status = int(self._file.readline().split()[1])
        headers = {line.split(b":")[0].lower(): line.split(b":", 1)[1].strip() for line in iter(self._file.readline, b"\r\n")}
        if b"content-length" in headers:  # noqa: SIM108 - reads better
            content = self._file.read(int(headers[b"content-length"]))
        else:
            content = b"".join(self._chunks())
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {content[:500]!r}")
        return content

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._file.readline(), 16):
            yield self._file.read(size)
            self._file.readline()
        self._file.readline()

    def close(self) -> None:
        """Close it."""
        self._file.close()
        self.socket.close()


def config_map(name: str, value: str) -> dict[str, Any]:
    """Return a small object."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": name}}, "data": {"value": value}}


def deployment(name: str, value: str) -> dict[str, Any]:
    """Return an object of ordinary size that sets no Pods in motion."""
    labels = {"app": name}
    container = {"name": "main", "image": f"registry.example/app:{value}", "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels}, "spec": spec}


def side_by_side(kubeconfig: Path, work: Callable[[Connection, int], None], times: int) -> tuple[float, list[float]]:
    """Do work so many times on eight connections; return the seconds that took, and those of each."""
    numbers, taken, lock = iter(range(times)), [], threading.Lock()

    def client() -> None:
        connection = Connection(kubeconfig)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return connection.close()
            begin = time.perf_counter()
            work(connection, number)
            taken.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin, sorted(taken)


@dataclass(frozen=True)
class Bench:
    """One server, and what was measured on it."""

    engine: str
    kubeconfig: Path
    pid: int
    rows: dict[str, float]

    def applies(self, times: int) -> None:
        """Apply ConfigMaps and Deployments in turn: first new ones, then each of them changed."""
        for round_ in ("new", "changed"):

            def apply(connection: Connection, number: int, value: str = round_) -> None:
                make, path = (config_map, MAPS) if number % 2 else (deployment, DEPLOYMENTS)
                name = f"app-{number}"
                connection.ask("PATCH", f"{path}/{name}?fieldManager=benchmark", make(name, value), APPLY)

            seconds, taken = side_by_side(self.kubeconfig, apply, times)
            self.rows[f"applies/s, {round_}, {CLIENTS} clients"] = times / seconds
            self.rows[f"p99 of an apply, {round_} (ms)"] = taken[int(len(taken) * 0.99)] * 1000

    def fill(self, start_at: int, end_at: int) -> None:
        """Create ConfigMaps."""
        side_by_side(
            self.kubeconfig,
            lambda connection, number: void(connection.ask("POST", MAPS, config_map(f"c-{start_at + number}", "v" * 100))),
            end_at - start_at,
        )

    def lists(self) -> None:
        """List what is there, whole, in pages, and again while nothing has changed."""
        connection = Connection(self.kubeconfig)
        for name in ("first", "again"):
            begin = time.perf_counter()
            content = connection.ask("GET", MAPS)
            self.rows[f"list of {LISTED} objects, {name} (ms)"] = (time.perf_counter() - begin) * 1000
        assert content.count(b'"uid"') >= LISTED
        begin, token = time.perf_counter(), ""
        while True:
            page = json.loads(connection.ask("GET", f"{MAPS}?limit=500&continue={token}"))
            token = page["metadata"].get("continue", "")
            if not token:
                break
        self.rows[f"list of {LISTED} objects, pages of 500 (ms)"] = (time.perf_counter() - begin) * 1000
        connection.close()

    def watches(self) -> None:
        """Let 100 clients watch; see when the last has seen one change, and how fast a hundred changes reach all."""
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            for _ in range(WATCHERS):
                connection = Connection(self.kubeconfig)
                stack.callback(connection.close)
                connection.send("GET", f"{MAPS}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dseen")
                connection.socket.setblocking(False)
                selector.register(connection.socket, selectors.EVENT_READ, Lines())
            writer = Connection(self.kubeconfig)
            stack.callback(writer.close)
            number = count()

            def change() -> None:
                writer.ask("PATCH", f"{MAPS}/seen?fieldManager=benchmark", config_map("seen", str(next(number))), APPLY)

            change()
            receive(selector, WATCHERS)
            delays = []
            for _ in range(10):
                begin = time.perf_counter()
                change()
                receive(selector, WATCHERS)
                delays.append(time.perf_counter() - begin)
            self.rows[f"write to the last of {WATCHERS} watchers (ms)"] = sorted(delays)[len(delays) // 2] * 1000
            begin = time.perf_counter()
            thread = threading.Thread(target=lambda: [change() for _ in range(EVENTS)])
            thread.start()
            receive(selector, WATCHERS * EVENTS)
            thread.join()
            self.rows[f"events/s to {WATCHERS} watchers"] = WATCHERS * EVENTS / (time.perf_counter() - begin)

    def memory(self, name: str) -> None:
        """Note the resident memory of the server, all its processes together."""
        self.rows[name] = sum(map(rss_mib, family(self.pid)))


class Lines:
    """Counts the events in what one watcher receives."""

    def __init__(self) -> None:
        self._last = b""

    def count(self, content: bytes) -> int:
        """Return how many events end in this piece."""
        content, self._last = self._last + content, content[-1:]
        return content.count(b"}\n")


def receive(selector: selectors.BaseSelector, wanted: int) -> None:
    """Read until so many events have come in on all connections together."""
    while wanted > 0:
        for key, _ in selector.select():
            while True:
                try:
                    wanted -= key.data.count(key.fileobj.recv(65536))  # type: ignore[union-attr]
                except ssl.SSLWantReadError:
                    break


def void(_: object) -> None:
    """Forget an answer."""


def family(pid: int) -> list[int]:
    """Return a process and those below it."""
    children = [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    return [pid, *(item for child in children for item in family(child))]


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1024


def ready_s(engine: str) -> float:
    """Return how long a new Python process needs until a sandbox in it answers, its imports included."""
    begin = time.perf_counter()
    code = OPEN.format(engine=engine) + "os._exit(0)\n" if engine == "simulator" else OPEN.format(engine=engine)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return time.perf_counter() - begin


def measure(engine: str, applies: int, objects: int) -> dict[str, float]:
    """Return every figure of one engine."""
    rows = {"python to an open sandbox (s)": min(ready_s(engine) for _ in range(3))}
    name = f"benchmark-{engine}"
    started = start(name, engine, nodes=3)
    try:
        entry = json.loads((Path(os.environ["GITOPSKIT_STATE"]) / "sandboxes" / f"{name}.json").read_text())
        bench = Bench(engine, Path(started["kubeconfig"]), entry["pid"], rows)
        bench.memory("memory when empty (MiB)")
        bench.applies(applies)
        bench.fill(0, LISTED)
        bench.lists()
        bench.watches()
        bench.fill(LISTED, objects)
        bench.memory(f"memory at {objects} objects (MiB)")
    finally:
        stop(name)
    return rows


def main() -> None:
    """Measure both and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--applies", type=int, default=1000, help="how many objects are applied, twice each")
    parser.add_argument("--objects", type=int, default=50_000, help="how many objects the memory is measured at")
    parser.add_argument("--engine", choices=("simulator", "controlplane"), help="measure this one alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GITOPSKIT_STATE"] = folder
        engines = [arguments.engine] if arguments.engine else ["simulator", "controlplane"]
        figures = {engine: measure(engine, arguments.applies, arguments.objects) for engine in engines}
    print(f"{'':48}" + "".join(f"{engine:>14}" for engine in engines) + (f"{'ratio':>9}" if len(engines) > 1 else ""))
    for name in figures[engines[0]]:
        values = [figures[engine][name] for engine in engines]
        ratio = f"{values[0] / values[1]:9.2f}" if len(values) > 1 else ""
        print(f"{name:48}" + "".join(f"{value:14.2f}" for value in values) + ratio)


if __name__ == "__main__":
    main()
