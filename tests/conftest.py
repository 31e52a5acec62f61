"""Fixtures for every test: a private home, and a Kubernetes API on both engines.

`GITOPSKIT_REQUIRE_CONTROLPLANE=1` turns a control plane that is not there into a failure instead of a skip.
"""

import contextlib
import logging
import os
import secrets
from collections.abc import Iterator

import hypothesis
import pytest

from gitopskit import home
from gitopskit.errors import SandboxError
from gitopskit.sandbox import Sandbox, open_sandbox
from gitopskit.sandbox.controlplane import find

hypothesis.settings.register_profile("steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("steady")  # a busy machine is no failure
ENGINES = ("simulator", "controlplane")


def pytest_configure(config: pytest.Config) -> None:
    """Point state and cache away from the user's own, but keep the control plane that is already there."""
    folder = config.rootpath / ".pytest_cache" / f"home-{os.getpid()}"
    with contextlib.suppress(SandboxError):
        os.environ.setdefault("GITOPSKIT_CONTROLPLANE", str(find().folder))
    os.environ["GITOPSKIT_STATE"] = str(folder / "state")
    os.environ["GITOPSKIT_CACHE"] = str(folder / "cache")


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name of the engine; tests that use it run once per engine."""
    if request.param == "controlplane":
        require_controlplane()
    return request.param


def require_controlplane() -> None:
    """Skip where no control plane is built, unless that is forbidden."""
    try:
        find()
    except SandboxError as error:
        if os.environ.get("GITOPSKIT_REQUIRE_CONTROLPLANE"):
            raise
        pytest.skip(f"no control plane here: make controlplane ({error.what})")


@pytest.fixture(scope="session")
def cluster(engine: str) -> Iterator[Sandbox]:
    """One sandbox per engine, shared by all tests; keep to a namespace of your own."""
    with open_sandbox(engine=engine) as sandbox:
        yield sandbox


class _Failures(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(logging.Formatter().format(record))


@pytest.fixture(autouse=True)
def failures() -> Iterator[list[str]]:
    """What failed inside a simulator, which goes on all the same and only writes it to its log: no test passes over that."""
    handler, logger = _Failures(), logging.getLogger("gitopskit.sandbox")
    logger.addHandler(handler)
    yield handler.told
    logger.removeHandler(handler)
    assert not handler.told, "\n".join(handler.told)


@pytest.fixture
def namespace_name() -> str:
    """A namespace name that no other test uses; the test creates it."""
    return f"t-{secrets.token_hex(4)}"


@pytest.fixture
def home_dir(tmp_path, monkeypatch):
    """A state and cache folder for one test alone."""
    monkeypatch.setenv("GITOPSKIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GITOPSKIT_CACHE", str(tmp_path / "cache"))
    return home.state_dir()
