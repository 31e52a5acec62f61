"""Admission webhooks that answer, on both engines: what they are told, and what comes of what they say."""

import hashlib
from pathlib import Path

import pytest

from gitopskit.sandbox import open_sandbox
from tests.conformance.hooks import hook_server
from tests.conformance.language import Engine, read_cases
from tests.conformance.normal import normal
from tests.conformance.test_cases import differences, leaves
from tests.conftest import require_controlplane

CASES = read_cases(Path(__file__).with_name("hooked"))


@pytest.fixture(scope="module")
def engines():
    """The kubeconfigs of both engines."""
    require_controlplane()
    with open_sandbox(engine="controlplane", nodes=0) as real, open_sandbox(engine="simulator", nodes=0) as simulated:
        yield real.kubeconfig, simulated.kubeconfig


def run(kubeconfig, case, namespace):
    """Return what an engine answered, and what it told the webhook (but for the first step that waits for it)."""
    with hook_server() as (values, reviews), Engine(kubeconfig) as engine:
        answers = engine.run({**case, "values": values}, namespace)
        told = [[path, review] for path, review in reviews if review["request"].get("name") != "probe"]
        return [without(normal(found, namespace), values) for found in (answers, told)]


def without(found, values):
    """Return an answer without the address and the certificate of the webhook, which are others each time."""
    if isinstance(found, dict):
        return {key: without(item, values) for key, item in found.items()}
    if isinstance(found, list):
        return [without(item, values) for item in found]
    return found.replace(values["url"], "URL").replace(values["ca"], "CA") if isinstance(found, str) else found


@pytest.mark.parametrize("name", CASES)
def test_both_engines_ask_and_obey_alike(engines, name):
    namespace = f"c-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
    (real, told), (simulated, told_too) = (run(kubeconfig, CASES[name], namespace) for kubeconfig in engines)
    assert [line for _, line in differences(real, simulated)] == []
    assert list(leaves(told, told_too)) == []
    assert told
    for number, answer in enumerate(real["steps"]):
        assert answer["status"] == answer["expected"], f"step {number} was expected to be answered otherwise"
