"""Record what Argo CD and kstatus say of objects: ``python -m tests.planning.health.record`` writes ``recorded.json``.

The two programs beside this file are built with the published modules of both projects, fed with the objects, and asked for their words.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gitopskit.planning.health import argocd
from tests.planning import golang
from tests.planning.health import objects

HERE = Path(__file__).parent
TARGET = HERE / "recorded.json"
MODULES = {
    "argocd": {"github.com/argoproj/argo-cd/v3": "v3.6.1", "github.com/argoproj/argo-cd/gitops-engine/v3": "v3.6.1"},
    "kstatus": {"sigs.k8s.io/cli-utils": "v0.37.2"},
}


def main() -> None:
    """Record everything."""
    cases = objects.by_hand() | objects.altered()
    with tempfile.TemporaryDirectory() as folder:
        go = golang.toolchain(Path(folder))
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
    golang.build(go, folder, [HERE / name / "main.go"], MODULES[name])
    return golang.ask(folder, items) | {"sources": list(_sources(go, folder))}


def _sources(go: Path, folder: Path) -> Iterator[str]:
    """Yield the files that our table names and that are there."""
    words = [go, "list", "-m", "-f", "{{.Dir}}", *MODULES[folder.name]]
    places = subprocess.run(words, cwd=folder, env=golang.ENVIRONMENT, capture_output=True, text=True, check=True).stdout.split()
    for source in sorted({rule.source for rule in argocd.RULES.values()}):
        path = source.removeprefix("Argo CD ")
        if any((Path(place) / name).is_file() for place in places for name in (path, path.removeprefix("gitops-engine/"))):
            yield source


if __name__ == "__main__":
    main()
