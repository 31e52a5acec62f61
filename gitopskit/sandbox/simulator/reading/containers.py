"""What needs a kubelet or a network: logs, exec, attach, port-forward, proxy.

The nodes are names without machines, so these answer as a kube-apiserver does that cannot find them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gitopskit.sandbox.machinery.registry import StorageKey
from gitopskit.sandbox.machinery.request import Request, Response
from gitopskit.sandbox.machinery.status import StatusError, bad_request
from gitopskit.sandbox.simulator.routing import Route

SUBRESOURCES = {"log", "exec", "attach", "portforward", "proxy"}
_PODS: StorageKey = ("", "pods")
_KUBELET_PORT = 10250


def answer(route: Route, obj: Mapping[str, Any], request: Request) -> Response:
    """Return, or raise, what comes of talking to a container, a node or a Service.

    Raises
    ------
    StatusError
        400 for a container that is not there; 500 or 503 because nothing answers.
    """
    name, storage, subresource = obj["metadata"]["name"], route.resource.storage, route.subresource
    if storage == ("", "nodes"):
        raise bad_request(_unknown(name))
    if subresource == "proxy":
        reason = f'no endpoints available for service "{name}"' if storage != _PODS else "error trying to reach service: connection refused"
        raise StatusError(503, "ServiceUnavailable", reason)
    node = obj["spec"].get("nodeName")
    container = "" if subresource == "portforward" else _container(obj, request.query.get("container", ""))
    if subresource == "log":
        return _log(obj, node, container, request)
    if not node:
        raise bad_request(f"pod {name} does not have a host assigned")
    if "upgrade" not in request.headers:
        raise bad_request("Upgrade request required")
    text = f"error dialing backend: dial tcp: {_unknown(node)}"
    return Response(status=500, body=text.encode(), content_type="text/plain; charset=utf-8")


def _container(pod: Mapping[str, Any], wanted: str) -> str:
    name, spec = pod["metadata"]["name"], pod["spec"]
    names = [item["name"] for kind in ("initContainers", "containers", "ephemeralContainers") for item in spec.get(kind) or ()]
    if wanted:
        if wanted not in names:
            raise bad_request(f"container {wanted} is not valid for pod {name}")
        return wanted
    if len(spec["containers"]) > 1:
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]")
    return str(spec["containers"][0]["name"])


def _log(pod: Mapping[str, Any], node: str | None, container: str, request: Request) -> Response:
    if not node:
        return Response(content_type="text/plain")
    query = urlencode(sorted((key, value) for key, value in request.query.items() if key != "container"))
    path = f"/containerLogs/{pod['metadata']['namespace']}/{pod['metadata']['name']}/{container}" + (f"?{query}" if query else "")
    raise StatusError(500, "", f'Get "https://{node}:{_KUBELET_PORT}{path}": dial tcp: {_unknown(node)}')


def _unknown(node: str) -> str:
    return f"lookup {node} on 127.0.0.1:53: no such host"
