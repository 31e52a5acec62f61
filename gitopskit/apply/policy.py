"""What may be done to a target without asking anybody else?

In a sandbox everything is allowed that harms no truth. On a named context the defaults are strict, and what reaches far (namespaces,
definitions, cluster-scoped kinds, rights) has a switch of its own. A policy is a small TOML file, one line per switch.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gitopskit.errors import UsageError, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits of the guards.

    Attributes
    ----------
    protected_namespaces
        Patterns of namespaces that are never written to.
    allow_namespaces, allow_definitions, allow_cluster_scoped, allow_rights
        Whether Namespaces, CRDs, other cluster-scoped kinds, and RBAC objects may be written.
    allowed_kinds
        ``Kind.group`` names that may be written; empty for all.
    allow_force
        Whether a plan may take fields over from other managers.
    allow_cascading_deletes
        Whether Namespaces and CRDs may be deleted, and with them everything in them, whoever made it.
    max_deletes, max_delete_percent
        How many objects a plan may delete or replace: a number, and a share of all that it is about.
    max_changes
        How many objects a plan may write.
    require_trunk
        Whether the commit must be reachable from a named trunk.
    require_trunk_tip
        Whether the commit must hold all that the trunk has when it is applied.
    required_approvals
        How many people other than its author must have approved the pull request that brought the commit.
    needs_person
        Whether a person must type the plan's short code (or an approval file name the plan).
    needs_reason
        Whether somebody must say why.
    needs_binding
        Whether the preflight checks must have been asked for (`Workspace.bind`).
    """

    protected_namespaces: tuple[str, ...] = ("kube-*", "openshift-*", "gitopskit-*")
    allow_namespaces: bool = False
    allow_definitions: bool = False
    allow_cluster_scoped: bool = False
    allow_rights: bool = False
    allowed_kinds: tuple[str, ...] = ()
    allow_force: bool = True
    allow_cascading_deletes: bool = False
    max_deletes: int = 10
    max_delete_percent: int = 30
    max_changes: int = 1000
    require_trunk: bool = True
    require_trunk_tip: bool = False
    required_approvals: int = 0
    needs_person: bool = True
    needs_reason: bool = True
    needs_binding: bool = False

    @classmethod
    def strict(cls) -> Policy:
        """Return the policy of a named context."""
        return cls()

    @classmethod
    def for_sandbox(cls, **switches: Any) -> Policy:
        """Return the policy of a sandbox: identity, staleness, dry-run and journal stand, everything else is allowed.

        Parameters
        ----------
        switches
            What shall be otherwise than there.
        """
        generous = cls(
            protected_namespaces=(),
            allow_namespaces=True,
            allow_definitions=True,
            allow_cluster_scoped=True,
            allow_rights=True,
            allow_cascading_deletes=True,
            max_deletes=100_000,
            max_delete_percent=100,
            max_changes=100_000,
            require_trunk=False,
            needs_person=False,
            needs_reason=False,
        )
        return replace(generous, **switches)

    @classmethod
    def load(cls, path: Path | str) -> Policy:
        """Read a policy file; what it leaves out stays strict.

        Raises
        ------
        UsageError
            No such file, not TOML, an unknown switch, a value of the wrong type or below zero.
        """
        try:
            found = tomllib.loads(Path(path).read_text())
        except OSError as error:
            raise UsageError(f"the policy cannot be read: {error.strerror}", where=str(path), next_step="name another file") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"the policy is not TOML: {plain(str(error))}", where=str(path), next_step="correct it") from None
        return cls(**{name: _checked(cls(), name, value, str(path)) for name, value in found.items()})


def _checked(defaults: Policy, name: str, value: Any, where: str) -> Any:
    known = [item.name for item in fields(defaults)]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the switches are {', '.join(known)}"
        raise UsageError(f"the policy has no switch {plain(name)!r}", where=where, next_step=hint)
    default = getattr(defaults, name)
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if type(value) is not type(default) or isinstance(default, tuple):
        wanted = "a list of texts" if isinstance(default, tuple) else f"a {type(default).__name__}"
        raise UsageError(f"{name} must be {wanted}", where=where, next_step="correct it")
    if type(value) is int and value < 0:
        raise UsageError(f"{name} must not be below zero", where=where, next_step="correct it")
    return value
