"""Values of several entries give away each secret in them, and ordinary text stays as it is."""

import base64
import json
import random

import pytest

from gitopskit.model import concealment
from gitopskit.model.concealment import conceal, forget, learn, listen
from gitopskit.model.masking import mask_object
from gitopskit.model.spellings import LONGEST, spellings

VALUES = "replicas: 3\nimage:\n  repository: nginx\n  pullPolicy: IfNotPresent\nname: app.kubernetes.io/name\nlevel: ingress2\n"
KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters:\n- name: default-cluster-name\n  metadata: {creationTimestamp: null}\n"
DOTENV = "A_KEY=q1w2e3r4\nexport B=t5z6u7i8\nAPI='zz9!plural'\nDB_PASSWORD=correct-horse\nP=correcthorse9\nREGION=us-central1\nMODE=fast\n"
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzaG9wLWxvbmciLCJhIjoxfQ.c2lnbmF0dXJlLW9mLXRoZS1zaG9wLXRva2Vu"
OTHER_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYW1lIjoicHVibGljIiwiYSI6MX0.b3RoZXI"
LONG = base64.b64encode(random.Random(7).randbytes(30_000)).decode()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LOGIN = json.dumps({"auths": {"registry.shop.test": {"username": "storefront", "auth": encoded("storefront:Sup3rS3cret!9")}}})
ACCOUNT = json.dumps(
    {"type": "service_account", "private_key": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----\n",
     "auth_uri": "https://accounts.shop.test/o/auth", "client_secret": "correct-horse"},
    indent=1,
)  # fmt: skip


@pytest.fixture(autouse=True)
def listening():
    forget()
    listen()
    yield
    forget()


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("10.0.0.1", "host 10.0.0.12 and 110.0.0.1"),
        ("2024-01-01", "since 2024-01-01T00:00:00Z"),
        ("redis-0", "Pod redis-01"),
        ("12345678", "took 1234567890 ns"),
        ("https://github.com/acme/deploy-repository.git", "plan of https://github.com/acme/shop.git at main"),
        ("https://hooks.shop.test/services/T000/B000/XXXXXXXXabc", "see https://hooks.shop.test/services/docs"),
        ("postgresql://app:pw@db.shop.svc:5432/shop", "connect postgresql://app@db.shop.svc:5432/shop"),
        ("registry.shop.test/team/application/image", "pulled registry.shop.test/team/other"),
        ("https://t0k3ns4me.shop.test/a/deploy.git", "see https://t0k3ns4me.shop.test/b/docs"),
        (TOKEN, OTHER_TOKEN),
        (VALUES, "    pullPolicy: IfNotPresent"),
        (VALUES, "repository: nginx, name: app.kubernetes.io/name: shop, level: ingress2"),
        (KUBECONFIG, "- name: default-cluster-name"),
        (KUBECONFIG, "apiVersion: v1\nkind: Config"),
        (DOTENV, "us-central1 fast, DB_PASSWORD is set"),
        (LOGIN, "storefront logs in to registry.shop.test"),
        (ACCOUNT, "service_account https://accounts.shop.test/o/auth"),
        ("image: nginx@sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a0\nx: y", "nginx@sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
    ],
)
def test_ordinary_text_stays(secret, text):
    learn(secret)
    assert conceal(text) == text


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("10.0.0.1", "host=10.0.0.1:80", "host=(sensitive):80"),
        ("hunter2", "a\\nhunter2\\tb %20hunter2 \x1b[31mhunter2\x1b[0m", "a\\n(sensitive)\\tb %20(sensitive) \x1b[31m(sensitive)\x1b[0m"),
        ("s3cr3tW0rd", "xs3cr3tW0rdx", "x(sensitive)x"),
        ("correct horse battery", "q=correct+horse+battery", "q=(sensitive)"),
        ("https://bot:pw9%21xk@git.shop.test/x.git", "as bot with pw9!xk or pw9%21xk", "as bot with (sensitive) or (sensitive)"),
        (DOTENV, DOTENV, "(sensitive)\n"),
        (DOTENV, repr(DOTENV.strip()), '"(sensitive)"'),
        (DOTENV, encoded(DOTENV), "(sensitive)"),
        (DOTENV, "q1w2e3r4 t5z6u7i8 zz9!plural correct-horse correcthorse9", " ".join(["(sensitive)"] * 5)),
        ("Sup3rS3cret!9\n", encoded("Sup3rS3cret!9\n") + " " + encoded("Sup3rS3cret!9"), "(sensitive) (sensitive)"),
        (LOGIN, "Sup3rS3cret!9 " + encoded("storefront:Sup3rS3cret!9"), "(sensitive) (sensitive)"),
        (LOGIN, encoded(LOGIN), "(sensitive)"),
        (ACCOUNT, "correct-horse\n  MIIEvQIBADANBgkqhkiG9w0BAQ", "(sensitive)\n  (sensitive)"),
        (TOKEN, TOKEN[:60] + "...", "(sensitive)"),
        (LONG, f"a {LONG} b", "a (sensitive) b"),
        (LONG, f"<td>{LONG[:40]}</td>", "<td>(sensitive)</td>"),
        (LONG, f"{LONG[-200:]} {encoded(LONG)}", "(sensitive) (sensitive)"),
        (bytes(range(200, 256)), base64.b64encode(bytes(range(200, 256))).decode(), "(sensitive)"),
    ],
)  # fmt: skip
def test_secrets_do_not(secret, text, shown):
    learn(secret)
    assert conceal(text) == shown


def test_a_registry_login_that_was_read():
    mask_object({"apiVersion": "v1", "kind": "Secret", "data": {".dockerconfigjson": encoded(LOGIN)}}, key=b"k")
    assert conceal("Sup3rS3cret!9 storefront") == "(sensitive) storefront"


def test_every_spelling_is_bounded():
    huge = [LONG, LOGIN + " " * 9, "\n".join(f"KEY_{n}=s3cr3t-{n}-w0rd9x{n}" for n in range(5000)), "[" * 100_000, '{"a":' * 5000]
    for value in huge:
        found = list(spellings(value))
        assert len(found) < 10_000
        assert max((len(text) for text, _ in found), default=0) <= 6 * LONGEST


def test_the_newest_are_kept(monkeypatch):
    monkeypatch.setattr(concealment, "MOST", 40)
    for number in range(200):
        learn(f"s3cret-of-{number}-x")
        assert conceal(f"s3cret-of-{number}-x") == "(sensitive)"
    assert len(concealment._spelled) <= 40
    assert len(concealment._lengths) <= 40
    assert conceal("s3cret-of-0-x") == "s3cret-of-0-x"
    learn("s3cret-of-0-x")
    assert conceal("s3cret-of-0-x") == "(sensitive)", "what is read again is known again"
