"""Secrets that were read are found in every spelling, and words that mean something else are left alone."""

import base64
import json
import threading

import pytest

from gitopskit.model import concealment
from gitopskit.model.concealment import conceal, conceal_all, conceal_bytes, forget, learn, listen
from gitopskit.model.masking import mask_object

SECRET = 'p"a\\s<s>-9ü'


@pytest.fixture(autouse=True)
def listening():
    forget()
    listen()
    yield
    forget()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [SECRET, json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False), repr([SECRET]), encoded(SECRET), "p&quot;a\\s&lt;s&gt;-9ü",
     'p"a\\s&lt;s&gt;-9ü', "p%22a%5Cs%3Cs%3E-9%C3%BC", f"before={SECRET},after", f"\ud800{SECRET}"],
)  # fmt: skip
def test_every_spelling(text):
    learn(SECRET)
    assert "(sensitive)" in conceal(text)
    assert "s>-9" not in conceal(text)


def test_structures_keys_and_bytes():
    learn(SECRET)
    assert conceal_all({SECRET: [1, None, (SECRET,)], "a": {"b": f"x {SECRET}"}}) == {
        "(sensitive)": [1, None, ["(sensitive)"]], "a": {"b": "x (sensitive)"},
    }  # fmt: skip
    packed = b"\x00\xff" + SECRET.encode() + b"\x00"
    assert conceal_bytes(packed) == b"\x00\xff" + b"*" * len(SECRET.encode()) + b"\x00"
    assert conceal_bytes(SECRET.encode()) == b"*" * len(SECRET.encode())


def test_nothing_known_changes_nothing():
    content = {"a": ["x"]}
    assert conceal_all(content) is content


@pytest.mark.parametrize("secret", ["12345", "1000000", "default", "Password", "Deployment", "DELETE", "aaaaaaaa", "ababab", "", "  \n "])
def test_what_could_be_mistaken_is_not_searched_for(secret):
    learn(secret)
    assert conceal(f"the {secret} thing") == f"the {secret} thing"


@pytest.mark.parametrize("secret", ["hunter2", "correcthorse", "passWord", "12345678", "a b c d"])
def test_what_is_searched_for(secret):
    learn(secret)
    assert conceal(f"the {secret} thing") == "the (sensitive) thing"


def test_what_an_output_is_called_stays():
    learn("text/html", "application/vnd.x+json")
    assert conceal_all({"text/html": "text/html", "application/vnd.x+json": {}}) == {
        "text/html": "(sensitive)",
        "application/vnd.x+json": {},
    }


def test_the_longest_comes_first():
    learn("hunter2", "hunter2-and-more")
    assert conceal("hunter2-and-more") == "(sensitive)"


def test_lines_and_heads():
    learn("-----BEGIN X-----\nfirst-line-of-the-key\n2ndLine0fTheKeyWhichIsMuchLonger0fCourse\nshort\n-----END X-----\n")
    assert conceal("  2ndLine0fTheKeyWhichIsMuchL…") == "  (sensitive)…"
    assert conceal("a\n  first-line-of-the-key\n") == "a\n  (sensitive)\n"
    assert conceal("-----BEGIN X-----") == "-----BEGIN X-----"


def secret(**entries: str) -> dict:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {k: encoded(v) for k, v in entries.items()}}


def test_what_is_masked_is_learnt():
    mask_object(secret(password="hunter2-and-more", username="storefront", db_host="redis.shop"), key=b"k")
    mask_object({"kind": "ConfigMap", "data": {"API_TOKEN": "token-of-the-shop", "title": "The shop and more"}}, key=b"k")
    assert conceal("hunter2-and-more token-of-the-shop") == "(sensitive) (sensitive)"
    assert conceal(encoded("hunter2-and-more")) == "(sensitive)"
    for open_text in ("storefront", encoded("storefront"), "redis.shop", "The shop and more"):
        assert conceal(open_text) == open_text


@pytest.mark.parametrize("content", [b"\xff\xfe\xfd\xfc\xfb\xfa\xf9", "\ud800-is-no-text"])
def test_what_is_no_text_spoils_nothing(content):
    learn(content, SECRET)
    assert conceal(f"x {SECRET}") == "x (sensitive)"


def test_nobody_listens_nothing_is_kept():
    forget()
    learn(SECRET)
    assert not concealment._values
    assert conceal(SECRET) == SECRET


def test_many_threads_learn_while_others_look():
    seen = []

    def work(number: int) -> None:
        for step in range(50):
            word = f"secret-{number}-{step}-x"
            learn(word)
            seen.append(conceal(word))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {"(sensitive)"}
