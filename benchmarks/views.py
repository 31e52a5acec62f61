"""Measure what it costs to show changes: in Python, in bytes, and until they are in a browser's page.

Beside it stand what people use for a frame: pandas' own HTML, itables and great-tables, all on the same frame and each with every row
(`pip install '.[bench]'`, and a chromium). All in one run on one machine, so every figure is a ratio.

    python -m benchmarks.views --changes 100 1000 10000
"""

from __future__ import annotations

import argparse
import base64
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.changes import plan_of
from gitopskit.model.plan import Plan
from gitopskit.views.html.markup import document
from gitopskit.views.table.sheet import sheet_of
from gitopskit.views.table.table import table
from gitopskit.views.table.widget import SCRIPT, STYLE

ROUNDS = 3
PATIENCE_S = 10
"""Seconds after which nobody is asked again."""
WAIT_MS = 300_000
COLUMNS = ["action", "kind", "namespace", "name", "fields", "classes", "reason", "origin"]
PAGE = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>rows</title></head><body>{}</body></html>'
WIDGET = """<style>{css}</style><main></main><script type="module">
const [bytes, script] = ["{sheet}", "{script}"].map(part => Uint8Array.from(atob(part), letter => letter.charCodeAt(0)));
const values = {{sheet: new DataView(bytes.buffer), is_selectable: false, selection: {{sheet: 0, rows: []}}}};
const model = {{get: name => values[name], set() {{}}, save_changes() {{}}, on() {{}}, off() {{}}}};
const made = await import(URL.createObjectURL(new Blob([script], {{type: "text/javascript"}})));
await made.default.render({{model, el: document.querySelector("main")}});
</script>"""
BROKEN = """
for (const kind of ["error", "unhandledrejection"])
    addEventListener(kind, event => { window.broken ??= String(event.reason ?? event.message); });
"""
SHOWN = """([selector, least]) => new Promise((done, fail) => {
    const look = () => {
        if (window.broken) return fail(new Error(window.broken));
        const rows = document.querySelectorAll(selector).length;
        if (document.readyState === "complete" && rows >= least) requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0));
        else requestAnimationFrame(look);
    };
    look();
})"""
SCROLLED = """selector => new Promise(done => {
    const box = document.querySelector(selector) || document.scrollingElement;
    const steps = 40, frames = [];
    let step = 0, before = performance.now();
    const next = () => {
        const now = performance.now();
        frames.push(now - before);
        before = now;
        if (step++ === steps) return done(Math.max(...frames.slice(1)));
        box.scrollTop = (box.scrollHeight - box.clientHeight) * step / steps;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
})"""


@dataclass(frozen=True)
class Contender:
    """One way to show a frame.

    Attributes
    ----------
    make
        Frame to all that a front end is sent, in parts.
    page
        The first part to a whole page.
    rows, least, box
        What is a row in the page, how many must be there, and what scrolls; an empty box for the page itself.
    is_paged
        Whether one turns pages instead.
    """

    name: str
    make: Callable[[Any], list[str | bytes]]
    page: Callable[[Any], str]
    rows: str
    least: Callable[[int], int]
    box: str = "body:not(*)"
    is_paged: bool = False
    takes_plan: bool = False


@dataclass
class Figures:
    """What was measured of one contender."""

    python_s: float
    size_bytes: int
    shown_ms: float
    frame_ms: float | None = field(default=None)


def widget_page(sheet: bytes) -> str:
    """Return a page in which the widget is drawn as a front end draws it."""
    script, packed = (base64.b64encode(part).decode() for part in (SCRIPT.encode(), sheet))
    return PAGE.format(WIDGET.format(css=STYLE, sheet=packed, script=script))


def interactive(source: Any) -> list[str | bytes]:
    """Return what a front end is sent for our table: the rows, the script and its style sheet, and the static table beside them."""
    made = table(source)
    return [made.widget.sheet, made._repr_html_(), SCRIPT, STYLE]


def itables_html(frame: pd.DataFrame) -> list[str | bytes]:
    """Return what itables shows of a frame, with all rows."""
    from itables import to_html_datatable

    return [to_html_datatable(frame, connected=False, maxBytes=0)]


def itables_page(shown: str) -> str:
    """Return a page with itables' own script, which a notebook holds once."""
    from itables import options
    from itables.javascript import generate_init_offline_itables_html

    return PAGE.format(generate_init_offline_itables_html(options.dt_bundle) + shown)


