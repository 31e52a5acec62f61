"""Our widgets in a page with nothing round them: for screens and front ends that are not JupyterLab."""

from __future__ import annotations

import base64

from playwright.sync_api import Page

from gitopskit.views.table.table import Table
from gitopskit.views.table.widget import SCRIPT, STYLE

VSCODE = """
body.vscode-dark { --vscode-foreground: #cccccc; --vscode-editor-background: #1e1e1e; --vscode-descriptionForeground: #9d9d9d;
  --vscode-panel-border: #454545; --vscode-editorWidget-background: #252526; background: #1e1e1e; }
body { font-family: sans-serif; margin: 0; }
@media (prefers-color-scheme: dark) { body:not([class]) { background: #12181e; } }
"""
PAGE = (
    "<!doctype html><html lang=en><head><title>alone</title><style>{style}</style></head><body class='{body}'><main></main></body></html>"
)
START = """
async ({script, sheet, isSelectable, selection}) => {
    const bytes = Uint8Array.from(atob(sheet), letter => letter.charCodeAt(0));
    const values = {sheet: new DataView(bytes.buffer), is_selectable: isSelectable, selection};
    const model = {get: name => values[name], set: (name, value) => { values[name] = value; }, save_changes() {}, on() {}, off() {}};
    const start = performance.now();
    const made = await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    await made.default.render({model, el: document.querySelector("main")});
    return await new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0)));
}
"""


def show_alone(page: Page, table: Table, *, body: str = "") -> float:
    """Show a table in an empty page, whose body has this class; return after how many milliseconds it is drawn."""
    widget = table.widget
    page.set_content(PAGE.format(style=VSCODE + STYLE, body=body).replace(" class=''", ""))
    sheet = base64.b64encode(widget.sheet).decode()
    arguments = {"script": SCRIPT, "sheet": sheet, "isSelectable": widget.is_selectable, "selection": widget.selection}
    return float(page.evaluate(START, arguments))
