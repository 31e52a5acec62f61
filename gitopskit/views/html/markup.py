"""The pieces of our HTML: escaping, badges, tables, and the one style sheet.

Selectors name the class three times, to weigh more than the rules that JupyterLab has for every table in an output.
Everything from outside goes through `text`. The trap that shaped it: what a running session prints is trusted by Jupyter, so the
notebook's own sanitiser does not protect anybody from us.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from gitopskit.errors import plain
from gitopskit.views.words import Look

SHORT: Final = 24
FOLDED_ABOVE: Final = 160
"""Characters above which a value is folded."""
OPENED: Final = 2_000
"""Characters of a folded value that opening it shows."""
SCROLLED_ABOVE: Final = 25
"""Rows above which a table scrolls under its head."""
BUDGET: Final = 800_000
"""Characters that the rows of one table may take."""
NO_FORMULAS: Final = "mathjax_ignore tex2jax_ignore"
"""Classes that MathJax honours: the one of JupyterLab, and the older one of pages by nbconvert."""
DARK: Final = ':is(body[data-jp-theme-light="false"],body.vscode-dark,body.vscode-high-contrast:not(.vscode-high-contrast-light))'
STYLE: Final = (
    """
.gk{--gk-text:var(--jp-content-font-color1,var(--vscode-foreground,#1f2933));--gk-soft:var(--jp-content-font-color2,var(--vscode-descriptionForeground,#52606d));--gk-line:var(--jp-border-color2,var(--vscode-panel-border,#d9dfe5));
--gk-ground:var(--jp-layout-color0,var(--vscode-editor-background,#fff));--gk-raised:var(--jp-layout-color1,var(--vscode-editorWidget-background,#f7f9fa));
font:13px/1.5 var(--jp-content-font-family,system-ui,-apple-system,"Segoe UI",sans-serif);color:var(--gk-text);max-width:1180px;margin:.4em 0;padding:0 6px}
.gk.gk.gk *{box-sizing:border-box}
.gk.gk.gk h4{font-size:15px;font-weight:600;margin:0 0 .15em;color:inherit}
.gk.gk.gk p{margin:.2em 0}
.gk.gk.gk code,.gk.gk.gk .gk-mono{font-family:var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);font-size:12px;background:none;color:inherit;padding:0}
.gk.gk.gk .gk-soft{color:var(--gk-soft)}
.gk.gk.gk table{border-collapse:collapse;border:0;width:100%;margin:.6em 0;table-layout:auto;font-size:13px;color:inherit}
.gk.gk.gk thead th{font-weight:600;color:var(--gk-soft);text-align:left;border:0;border-bottom:1px solid var(--gk-line);padding:4px 14px 4px 0;background:none;white-space:nowrap}
.gk.gk.gk tbody td{text-align:left;vertical-align:top;border:0;border-bottom:1px solid var(--gk-line);padding:5px 14px 5px 0;background:none;overflow-wrap:anywhere;white-space:normal;max-width:none}
.gk.gk.gk tbody tr{background:none!important}
.gk.gk.gk tbody tr:hover{background:var(--gk-raised)!important}
.gk.gk.gk td.gk-tight,.gk.gk.gk th.gk-tight{white-space:nowrap;width:1%;overflow-wrap:normal}
.gk.gk.gk .gk-name{width:max-content;max-width:26em;white-space:normal;overflow-wrap:anywhere}
.gk.gk.gk .gk-badge{display:inline-block;white-space:nowrap;font-weight:600}
.gk.gk.gk .gk-badge i{font-style:normal;display:inline-block;width:1.2em}
.gk.gk.gk .gk-tag{display:inline-block;font-size:11px;line-height:1.5;border:1px solid var(--gk-line);border-radius:3px;padding:0 5px;margin:0 4px 0 0;white-space:nowrap;color:var(--gk-soft);font-weight:400}
.gk.gk.gk .gk-word{white-space:nowrap}
.gk.gk.gk .gk-counts{display:flex;flex-wrap:wrap;gap:.2em 1.4em;margin:.5em 0}
.gk.gk.gk .gk-progress{display:flex;align-items:center;gap:.6em}.gk.gk.gk progress{width:14em;height:.7em;accent-color:#0072b2}
.gk.gk.gk .gk-note{border-left:3px solid var(--gk-line);padding:.1em 0 .1em .8em;margin:.5em 0}
.gk.gk.gk .gk-bad{border-left-color:#c2410c}
.gk.gk.gk .gk-good{border-left-color:#00875f}
.gk.gk.gk details{margin:0}
.gk.gk.gk .gk-scroll{max-height:36em;overflow:auto;border:1px solid var(--gk-line);margin:.6em 0}.gk.gk.gk .gk-scroll>table{margin:0}
.gk.gk.gk .gk-scroll>table>thead th{position:sticky;top:0;z-index:1;background:var(--gk-ground);box-shadow:0 1px 0 var(--gk-line);padding-left:6px}.gk.gk.gk .gk-scroll>table>tbody>tr>td{padding-left:6px}
.gk.gk.gk .gk-diff>summary{padding:.2em 0}.gk.gk.gk .gk-diff{overflow-x:auto}.gk.gk.gk .gk-diff details{margin:0}
.gk.gk.gk table.gk-code{table-layout:fixed;min-width:640px;margin:0;border-left:3px solid var(--gk-line)}.gk.gk.gk table.gk-code :is(th,td){padding:1px 10px;border-bottom:0}
.gk.gk.gk table.gk-code :is(th,td):first-child{width:102px}.gk.gk.gk table.gk-code :is(th,td):last-child{width:176px}.gk.gk.gk table.gk-inline :is(th,td):first-child{width:142px}
.gk.gk.gk table.gk-next th{font-size:0;line-height:0;padding-top:0;padding-bottom:0}.gk.gk.gk .gk-line{display:flex;overflow-wrap:anywhere}.gk.gk.gk .gk-line>span:first-child{flex:none}
.gk.gk.gk .gk-wide{overflow-x:auto}
@media (max-width:640px){.gk.gk.gk table.gk-even{min-width:460px}
.gk.gk.gk :is(.gk-wide,.gk-scroll)>table:not(.gk-even,.gk-cards){width:max-content;min-width:100%}.gk.gk.gk :is(.gk-wide,.gk-scroll)>table:not(.gk-even,.gk-cards) td{max-width:22em}
.gk.gk.gk table.gk-cards,.gk.gk.gk table.gk-cards>tbody,.gk.gk.gk table.gk-cards>tbody>tr,.gk.gk.gk table.gk-cards>tbody>tr>td{display:block;width:auto}
.gk.gk.gk table.gk-cards>thead{display:none}.gk.gk.gk table.gk-cards>tbody>tr>td{border-bottom:0;padding:2px 0}.gk.gk.gk table.gk-cards>tbody>tr{border-bottom:1px solid var(--gk-line);padding:6px 0}}
@media print{.gk.gk.gk .gk-scroll{max-height:none;border:0}}
.gk.gk.gk .gk-lines{white-space:pre-wrap}.gk.gk.gk td.gk-number,.gk.gk.gk th.gk-number{text-align:right;font-variant-numeric:tabular-nums}
.gk.gk.gk summary{cursor:pointer;list-style-position:inside}
.gk.gk.gk table.gk-even{table-layout:fixed}.gk.gk.gk table.gk-even th:first-child{width:34%}.gk.gk.gk table.gk-even th:nth-child(4){width:27%}
.gk.gk.gk details table{margin:.3em 0 .5em;font-size:12px;border-left:3px solid var(--gk-line)}
.gk.gk.gk details table th,.gk.gk.gk details table td{padding:2px 12px 2px 10px;border-bottom:0}
.gk.gk.gk .gk-live{color:var(--gk-del)}.gk.gk.gk .gk-new{color:var(--gk-add)}
.gk{--gk-del:#a33b00;--gk-add:#00694b}
"""  # noqa: E501
    + DARK
    + """ .gk{--gk-del:#f58a55;--gk-add:#3fc598}
@media (prefers-color-scheme:dark){body:not([data-jp-theme-light]):not(.vscode-light) .gk-page .gk{--gk-text:#e4e9ee;--gk-soft:#9aa7b2;--gk-line:#36414c;--gk-ground:#12181e;--gk-raised:#1a222a;--gk-del:#f58a55;--gk-add:#3fc598}body .gk-page{background:#12181e}}
"""  # noqa: E501
)


def text(value: object, limit: int = 400) -> str:
    """Return foreign text as HTML text: escaped, control characters visible, long text cut."""
    return html.escape(plain(str(value), limit))


def breakable(value: object) -> str:
    """Return foreign text as HTML text that, if it is long, breaks between the parts of a path or an address first."""
    shown = text(value)
    between = r"(?=[.\[])" if shown.startswith(".") else r"(?<=/)"
    return re.sub(between, "<wbr>", shown) if len(shown) > SHORT else shown


def folded(value: str) -> str:
    """Return foreign text as HTML text; what is long is folded, and cut with a count.

    Parameters
    ----------
    value
        Text that has not been cut before.
    """
    if len(value) <= FOLDED_ABOVE:
        return text(value)
    start = f'{text(value[: FOLDED_ABOVE // 2])}… <span class="gk-soft">({len(value):,} characters)</span>'
    return f"<details><summary>{start}</summary>{text(value, OPENED)}</details>"


def affordable(rows: Iterable[tuple[str, ...]], most: int) -> list[tuple[str, ...]]:
    """Return the first rows: no more than so many, and no more than a page can hold well.

    The trap that shaped it: two hundred rows are little, unless somebody else wrote what stands in them.
    """
    kept: list[tuple[str, ...]] = []
    left = BUDGET
    for row in islice(rows, most):
        left -= sum(map(len, row))
        if left < 0 and kept:
            break
        kept.append(row)
    return kept


def badge(look: Look, suffix: str = "") -> str:
    """Return a status as glyph and word, in its colour."""
    name = f"gk-{look.light[1:]}"
    return f'<span class="gk-badge {name}"><i aria-hidden="true">{look.glyph}</i> {text(look.word)}{text(suffix)}</span>'


def tag(word: str) -> str:
    """Return a small mark."""
    return f'<span class="gk-tag">{text(word)}</span>'


def table(
    head: Iterable[str], rows: Iterable[Iterable[str]], *, tight: int = 1, label: str = "", kind: str = "", is_boxed: bool = True
) -> str:
    """Return a table of cells that are HTML already.

    Parameters
    ----------
    tight
        How many columns, from the left, are as narrow as their content; 0 for columns that stand in line from table to table, which
        never scroll by themselves.
    label
        What a screen reader calls it.
    kind
        Its class, where it is not laid out as others are.
    is_boxed
        Whether it scrolls in a box of its own.
    """
    marks = [' class="gk-tight"' if position < tight else "" for position in range(100)]
    listed = list(rows)
    top = "".join(f'<th scope="col"{mark}>{text(name)}</th>' for mark, name in zip(marks, head, strict=False))
    body = "".join("<tr>" + "".join(f"<td{mark}>{cell}</td>" for mark, cell in zip(marks, row, strict=False)) + "</tr>" for row in listed)
    name = kind or ("" if tight else "gk-even")
    mark = f' class="{name}"' if name else ""
    made = f'<table{mark} aria-label="{text(label)}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
    if not is_boxed:
        return made
    box = "gk-scroll" if tight and len(listed) > SCROLLED_ABOVE else "gk-wide"
    return f'<div class="{box}" tabindex="0" role="group" aria-label="{text(label)}">{made}</div>'  # a keyboard must reach what scrolls


def note(content: str, *, mood: str = "") -> str:
    """Return a remark set off from the rest; `mood` is "bad", "good" or empty."""
    return f'<div class="gk-note{f" gk-{mood}" if mood else ""}">{content}</div>'


def progress_html(what: str, done: int, total: int, detail: str = "") -> str:
    """Return one line that says how far it is: a bar where the end is known."""
    bar = f'<progress max="{total}" value="{done}"></progress> {done}/{total} ' if total else ""
    return f'<p class="gk-progress">{bar}<span class="gk-soft">{text(what)} … {text(detail)}</span></p>'


def wrap(content: str) -> str:
    """Return a fragment with its style sheet; what typesets formulas leaves it alone, since dollar signs from outside are none."""
    return f'<div class="gk {NO_FORMULAS}"><style>{STYLE}{_colours()}</style>{content}</div>'


def document(content: str) -> str:
    """Return a whole page."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>gitopskit</title>'
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return f'<!doctype html><html lang="en"><head>{head}{policy}</head><body><main class="gk-page">{content}</main></body></html>\n'


def _colours() -> str:
    from gitopskit.views.words import ACTIONS, OUTCOMES

    looks = {look.light: look.dark for look in [*ACTIONS.values(), *OUTCOMES.values()]}
    light = "".join(f".gk.gk.gk .gk-{name[1:]}{{color:{name}}}" for name in looks)
    dark = "".join(f"{DARK} .gk.gk.gk .gk-{name[1:]}{{color:{value}}}" for name, value in looks.items())
    page = "".join(f"body .gk-page .gk.gk.gk .gk-{name[1:]}{{color:{value}}}" for name, value in looks.items())
    return f"{light}{dark}@media (prefers-color-scheme:dark){{{page}}}"
