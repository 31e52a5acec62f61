"""What does a cluster put into every new namespace by itself?

Who wants it otherwise has to take over what is there a moment after the namespace is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gitopskit.model.ids import ObjectId
from gitopskit.schema.usage import GroupResource

GIVEN: Final[Mapping[tuple[str, str], GroupResource]] = {
    ("ConfigMap", "kube-root-ca.crt"): ("", "configmaps"),
    ("ServiceAccount", "default"): ("", "serviceaccounts"),
}
"""Kind and name, and the resource as which it counts."""


def is_given(object_id: ObjectId) -> bool:
    """Whether an object is one that every namespace is given."""
    return (object_id.group_kind, object_id.name) in GIVEN
