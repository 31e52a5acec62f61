"""How is a secret kept out of a notebook's file, whoever prints it?

Everything that a kernel says goes through one call of its session: prints, displayed objects of every MIME type, tracebacks, the state
of widgets. There each secret that we have read is replaced (`gitopskit.model.concealment`).

The traps that shaped it: rules on single kinds of output leave holes; a traceback quotes the line with the secret in it, and a widget's
state is saved beside the outputs. And a kernel whose session fails is dead: what cannot be searched is withheld, and the message goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gitopskit.model.concealment import conceal_all, conceal_bytes, listen

WITHHELD: Final = "output withheld: it could not be searched for secrets"
_MARK: Final = "_gitopskit_conceals"
_ORDER: Final = ("stream", "msg_or_type", "content", "parent", "ident", "buffers", "track", "header", "metadata")
"""How a session (`jupyter_client.session.Session.send`) takes its arguments."""
_PROTOCOL: Final = frozenset({"name", "status", "execution_state", "execution_count", "comm_id", "target_name", "target_module", "wait"})


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

    def concealing(*given: Any, **named: Any) -> Any:
        placed = [_concealed(name, value) for name, value in zip(_ORDER, given, strict=False)]
        return send(*placed, *given[len(_ORDER) :], **{name: _concealed(name, value) for name, value in named.items()})

    setattr(concealing, _MARK, True)
    return concealing


def _concealed(name: str, value: Any) -> Any:
    """Return an argument or a part of a message without secrets; whatever goes wrong, without its texts."""
    if name == "msg_or_type" and isinstance(value, Mapping):
        return {key: _concealed(key, item) for key, item in value.items()}
    if not value or name not in ("content", "metadata", "buffers"):
        return value
    try:
        return [conceal_bytes(bytes(one)) for one in value] if name == "buffers" else conceal_all(value)
    except Exception:  # whatever it is, the kernel has to go on
        return _withheld(name, value)


def _withheld(name: str, value: Any) -> Any:
    """Return in the place of a part that failed what the protocol asks for and nothing else."""
    if name == "buffers":
        return [b""] * len(value)
    if name == "metadata" or not isinstance(value, Mapping):
        return {}
    texts = {"text": WITHHELD, "evalue": WITHHELD, "ename": "Withheld", "traceback": [WITHHELD], "data": {"text/plain": WITHHELD}}
    return {key: item if key in _PROTOCOL else texts.get(key, {}) for key, item in value.items()}
