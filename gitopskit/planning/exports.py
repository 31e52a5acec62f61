"""How do other tools spell "do not look at this field"?

Each tool can say less than a rule of ours, and each in its own way. What it cannot say is told, as a comment in the text and in the result,
and never widened: a rule that hides more than its author meant hides the next incident.

What a rule does there is not what it does here. Ours only hides. Argo CD hides, and with ``RespectIgnoreDifferences`` leaves the field
alone when it syncs; Flux and kapp leave it alone; Terraform takes neither side's change.

References
----------
Argo CD, "Diffing Customization" and ``ResourceIgnoreDifferences``; Flux, Kustomization API v1, ``.spec.ignore``, and ``fluxcd/pkg``,
``ssa/jsondiff``; kapp, "Configuration", ``rebaseRules``; Terraform, ``lifecycle`` meta-argument, and the ``kubernetes_manifest`` resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
import yaml

from gitopskit.errors import UsageError, expect, plain
from gitopskit.model.ignoring import ANYTHING, IgnoreRule
from gitopskit.model.paths import ListKey
from gitopskit.model.patterns import ANY_FIELD, AnyItem, Pattern
from gitopskit.planning.managed import DEFAULTED_KEYS

_CALL: Final = 'gk.export_rules(gk.suggest_rules(ws.differences()), "argo-cd")'


class Tool(StrEnum):
    """A tool that rules can be written for."""

    ARGO_CD = "argo-cd"
    FLUX = "flux"
    KAPP = "kapp"
    TERRAFORM = "terraform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Rules in the words of another tool.

    Attributes
    ----------
    text
        YAML or HCL, to be put where its first lines say.
    left_out
        The id of each rule that the tool cannot express, and why.
    """

    tool: Tool
    text: str
    left_out: Mapping[str, str]


class Inexpressible(ValueError):  # noqa: N818 - what a rule is, not an error of ours
    """A tool has no words for a rule; the text says why."""


def export_rules(rules: Iterable[IgnoreRule], tool: Tool | str) -> Export:
    """Return rules as another tool takes them; the same text for the same rules, always.

    Parameters
    ----------
    tool
        "argo-cd", "flux", "kapp" or "terraform".

    Raises
    ------
    UsageError
        There is no such tool.
    """
    expect(rules, Iterable, _CALL)
    listed = list(rules)
    for rule in listed:
        expect(rule, IgnoreRule, _CALL)
    expect(tool, str, _CALL)
    if tool not in _TOOLS:
        raise UsageError(f"rules cannot be written for {plain(str(tool))!r}", next_step=f"one of {', '.join(_TOOLS)}")
    tool = Tool(tool)
    heading, spell, wrap = _TOOLS[tool]
    parts, left_out = [], {}
    for rule in listed:
        try:
            _check(rule.pattern)
            parts.append(_remark(rule, "") + spell(rule))
        except Inexpressible as error:
            left_out[rule.id] = str(error)
            parts.append(_remark(rule, f"LEFT OUT, {tool.value} cannot say it: {error}"))
    body = "".join(parts)
    return Export(tool=tool, text="".join(f"# {line}\n" for line in heading) + wrap(body, len(parts) > len(left_out)), left_out=left_out)


def _check(pattern: Pattern) -> None:
    """Refuse an item by its number: a list has a row per key here, or one for the whole."""
    if any(isinstance(one, int) for one in pattern):
        raise Inexpressible("an item by its number hides nothing here, and would there")


def _remark(rule: IgnoreRule, note: str) -> str:
    lines = [f"rule {plain(rule.id)}" + (f": {plain(rule.reason)}" if rule.reason else ""), plain(note)]
    return "".join(f"# {line}\n" for line in lines if line)


# --- Argo CD -----------------------------------------------------------------------------------------------------------------------


