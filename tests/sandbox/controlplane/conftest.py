"""One control plane for the tests of this folder."""

from collections.abc import Iterator

import pytest

from gitopskit.sandbox import Sandbox, open_sandbox
from tests.conftest import require_controlplane


@pytest.fixture(scope="module")
def controlplane() -> Iterator[Sandbox]:
    """A control plane that nobody else has written to."""
    require_controlplane()
    with open_sandbox("controlplane", nodes=1) as sandbox:
        yield sandbox
