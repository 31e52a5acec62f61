"""Long output is shown in short and kept whole, without secrets; short output is shown as it is."""

import sys

import pytest

from gitopskit.model.concealment import forget, learn, listen
from gitopskit.notebook.lessons import kubectl, seed_shop
from gitopskit.notebook.logs import log, show
from gitopskit.notebook.workspace import Workspace
from tests.notebook.conftest import Cluster

SECRET = "hunter2-and-more"


@pytest.fixture(autouse=True)
def known(home_dir):
    forget()
    listen()
    learn(SECRET)
    yield
    forget()


def files(home_dir):
    return sorted((home_dir / "logs").iterdir()) if (home_dir / "logs").exists() else []


@pytest.mark.parametrize("count", [0, 1, 20, 40])
def test_short_output_stays_as_it_is(home_dir, capsys, count):
    text = "".join(f"line {number}\n" for number in range(count)) + "the end"
    with log("short"):
        for part in text.partition("\n"):
            sys.stdout.write(part)
    shown = capsys.readouterr().out
    assert shown == text if count < 40 else "the whole log" in shown
    assert len(files(home_dir)) == (count == 40)


def test_long_output_is_cut_and_kept(home_dir, capsys):
    with log("an upgrade / of ../everything"):
        for number in range(1, 1001):
            print(f"line {number}" + (" ERROR: no room" if number in (500, 990) else ""), file=sys.stderr if number % 2 else sys.stdout)
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "line 1"
    assert shown[19] == "line 20"
    assert "960 lines left out, 2 of all 1000 speak of trouble" in shown[20]
    assert shown[21] == "500: line 500 ERROR: no room"
    assert shown[-2] == "line 1000"
    assert len(shown) < 50
    [file] = files(home_dir)
    assert shown[-1] == f"the whole log: {file}"
    assert file.name.endswith("-an-upgrade-of-..-everything.log")
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().splitlines()) == 1000


def test_no_secret_is_kept_or_shown_even_in_pieces(home_dir, capsys):
    with log("secrets"):
        for number in range(100):
            sys.stdout.write(f"{number} {SECRET[:5]}")
            sys.stdout.write(f"{SECRET[5:]}\n")
    [file] = files(home_dir)
    for text in (capsys.readouterr().out, file.read_text()):
        assert "hunter2" not in text
        assert "99 (sensitive)" in text


@pytest.mark.parametrize(
    "parts", [["x ab1!cd2\nef3!gh4 y\n"], ["x ab1!cd2\nef3!gh4 y", "\n"], ["x ab1!cd2\nef", "3!gh4 y\n"], ["x ab1!cd2\nef3!gh4 y"]]
)
def test_a_secret_of_several_lines_is_masked(home_dir, capsys, parts):
    learn("ab1!cd2\nef3!gh4")
    with log("lines"):
        for part in parts:
            sys.stdout.write(part)
    assert capsys.readouterr().out.rstrip() == "x (sensitive) y"


def test_a_secret_whose_lines_come_one_by_one_is_not_in_the_file(home_dir):
    learn("ab1!cd2\nef3!gh4")
    with log("lines"):
        print("ab1!cd2")
        print("ef3!gh4")
        print("\n" * 50)
    assert "gh4" not in files(home_dir)[0].read_text()


def test_a_line_that_never_ends_is_joined_once(home_dir):
    class Piece(str):
        added = 0

        def __add__(self, other):
            Piece.added += 1
            return Piece(str(self) + str(other))

        __radd__ = __add__

    with log("dots"):
        for _ in range(1000):
            sys.stdout.write(Piece("."))
    assert Piece.added == 0


def test_many_lines_in_one_stream_of_chunks_are_told_meanwhile(home_dir, capsys):
    with log("chunks"):
        for _ in range(20):
            sys.stdout.write("x" * 5_000 + "\nx")
        assert "more characters" in capsys.readouterr().out


@pytest.mark.parametrize("count", [1, 30, 100])
def test_who_writes_late_writes_to_where_the_block_was(home_dir, capsys, count):
    with log("late"):
        late = sys.stderr
        print("\n" * count)
    capsys.readouterr()
    late.write(f"late {SECRET}\n")
    assert capsys.readouterr().out == "late (sensitive)\n"


def test_an_error_in_the_block_is_no_reason_to_lose_anything(home_dir, capsys):
    def work():
        with log("broken"):
            print("\n".join(map(str, range(100))))
            raise ValueError("no power")

    with pytest.raises(ValueError, match="no power"):
        work()
    assert "the whole log" in capsys.readouterr().out
    assert sys.stdout.__class__.__name__ != "_Summary"


def test_a_long_line_is_cut_and_kept(home_dir, capsys):
    show("wide", "x" * 10_000 + "\n" + "\n" * 50)
    assert "(9601 more characters)" in capsys.readouterr().out
    assert "x" * 10_000 in files(home_dir)[0].read_text()


def test_kubectl_is_summarised(cluster, home_dir, capsys):
    place = Workspace(seed_shop(), "deploy", target=Cluster(cluster.kubeconfig))
    kubectl(place, "get namespaces --output=yaml")
    shown = capsys.readouterr().out
    assert "the whole log" in shown
    assert "kind: Namespace" in files(home_dir)[0].read_text()
