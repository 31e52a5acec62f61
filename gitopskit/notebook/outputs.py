"""How is a secret kept out of a notebook's file, whoever prints it?

Everything that a kernel says goes through one call of its session: prints, displayed objects of every MIME type, tracebacks, the state
of widgets. There each secret that we have read is replaced (`gitopskit.model.concealment`).

The trap that shaped it: rules on single kinds of output leave holes; a traceback quotes the line with the secret in it, and a widget's
state is saved beside the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gitopskit.model.concealment import conceal_all, conceal_bytes, listen

_MARK: Final = "_gitopskit_conceals"


def guard_outputs(shell: Any) -> bool:
    """Let no secret that is known leave the kernel of a shell; return whether it has one that can be guarded."""
    session = getattr(getattr(shell, "kernel", None), "session", None)
    if session is None or not callable(getattr(session, "send", None)):
        return False
    listen()
    if not getattr(session.send, _MARK, False):
        session.send = _concealing(session.send)
    return True


def _concealing(send: Callable[..., Any]) -> Callable[..., Any]:
    """Return the session's own call, with secrets replaced in what it sends."""

    def concealing(stream: Any, message: Any, content: Any = None, *rest: Any, **more: Any) -> Any:
        if isinstance(message, Mapping):
            kept = {name: conceal_all(message[name]) for name in ("content", "metadata") if name in message}
            message = {**message, **kept, **_buffers(message)}
        if "metadata" in more:
            more["metadata"] = conceal_all(more["metadata"])
        return send(stream, message, conceal_all(content), *rest, **{**more, **_buffers(more)})

    setattr(concealing, _MARK, True)
    return concealing


def _buffers(message: Mapping[str, Any]) -> dict[str, Any]:
    found = message.get("buffers")
    return {"buffers": [conceal_bytes(bytes(one)) for one in found]} if found else {}
