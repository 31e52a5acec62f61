"""A short way to ask the server of a sandbox, and to read its answers as the record does."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recorder():
    """The script that made the record."""
    spec = importlib.util.spec_from_file_location("record", Path(__file__).with_name("record.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def speak(cluster, recorder):
    """Ask (method, path, body) -> (status, JSON)."""
    return recorder.asker(cluster.kubeconfig)


@pytest.fixture(scope="session")
def places(recorder, speak):
    """Where objects of each kind are created."""
    return recorder.paths(speak)
