"""In which form an answer is wanted: plain JSON, a table, metadata only, or aggregated discovery.

References
----------
Kubernetes API concepts, "Alternate representations of resources" and "Receiving resources as Tables".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitopskit.sandbox.machinery.registry import Resource
from gitopskit.sandbox.machinery.status import StatusError, not_acceptable

_OFFERED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
_WATCHABLE = f"{_OFFERED}, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
_JSON = {"application/json", "application/*", "*/*", ""}


@dataclass(frozen=True, slots=True)
class Form:
    """The shape of an answer: the ``as`` parameter of the Accept header, with its group and version."""

    shape: str = ""
    group: str = ""
    version: str = ""


_PLAIN = Form()
_MEMORY: dict[tuple[str, bool], Form] = {}
SHAPES = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})


def wanted_form(headers: Mapping[str, str], shapes: frozenset[str] = SHAPES, *, can_watch: bool = False) -> Form:
    """Return the first form in the Accept header that can be made.

    Raises
    ------
    StatusError
        406 if none can.
    """
    accept = headers.get("accept", "")
    form = _MEMORY.get((accept, can_watch))
    if form is None or (form.shape and form.shape not in shapes):
        form = _choose(accept, shapes)
        if form is None and "as=" in accept:
            raise StatusError(406, "NotAcceptable", f"only the following media types are accepted: {_OFFERED}")
        if form is None:
            raise not_acceptable(_WATCHABLE if can_watch else _OFFERED)
        if len(_MEMORY) < 100:
            _MEMORY[accept, can_watch] = form
    return form


def check_shape(form: Form, resource: Resource, *, is_list: bool) -> None:
    """Refuse metadata in a form that does not fit one object, or a list (406)."""
    if form.shape in {"", "Table"} or is_list is form.shape.endswith("List"):
        return
    package = "unstructured" if resource.crd else resource.group.partition(".")[0] or "core"
    kind = f"*{package}.{'Unstructured' if resource.crd else resource.kind}{'List' if is_list else ''}"
    what = f"you requested {form.shape}, but the requested object is {'' if is_list else 'not '}a list ({kind})"
    raise StatusError(406, "NotAcceptable", what)


def _choose(accept: str, shapes: frozenset[str]) -> Form | None:
    for media in accept.split(","):
        name, _, rest = media.strip().partition(";")
        parameters = dict(part.strip().split("=", 1) for part in rest.split(";") if "=" in part)
        if name.strip() not in _JSON:
            continue
        if "as" not in parameters:
            return _PLAIN
        if parameters["as"] in shapes and parameters.get("v") in {"v1", "v2"}:
            return Form(parameters["as"], parameters.get("g", ""), parameters["v"])
    return None
