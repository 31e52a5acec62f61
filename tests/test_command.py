"""How another program is run: with limits that hold while it runs."""

import os
import sys
import time

import pytest

from gitopskit.command import CommandError, Limits, run


def python(text: str, cwd, **more) -> bytes:
    return run([sys.executable, "-I", "-c", text], cwd=cwd, environment={"PATH": "/nowhere"}, name="it", **more)


def test_it_sees_no_environment_but_the_given_one(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", "/canary")
    said = python("import os; print(sorted(os.environ))", tmp_path)
    assert set(eval(said)) <= {"PATH", "LC_CTYPE"}  # the interpreter itself sets the latter


def test_one_that_prints_without_an_end_is_ended(tmp_path):
    with pytest.raises(CommandError, match="it printed more than 1000 bytes"):
        python("while True: print('x' * 10_000)", tmp_path, limits=Limits(output_bytes=1000))


def test_one_that_complains_without_an_end_is_ended(tmp_path):
    with pytest.raises(CommandError, match="it took longer than 1 s"):
        python("import sys\nwhile True: sys.stderr.write('x' * 10_000)", tmp_path, limits=Limits(time_s=1))


def test_its_last_words_are_told(tmp_path):
    with pytest.raises(CommandError, match=r"it failed: x*\\nthe end") as caught:
        python("import sys\nprint('half')\nsys.stderr.write('x' * 200_000 + '\\n')\nsys.exit('the end' + chr(27))", tmp_path)
    assert "\x1b" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
def test_one_that_takes_all_memory_fails(tmp_path):
    text = "import time; time.sleep(.2); print(len(bytearray(300_000_000)))"
    assert python(text, tmp_path) == b"300000000\n"
    with pytest.raises(CommandError, match="MemoryError"):
        python(text, tmp_path, limits=Limits(memory_bytes=100_000_000))


def test_what_it_started_ends_with_it(tmp_path):
    text = "import os, time\nif os.fork() == 0: os.close(2)\nopen(str(os.getpid()), 'w').close()\ntime.sleep(600)"
    with pytest.raises(CommandError, match="took longer"):
        python(text, tmp_path, limits=Limits(time_s=1))
    deadline = time.monotonic() + 30
    while (alive := [name for name in os.listdir(tmp_path) if is_alive(int(name))]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive
    assert len(os.listdir(tmp_path)) == 2


def is_alive(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match="it cannot be run: No such file"):
        run(["/nowhere/x"], cwd=tmp_path, environment={}, name="it")
