"""The simulator held to a real kube-apiserver: the same cases on both, the answers compared in full.

A difference fails its case unless the register names it; the register is printed, and an entry in it expires.
"""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from gitopskit.sandbox import open_sandbox
from tests.conformance.language import Engine, read_cases
from tests.conformance.normal import normal
from tests.conftest import require_controlplane

CASES = read_cases()
REGISTER = Path(__file__).with_name("accepted.yaml")
THREADS = 6
ABSENT = "(absent)"


def accepted():
    """Return the register: case and place → why it may differ; an entry that has expired counts no more."""
    return {(item["case"], str(place)): item["reason"] for item in _register() for place in item.get("places", ())}


@cache
def _register():
    return [item for item in yaml.safe_load(REGISTER.read_text()) or [] if item["until"] >= date.today()]


def is_wording(line):
    """Whether a difference is one of wording that the register accepts everywhere."""
    return any("text" in item and re.search(item["text"], line) for item in _register())


def test_the_register_is_printed_and_current(capsys):
    with capsys.disabled():
        for item in _register():
            print(f"\naccepted difference: {item.get('case', 'everywhere')} {item.get('places', '')}: {item['reason']}", end="")
    assert all(len(item["reason"]) > 20 for item in _register())
    assert {case for case, _ in accepted()} <= CASES.keys()


@pytest.fixture(scope="module")
def answers(request):
    """What both engines answered to the cases that are asked for: engine → case → answers, or the error that ended it."""
    require_controlplane()
    wanted = {item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_both_engines_answer_alike[")}
    with open_sandbox(engine="controlplane", nodes=0) as real, open_sandbox(engine="simulator", nodes=0) as simulated:
        both = {"real": real.kubeconfig, "simulated": simulated.kubeconfig}
        found = {engine: run_all(kubeconfig, wanted) for engine, kubeconfig in both.items()}
        unlike = [name for name in wanted if problems(name, found["real"][name], found["simulated"][name])]
        for engine, kubeconfig in both.items():  # a controller that came in between differs once, and a stale cache
            found[engine] |= run_all(kubeconfig, unlike, "again")
        print(f"looked at twice: {', '.join(sorted(unlike)) or 'none'}")
        return found


def run_all(kubeconfig, wanted, attempt=""):
    """Run the cases, a few at a time."""
    with Engine(kubeconfig) as first:
        kinds = first.kinds

    def run(name):
        namespace = f"c-{hashlib.sha256((name + attempt).encode()).hexdigest()[:10]}"
        try:
            with Engine(kubeconfig, kinds) as engine:
                return normal(engine.run(CASES[name], namespace), namespace)
        except Exception as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(wanted, pool.map(run, wanted), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_both_engines_answer_alike(answers, name):
    found = problems(name, *(answers[engine][name] for engine in ("real", "simulated")))
    assert not found, "\n".join(found)


def problems(name, real, simulated):
    """Return a line for everything that is wrong with both engines' answers to a case."""
    failed = [
        f"the {engine} one: {found!r}" for engine, found in (("real", real), ("simulated", simulated)) if isinstance(found, Exception)
    ]
    if failed:
        return failed
    register = accepted()
    differing = [line for place, line in differences(real, simulated) if (name, place) not in register]
    steps = enumerate(real["steps"])
    return differing + [f"step {number} was expected to be answered otherwise" for number, it in steps if it["status"] != it["expected"]]


def differences(real, simulated):
    """Yield place and line of everything that differs."""
    pairs = {str(number): pair for number, pair in enumerate(zip(real["steps"], simulated["steps"], strict=True))}
    for part in ("finally", "watch"):
        pairs |= {f"{part} {path}": (real[part].get(path), simulated[part].get(path)) for path in real[part] | simulated[part]}
    for place, (one, other) in pairs.items():
        for path, values in leaves(one, other):
            line = f"{place}{path}: real {values[0]!r}, simulated {values[1]!r}"
            if not is_wording(line):
                yield place, line


def leaves(one, other, path=""):
    """Yield path and both values wherever two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one | other:
            yield from leaves(one.get(key, ABSENT), other.get(key, ABSENT), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from leaves(*pair, f"{path}[{number}]")
    elif one != other:
        yield path, (one, other)
