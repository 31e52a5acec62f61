"""Journal and ledger: whole lines or none, whatever a crash or a full disk left behind."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopskit.apply import execute, lines
from gitopskit.apply.ledger import Ledger
from gitopskit.errors import GitopskitError
from gitopskit.model import concealment
from gitopskit.model.events import Event, EventKind, Outcome
from tests.apply.conftest import again
from tests.apply.fake_provider import NOW, identity


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lines")


@given(st.lists(st.binary(max_size=200).map(lambda b: b.replace(b"\n", b""))), st.binary(min_size=1).map(lambda b: b.replace(b"\n", b"x")))
def test_a_torn_line_is_never_joined_to_the_next(folder, texts, torn):
    path = folder / "x"
    path.write_bytes(b"".join(text + b"\n" for text in texts) + torn)
    assert lines.whole_lines(path) == texts
    lines.append(path, lambda last: b"after " + last)
    assert lines.whole_lines(path) == [*texts, b"after " + (texts[-1] if texts else b"")]


def test_a_long_last_line_is_found(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"first\n" + b"y" * 200_000 + b"\n" + b"z" * 100_000)
    lines.append(path, lambda last: str(len(last)).encode())
    assert lines.whole_lines(path)[-1] == b"200000"


def test_checking_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "x"
    lines.append(path, lambda _: b"one")
    lines.check(path)
    assert path.read_bytes() == b"one\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path, monkeypatch):
    path = tmp_path / "x"
    lines.append(path, lambda _: b"one")

    def half(descriptor, content, offset):
        written = real(descriptor, content[:3], offset)
        if offset > 4:
            raise OSError(28, "No space left on device")
        return written

    real = lines.os.pwrite
    monkeypatch.setattr(lines.os, "pwrite", half)
    with pytest.raises(OSError, match="No space"):
        lines.append(path, lambda _: b"two two")
    assert path.read_bytes() == b"one\n"


def test_many_writers_make_one_chain(attempt):
    report = execute(attempt)
    ledger = Ledger(attempt.plan.target)
    threads = [threading.Thread(target=ledger.record, args=(attempt, report, NOW)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.entries()) == 9
    assert ledger.is_whole()


def test_no_secret_is_written_into_a_journal_and_its_objects_are_still_found(attempt):
    concealment.listen()
    concealment.learn("hunter2-and-more", "settings-of-ours")
    one = identity("settings-of-ours")
    try:
        attempt.journal.write(Event(kind=EventKind.INTENT, at=NOW, id=one, name="update", uid="settings-of-ours"))
        said = 'denied: "hunter2-and-more" is too short'
        attempt.journal.write(Event(kind=EventKind.OUTCOME, at=NOW, id=one, name="update", outcome=Outcome.FAILED, message=said))
    finally:
        concealment.forget()
    assert b"hunter2" not in attempt.journal.path.read_bytes()
    begun, ended = attempt.journal.read().events
    assert ended.message == 'denied: "(sensitive)" is too short'
    assert begun.id == ended.id == one, "a step is found again by its object, whatever that is called"
    assert begun.uid == "settings-of-ours"


def test_a_journal_goes_on_after_a_torn_line(attempt):
    attempt.journal.path.write_bytes(b'{"kind":"outc')
    attempt.journal.write(Event(kind=EventKind.INTENT, at=NOW, id=identity("a")))
    assert attempt.journal.read().begun == {identity("a")}


@pytest.mark.parametrize("line", [b"[]", b"nonsense", b'{"kind":"later"}', b"\xff\xfe", b'{"kind":"intent","at":"x"}'])
def test_a_line_of_the_journal_that_means_nothing_is_left_out(attempt, line):
    execute(attempt)
    attempt.journal.path.write_bytes(line + b"\n" + attempt.journal.path.read_bytes())
    assert len(attempt.journal.read().done) == 3
    assert attempt.journal.read().is_finished


def test_the_ledger_is_a_chain(attempt):
    execute(attempt)
    execute(again(attempt))
    execute(again(attempt))
    ledger = Ledger(attempt.plan.target)
    assert ledger.is_whole()
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    opened, first, second, third = lines.whole_lines(ledger.path)
    for altered in (
        [opened.replace(b"datacentre", b"elsewhere"), first, second, third], [opened, first.replace(b"ada", b"eve"), second, third],
        [opened, first, third], [first, second, third], [opened, first, b"gone", third], [opened, first, b"[]", third],
    ):  # fmt: skip
        ledger.path.write_bytes(b"\n".join(altered) + b"\n")
        assert not ledger.is_whole()
    with pytest.raises(GitopskitError, match="the ledger was altered"):
        ledger.entries()


def test_the_ledger_tells_who_what_when(attempt):
    execute(attempt)
    [entry] = Ledger(attempt.plan.target).entries()
    assert entry["plan"] == attempt.plan.id
    assert entry["approval"]["by"] == "ada"
    assert (entry["target"]["user"], entry["source"]["commit"]) == ("ada", "c" * 40)
    assert entry["began_at"] <= entry["at"]
    assert [row["outcome"] for row in entry["rows"]] == ["changed"] * 3
    assert "canary" not in json.dumps(entry)
    assert "size" not in json.dumps(entry["rows"]), "values are not recorded"


def test_a_line_that_is_appended_meanwhile_is_no_tampering(attempt, monkeypatch):
    report = execute(attempt)
    ledger, read = Ledger(attempt.plan.target), lines.whole_lines

    def read_while_others_write(path):
        found = read(path)
        ledger.record(attempt, report, NOW)
        return found

    monkeypatch.setattr(lines, "whole_lines", read_while_others_write)
    assert ledger.is_whole()
    assert len(read(ledger.path)) > 2
