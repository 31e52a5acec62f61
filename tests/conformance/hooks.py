"""A little admission webhook on loopback, whose path says what it answers."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gitopskit.sandbox.simulator.http.certificate import make_identity

DENIED = {"allowed": False}
ANSWERS = {
    "allow": {"allowed": True},
    "deny": DENIED,
    "deny-with-words": DENIED | {"status": {"message": "not like this"}},
    "deny-with-code": DENIED
    | {"status": {"code": 422, "reason": "Invalid", "message": "odd", "details": {"causes": [{"field": "data.k", "message": "m"}]}}},
    "deny-with-reason": DENIED | {"status": {"reason": "because", "message": ""}},
    "deny-kindly": DENIED | {"status": {"code": 200, "message": "kindly"}, "warnings": ["mind the gap"]},
    "warn": {"allowed": True, "warnings": ["first", 'second "quoted"', "first"]},
    "another-uid": {"allowed": True, "uid": "other"},
}
"""What is answered besides the uid."""
PATCHES = {
    "label": [{"op": "add", "path": "/metadata/labels", "value": {"seen": "yes"}}],
    "data": [{"op": "add", "path": "/data", "value": {"added": "by-hook"}}],
    "unknown-field": [{"op": "add", "path": "/odd", "value": 1}],
    "wrong-type": [{"op": "add", "path": "/data", "value": {"k": 1}}],
    "invalid": [{"op": "add", "path": "/data", "value": {"not a key": "v"}}],
    "misplaced": [{"op": "replace", "path": "/none/at/all", "value": 1}],
    "another-name": [{"op": "replace", "path": "/metadata/name", "value": "other"}],
    "replicas": [{"op": "replace", "path": "/spec/replicas", "value": 3}],
    "container": [{"op": "add", "path": "/spec/containers/-", "value": {"name": "side", "image": "i"}}],
    "none": [],
}
"""What ``/patch-…`` changes."""
RAW = {
    "no-json": (200, b"sorry"),
    "empty": (200, b""),
    "no-response": (200, b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}'),
    "another-kind": (200, b'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}'),
    "broken": (500, b"it broke"),
    "missing": (404, b"404 page not found\n"),
    "busy": (503, b"later"),
}
"""What is answered as it stands."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        behaviour = self.path.partition("?")[0].strip("/")
        self.server.reviews.append((behaviour, sent))
        self.server.reviews.arrived.set()
        if behaviour == "slow":
            self.server.released.wait(1.5)
        status, body = RAW.get(behaviour) or (200, json.dumps(answer_to(behaviour, sent)).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def answer_to(behaviour, sent):
    """Return the AdmissionReview that a path answers with."""
    response = {"uid": sent["request"]["uid"], **ANSWERS.get(behaviour, ANSWERS["allow"])}
    if behaviour.startswith("patch-"):
        patch = b64encode(json.dumps(PATCHES[behaviour.removeprefix("patch-")]).encode()).decode()
        response |= {"patchType": "JSONPatch", "patch": patch}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


class Reviews(list):
    """What the webhook was told; `arrived` is set by the first."""

    def __init__(self):
        super().__init__()
        self.arrived = threading.Event()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Say nothing of who did not wait."""


@contextmanager
def hook_server():
    """Serve webhooks; yield the values that cases need, and the list of reviews that grows."""
    identity = make_identity()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = identity.context.wrap_socket(server.socket, server_side=True)
    server.reviews, server.released = Reviews(), threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        values = {"url": f"https://127.0.0.1:{server.server_port}", "ca": b64encode(identity.ca_pem.encode()).decode()}
        yield values, server.reviews
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
