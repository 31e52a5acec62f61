"""How one webhook is asked, and what is said when it cannot be.

The trap that shaped it: a configuration names any address, and a sandbox must not reach out. So only loopback is ever called; there is no
network behind a Service either, and every other address counts as one that does not answer.

References
----------
Kubernetes, "Dynamic Admission Control", "Webhook request and response".
"""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

Object = Mapping[str, Any]

_BODY_LIMIT_BYTES = 3 * 1024 * 1024
_CALL = "failed to call webhook: "
_NOT_PARSED = (
    "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct "
    '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)
_STATUS_TEXTS = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    403: "unknown",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    409: "the server reported a conflict",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}
_UNKNOWN_AUTHORITY = "tls: failed to verify certificate: x509: certificate signed by unknown authority"


class CallError(Exception):
    """A webhook could not be asked, or its answer is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a webhook is.

    Parameters
    ----------
    problem
        Why it cannot be called at all; empty if it may be tried.
    """

    url: str
    ca_bundle: str
    timeout_s: int
    problem: str = ""


def ask(target: Target, review: Object) -> Object:
    """Send an AdmissionReview; return the answer's ``response``.

    Raises
    ------
    CallError
        There is no (sound) answer.
    """
    url = f"{target.url if urlsplit(target.url).path else target.url + '/'}?timeout={target.timeout_s}s"
    try:
        context = _context(target.ca_bundle)
        if problem := target.problem or _unreachable(urlsplit(url).hostname or "", _port(url)):
            raise OSError(problem)
        status, kind, body = _post(url, context, orjson.dumps(review), target.timeout_s)
    except OSError as error:
        raise CallError(f'{_CALL}Post "{url}": {_cause(error, url)}') from error
    except http.client.HTTPException as error:
        raise CallError(f'{_CALL}Post "{url}": EOF') from error
    return _response(status, kind, body, review)


def _context(bundle: str) -> ssl.SSLContext:
    if not bundle:
        return ssl.create_default_context()
    text = b64decode(bundle).decode(errors="replace")
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise CallError("could not get REST client: unable to load root certificates: unable to parse bytes as PEM block")
    context = ssl.create_default_context(cadata=text)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _port(url: str) -> int:
    return urlsplit(url).port or 443


def _unreachable(host: str, port: int) -> str:
    """Return why a host is not called; empty for loopback."""
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return ""
    except ValueError:
        return f"dial tcp: lookup {host}: no such host"
    return f"dial tcp {host}:{port}: connect: network is unreachable"


def _post(url: str, context: ssl.SSLContext, body: bytes, timeout_s: int) -> tuple[int, str, bytes]:
    parts, end = urlsplit(url), time.monotonic() + timeout_s
    connection = http.client.HTTPSConnection(parts.hostname or "", _port(url), timeout=timeout_s, context=context)
    try:
        connection.connect()
        connection.sock.settimeout(max(0.001, end - time.monotonic()))
        headers = {"Content-Type": "application/json", "Accept": "application/json, */*", "User-Agent": "kube-apiserver-admission"}
        connection.request("POST", f"{parts.path}?{parts.query}", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("content-type", ""), answer.read(_BODY_LIMIT_BYTES)
    finally:
        connection.close()


def _cause(error: OSError, url: str) -> str:
    if isinstance(error, TimeoutError):
        return "context deadline exceeded"
    if isinstance(error, ssl.SSLCertVerificationError):
        mismatch = "mismatch" in error.verify_message
        return f"tls: failed to verify certificate: x509: {error.verify_message}" if mismatch else _UNKNOWN_AUTHORITY
    if isinstance(error, ssl.SSLError):
        return "http: server gave HTTP response to HTTPS client"
    if isinstance(error, ConnectionRefusedError):
        host = urlsplit(url).hostname or ""
        return f"dial tcp {'127.0.0.1' if host == 'localhost' else host}:{_port(url)}: connect: connection refused"
    return "EOF" if isinstance(error, ConnectionError) else str(error)


def _response(status: int, kind: str, body: bytes, review: Object) -> Object:
    """Return the response that an answer holds."""
    if not 200 <= status < 300:
        unknown = 'an error on the server ("unknown") has prevented the request from succeeding'
        raise CallError(_CALL + _STATUS_TEXTS.get(status, unknown))
    if not body:
        raise CallError(f"{_CALL}0-length response with status code: {status} and content type: {kind}")
    try:
        answer = orjson.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CallError(_CALL + _NOT_PARSED)
    if (answer.get("apiVersion"), answer.get("kind")) != (review["apiVersion"], review["kind"]):
        named = f'no kind "{answer.get("kind", "")}" is registered for version "{answer.get("apiVersion", "")}"'
        raise CallError(f'{_CALL}{named} in scheme "pkg/runtime/scheme.go:111"')
    return _sound(answer.get("response"), review["request"]["uid"])


def _sound(response: Any, uid: str) -> Object:
    if not isinstance(response, dict):
        raise CallError("received invalid webhook response: webhook response was absent")
    if response.get("uid") != uid:
        raise CallError(f'received invalid webhook response: expected response.uid="{uid}", got "{response.get("uid", "")}"')
    return response
