"""A notebook without names, cell by cell.

What is known of the format is treated part by part, and only that is written: a part that somebody adds to the format later is left out.
All is masked twice. What the last cell tells to be a name must have its label in the first one, too.

References
----------
The notebook format, nbformat 4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopskit.views.anonymise import Labels
from gitopskit.views.evidence.code import mask_code
from gitopskit.views.evidence.learning import learn_code, learn_sayings, plan_ids
from gitopskit.views.evidence.markup import learn_markup
from gitopskit.views.evidence.masker import LONGEST, Masker
from gitopskit.views.evidence.outputs import joined, mask_output
from gitopskit.views.evidence.prose import mask_markdown
from gitopskit.views.evidence.structured import learn_json
from gitopskit.views.lexicon import lexicon

_LABEL_LIKE: Final = re.compile(r"[a-z]+(?:-[a-z]+)*[-_]\d+")
_TAGS: Final = frozenset({"parameters", "injected-parameters", "exercise", "solution", "raises-exception", "hide-input", "hide-output"})
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+Z")
_TIMES: Final = frozenset({"iopub.execute_input", "iopub.status.busy", "iopub.status.idle", "shell.execute_reply"})
_PYTHON: Final = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
_KERNEL: Final = {"name": "python3", "display_name": "Python 3", "language": "python"}


def masked_notebook(notebook: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """Return a notebook (as JSON) with labels for names, and a first cell that says so and counts what was left out."""
    known = lexicon().keeping(plan_ids(_all_text(notebook)))
    labels.expect(found.replace("_", "-") for found in _LABEL_LIKE.findall(json.dumps(notebook, ensure_ascii=False)))
    _learn(notebook, Masker(labels, known))
    _masked(notebook, Masker(labels, known))
    masker = Masker(labels, known)
    made = _masked(notebook, masker)
    made["cells"].insert(0, _remark(masker, _taken({cell["id"] for cell in made["cells"]})))
    return made


def _learn(notebook: Mapping[str, Any], masker: Masker) -> None:
    """Give the names that are told in known places their labels, before any text is searched."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for kind, content in _data(output).items():
                text = joined(content)
                if kind == "text/html" and isinstance(text, str) and len(text) <= LONGEST:
                    learn_sayings(learn_markup(text, masker), masker.labels)
                elif kind == "application/json":
                    learn_json(content, masker)
                elif kind == "text/plain" and isinstance(text, str):
                    learn_sayings(text[:LONGEST], masker.labels)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            learn_code(joined(cell["source"]), masker)


