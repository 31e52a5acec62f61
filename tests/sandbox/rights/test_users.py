"""Users, ServiceAccounts and borrowed names, on both engines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gitopskit.errors import SandboxError
from gitopskit.sandbox import attach, open_sandbox, start, stop

from .conftest import CLUSTER_ROLES, RBAC, USERS, normal, role, rule
from .test_decisions import AUTHENTICATION, AUTHORIZATION, MAPS

ACCOUNT = "/api/v1/namespaces/shop/serviceaccounts/robot"
KUBECTL = str(Path(sys.executable).with_name("kubectl"))


@pytest.fixture(params=["simulated", "real"])
def ask(request):
    return request.getfixturevalue(request.param)


def test_kubectl_is_told_that_it_is_forbidden(ask):
    words = [KUBECTL, "--kubeconfig", ask.sandbox.user("ada"), "-n", "shop"]
    assert subprocess.run([*words, "get", "configmap", "open", "-o", "name"], capture_output=True, text=True).stdout == "configmap/open\n"
    done = subprocess.run([*words, "delete", "configmap", "open"], capture_output=True, text=True)
    text = 'configmaps "open" is forbidden: User "ada" cannot delete resource "configmaps" in API group "" in the namespace "shop"'
    assert done.stderr == f"Error from server (Forbidden): {text}\n"
    whoami = subprocess.run([*words, "auth", "whoami", "-o", "json"], capture_output=True, text=True)
    assert json.loads(whoami.stdout)["status"]["userInfo"]["groups"] == ["developers", "system:authenticated"]


def test_every_user_is_a_context_of_the_one_kubeconfig(ask):
    words = [KUBECTL, "--kubeconfig", ask.sandbox.kubeconfig, "--context", "gitopskit-sandbox/carol", "auth", "can-i"]
    assert subprocess.run([*words, "get", "pods"], capture_output=True, text=True).stdout == "yes\n"
    assert subprocess.run([*words, "get", "secrets"], capture_output=True, text=True).stdout == "no\n"


def test_a_user_that_is_none(ask):
    with pytest.raises(SandboxError, match="has no user 'zoe'"):
        ask.sandbox.user("zoe")


@pytest.mark.parametrize("users", [{"admin": []}, {"": []}, {"a,b": []}, {"ada": ["system:masters"]}, {"a\n": []}, {"ada": ['"']}])
def test_a_name_that_is_none(users):
    with pytest.raises(SandboxError, match="no user or group can be called"):
        open_sandbox("simulator", nodes=0, users=users)


def test_the_token_of_a_service_account(ask):
    status, made = ask("admin", "POST", f"{ACCOUNT}/token", {"spec": {}})
    assert (status, made["spec"]) == (
        201,
        {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": 3600, "boundObjectRef": None},
    )
    token = made["status"]["token"]
    assert ask(token, "GET", f"{MAPS}/open")[0] == 200
    assert ask(token[:-4] + "AAAA", "GET", f"{MAPS}/open")[0] == 401
    status, refused = ask(token, "DELETE", f"{MAPS}/open")
    assert refused["message"].startswith('configmaps "open" is forbidden: User "system:serviceaccount:shop:robot" cannot delete')
    user = ask(token, "POST", f"{AUTHENTICATION}/selfsubjectreviews", {})[1]["status"]["userInfo"]
    assert user["groups"] == ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]
    assert ask("admin", "POST", f"{AUTHENTICATION}/tokenreviews", {"spec": {"token": token}})[1]["status"]["user"] == user
    for audiences, seconds, expected in ((["elsewhere"], 600, 401), (["https://kubernetes.default.svc"], 600, 200)):
        other = ask("admin", "POST", f"{ACCOUNT}/token", {"spec": {"audiences": audiences, "expirationSeconds": seconds}})[1]
        assert ask(other["status"]["token"], "GET", f"{MAPS}/open")[0] == expected


def test_a_token_dies_with_its_account(ask):
    accounts = "/api/v1/namespaces/bank/serviceaccounts"
    for _ in range(2):
        assert ask("admin", "POST", accounts, {"metadata": {"name": "short"}})[0] == 201
        token = ask("admin", "POST", f"{accounts}/short/token", {"spec": {}})[1]["status"]["token"]
        assert ask(token, "GET", "/version")[0] == 200
        ask("admin", "DELETE", f"{accounts}/short")
    while ask(token, "GET", "/version")[0] != 401:  # the real server keeps an answer for some seconds
        pass


BORROWED = [
    ("admin", {"Impersonate_User": "ada"}),
    ("admin", {"Impersonate_User": "zed", "Impersonate_Group": "g", "Impersonate_Uid": "7", "Impersonate_Extra_scope": "a"}),
    ("admin", {"Impersonate_User": "system:serviceaccount:shop:robot"}),
    ("admin", {"Impersonate_User": "system:anonymous"}),
    ("admin", {"Impersonate_Group": "g"}),
    ("admin", {"Impersonate_Uid": "g"}),
    ("carol", {"Impersonate_User": "ben"}),
    ("carol", {"Impersonate_User": "ben", "Impersonate_Group": "g"}),
    ("carol", {"Impersonate_User": "ben", "Impersonate_Group": "h"}),
    ("carol", {"Impersonate_User": "ben", "Impersonate_Uid": "7"}),
    ("carol", {"Impersonate_User": "ada"}),
    ("ada", {"Impersonate_User": "system:serviceaccount:shop:robot"}),
    ("dora", {"Impersonate_User": "system:serviceaccount:shop:robot"}),
    ("dora", {"Impersonate_User": "system:serviceaccount:bank:robot"}),
]


@pytest.mark.parametrize(("who", "headers"), BORROWED)
@pytest.mark.parametrize(("method", "path", "body"), [("POST", f"{AUTHENTICATION}/selfsubjectreviews", {}), ("GET", "/api/v1/pods", None)])
def test_borrowed_names(simulated, real, who, headers, method, path, body):
    got, wanted = (engine(who, method, path, body, **headers) for engine in (simulated, real))
    assert (got[0], normal(got[1]) if got[0] != 200 else "") == (wanted[0], normal(wanted[1]) if wanted[0] != 200 else "")


@pytest.mark.parametrize("who", ["ada", "ben", "carol", "dora", "eve", "hal", "admin"])
def test_what_may_i(simulated, real, who):
    def rules(ask):
        status, body = ask(who, "POST", f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {"namespace": "shop"}})
        assert status == 201
        return {kind: sorted(map(json.dumps, body["status"][kind])) for kind in ("resourceRules", "nonResourceRules")}

    assert rules(simulated) == rules(real)


def test_the_roles_of_a_fresh_cluster(simulated, real):
    def everything(ask, plural):
        return {item["metadata"]["name"]: normal(item) for item in ask("admin", "GET", f"{RBAC}/{plural}")[1]["items"]}

    for plural in ("clusterrolebindings", "roles", "rolebindings"):
        assert everything(simulated, plural) == everything(real, plural)
    mine, theirs = (everything(engine, "clusterroles") for engine in (simulated, real))
    for name in ("admin", "edit", "view"):  # the controller of the real one applies what it sums up, ours updates it
        del mine[name]["metadata"]["managedFields"], theirs[name]["metadata"]["managedFields"]
    assert mine == theirs


def test_admin_is_as_before_when_what_it_sums_up_is_gone(ask):
    def rules():
        return ask("admin", "GET", f"{CLUSTER_ROLES}/admin")[1]["rules"]

    before = rules()
    ask("admin", "POST", CLUSTER_ROLES, role("more", rule("get", "gadgets", "example.com"), kind="ClusterRole",
                                             **{"rbac.authorization.k8s.io/aggregate-to-view": "true"}))  # fmt: skip

    while "gadgets" not in json.dumps(rules()):
        pass
    ask("admin", "DELETE", f"{CLUSTER_ROLES}/more")
    while "gadgets" in json.dumps(rules()):
        pass
    assert rules() == before


def test_users_of_one_in_the_background(engine, names):
    start(names("crowd"), engine, nodes=0, users=USERS)
    path = attach("crowd").user("ada")
    done = subprocess.run([KUBECTL, "--kubeconfig", path, "get", "nodes"], capture_output=True, text=True)
    assert 'User "ada" cannot list resource "nodes"' in done.stderr
    stop("crowd")
    assert not path.exists()
