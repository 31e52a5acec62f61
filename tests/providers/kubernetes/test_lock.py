"""One writer per inventory."""

import subprocess
import sys
import threading

import orjson
import pytest

from gitopskit.errors import RefusedError
from gitopskit.providers.kubernetes import lock
from gitopskit.providers.kubernetes.lock import hold, identity

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
"""


@pytest.fixture
def held(site):
    """What holds the lease of this namespace's inventory, quickly."""
    plan = site.plan(CONFIG)

    def start(**times):
        settings = {"duration_s": 2, "renew_s": 0.2} | times
        return hold(site.provider._connection, plan, namespace=site.namespace, name="gitopskit-shop", **settings)

    return start


def lease(site):
    found = site.kubectl("get", "lease", "gitopskit-shop", "-o", "json", "--ignore-not-found")
    return orjson.loads(found) if found else None


def put(site, holder, duration=2):
    body = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "gitopskit-shop"},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": duration, "acquireTime": "2026-01-01T00:00:00.000000Z"},
    }
    site.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=orjson.dumps(body).decode())


def test_the_lease_says_who_and_for_which_plan_and_goes_at_the_end(site):
    plan = site.plan(CONFIG)
    with site.provider.lock(plan):
        found = lease(site)
        assert found["spec"]["holderIdentity"] == identity()
        assert found["metadata"]["annotations"] == {"gitopskit/plan": plan.id}
    assert lease(site) is None


def test_it_goes_when_the_apply_fails(site, held):
    with pytest.raises(RuntimeError, match="midway"), held():
        raise RuntimeError("midway")
    assert lease(site) is None


def test_it_is_renewed_and_whoever_else_comes_is_refused(site, held):
    with held():
        first = lease(site)["spec"]
        with pytest.raises(RefusedError, match="is applying to this inventory") as caught, held(duration_s=30):
            pytest.fail("two hold the lock")
        assert identity() in caught.value.what
        assert lease(site)["spec"]["renewTime"] > first["renewTime"]
        assert lease(site)["spec"]["acquireTime"] == first["acquireTime"]


def test_one_that_nobody_renews_is_taken_over_after_its_time(site, held):
    put(site, "somebody@elsewhere/0:1", duration=1)
    with held():
        assert lease(site)["spec"]["holderIdentity"] == identity()


def test_one_of_a_process_that_is_gone_is_taken_over_at_once(site, held, monkeypatch):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    put(site, identity().rpartition(":")[0] + f":{gone.pid}", duration=3600)
    with held():
        assert lease(site)["spec"]["holderIdentity"] == identity()


def test_the_same_process_number_on_another_machine_says_nothing():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = identity().rpartition(":")[0]
    assert lock._is_gone(f"{here}:{gone.pid}")
    assert not lock._is_gone(f"{here[:-1]}x:{gone.pid}")
    assert not lock._is_gone(identity())
    assert not lock._is_gone("")


def test_what_was_taken_over_is_neither_renewed_nor_deleted(site, held):
    with held(renew_s=3600):
        put(site, "somebody@elsewhere/0:1")
    assert lease(site)["spec"]["holderIdentity"] == "somebody@elsewhere/0:1"


def test_of_two_at_once_one_wins(site, held):
    inside, refused, most = [], [], []
    both = threading.Barrier(2)

    def run():
        both.wait()
        try:
            with held(duration_s=30):
                inside.append(1)
                most.append(len(inside))
                first_done.wait(5)
                inside.pop()
        except RefusedError as error:
            refused.append(error)
            first_done.set()

    first_done = threading.Event()
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(refused) == 1
