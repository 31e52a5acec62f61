"""Record how kubectl reads scalars and keys: ``python tests/sources/record_kubectl.py`` writes ``recorded_kubectl.json``.

``kubectl label --local`` reads a file, changes nothing but a label, and prints JSON; no server is asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).with_name("recorded_kubectl.json")
SCALARS = """
y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE tRUE yEs oN ~ null Null NULL nULL 0 -0 +0 1 -1
+1 007 010 0777 08 09 0o10 0O17 0x1F 0XfF -0x10 0b101 -0b11 0b2 0x 0o9 1_000 1__0 _1 1_ 0x_1F 1.0 1.5 -1.5 +1.5 .5 -.5 +.5 5. 1e3
1E3 1e+3 1e-3 -1e3 1.5e3 1e21 1e20 1e400 1e 1.e3 .e3 e3 1e3.5 0.1 0.10 00.5 1.0.0 1,000 2147483648 4294967298 9007199254740993
9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809
100000000000000000000 1:30 12:30:45 190:20:30 2024-01-01 2024-01-01T00:00:00Z 2024-1-1 12e03 0e0 0.0 -0.0 +.inf.x .infx inf nan
NaN Infinity = << a a:b a#b @at_is_quoted 1a a1 - + . .. 1. 0. 00 -00 0_ 123456789012345678
""".split()  # noqa: SIM905 - one word each reads better than a list
KEYS = """
y n yes on off true True false 1 -1 010 0x1F 1.0 1.5 0.1 1e3 1e21 1_000 2024-01-01 1:30 a 9223372036854775807 3.14159265358979
1e-7 16777217.5 0b11 0o7 .5 123456789.125 a.b/c
""".split()  # noqa: SIM905 - one word each reads better than a list
TAGGED = [
    "!!str 1",
    "!!str yes",
    "!!str null",
    "!!int 1",
    "!!float 1",
    "!!float 1.5",
    "!!bool yes",
    '!!bool "true"',
    '!!null ""',
    "! 1",
    "'1'",
    '"y"',
    '"a\\tb"',
]


def read(text: str) -> object:
    """Return what kubectl makes of a document's ``value``; None inside a list stands for a refusal."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(f"apiVersion: example.org/v1\nkind: Thing\nmetadata: {{name: a}}\n{text}\n")
        file.flush()
        words = ["kubectl", "label", "--local", "--filename", file.name, "a=b", "--output=json"]
        done = subprocess.run([Path(sys.executable).with_name(words[0]), *words[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"refused": True}
    return {"value": json.loads(done.stdout).get("value", "(absent)"), "text": _raw(done.stdout)}


def _raw(output: str) -> str:
    """Return the value as kubectl spelled it, so that big numbers are not judged by our own JSON reader."""
    start = output.rindex('"value": ') + len('"value": ')
    return " ".join(output[start : output.rindex("}")].split())


def main() -> None:
    """Record everything."""
    version = subprocess.run(
        [Path(sys.executable).with_name("kubectl"), "version", "--client", "--output=json"], capture_output=True, text=True, check=True
    )
    recorded = {
        "kubectl": json.loads(version.stdout)["clientVersion"]["gitVersion"],
        "scalars": {text: read(f"value: {text}") for text in dict.fromkeys(SCALARS + TAGGED)},
        "keys": {text: read(f"value: {{{text}: 1}}") for text in dict.fromkeys(KEYS)},
    }
    TARGET.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
