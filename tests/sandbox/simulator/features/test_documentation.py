"""What docs/sandbox.md tells a trainer to type does what it says."""

import re
from pathlib import Path

CODE = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[4] / "docs" / "sandbox.md").read_text(), re.DOTALL)


def test_every_line_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITOPSKIT_SANDBOX", raising=False)
    monkeypatch.delenv("GITOPSKIT_ENGINE", raising=False)
    names, opened = {}, []
    try:
        for block in CODE:
            exec(block, names)
            if names.get("sandbox") and names["sandbox"] not in opened:
                opened.append(names["sandbox"])
        assert [sandbox.fingerprint() for sandbox in opened] == [opened[0].fingerprint()] * 2
        assert sorted(opened[1].facts()) == ["batch-0", "batch-1", "new-0", "new-1", "new-2", "old-0"]
        assert opened[1].facts()["old-0"]["kernelVersion"] == "5.4.0-150"
    finally:
        for sandbox in opened:
            sandbox.close()
