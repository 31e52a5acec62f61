"""Measure what the past of an object costs, beside what git itself takes for the text of its file.

git tells of lines, we tell of fields: `git log -p -- path` and `git blame` are the nearest that people have. All in one run, on one
generated history, so every figure is a ratio. A second object is asked about in the same process, and again in a new one.

    python -m benchmarks.history --commits 10000 --files 2000
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gitopskit.model.ids import ObjectId
from gitopskit.sources.history import Past

ROUNDS = 5
BRANCH_EVERY = 50


def timed(work: Callable[[], Any]) -> float:
    """Return the median of several runs, in seconds."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def manifest(number: int, values: dict[int, int]) -> str:
    """Return a ConfigMap with twenty settings."""
    lines = "".join(f"  key-{key}: value-{values.get(key, 0)}\n" for key in range(20))
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-{number}\n  namespace: team-{number % 10}\ndata:\n{lines}"


def path_of(number: int) -> str:
    """Return where a ConfigMap stands."""
    return f"deploy/team-{number % 10}/app-{number // 10 % 20}/settings-{number}.yaml"


def history(commits: int, files: int) -> Iterator[str]:
    """Yield a stream for `git fast-import`: one commit with every file, then one setting each, and a merge now and then."""
    chance, values = random.Random(7), {number: dict[int, int]() for number in range(files)}
    yield _commit(1, 0, "Begin")
    for number in range(files):
        yield _file(number, values[number])
    tip, mark = 1, 1
    for step in range(1, commits):
        number, key = chance.randrange(files), chance.randrange(20)
        values[number][key] = step
        mark += 1
        is_branch = step % BRANCH_EVERY == 0
        yield _commit(mark, tip, f"Set key-{key} of settings-{number}", branch="topic" if is_branch else "main") + _file(
            number, values[number]
        )
        if is_branch:
            mark += 1
            yield _commit(mark, tip, f"Merge pull request #{step} from topic", merged=mark - 1) + _file(number, values[number])
        tip = mark


def _commit(mark: int, parent: int, subject: str, *, branch: str = "main", merged: int = 0) -> str:
    author = f"person-{mark % 17} <person-{mark % 17}@example.org> {1_600_000_000 + mark * 600} +0000"
    lines = [f"commit refs/heads/{branch}", f"mark :{mark}", f"author {author}", f"committer {author}", f"data {len(subject)}", subject]
    lines += [f"from :{parent}"] if parent else []
    lines += [f"merge :{merged}"] if merged else []
    return "\n".join(lines) + "\n"


def _file(number: int, values: dict[int, int]) -> str:
    text = manifest(number, values)
    return f"M 100644 inline {path_of(number)}\ndata {len(text)}\n{text}\n"


def child(repository: str, number: str) -> None:
    """Ask about one object in a process that has asked nothing yet, and print how long each question took."""
    wanted = ObjectId(group="", kind="ConfigMap", namespace=f"team-{int(number) % 10}", name=f"settings-{number}")
    start = time.perf_counter()
    with Past(repository, "main", "deploy") as past:
        past.of(wanted)
        first = time.perf_counter() - start
        start = time.perf_counter()
        past.blame(wanted)
        print(f"{first} {time.perf_counter() - start}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    with tempfile.TemporaryDirectory() as name:
        os.environ["GITOPSKIT_CACHE"], os.environ["GITOPSKIT_STATE"] = f"{name}/cache", f"{name}/state"
        repository = Path(name) / "repository"
        git = ["git", "-C", str(repository)]
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", repository], check=True)
        stream = "".join(history(arguments.commits, arguments.files))
        subprocess.run([*git, "fast-import", "--quiet"], input=stream, text=True, check=True)
        subprocess.run([*git, "repack", "-adq"], check=True)
        measure(repository, git, arguments.files // 2)
    return None


def measure(repository: Path, git: list[str], number: int) -> None:
    """Print every figure beside git's own."""
    path, others = path_of(number), [number + 1, number + 2, number + 3, number + 4, number + 5]
    log = timed(lambda: subprocess.run([*git, "log", "-p", "main", "--", path], capture_output=True, check=True))
    blame = timed(lambda: subprocess.run([*git, "blame", "main", "--", path], capture_output=True, check=True))
    listed = timed(lambda: subprocess.run([*git, "log", "--raw", "main"], capture_output=True, check=True))
    words = [sys.executable, "-m", "benchmarks.history", "--child", str(repository), str(number)]
    asked = [subprocess.run(words, capture_output=True, text=True, check=True).stdout.split() for _ in range(ROUNDS)]
    cold, then = (statistics.median(float(one[at]) for one in asked) for at in (0, 1))
    ids = iter([ObjectId(group="", kind="ConfigMap", namespace=f"team-{one % 10}", name=f"settings-{one}") for one in others * 2])
    with Past(repository, "main", "deploy") as past:
        past.commits  # noqa: B018 - reads the history
        next_timeline = timed(lambda: past.of(next(ids)))
        next_blame = timed(lambda: past.blame(next(ids)))
    print(f"git log -p -- path                      {log:8.3f} s")
    print(f"git blame -- path                       {blame:8.3f} s")
    print(f"git log --raw (every commit, once)      {listed:8.3f} s")
    print(f"timeline, new process                   {cold:8.3f} s  {cold / log:6.2f} × git log -p")
    print(f"blame, after that                       {then:8.3f} s  {then / blame:6.2f} × git blame")
    print(f"timeline of the next object             {next_timeline:8.3f} s  {next_timeline / log:6.2f} × git log -p")
    print(f"blame of the next object                {next_blame:8.3f} s  {next_blame / blame:6.2f} × git blame")


if __name__ == "__main__":
    main()