def _masked(notebook: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    metadata = notebook.get("metadata", {})
    python = _language(metadata) in ("python", "")
    cells = [_cell(cell, masker, is_python=python) for cell in notebook["cells"]]
    ids = [_id(str(cell.get("id", "")), masker) for cell in notebook["cells"]]
    if len(set(ids)) < len(ids) or "" in ids:
        ids = [f"cell-{number}" for number in range(1, len(ids) + 1)]
    named = [{"id": name, **cell} for name, cell in zip(ids, cells, strict=True)]
    return {"cells": named, "metadata": _metadata(metadata, masker, is_python=python), "nbformat": 4, "nbformat_minor": 5}


def _cell(cell: Mapping[str, Any], masker: Masker, *, is_python: bool) -> dict[str, Any]:
    kind, source = cell["cell_type"], joined(cell["source"])
    if cell.get("attachments"):
        masker.leave_out("an attachment")
    made = {"cell_type": kind, "metadata": _cell_metadata(cell.get("metadata", {}), masker)}
    if kind == "code":
        count = cell.get("execution_count")
        outputs = [mask_output(output, masker) for output in cell.get("outputs", ())]
        masked = mask_code(source, masker) if is_python else masker.text(source)
        return made | {"source": masked, "execution_count": count if isinstance(count, int) else None, "outputs": outputs}
    if kind == "markdown":
        return made | {"source": mask_markdown(source, masker)}
    return made | {"cell_type": "raw", "source": masker.text(source)}


def _cell_metadata(metadata: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """Return what is known of a cell: its tags, when it ran, and which cell of the master it is."""
    kept: dict[str, Any] = {}
    tags = metadata.get("tags")
    if isinstance(tags, list):
        kept["tags"] = [tag if tag in _TAGS else masker.labels.of(str(tag), "tag") for tag in tags]
    times = metadata.get("execution")
    if isinstance(times, Mapping):
        kept["execution"] = {name: at for name, at in times.items() if name in _TIMES and _MOMENT.fullmatch(str(at))}
    ours = metadata.get("gitopskit")
    if isinstance(ours, Mapping) and isinstance(ours.get("parent"), str):
        kept["gitopskit"] = {"parent": _id(ours["parent"], masker)}
    return kept


def _metadata(metadata: Mapping[str, Any], masker: Masker, *, is_python: bool) -> dict[str, Any]:
    if "widgets" in metadata:
        masker.leave_out("the state of widgets")
    made: dict[str, Any] = {"gitopskit": {"anonymous": True, **_lineage(metadata, masker)}}
    if not is_python:
        return made
    described = metadata.get("language_info")
    version = str(described.get("version", "")) if isinstance(described, Mapping) else ""
    language = _PYTHON | ({"version": version} if re.fullmatch(r"\d+(\.\d+){0,3}", version) else {})
    return made | {"kernelspec": dict(_KERNEL), "language_info": language}


def _lineage(metadata: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """Return where an evidence notebook comes from; the cells' fingerprints go, since a short cell can be guessed from one."""
    ours = metadata.get("gitopskit")
    found = ours.get("lineage") if isinstance(ours, Mapping) else None
    master = found.get("master") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or not isinstance(master, Mapping):
        return {}
    labels = masker.labels
    known = {
        "name": labels.of(str(master.get("name", "")), "file"),
        "commit": labels.of(str(master.get("commit", "")), "commit"),
        "digest": _matching(master.get("digest"), r"[0-9a-f]{64}"),
        "is_changed_since": master.get("is_changed_since") is True,
    }
    by, at = labels.of(str(found.get("by", "")), "user"), _matching(found.get("at"), r"\d{4}-\d{2}-\d{2}T[\d:.+Z-]+")
    tool = _matching(found.get("tool"), r"gitopskit/\d+(\.\d+)*")
    return {"lineage": {"id": _matching(found.get("id"), r"[0-9a-f]{32}"), "master": known, "by": by, "at": at, "tool": tool}}


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _remark(masker: Masker, name: str) -> dict[str, Any]:
    counts = "\n".join(f"- {what}: {count:,}" for what, count in sorted(masker.left_out.items()))
    left = f"\n\nLeft out, since it cannot be searched for names:\n\n{counts}" if counts else ""
    said = "**A copy without names.** Numbered labels stand for names, the same label for the same name; in code with an underscore."
    return {"id": name, "cell_type": "markdown", "metadata": {}, "source": f"{said}{left}"}


def _taken(ids: set[str]) -> str:
    return next(name for name in ("without-names", *(f"without-names-{number}" for number in range(len(ids) + 1))) if name not in ids)


def _id(name: str, masker: Masker) -> str:
    """Return a cell's id if it is made of words or of nothing but a random number."""
    is_word = bool(name) and all(masker.lexicon.has(part) or part.isdecimal() for part in re.split("[-_]", name))
    is_random = bool(re.fullmatch(r"[0-9a-f]{8}(-?[0-9a-f]{4}){0,3}(-?[0-9a-f]{12})?", name)) and any(one.isdecimal() for one in name)
    return name if (is_word or is_random) and not masker.labels.label_of(name) else masker.labels.of(name, "cell") if name else ""


def _matching(value: object, pattern: str) -> str:
    return str(value) if isinstance(value, str) and re.fullmatch(pattern, value) else ""


def _language(metadata: Mapping[str, Any]) -> str:
    for part, name in (("language_info", "name"), ("kernelspec", "language")):
        described = metadata.get(part)
        if isinstance(described, Mapping) and isinstance(described.get(name), str):
            return str(described[name])
    return ""


def _data(output: Mapping[str, Any]) -> Mapping[str, Any]:
    found = output.get("data")
    return found if isinstance(found, Mapping) else {}


def _all_text(notebook: Mapping[str, Any]) -> str:
    return "\n".join(_texts(notebook["cells"]))


def _texts(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield re.sub(r"</?code>", "", content)
        case Mapping():
            for item in content.values():
                yield from _texts(item)
        case list():
            for item in content:
                yield from _texts(item)
