"""What a cell has put out, without names: one treatment per MIME type, and none for what nobody here knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gitopskit.views.evidence.figure import mask_figure
from gitopskit.views.evidence.markup import mask_markup
from gitopskit.views.evidence.masker import LONGEST, Masker
from gitopskit.views.evidence.prose import mask_markdown
from gitopskit.views.evidence.structured import mask_json

FIGURE: Final = "application/vnd.plotly.v1+json"
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_TREATED: Final[Mapping[str, Callable[[Any, Masker], Any]]] = {
    "text/plain": lambda content, masker: masker.text(content),
    "text/html": mask_markup,
    "text/markdown": mask_markdown,
    "application/json": mask_json,
    FIGURE: mask_figure,
}
_TEXTS: Final = frozenset({"text/plain", "text/html", "text/markdown"})
_NAMED: Final = frozenset({
    *_TREATED, _WIDGET, "application/javascript", "application/pdf", "text/latex", "image/png", "image/jpeg", "image/gif", "image/svg+xml",
    "image/webp",
})  # fmt: skip
"""What may be named when it is left out: even a MIME type can hold a name."""


def joined(content: Any) -> Any:
    """Return a text that is stored as a list of lines as one."""
    return "".join(content) if isinstance(content, list) and all(isinstance(line, str) for line in content) else content


def mask_output(output: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """Return one output of a cell, in the shape that the notebook format asks for."""
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(joined(output.get("text", "")), masker)}
    if kind == "error":
        lines = [_text(line, masker) for line in output.get("traceback", ()) if isinstance(line, str)]
        name, said = (masker.text(str(output.get(part, ""))) for part in ("ename", "evalue"))
        return {"output_type": "error", "ename": name, "evalue": said, "traceback": lines}
    data = mask_bundle(output.get("data", {}), masker)
    if kind == "execute_result":
        count = output.get("execution_count")
        return {"output_type": kind, "data": data, "metadata": {}, "execution_count": count if isinstance(count, int) else None}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def mask_bundle(bundle: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """Return what there is of one thing, by MIME type: what cannot be treated is left out, and a note stands where nothing is left.

    A widget's view shows nothing without its state, which is left out with the notebook's metadata; its static form stays.
    """
    kept: dict[str, Any] = {}
    for kind, content in bundle.items():
        if kind == "text/plain" and FIGURE in bundle and "text/html" in bundle:
            continue  # the figure's own repr
        masked = _masked(str(kind), joined(content) if kind in _TEXTS else content, masker)
        if masked is not None:
            kept[kind] = masked
    if not kept or (set(kept) == {"text/plain"} and _is_a_picture(bundle)):
        note = f"({_called(bundle)} was left out: it cannot be searched for names)"
        return {"text/plain": note}
    return kept


def _masked(kind: str, content: Any, masker: Masker) -> Any:
    treat = _TREATED.get(kind)
    if treat is None or (kind in _TEXTS and not isinstance(content, str)):
        masker.leave_out(kind if kind in _NAMED else "an output of another kind")
        return None
    if isinstance(content, str) and len(content) > LONGEST:
        masker.leave_out(f"{kind} of more than {LONGEST:,} characters")
        return None
    masked = treat(content, masker)
    if masked is None:
        masker.leave_out(kind)
    return masked


def _text(text: str, masker: Masker) -> str:
    if len(text) > LONGEST:
        return masker.leave_out(f"text of more than {LONGEST:,} characters", f"a text of {len(text):,} characters")
    return masker.text(text)


def _is_a_picture(bundle: Mapping[str, Any]) -> bool:
    return any(str(kind).startswith("image/") for kind in bundle)


def _called(bundle: Mapping[str, Any]) -> str:
    return "a picture" if _is_a_picture(bundle) else "a widget" if _WIDGET in bundle else "an output"
