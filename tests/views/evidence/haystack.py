"""Everything that a file says: as it is, and unpacked from whatever text it is wrapped in."""

import base64
import binascii
import gzip
import html
import json
import re
import urllib.parse
import zlib
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_PACKED = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")


def haystack(content: bytes) -> str:
    """Return a file's text and all that can be read out of its base64 texts, in small letters."""
    text = content.decode("utf-8", "replace")
    spelled = [text, html.unescape(text), urllib.parse.unquote(text), _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)]
    packed = {found for one in spelled for found in _PACKED.findall(one)}
    return "\n".join([*spelled, *(said for one in packed for said in _unpacked(one))]).casefold()


def _unpacked(packed: str) -> Iterator[str]:
    for altchars in (b"+/", b"-_"):
        try:
            found = base64.b64decode(packed.encode() + b"=" * (-len(packed) % 4), altchars)
        except (binascii.Error, ValueError):
            continue
        yield found.decode("latin-1")
        for unpack in (zlib.decompress, gzip.decompress, lambda content: zlib.decompress(content, -15)):
            try:
                yield unpack(found).decode("latin-1")
            except (zlib.error, OSError, EOFError):
                continue


def notebook(*cells: dict, **metadata) -> str:
    """Return the JSON of a notebook."""
    numbered = [{"id": f"part-{number}", "metadata": {}, **cell} for number, cell in enumerate(cells)]
    return json.dumps({"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def code(source: str = "", *outputs: dict, **rest) -> dict:
    return {"cell_type": "code", "source": source, "execution_count": 1 if outputs else None, "outputs": list(outputs), **rest}


def markdown(source: str, **rest) -> dict:
    return {"cell_type": "markdown", "source": source, **rest}


def shown(**data) -> dict:
    """Return an output: MIME types with two underscores for the slash."""
    return {"output_type": "display_data", "metadata": {}, "data": data}
