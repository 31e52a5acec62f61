"""Which renderer turns a folder of a commit into objects?

One table, in the order in which a folder is offered to them. A folder that none of them recognises holds manifests as they are.
"""

from __future__ import annotations

from typing import Final, Protocol

from gitopskit.model.rendering import Rendering
from gitopskit.sources.objectdb import Entry
from gitopskit.sources.renderers.child import EMPTY
from gitopskit.sources.renderers.folder import Folder, Rendered
from gitopskit.sources.renderers.helm import Helm
from gitopskit.sources.renderers.jsonnet import Jsonnet
from gitopskit.sources.renderers.kustomize import Kustomize

__all__ = ["EMPTY", "RENDERERS", "Folder", "Renderer", "renderer_of"]


class Renderer(Protocol):
    """Turns files into objects.

    Attributes
    ----------
    name
        What it is called in errors.
    """

    @property
    def name(self) -> str: ...

    def recognises(self, folder: Folder) -> bool:
        """Whether the folder is for it."""
        ...

    def reads(self, folder: Folder) -> tuple[str, ...]:
        """Return the files and folders that it renders from; raise `RenderError` for what is refused."""
        ...

    def settings(self, folder: Folder) -> Rendering:
        """Return the settings that have a part in it, with every default filled in; raise `RenderError` for what cannot be."""
        ...

    def tool(self) -> str:
        """Return the program with its version; raise `RenderError` if it is missing."""
        ...

    def render(self, folder: Folder, files: list[Entry]) -> Rendered:
        """Return what the folder renders to, from these files alone; raise `RenderError` if that fails."""
        ...


RENDERERS: Final[tuple[Renderer, ...]] = (Kustomize(), Helm(), Jsonnet())


def renderer_of(folder: Folder) -> Renderer | None:
    """Return the renderer for a folder; None for manifests."""
    return next((renderer for renderer in RENDERERS if renderer.recognises(folder)), None)
