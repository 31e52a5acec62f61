"""Does Voila run this kernel? It executes as programs do, and shows what comes of it to a person."""

from __future__ import annotations

import os


def is_in_voila() -> bool:
    """Whether Voila started the kernel: it says so in the environment."""
    return "VOILA_BASE_URL" in os.environ or "VOILA_KERNEL_ID" in os.environ