def _argo_cd(rule: IgnoreRule) -> str:
    entry: dict[str, Any] = {} if rule.group == "" else {"group": _glob(rule.group)}
    entry["kind"] = _glob(rule.kind)
    for part, value in (("name", rule.name), ("namespace", rule.namespace)):
        if not value:
            raise Inexpressible(f"an empty {part} means any there")
        if value != ANYTHING:
            entry[part] = _exactly(value, part)
    if rule.field_manager and rule.path:
        raise Inexpressible("a path and a field manager in one entry mean either of them there, not both")
    if rule.field_manager:
        entry["managedFieldsManagers"] = [_exactly(rule.field_manager, "field manager")]
    elif all(isinstance(one, str) and one != ANY_FIELD and not _is_number(one) for one in rule.pattern):
        entry["jsonPointers"] = [_pointer(rule.pattern)]
    else:
        entry["jqPathExpressions"] = [_jq(rule.pattern)]
    return _yaml([entry])


def _glob(value: str) -> str:
    """Return a pattern as it is, unless it holds more than is special in both."""
    if any(one in value for one in "[]{}\\"):
        raise Inexpressible(f"{plain(value)!r} has characters with another meaning there")
    return value


def _jq(pattern: Pattern) -> str:
    """Return a jq path: items are those of lists alone, fields those of structures, and what one of them lacks does not end the search."""
    stages = [""]
    for element in pattern:
        if isinstance(element, str) and element != ANY_FIELD:
            stages[-1] += _jq_field(element) + ("?" if len(stages) > 1 else "")
        else:
            stages += [_jq_each(element), ""]
    return " | ".join(filter(None, stages))


def _jq_each(element: Any) -> str:
    match element:
        case ListKey(pairs):
            return f"arrays[] | select({' and '.join(_jq_test(name, value) for name, value in pairs)})"
        case AnyItem():
            return "arrays[]"
    return "objects[]"


def _jq_test(name: str, value: Any) -> str:
    if value is None:
        raise Inexpressible("a key that is null is an item without it, too")
    default = f" // {orjson.dumps(DEFAULTED_KEYS[name]).decode()}" if name in DEFAULTED_KEYS else ""
    found = f"{_jq_field(name)}?"
    return f"{f'({found}{default})' if default else found} == {orjson.dumps(value).decode()}"


def _jq_field(name: str) -> str:
    """Return what reads a field; a hyphen in a name that is not quoted subtracts."""
    return f".{name}" if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f".{orjson.dumps(name).decode()}"


# --- Flux --------------------------------------------------------------------------------------------------------------------------


def _flux(rule: IgnoreRule) -> str:
    if rule.field_manager:
        raise Inexpressible("it ignores by path alone, whoever holds the field")
    target = {part: _regex(value) for part, value in _parts(rule).items() if value != ANYTHING}
    return _yaml([{"paths": [_pointer(rule.pattern)], **({"target": target} if target else {})}])


def _parts(rule: IgnoreRule) -> dict[str, str]:
    return {"group": rule.group, "kind": rule.kind, "name": rule.name, "namespace": rule.namespace}


def _regex(glob: str) -> str:
    """Return a regular expression for all of a text; an empty one would mean any."""
    if glob == "":
        return "^$"
    if "[" in glob:
        raise Inexpressible(f"{plain(glob)!r} has a set of characters")
    return "".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in glob)


# --- kapp --------------------------------------------------------------------------------------------------------------------------


def _kapp(rule: IgnoreRule) -> str:
    if rule.field_manager:
        raise Inexpressible("it copies by path alone, whoever holds the field")
    if not all(isinstance(one, str) for one in rule.pattern):
        raise Inexpressible("it copies items of a list by their number, and so another item's value where the order is another")
    if ANY_FIELD in rule.pattern[:-1]:
        raise Inexpressible("it stops at the first of any fields that has none below it")
    path = [{"regex": ".*"} if one == ANY_FIELD else one for one in rule.pattern]
    return _yaml([{"path": path, "type": "copy", "sources": ["existing", "new"], "resourceMatchers": [_matcher(rule)]}])


def _matcher(rule: IgnoreRule) -> dict[str, Any]:
    wanted = _parts(rule)
    if set(wanted.values()) == {ANYTHING}:
        return {"allMatcher": {}}
    group, kind = _exactly(rule.group, "group"), _exactly(rule.kind, "kind")
    found: list[dict[str, Any]] = [{"apiGroupKindMatcher": {"apiGroup": group, "kind": kind}}]
    if rule.name != ANYTHING:
        place = {"kind": kind, "namespace": _exactly(rule.namespace, "namespace"), "name": _exactly(rule.name, "name")}
        found.append({"kindNamespaceNameMatcher": place})
    elif rule.namespace == "":
        found.append({"notMatcher": {"matcher": {"hasNamespaceMatcher": {}}}})
    elif rule.namespace != ANYTHING:
        found.append({"hasNamespaceMatcher": {"names": [_exactly(rule.namespace, "namespace")]}})
    return found[0] if len(found) == 1 else {"andMatcher": {"matchers": found}}


