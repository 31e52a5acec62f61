"""A noun as JSON, for programs; the shape is described in ``docs/export.md`` and carries a version.

It is the account that a person gets, not the noun itself: a plan to be applied is saved as a plan file.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
import pandas as pd

from gitopskit.views.export.contents import Contents, Sentence

FORMAT: Final = "gitopskit-export/1"


def to_json(contents: Contents) -> str:
    """Return the contents as one JSON object."""
    document = {
        "format": FORMAT,
        "noun": contents.noun,
        "title": str(contents.title),
        "facts": dict(contents.facts),
        "summary": [_sentence(sentence) for sentence in contents.summary],
        "tables": {name: _rows(frame) for name, frame in contents.tables.items()},
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(_sound(document), option=options, default=str).decode() + "\n"


def _sentence(sentence: Sentence) -> dict[str, str]:
    return {"text": str(sentence), "mood": sentence.mood}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def _sound(value: Any) -> Any:
    """Return the same without half characters (lone surrogates), which JSON cannot hold."""
    match value:
        case str():
            return value if value.isascii() else value.encode(errors="backslashreplace").decode()
        case dict():
            return {_sound(name): _sound(item) for name, item in value.items()}
        case list():
            return [_sound(item) for item in value]
    return value
