"""Errors as values, as the library passes them on."""

from __future__ import annotations

from celpy.evaluation import CELEvalError


def failure(text: str) -> CELEvalError:
    """Return an error as a value."""
    return CELEvalError(text, ValueError, ())
