"""Threads for a while: lent again, dropped when somebody leaves early, and never shared."""

import os
import threading
import time
from contextlib import ExitStack

import pytest

from gitopskit.workers import KEPT, _idle, workers


def names(count):
    """Return the threads that do the work of one block."""
    gate = threading.Barrier(count)

    def work():
        gate.wait(5)
        return threading.current_thread().ident

    with workers(count) as pool:
        return {future.result() for future in [pool.submit(work) for _ in range(count)]}


def test_the_same_threads_are_lent_again():
    assert names(3) == names(3)


def test_two_at_once_never_share():
    with workers(2) as one, workers(2) as other:
        here, there = (pool.submit(threading.get_ident).result() for pool in (one, other))
        assert here != there


def test_leaving_waits_for_what_was_begun():
    done = []
    with workers(1) as pool:
        pool.submit(lambda: (time.sleep(0.05), done.append(1)))
    assert done == [1]


def test_leaving_early_drops_what_has_not_begun_and_waits_for_nobody():
    gate, begun, done = threading.Event(), threading.Event(), []

    def wait_long():
        begun.set()
        gate.wait(30)

    def leave():
        with workers(1) as pool:
            pool.submit(wait_long)
            pool.submit(done.append, 1)
            assert begun.wait(5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert not gate.is_set(), "it was not waited for"
    gate.set()
    names(1)
    assert done == []


def test_what_is_done_to_many_comes_in_their_order():
    with workers(4) as pool:
        assert list(pool.map(lambda number: time.sleep(0.01 * (5 - number)) or number, range(5))) == list(range(5))


def test_no_more_than_a_few_are_kept():
    with ExitStack() as stack:
        pools = [stack.enter_context(workers(5)) for _ in range(KEPT + 3)]
        assert len({id(pool) for pool in pools}) == KEPT + 3
    assert len(_idle[5]) == KEPT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    names(2)
    child = os.fork()
    if child == 0:
        with workers(2) as pool:
            os._exit(0 if pool.submit(lambda: 7).result(10) == 7 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
