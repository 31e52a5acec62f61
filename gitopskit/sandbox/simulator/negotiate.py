"""In which form an answer is wanted: plain JSON, a table, metadata only, or aggregated discovery.

References
----------
Kubernetes API concepts, "Alternate representations of resources" and "Receiving resources as Tables".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitopskit.sandbox.simulator.status import not_acceptable

_OFFERED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
_JSON = {"application/json", "application/*", "*/*", ""}


@dataclass(frozen=True, slots=True)
class Form:
    """The shape of an answer: the ``as`` parameter of the Accept header, with its group and version."""

    shape: str = ""
    group: str = ""
    version: str = ""


_PLAIN = Form()
_MEMORY: dict[str, Form] = {}


def wanted_form(headers: Mapping[str, str], shapes: frozenset[str]) -> Form:
    """Return the first form in the Accept header that can be made.

    Raises
    ------
    StatusError
        406 if none can.
    """
    accept = headers.get("accept", "")
    form = _MEMORY.get(accept)
    if form is None or (form.shape and form.shape not in shapes):
        form = _choose(accept, shapes)
        if len(_MEMORY) < 100:
            _MEMORY[accept] = form
    return form


def _choose(accept: str, shapes: frozenset[str]) -> Form:
    for media in accept.split(","):
        name, _, rest = media.strip().partition(";")
        parameters = dict(part.strip().split("=", 1) for part in rest.split(";") if "=" in part)
        if name.strip() not in _JSON:
            continue
        if "as" not in parameters:
            return _PLAIN
        if parameters["as"] in shapes and parameters.get("v") in {"v1", "v2"}:
            return Form(parameters["as"], parameters.get("g", ""), parameters["v"])
    raise not_acceptable(_OFFERED)