def great_html(frame: pd.DataFrame) -> list[str | bytes]:
    """Return what great-tables shows of a frame."""
    from great_tables import GT

    return [GT(frame).as_raw_html()]


def contenders() -> list[Contender]:
    """Return everything that is measured."""
    every: Callable[[int], int] = lambda count: count  # noqa: E731
    return [
        Contender("ours, interactive", interactive, widget_page, ".gk-body [role=row]", lambda _: 10, ".gk-grid"),
        Contender(
            "the same, with all field changes", interactive, widget_page, ".gk-body [role=row]", lambda _: 10,
            ".gk-grid", takes_plan=True,
        ),
        Contender(
            "ours, static", lambda frame: [table(frame)._repr_html_()], document, "tbody tr", lambda count: min(count, 200), ".gk-scroll"
        ),
        Contender("pandas `to_html`", lambda frame: [frame.to_html()], PAGE.format, "tbody tr", every),
        Contender("itables", itables_html, itables_page, "table.dataTable tbody tr", lambda _: 10, is_paged=True),
        Contender("great-tables", great_html, PAGE.format, "tbody tr", every),
    ]  # fmt: skip


def measure(contender: Contender, plan: Plan, frame: pd.DataFrame, browser: Browser, folder: Path) -> Figures:
    """Return the figures of one contender."""
    source: Any = plan if contender.takes_plan else frame
    seconds: list[float] = []
    made: list[str | bytes] = []
    while len(seconds) < ROUNDS and sum(seconds) < PATIENCE_S:
        start = time.perf_counter()
        made = contender.make(source)
        seconds.append(time.perf_counter() - start)
    path = folder / "page.html"
    path.write_text(contender.page(made[0]))
    looks = [look(contender, len(frame), browser, path) for _ in range(ROUNDS)]
    frames = [frame_ms for _, frame_ms in looks if frame_ms is not None]
    size = sum(len(part if isinstance(part, bytes) else part.encode()) for part in made)
    return Figures(
        statistics.median(seconds), size, statistics.median(shown for shown, _ in looks), statistics.median(frames) if frames else None
    )


def look(contender: Contender, count: int, browser: Browser, path: Path) -> tuple[float, float | None]:
    """Open a page; return when its rows are drawn, and the longest frame while it is scrolled to the end, in milliseconds.

    Raises
    ------
    playwright.sync_api.Error
        A script of the page broke, or something was not there in time: `WAIT_MS`.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(BROKEN)
    try:
        page.goto(path.as_uri(), wait_until="commit", timeout=WAIT_MS)
        shown = told(page, SHOWN, [contender.rows, contender.least(count)])
        return shown, None if contender.is_paged else told(page, SCROLLED, contender.box)
    finally:
        page.close()


def told(page: Page, script: str, argument: Any) -> float:
    """Return what a script in the page comes to; `evaluate` would wait for ever."""
    number: float = page.wait_for_function(script, arg=argument, timeout=WAIT_MS).json_value()
    return number


def printed(found: dict[int, dict[str, Figures]]) -> str:
    """Return all figures as one table in Markdown; × are against our interactive table."""
    lines = [
        "| changes | shown by | seconds in Python | bytes | in the page after | longest frame while scrolling |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for size, figures in found.items():
        ours = figures["ours, interactive"]
        for name, one in figures.items():
            cells = [
                f"{one.python_s:.3f} s · **{one.python_s / ours.python_s:.1f}** ×",
                f"{one.size_bytes / 1000:,.0f} kB · **{one.size_bytes / ours.size_bytes:.1f}** ×",
                f"{one.shown_ms:,.0f} ms · **{one.shown_ms / ours.shown_ms:.1f}** ×",
                "turns pages" if one.frame_ms is None else f"{one.frame_ms:,.0f} ms",
            ]
            lines.append(f"| {size:,} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, nargs="+", default=[100, 1_000, 10_000])
    sizes = parser.parse_args().changes
    found: dict[int, dict[str, Figures]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for size in sizes:
            plan = plan_of(size)
            frame = pd.DataFrame(sheet_of(plan).frame[COLUMNS]).reset_index(drop=True)
            found[size] = {one.name: measure(one, plan, frame, browser, Path(folder)) for one in contenders()}
        browser.close()
    print(printed(found))


if __name__ == "__main__":
    main()
