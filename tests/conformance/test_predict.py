"""What the local rules predict of an apply, held to the real server's dry-run.

`GITOPSKIT_TRIPLES` says how many triples of desired object, live object and history, `GITOPSKIT_SEED` from which number on.
"""

import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from gitopskit.model.masking import mask_object
from gitopskit.planning.aftermath import Verdict
from gitopskit.planning.managed import states_exactly
from gitopskit.planning.predict import predict
from gitopskit.providers.kubernetes.connection import connect
from gitopskit.providers.kubernetes.discovery import discover
from gitopskit.providers.kubernetes.schemas import Schemas
from gitopskit.sandbox import open_sandbox
from tests.conformance.language import PATCHES, Engine
from tests.conformance.sequences import WIDGETS
from tests.conformance.triples import KINDS, OURS, Dice, history, variants
from tests.conftest import require_controlplane

SEED = int(os.environ.get("GITOPSKIT_SEED", "1"))
TRIPLES = int(os.environ.get("GITOPSKIT_TRIPLES", "6000"))
PER_OBJECT = 20
THREADS = 6
USEFUL = 0.8
NAMESPACE = "predicted"
APPLY = PATCHES["apply"]


class Server:
    """A real server, and what is known of its kinds."""

    def __init__(self, sandbox):
        self.kubeconfig = sandbox.kubeconfig
        with Engine(self.kubeconfig) as engine:
            engine.prepare(WIDGETS)
            engine.make_namespace(NAMESPACE)
        with Engine(self.kubeconfig) as engine:
            self.kinds = engine.kinds
        connection = connect(kubeconfig=sandbox.kubeconfig, is_sandbox=True)
        self.discovery, self.schemas = discover(connection), Schemas(connection)
        widget = self.discovery.find(KINDS["Widget"][0], "Widget")
        while self.schemas.type_of(widget) is None:  # a definition's document is published a little later
            time.sleep(0.2)
            self.schemas.look_again()

    def triples(self, seed):
        """Yield seed, number, desired object, live object, and the server's answer to a dry-run, of one live object."""
        dice = Dice(seed)
        kind = dice.choice(list(KINDS))
        with Engine(self.kubeconfig, self.kinds) as engine:
            place = engine.kinds[KINDS[kind][0], kind].format(namespace=NAMESPACE) + f"/o{seed}"
            last = None
            for manager, verb, body in history(dice, kind, f"o{seed}"):
                answer = _patch(engine, place, body, manager, verb)
                if answer["status"] < 300 and (manager, verb) == (OURS, "apply"):
                    last = body
            for number, desired in enumerate(variants(dice, last, kind, PER_OBJECT) if last else ()):
                yield seed, number, desired, *_steadily(engine, place, desired)
            engine.ask("DELETE", place)

    def predicted(self, desired, live):
        """Return what the plan would take for sure of an object."""
        desired, live = (mask_object(body, key=b"k") for body in (desired, live))  # as a plan sees them
        resource = self.discovery.find(desired["apiVersion"], desired["kind"])
        kind = self.schemas.type_of(resource)
        return (
            Verdict.NO_OP if states_exactly(desired, live, kind) else predict(desired, live, kind, is_built_in=resource.is_built_in).verdict
        )


def _patch(engine, place, body, manager, verb, **params):
    media = APPLY if verb in ("apply", "force") else PATCHES[verb]
    params |= {"fieldManager": manager} | ({"force": "true"} if verb == "force" else {})
    return engine.ask("PATCH", f"{place}?{urlencode(params)}", json.dumps(body), media)


def _steadily(engine, place, desired):
    """Return the live object and the answer to a dry-run on it, asked for again where a controller came in between."""
    while True:
        live = engine.ask("GET", place)["body"]
        answer = _patch(engine, place, desired, OURS, "apply", dryRun="All", fieldValidation="Strict")
        if engine.ask("GET", place)["body"] == live:
            return live, answer


def _truth(live, answer):
    """Return what an apply would have come to."""
    if answer["status"] != 200:
        return "conflict" if answer["status"] == 409 else "refused"
    return "no-op" if _timeless(answer["body"]) == _timeless(live) else "change"


def _timeless(body):
    """Return an object without the times at which managers came to own fields, and the order that follows from these."""
    entries = sorted(json.dumps({**item, "time": ""}, sort_keys=True) for item in body["metadata"].get("managedFields") or ())
    return json.dumps({**body, "metadata": {**body["metadata"], "managedFields": entries}}, sort_keys=True)


@pytest.fixture(scope="module")
def server():
    require_controlplane()
    with open_sandbox(engine="controlplane", nodes=0) as sandbox:
        yield Server(sandbox)


@pytest.mark.timeout(3600)
def test_predictions_come_true(server):
    print(f"random triples from seed {SEED}")
    seen, wrong, seed = Counter(), [], SEED
    with ThreadPoolExecutor(THREADS) as pool:
        while sum(seen.values()) < TRIPLES:
            batch = range(seed, seed + 4 * THREADS)
            seed = batch.stop
            for triples in pool.map(lambda number: list(server.triples(number)), batch):
                for number, position, desired, live, answer in triples:
                    truth, verdict = _truth(live, answer), server.predicted(desired, live)
                    seen[truth, str(verdict)] += 1
                    is_false_no_op = verdict is Verdict.NO_OP and truth != "no-op"
                    is_false_change = verdict is Verdict.CHANGE and truth == "no-op"
                    if is_false_no_op or is_false_change:
                        wrong.append((number, position, str(verdict), truth, desired, live, answer["body"]))
    print(dict(seen))
    told = "\n".join(json.dumps(case, indent=1) for case in wrong[:3])
    assert not wrong, f"{len(wrong)} of {sum(seen.values())} predictions from seed {SEED} are wrong:\n{told}"
    no_ops = {verdict: count for (truth, verdict), count in seen.items() if truth == "no-op"}
    assert no_ops.get("no-op", 0) >= USEFUL * sum(no_ops.values()), f"too much is asked for: {no_ops}"
    assert sum(no_ops.values()) >= 0.2 * sum(seen.values()), "there are no-ops to predict"
