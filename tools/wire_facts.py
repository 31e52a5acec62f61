"""Write down how Kubernetes' Go types treat empty values on the wire: which fields vanish, which always appear.

OpenAPI does not say it: ``hostNetwork: false`` comes back absent, ``suspend: false`` comes back, an empty ``rules`` comes back as null.
Only the struct tags tell (pointer or not, ``omitempty``, ``omitzero``), so they are read from the module cache that building the control
plane fills; the numbers that fields have in protobuf stand beside them. The result is a small table that the simulator packages:
definition name → ``[always, vanish, numbers]``. ``always`` maps a field to the empty value that is sent when it is not set, ``vanish``
lists fields that are not sent when they hold their zero value, ``numbers`` maps protobuf numbers to field names (to a table of its
own for a struct that JSON inlines).

Usage: ``python tools/wire_facts.py ~/go/pkg/mod/k8s.io v0.37.2 gitopskit/sandbox/machinery/wire-v1.37.json.gz``
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODULES = {
    "api": "k8s.io/api",
    "apimachinery/pkg/apis/meta": "k8s.io/apimachinery/pkg/apis/meta",
    "apiextensions-apiserver/pkg/apis/apiextensions": "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions",
    "kube-aggregator/pkg/apis/apiregistration": "k8s.io/kube-aggregator/pkg/apis/apiregistration",
}
_TYPE = re.compile(r"^type (\w+) (struct \{|[^{=]+?)(?: // .*)?$")
_FIELD = re.compile(r'^\s*(?:(\w+)\s+)?(\*?)((?:\[\]|map\[[\w.]+\])*\*?[\w.]+)\s+`([^`]*json:"[^"]*"[^`]*)`')
_JSON_TAG = re.compile(r'json:"([^"]*)"')
_NUMBER_TAG = re.compile(r'protobuf:"\w+,(\d+)')
_ZERO = {"string": "", "bool": False}
_NUMBERS = {"int", "int32", "int64", "uint32", "uint64", "float32", "float64", "byte"}
_OPAQUE = {"RawExtension", "FieldsV1", "Duration", "JSON", "JSONSchemaPropsOrBool"}
_SPECIAL = {"Time": None, "MicroTime": None, "Quantity": "0", "IntOrString": 0}


def packages(root: Path, version: str) -> Iterator[tuple[str, Path]]:
    """Yield (OpenAPI package name, folder) of every API package."""
    for below, import_path in MODULES.items():
        module, _, rest = below.partition("/")
        base = root / f"{module}@{version}" / rest
        for folder in sorted({path.parent for path in base.rglob("*.go") if "testdata" not in path.parts}):
            tail = str(folder.relative_to(base)).replace(".", "")
            host, _, path = import_path.partition("/")
            dotted = ".".join(reversed(host.split("."))) + "." + path.replace("/", ".")
            yield dotted + ("." + tail.replace("/", ".") if tail else ""), folder


def read_package(folder: Path) -> tuple[dict[str, list[tuple[str, str, str, str]]], dict[str, str]]:
    """Return the structs (field name, pointer mark, type, tag) and the other named types of a package."""
    structs: dict[str, list[tuple[str, str, str, str]]] = {}
    aliases: dict[str, str] = {}
    for path in sorted(folder.glob("*.go")):
        if path.name.endswith("_test.go"):
            continue
        current = ""
        for line in path.read_text().splitlines():
            if found := _TYPE.match(line):
                current = found[1] if found[2].startswith("struct") else ""
                (structs.setdefault(current, []) if current else aliases.__setitem__(found[1], found[2].strip()))
            elif line.startswith("}"):
                current = ""
            elif current and (field := _FIELD.match(line)):
                structs[current].append((field[1] or "", field[2], field[3], field[4]))
    return structs, aliases


class Facts:
    """The struct tags of all packages, turned into the table."""

    def __init__(self, root: Path, version: str) -> None:
        self.structs: dict[str, list[tuple[str, str, str, str]]] = {}
        self.aliases: dict[str, str] = {}
        for package, folder in packages(root, version):
            structs, aliases = read_package(folder)
            self.structs |= {f"{package}.{name}": fields for name, fields in structs.items()}
            self.aliases |= {f"{package}.{name}": target for name, target in aliases.items()}

    def table(self) -> dict[str, list[Any]]:
        """Return definition name → [always, vanish, numbers]."""
        rows = {name: self.row(name) for name in sorted(self.structs)}
        return {name: row for name, row in rows.items() if any(row)}

    def row(self, name: str) -> list[Any]:
        """Return [always, vanish, numbers] of one struct, inlined structs included."""
        always: dict[str, Any] = {}
        vanish: list[str] = []
        numbers: dict[str, Any] = {}
        package = name.rpartition(".")[0]
        for field, pointer, go_type, tags in self.structs[name]:
            json_name, *options = _JSON_TAG.findall(tags)[0].split(",")
            number = next(iter(_NUMBER_TAG.findall(tags)), "")
            if "inline" in options or (not field and not json_name):
                target = self.resolve(package, go_type)
                if target in self.structs:
                    inner = self.row(target)
                    always |= inner[0]
                    vanish += inner[1]
                    numbers |= {number: inner[2]} if number else {}
                continue
            if number and json_name != "-":
                numbers[number] = json_name
            if json_name in {"", "-", "kind", "apiVersion"} or pointer:
                continue
            self.judge(json_name, set(options), self.kind(package, go_type), always, vanish)
        return [always, sorted(vanish), numbers]

    def judge(self, field: str, options: set[str], kind: str, always: dict[str, Any], vanish: list[str]) -> None:
        """Put one non-pointer field where it belongs."""
        if kind in {"list", "map"}:
            if not options & {"omitempty", "omitzero"}:
                always[field] = None
        elif kind == "struct":
            if "omitzero" in options:
                vanish.append(field)
            else:
                always[field] = {}
        elif kind in _SPECIAL:
            if "omitzero" not in options:
                always[field] = _SPECIAL[kind]
        elif kind in {"string", "bool", "number"}:
            if options & {"omitempty", "omitzero"}:
                vanish.append(field)
            else:
                always[field] = {"string": "", "bool": False, "number": 0}[kind]

    def resolve(self, package: str, go_type: str) -> str:
        """Return the full name of a type mentioned in a package."""
        if "." not in go_type:
            return f"{package}.{go_type}"
        prefix, _, name = go_type.rpartition(".")
        if prefix == "metav1":
            return f"io.k8s.apimachinery.pkg.apis.meta.v1.{name}"
        if prefix in {"corev1", "v1", "core"}:
            return f"io.k8s.api.core.v1.{name}"
        return f"{prefix}.{name}"

    def kind(self, package: str, go_type: str) -> str:
        """Return string, bool, number, list, map, struct, opaque or the name of a type that writes itself."""
        if go_type.startswith("[]"):
            return "list"
        if go_type.startswith("map["):
            return "map"
        if go_type in _ZERO:
            return go_type
        if go_type in _NUMBERS:
            return "number"
        if go_type.rpartition(".")[2] in {*_OPAQUE, *_SPECIAL}:
            short = go_type.rpartition(".")[2]
            return short if short in _SPECIAL else "opaque"
        full = self.resolve(package, go_type)
        if full in self.structs:
            return "struct"
        if full in self.aliases and self.aliases[full] != go_type:
            return self.kind(full.rpartition(".")[0], self.aliases[full])
        return "string" if go_type == "types.UID" else "opaque"


def main(root: str, version: str, target: str) -> None:
    """Write the table to `target`, byte for byte the same for the same sources."""
    table = Facts(Path(root), version).table()
    text = json.dumps(table, sort_keys=True, separators=(",", ":")).encode()
    Path(target).write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{len(table)} definitions, {Path(target).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:4])