# --- Terraform ---------------------------------------------------------------------------------------------------------------------


def _terraform(rule: IgnoreRule) -> str:
    if rule.field_manager:
        raise Inexpressible("it ignores by attribute alone, whoever holds the field")
    path = _traversal(rule.pattern)
    computed = ", ".join(f'"{one}"' for one in dict.fromkeys(["metadata.annotations", "metadata.labels", path]))
    where = ", ".join(f"{part} {plain(value) or '(core)'}" for part, value in _parts(rule).items() if value != ANYTHING) or "all objects"
    return (
        f"# in each kubernetes_manifest with {where}:\n"
        f"computed_fields = [{computed}]\n"
        f"lifecycle {{\n  ignore_changes = [manifest.{path}]\n}}\n"
    )


def _traversal(pattern: Pattern) -> str:
    names = [one for one in pattern if isinstance(one, str) and one != ANY_FIELD]
    if len(names) < len(pattern):
        raise Inexpressible("items of a list go by their number there, not by their key, and nothing stands for all of them")
    if odd := next((one for one in names if not re.fullmatch(r"[A-Za-z_][\w-]*", one, re.ASCII)), None):
        raise Inexpressible(f"it ignores all fields beside one whose name has to be quoted: {plain(odd)!r}")
    return ".".join(names)


# --- pieces ------------------------------------------------------------------------------------------------------------------------


def _pointer(pattern: Pattern) -> str:
    """Return a JSON pointer (RFC 6901)."""
    if not all(isinstance(one, str) and one != ANY_FIELD for one in pattern):
        raise Inexpressible("a JSON pointer takes items of a list by their number, not by their key, and nothing stands for all of them")
    if any(map(_is_number, map(str, pattern))):
        raise Inexpressible("a JSON pointer takes a name that is a number for an item of a list, too")
    return "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in pattern)


def _is_number(name: str) -> bool:
    return re.fullmatch(r"-|-?[0-9]+", name) is not None


def _exactly(value: str, part: str) -> str:
    if any(one in value for one in "*?["):
        raise Inexpressible(f"its {part} is one name there, and this is a pattern: {plain(value)}")
    return value


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, default_flow_style=False, width=1000)


def _under(*keys: str) -> Callable[[str, bool], str]:
    """Return what puts a list below keys; nothing but remarks leaves it empty."""

    def wrap(body: str, has_entries: bool) -> str:
        lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(keys)]
        lines[-1] += "" if has_entries else " []"
        indent = "  " * len(keys)
        return "\n".join(lines) + "\n" + "".join(f"{indent}{line}\n" for line in body.splitlines())

    return wrap


def _kapp_config(body: str, has_entries: bool) -> str:
    return "apiVersion: kapp.k14s.io/v1alpha1\nkind: Config\n" + _under("rebaseRules")(body, has_entries)


_TOOLS: Final[Mapping[Tool, tuple[tuple[str, ...], Callable[[IgnoreRule], str], Callable[[str, bool], str]]]] = {
    Tool.ARGO_CD: (("Argo CD: for an Application. A sync overwrites the fields all the same,",
                    "unless its syncOptions hold RespectIgnoreDifferences=true."), _argo_cd, _under("spec", "ignoreDifferences")),
    Tool.FLUX: (("Flux: for a Kustomization (kustomize.toolkit.fluxcd.io/v1). The fields keep their live value.",),
                _flux, _under("spec", "ignore")),
    Tool.KAPP: (("kapp: to be deployed beside the objects. The fields keep their live value.",), _kapp, _kapp_config),
    Tool.TERRAFORM: (("Terraform, provider hashicorp/kubernetes: computed_fields leaves the live value,",
                      "ignore_changes the configured one."), _terraform, lambda body, _: body),
}  # fmt: skip
