"""What axe-core finds fault with in a page: the accessibility rules that a program can check.

It comes from the npm registry, pinned by version and by the digest of its archive, and stays in pytest's cache.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
import urllib.request
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.browser.lab import ROOT

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
REGISTRY = "https://registry.npmjs.org"
CACHE = ROOT / ".pytest_cache" / "axe-core"
SEVERE = {"serious", "critical"}


def violations(page: Page, selector: str) -> list[str]:
    """Return the serious and critical faults inside such elements: rule, what is wrong, and where."""
    assert page.locator(selector).count(), f"nothing is {selector}"
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(script())
    found: list[dict[str, Any]] = page.evaluate(
        "async selector => (await axe.run({include: [[selector]]}, {resultTypes: ['violations']})).violations", selector
    )
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        if one["impact"] in SEVERE
        for node in one["nodes"]
    ]


@cache
def script() -> str:
    """Return axe-core's script."""
    path = CACHE / f"axe-core-{VERSION}.tgz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(downloaded())
    archive = path.read_bytes()
    assert base64.b64encode(hashlib.sha512(archive).digest()).decode() == SHA512, f"{path} is not axe-core {VERSION}: delete it"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        found = files.extractfile("package/axe.min.js")
        assert found is not None
        return found.read().decode()


def downloaded() -> bytes:
    """Return the archive from the registry that npm is set to."""
    registry = next((os.environ[name] for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry") if os.environ.get(name)), REGISTRY)
    with urllib.request.urlopen(f"{registry.rstrip('/')}/axe-core/-/axe-core-{VERSION}.tgz", timeout=120) as answer:
        found: bytes = answer.read()
        return found
