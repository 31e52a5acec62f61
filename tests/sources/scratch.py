"""Repositories to write into, and one that wants to run something."""

import subprocess
from pathlib import Path

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {0}}}\ndata: {{a: b}}\n"
ADA = "Ada <ada@shop.example>"
GRACE = "Grace <grace@shop.example>"
LINUS = "Linus <linus@shop.example>"


class Repo:
    """A repository with a working copy, used as a person would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, text: str | None = None) -> str:
        words = ("-c", "user.name=a", "-c", "user.email=a@example.org", *words)
        return subprocess.run(["git", "-C", self.folder, *words], input=text, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, files: dict[str, str], subject: str = "x") -> str:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        return self.git("rev-parse", "HEAD")


def booby_trap(git_folder: Path, marker: Path) -> None:
    """Make a repository run a program wherever git would: hooks, filters, merge drivers, monitors, transports."""
    program = marker.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat >/dev/null\nexit 0\n")
    program.chmod(0o755)
    keys = (
        "core.fsmonitor", "core.sshCommand", "core.editor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
        "diff.external", "merge.evil.driver", "gpg.program", "uploadpack.packObjectsHook", "core.alternateRefsCommand", "sequence.editor",
    )  # fmt: skip
    for key in keys:
        subprocess.run(["git", "--git-dir", git_folder, "config", key, str(program)], check=True, capture_output=True)
    subprocess.run(["git", "--git-dir", git_folder, "config", "commit.gpgSign", "true"], check=True, capture_output=True)
    (git_folder / "info").mkdir(exist_ok=True)
    (git_folder / "info" / "attributes").write_text("* filter=evil merge=evil diff=evil\n")
    (git_folder / "hooks").mkdir(exist_ok=True)
    for hook in ("reference-transaction", "post-index-change", "pre-commit", "post-commit", "pre-push", "pre-receive", "update",
                 "post-receive", "post-update", "proc-receive", "post-merge", "push-to-checkout"):  # fmt: skip
        (git_folder / "hooks" / hook).write_text(program.read_text())
        (git_folder / "hooks" / hook).chmod(0o755)
