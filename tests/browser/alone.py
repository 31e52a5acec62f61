"""Our widgets in a page with nothing round them: for screens and front ends that are not JupyterLab."""

from __future__ import annotations

import base64

from playwright.sync_api import Page

from gitopskit.views.table.table import Table
from gitopskit.views.table.widget import SCRIPT, STYLE

THEMES = ("vscode-light", "vscode-dark", "vscode-high-contrast", "vscode-high-contrast-light vscode-high-contrast")
"""What VS Code calls the body of a page; its newer theme goes by the older name, too."""
VSCODE = """
body.vscode-light { --vscode-foreground: #3b3b3b; --vscode-editor-background: #ffffff; --vscode-descriptionForeground: #3b3b3b;
  --vscode-panel-border: #e5e5e5; --vscode-editorWidget-background: #f8f8f8; background: #ffffff; }
body.vscode-high-contrast { --vscode-foreground: #ffffff; --vscode-editor-background: #000000; --vscode-descriptionForeground: #b3b3b3;
  --vscode-panel-border: #6fc3df; --vscode-editorWidget-background: #0c141f; background: #000000; }
body.vscode-high-contrast-light { --vscode-foreground: #292929; --vscode-editor-background: #ffffff;
  --vscode-descriptionForeground: #696969; --vscode-panel-border: #0f4a85; --vscode-editorWidget-background: #ffffff; background: #ffffff; }
body.vscode-dark { --vscode-foreground: #cccccc; --vscode-editor-background: #1e1e1e; --vscode-descriptionForeground: #9d9d9d;
  --vscode-panel-border: #454545; --vscode-editorWidget-background: #252526; background: #1e1e1e; }
body { font-family: sans-serif; margin: 0; }
@media (prefers-color-scheme: dark) { body:not([class]) { background: #12181e; } }
"""
PAGE = (
    "<!doctype html><html lang=en><head><title>alone</title><style>{style}</style></head>"
    "<body class='{body}'><main>{content}</main></body></html>"
)
START = """
async ({script, sheet, isSelectable, selection}) => {
    const bytes = Uint8Array.from(atob(sheet), letter => letter.charCodeAt(0));
    const values = {sheet: new DataView(bytes.buffer), is_selectable: isSelectable, selection};
    const model = {get: name => values[name], set: (name, value) => { values[name] = value; }, save_changes() {}, on() {}, off() {}};
    const made = await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    await made.default.render({model, el: document.querySelector("main")});
    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
}
"""


def show_alone(page: Page, table: Table, *, body: str = "") -> None:
    """Show a table in an empty page, whose body has this class."""
    widget = table.widget
    page.set_content(PAGE.format(style=VSCODE + STYLE, body=body, content="").replace(" class=''", ""))
    sheet = base64.b64encode(widget.sheet).decode()
    arguments = {"script": SCRIPT, "sheet": sheet, "isSelectable": widget.is_selectable, "selection": widget.selection}
    page.evaluate(START, arguments)
