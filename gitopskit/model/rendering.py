"""What a renderer is told besides the files of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """Settings for a Helm chart in the repository.

    Attributes
    ----------
    values
        Values files, by their path from the root of the repository; a later one wins over an earlier one.
    release
        Name of the release; by default that of the chart's folder.
    namespace
        Namespace of the release; by default the workspace's.

    Notes
    -----
    There is nothing like ``--set``: what is desired stands in Git. Write a values file per environment.

    Examples
    --------
    >>> Rendering(values=["environments/production.yaml"]).values
    ('environments/production.yaml',)
    """

    values: tuple[str, ...] = ()
    release: str = ""
    namespace: str = ""

    def __post_init__(self) -> None:
        values = (self.values,) if isinstance(self.values, str) else tuple(self.values)
        object.__setattr__(self, "values", values)


BY_DEFAULT: Final = Rendering()
