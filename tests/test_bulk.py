"""The garbage collector rests in between, however the work is nested or ends, and is as it was afterwards."""

import gc
import threading

import pytest

from gitopskit.bulk import bulk


def test_it_rests_in_between():
    with bulk():
        assert not gc.isenabled()
        with bulk():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_a_failure():
    @bulk()
    def fail():
        raise KeyError("x")

    for _ in range(2):
        with pytest.raises(KeyError):
            fail()
        assert gc.isenabled()


def test_whoever_has_switched_it_off_keeps_it_off():
    gc.disable()
    try:
        with bulk():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_last_of_several_threads_ends_the_rest():
    inside, go_on, seen = threading.Event(), threading.Event(), []

    def work():
        with bulk():
            inside.set()
            go_on.wait(10)

    thread = threading.Thread(target=work)
    with bulk():
        thread.start()
        inside.wait(10)
    seen.append(gc.isenabled())
    go_on.set()
    thread.join(10)
    assert [*seen, gc.isenabled()] == [False, True]
