"""What was parsed is kept in one database that several processes share, that nothing breaks, and that costs nothing but time."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

import pytest

from gitopskit import home, sources
from gitopskit.sources import parsed

BODIES = [({"kind": "ConfigMap", "data": {"k": "v"}, "n": 1.5}, 3)]
MANY = {f"{number:040x}": [({"kind": "ConfigMap", "data": {"k": "x" * 2000}}, 1)] for number in range(400)}


@pytest.fixture
def database(home_dir):
    return home.cache_dir("blobs") / f"{parsed.READER}.sqlite"


def child(text: str, **popen) -> subprocess.Popen:
    """Start a process that has the same cache."""
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(text)], text=True, stdout=subprocess.PIPE, **popen)


def test_what_is_kept_comes_back(database):
    parsed.keep({"a" * 40: BODIES})
    assert parsed.recall(["a" * 40, "b" * 40]) == {"a" * 40: BODIES}
    assert database.stat().st_mode & 0o077 == 0


def test_a_secret_is_not_kept(database):
    parsed.keep({"a" * 40: [({"apiVersion": "v1", "kind": "Secret", "data": {"p": "Y2FuYXJ5"}}, 1)], "b" * 40: BODIES})
    assert parsed.recall(["a" * 40, "b" * 40]) == {"b" * 40: BODIES}
    assert b"Y2FuYXJ5" not in database.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "row"])
def test_a_damaged_database_is_made_anew(database, damage):
    parsed.keep(MANY)
    content = database.read_bytes()
    if damage == "row":
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE blobs SET bodies = '[[{cut'")
        connection.close()
    else:
        database.write_bytes({"cut": content[: len(content) // 2], "garbage": b"no database" * 1000, "empty": b""}[damage])
    assert parsed.recall(["a" * 40, *MANY]) in ({}, MANY)
    parsed.keep({"a" * 40: BODIES})
    parsed.keep({"a" * 40: BODIES})
    assert parsed.recall(["a" * 40]) == {"a" * 40: BODIES}


def test_a_writer_that_is_killed_leaves_what_was_there(database):
    parsed.keep({"a" * 40: BODIES})
    writer = child("""
        import sqlite3
        from gitopskit import home
        from gitopskit.sources import parsed
        with sqlite3.connect(home.cache_dir("blobs") / f"{parsed.READER}.sqlite") as database:
            database.execute("PRAGMA cache_size = 1")
            for number in range(2000):
                database.execute(parsed._KEEP, (f"{number:040x}", b"x" * 5000, 0))
            print("in the middle", flush=True)
            input()
    """, stdin=subprocess.PIPE)  # fmt: skip
    assert writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert parsed.recall(["a" * 40, f"{7:040x}"]) == {"a" * 40: BODIES}


def test_while_somebody_writes_others_go_on_without(database, monkeypatch):
    monkeypatch.setattr(parsed, "PATIENCE_S", 0.1)
    parsed.keep({"a" * 40: BODIES})
    other = sqlite3.connect(database)
    other.execute("BEGIN EXCLUSIVE")
    assert parsed.recall(["a" * 40]) == {}
    parsed.keep({"b" * 40: BODIES})
    other.rollback()
    other.close()
    assert parsed.recall(["a" * 40, "b" * 40]) == {"a" * 40: BODIES}


def test_two_processes_at_once_both_keep(database):
    text = """
        import sys
        from gitopskit.sources import parsed
        for number in range(40):
            parsed.keep({{f"{0}{{number:039x}}": [({{"n": number}}, 1)]}})
            assert parsed.recall([f"{0}{{number:039x}}"]), number
    """
    children = [child(text.format(name)) for name in "abc"]
    assert [one.wait() for one in children] == [0, 0, 0]
    assert len(parsed.recall(f"{name}{number:039x}" for name in "abc" for number in range(40))) == 120
    for one in children:
        one.stdout.close()


def test_a_full_disk_is_no_error(database):
    parsed.keep({"a" * 40: BODIES})
    full = child("""
        import resource, signal
        from tests.sources.test_parsed import MANY, BODIES
        from gitopskit.sources import parsed
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
        parsed.keep(MANY)
        print(len(parsed.recall(MANY)), parsed.recall(["a" * 40]) == {"a" * 40: BODIES})
    """, env=os.environ | {"PYTHONPATH": "."})  # fmt: skip
    assert full.communicate()[0].split() == ["0", "True"]
    assert [path.name for path in database.parent.iterdir()] == [database.name]
    assert parsed.recall(["a" * 40]) == {"a" * 40: BODIES}


def test_it_is_bounded_and_keeps_what_was_used_last(database, monkeypatch):
    parsed.keep({oid: MANY[oid] for oid in list(MANY)[:200]})
    monkeypatch.setattr(parsed, "_today", lambda: int(time.time() // parsed.DAY_S) + 1)
    parsed.recall(list(MANY)[:10])
    monkeypatch.setattr(parsed, "MAX_BYTES", 600_000)
    parsed.keep({oid: MANY[oid] for oid in list(MANY)[200:260]})
    left = parsed.recall(MANY)
    assert set(list(MANY)[:10]) <= left.keys()
    assert 60 <= len(left) < 200


def test_an_interrupt_leaves_a_usable_cache(database, tmp_path):
    folder = tmp_path / "repo"
    (folder / "deploy").mkdir(parents=True)
    for number in range(300):
        documents = "".join(f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c-{number}-{n}}}\n" for n in range(60))
        (folder / "deploy" / f"{number}.yaml").write_text(documents)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "x")):
        subprocess.run(["git", "-C", folder, *identity, *words], check=True)
    reader = child(f"""
        import signal, time
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from gitopskit import sources
        def slow(path, *rest, own=sources.manifests.read):
            if path.endswith("150.yaml"):
                print("reading", flush=True)
                time.sleep(60)
            return own(path, *rest)
        sources.manifests.read = slow
        sources.load({str(folder)!r}, "main")
    """, stderr=subprocess.PIPE)  # fmt: skip
    assert reader.stdout.readline()
    reader.send_signal(signal.SIGINT)
    _, errors = reader.communicate()
    assert "KeyboardInterrupt" in errors
    assert not [path.name for path in database.parent.iterdir() if path != database]
    assert len(sources.load(folder, "main")) == 18_000
