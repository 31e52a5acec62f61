"""Both engines side by side, with the same users, roles and bindings, and a way to ask either the same."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest

from gitopskit.sandbox import Sandbox, open_sandbox
from gitopskit.sandbox.client import Client
from tests.conftest import require_controlplane

USERS = {
    "ada": ["developers"], "ben": [], "carol": ["auditors"], "dora": ["developers", "leads"], "eve": [], "finn": [], "gus": [], "hal": [],
}  # fmt: skip
RBAC = "/apis/rbac.authorization.k8s.io/v1"
_DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Asker:
    """One sandbox, asked as one of its users."""

    sandbox: Sandbox

    def __post_init__(self) -> None:
        self._client = Client.of(self.sandbox.kubeconfig)

    def token(self, who: str) -> str:
        path = self.sandbox.kubeconfig if who == "admin" else self.sandbox.user(who)
        return json.loads(path.read_text())["users"][0]["user"]["token"]

    def __call__(self, who: str | None, method: str, path: str, body: Any = None, media: str = "", **headers: str) -> tuple[int, Any]:
        sent = {"User-Agent": "tester", "Content-Type": media or "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent["Authorization"] = "Bearer " + (self.token(who) if who in {"admin", *USERS} else who)
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.sandbox.server + path, data=content, headers=sent, method=method)
        try:
            with self._client._opener.open(request, timeout=30) as answer:
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error.read())


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode()


def normal(value: Any) -> Any:
    """Times, identities and versions that may differ made equal."""
    if isinstance(value, dict):
        return {key: "…" if key in {"resourceVersion", "token"} else normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return _ID.sub("…", _DAY.sub("…", value)) if isinstance(value, str) else value


def rule(verbs: str, resources: str, groups: str = "", **more: list[str]) -> dict[str, Any]:
    return {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": groups.split(",") if groups else [""], **more}


def role(name: str, *rules: dict[str, Any], kind: str = "Role", **labels: str) -> dict[str, Any]:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name, "labels": labels}, "rules": list(rules)}


def binding(name: str, target: str, *subjects: str, kind: str = "RoleBinding") -> dict[str, Any]:
    """Bind ``Kind/name`` to subjects, each ``Kind/name``."""
    group = "rbac.authorization.k8s.io"
    to, _, role_name = target.partition("/")
    people = [{"kind": s.partition("/")[0], "name": s.partition("/")[2], "apiGroup": group} for s in subjects if s[0] != "S"]
    accounts = [{"kind": "ServiceAccount", "name": s.partition("/")[2], "namespace": "shop"} for s in subjects if s[0] == "S"]
    ref = {"apiGroup": group, "kind": to, "name": role_name}
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, "roleRef": ref, "subjects": people + accounts}


ROLES = f"{RBAC}/namespaces/shop/roles"
BINDINGS = f"{RBAC}/namespaces/shop/rolebindings"
CLUSTER_ROLES = f"{RBAC}/clusterroles"
CLUSTER_BINDINGS = f"{RBAC}/clusterrolebindings"
SETUP = [
    ("/api/v1/namespaces", {"metadata": {"name": "shop"}}),
    ("/api/v1/namespaces", {"metadata": {"name": "bank"}}),
    ("/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "robot"}}),
    ("/api/v1/namespaces/shop/configmaps", {"metadata": {"name": "open"}, "data": {"k": "v"}}),
    ("/api/v1/namespaces/shop/configmaps", {"metadata": {"name": "closed"}}),
    ("/apis/apps/v1/namespaces/shop/deployments", {
        "metadata": {"name": "web"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}}),
    (ROLES, role("one-map", rule("get update patch", "configmaps", resourceNames=["open"]),
                 rule("list", "configmaps", resourceNames=["open"]))),
    (ROLES, role("scaler", rule("get patch", "deployments/scale", "apps"), rule("get", "*/status", "apps"))),
    (ROLES, role("giver", rule("create update patch get delete", "roles rolebindings", "rbac.authorization.k8s.io"), rule("get", "pods"))),
    (ROLES, role("binder", rule("create get", "rolebindings", "rbac.authorization.k8s.io"),
                 rule("bind", "roles", "rbac.authorization.k8s.io"))),
    (ROLES, role("escalator", rule("create escalate", "roles", "rbac.authorization.k8s.io"))),
    (ROLES, role("creator", rule("create", "configmaps secrets"), rule("patch", "configmaps"))),
    (CLUSTER_ROLES, role("paths", {"verbs": ["get"], "nonResourceURLs": ["/metrics", "/debug/*"]}, kind="ClusterRole")),
    (CLUSTER_ROLES, role("borrow", rule("impersonate", "users", resourceNames=["ben"]), rule("impersonate", "groups", resourceNames=["g"]),
                         kind="ClusterRole")),
    (CLUSTER_ROLES, role("see-widgets", rule("get list", "widgets", "example.com"), kind="ClusterRole",
                         **{"rbac.authorization.k8s.io/aggregate-to-view": "true"})),
    (BINDINGS, binding("ada-views", "ClusterRole/view", "Group/developers")),
    (BINDINGS, binding("ben-one-map", "Role/one-map", "User/ben")),
    (BINDINGS, binding("ben-scaler", "Role/scaler", "User/ben")),
    (BINDINGS, binding("dora-edits", "ClusterRole/edit", "Group/leads")),
    (BINDINGS, binding("eve-gives", "Role/giver", "User/eve")),
    (BINDINGS, binding("finn-binds", "Role/binder", "User/finn")),
    (BINDINGS, binding("gus-escalates", "Role/escalator", "User/gus")),
    (BINDINGS, binding("gus-creates", "Role/creator", "User/gus")),
    (BINDINGS, binding("hal-nothing", "Role/missing", "User/hal")),
    (BINDINGS, binding("robot-views", "ClusterRole/view", "ServiceAccount/robot")),
    (CLUSTER_BINDINGS, binding("carol-paths", "ClusterRole/paths", "Group/auditors", kind="ClusterRoleBinding")),
    (CLUSTER_BINDINGS, binding("carol-views", "ClusterRole/view", "Group/auditors", kind="ClusterRoleBinding")),
    (CLUSTER_BINDINGS, binding("carol-borrows", "ClusterRole/borrow", "Group/auditors", kind="ClusterRoleBinding")),
    (CLUSTER_BINDINGS, binding("hal-missing", "ClusterRole/missing", "User/hal", kind="ClusterRoleBinding")),
]  # fmt: skip


def prepare(sandbox: Sandbox) -> Asker:
    """Write the roles and bindings, and wait until the server's own view of them has caught up."""
    ask = Asker(sandbox)
    for path, body in SETUP:
        status, answer = ask("admin", "POST", path, body)
        assert status == 201, answer
    last = {"verb": "get", "resource": "widgets", "group": "example.com", "namespace": "shop"}
    review = {"spec": {"user": "x", "groups": ["developers"], "resourceAttributes": last}}
    while not ask("admin", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)[1]["status"]["allowed"]:
        pass
    return ask


@pytest.fixture(scope="module")
def simulated():
    with open_sandbox("simulator", nodes=0, users=USERS) as sandbox:
        yield prepare(sandbox)


@pytest.fixture(scope="module")
def real():
    require_controlplane()
    with open_sandbox("controlplane", nodes=0, users=USERS) as sandbox:
        yield prepare(sandbox)
