"""Markdown without names: sentences are text, and what stands between backticks is code."""

from __future__ import annotations

import re
from typing import Final

from gitopskit.views.evidence.code import mask_code
from gitopskit.views.evidence.masker import Masker

_PARTS: Final = re.compile(
    r"(?P<fence>^(?P<mark>```+|~~~+)[^\n]*\n(?P<block>.*?)(?:^(?P=mark)[^\n]*$|\Z))"
    r"|(?P<picture>!\[(?P<alt>[^\]]*)\]\([^)]*\))"
    r"|(?P<link>\]\((?P<target>[^)\s]*)[^)\n]*\))"
    r"|(?P<embedded><(?:img|script|style|iframe|object|embed|svg|video|audio|link)\b[^>]*>)"
    r"|(?P<tag></?(?:b|i|u|em|strong|br|hr|sub|sup|code|details|summary|table|tr|td|th|p|div|span|ul|ol|li|h[1-6])\s*/?>)"
    r"|(?P<span>(?P<tick>`+)(?P<code>.+?)(?P=tick))",
    re.MULTILINE | re.DOTALL,
)


def mask_markdown(text: str, masker: Masker) -> str:
    """Return markdown with labels for names; pictures are left out."""
    parts, end = [], 0
    for found in _PARTS.finditer(text):
        parts += [masker.text(text[end : found.start()]), _part(found, masker)]
        end = found.end()
    return "".join([*parts, masker.text(text[end:])])


def _part(found: re.Match[str], masker: Masker) -> str:
    if found["fence"]:
        return f"{found['mark']}\n{mask_code(found['block'], masker)}{found['mark']}"
    if found["link"]:
        return f"]({masker.text(found['target'])})"
    if found["tag"]:
        return found["tag"]
    if found["span"]:
        return f"{found['tick']}{_code(found['code'], masker)}{found['tick']}"
    if found["embedded"] and not found["embedded"].startswith("<img"):
        return masker.leave_out("a script or a frame in a text", "markup")
    return masker.leave_out("a picture in a text", "a picture")


def _code(code: str, masker: Masker) -> str:
    return mask_code(code, masker) if re.search(r"[()=\[\]]", code) and not code.startswith(".") else masker.text(code)
