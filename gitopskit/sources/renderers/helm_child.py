"""Do what ``helm template`` does, with the Helm that is a library; a script of its own, started by `helm` in a copy of the repository."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
from helm_python.chart import dependency_list, values_from_yaml

PRESENT = ("ok", "unpacked")
NO_MANIFEST = ("NOTES.txt",)


def main(release: str, folder: str, namespace: str, files: list[str]) -> None:
    """Print what the chart renders to, with the source of each manifest."""
    missing = [found["name"] for found in dependency_list(folder) if found["status"] not in PRESENT]
    if missing:
        sys.exit(f"found in Chart.yaml, but missing in charts/ directory: {', '.join(missing)}")
    values: dict[str, Any] = {}
    for file in files:
        values = merged(values, values_from_yaml(Path(file).read_text(encoding="utf-8")))
    with helm_python.Chart.load(folder) as chart:
        chart.validate_schema(values)
        for path, text in manifests(chart, chart.render(values, name=release, namespace=namespace)):
            sys.stdout.write(f"---\n# Source: {path}\n{text.strip()}\n")


def merged(values: Any, over: Any) -> Any:
    """Return values with others laid over them, as Helm lays one values file over another."""
    if not (isinstance(values, dict) and isinstance(over, dict)):
        return over
    return {**values, **{name: merged(values.get(name), value) for name, value in over.items()}}


def manifests(chart: helm_python.Chart, rendered: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of the chart's definitions, then of its templates."""
    yield from ((crd["filename"], crd["data"]) for crd in chart.crds)
    for path, text in sorted(rendered.items()):
        if not path.rpartition("/")[2].startswith("_") and not path.endswith(NO_MANIFEST) and text.strip():
            yield path, text


def arguments() -> argparse.Namespace:
    """Return the words that ``helm template`` would be given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("release")
    parser.add_argument("folder")
    parser.add_argument("--namespace")
    parser.add_argument("--include-crds", action="store_true")
    parser.add_argument("--values", action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    try:
        main(given.release, given.folder, given.namespace, given.values)
    except (helm_python.HelmError, OSError, UnicodeDecodeError) as error:
        sys.exit(str(error))
