"""Random sequences of operations on both engines, the answers compared in full; what differs is made small and printed as a case.

`GITOPSKIT_SEQUENCES` says how many, `GITOPSKIT_SEED` from which number on; `make conformance-long` runs many from a new one.
"""

import copy
import os
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest
import yaml

from gitopskit.sandbox import open_sandbox
from tests.conformance.language import Engine
from tests.conformance.normal import normal
from tests.conformance.sequences import WIDGETS, sequence
from tests.conformance.test_cases import differences
from tests.conftest import require_controlplane

SEED = int(os.environ.get("GITOPSKIT_SEED", "1"))
SEQUENCES = int(os.environ.get("GITOPSKIT_SEQUENCES", "2000"))
THREADS = 6
ENOUGH = int(os.environ.get("GITOPSKIT_SHRUNK", "5"))  # differing sequences that are made small and printed


class Pair:
    """Both engines, and a namespace of its own for each thread."""

    def __init__(self, real, simulated):
        self._sandboxes = {"real": real, "simulated": simulated}
        self._kinds = {}
        for name, sandbox in self._sandboxes.items():
            with Engine(sandbox.kubeconfig) as engine:
                engine.prepare(WIDGETS)
            with Engine(sandbox.kubeconfig) as engine:
                self._kinds[name] = engine.kinds
        self._namespaces = SimpleQueue()
        for number in range(THREADS):
            self._namespaces.put(f"random-{number}")
        self._made = set()

    def lines(self, case):
        """Return what differs between both engines' answers to a case."""
        namespace = self._namespaces.get()
        try:
            real, simulated = (normal(self._answers(name, case, namespace), namespace) for name in self._sandboxes)
        finally:
            self._namespaces.put(namespace)
        return [line for _, line in differences(real, simulated)]

    def _answers(self, name, case, namespace):
        with Engine(self._sandboxes[name].kubeconfig, self._kinds[name]) as engine:
            if (name, namespace) not in self._made:
                engine.make_namespace(namespace)
                self._made.add((name, namespace))
            return engine.run_in(case, namespace)


@pytest.fixture(scope="module")
def pair():
    require_controlplane()
    with open_sandbox(engine="controlplane", nodes=0) as real, open_sandbox(engine="simulator", nodes=0) as simulated:
        yield Pair(real, simulated)


@pytest.mark.timeout(3600)
def test_random_sequences_are_answered_alike(pair):
    print(f"random sequences from seed {SEED}")
    cases = {seed: sequence(seed) for seed in range(SEED, SEED + SEQUENCES)}
    with ThreadPoolExecutor(THREADS) as pool:
        suspects = [seed for seed, lines in zip(cases, pool.map(pair.lines, cases.values()), strict=True) if lines]
    found = [seed for seed in suspects if pair.lines(cases[seed])]  # a controller that came in between differs once
    told = "\n\n".join(tell(pair, seed, cases[seed]) for seed in found[:ENOUGH])
    assert not found, f"{len(found)} of {SEQUENCES} sequences from seed {SEED} differ: {found}\n\n{told}"


def tell(pair, seed, case):
    """Return a differing sequence in its smallest form, ready for a file of cases."""
    small = shrunk(pair, case)
    text = yaml.safe_dump({f"random-{seed}": small}, sort_keys=False, default_flow_style=None, width=200)
    return text + "\n".join(f"# {line}" for line in pair.lines(small) or ["does not differ every time"])


def shrunk(pair, case):
    """Return the smallest case that still differs and that is found by leaving out one thing after the other."""
    for _ in range(100):
        smaller = next((one for one in smaller_cases(case) if pair.lines(one)), None)
        if smaller is None:
            break
        case = smaller
    return case


def smaller_cases(case):
    """Yield the case without one step, or without one field or item of a step."""
    for number in reversed(range(len(case["steps"]))):
        yield case | {"steps": case["steps"][:number] + case["steps"][number + 1 :]}
    for path in paths(case["steps"]):
        smaller = copy.deepcopy(case)
        at = smaller["steps"]
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
        yield smaller


KEPT = {
    "as", "at", "apiVersion", "kind", "metadata", "name", "op", "path", "apply", "create", "update", "merge", "strategic", "json",
    "value", "schedulerName",
}  # fmt: skip


def paths(value, path=()):
    """Yield the paths of all that can be left out, outermost first."""
    inner = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, _ in inner:
        if (len(path) > 1 and key not in KEPT) or key == "params":
            yield (*path, key)
    for key, item in inner:
        yield from paths(item, (*path, key))
