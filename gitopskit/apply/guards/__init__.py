"""The checks before the first write, in order: cheap and fatal first, those that ask the system last.

The order is part of the design: nothing is asked of a system that the plan was not made for, and the lock is taken before the world
is looked at for the last time.
"""

from typing import Final

from gitopskit.apply.guards.approval import ApprovalGuard
from gitopskit.apply.guards.binding import BindingGuard
from gitopskit.apply.guards.blast_radius import BlastRadiusGuard
from gitopskit.apply.guards.dry_run import DryRunGuard
from gitopskit.apply.guards.fresh import FreshGuard
from gitopskit.apply.guards.identity import IdentityGuard
from gitopskit.apply.guards.intact import IntactGuard
from gitopskit.apply.guards.journal import JournalGuard
from gitopskit.apply.guards.lock import LockGuard
from gitopskit.apply.guards.ownership import OwnershipGuard
from gitopskit.apply.guards.reason import ReasonGuard
from gitopskit.apply.guards.record import RecordGuard
from gitopskit.apply.guards.review import ReviewGuard
from gitopskit.apply.guards.rights import RightsGuard
from gitopskit.apply.guards.scope import ScopeGuard
from gitopskit.apply.guards.source import SourceGuard
from gitopskit.apply.guards.staleness import StalenessGuard
from gitopskit.apply.guards.trunk import TrunkGuard
from gitopskit.apply.refusal import Guard

GUARDS: Final[tuple[Guard, ...]] = (
    IntactGuard(),
    FreshGuard(),
    ApprovalGuard(),
    ReasonGuard(),
    BindingGuard(),
    SourceGuard(),
    ReviewGuard(),
    TrunkGuard(),
    ScopeGuard(),
    OwnershipGuard(),
    BlastRadiusGuard(),
    JournalGuard(),
    IdentityGuard(),
    RightsGuard(),
    RecordGuard(),
    LockGuard(),
    StalenessGuard(),
    DryRunGuard(),
)
LOOKING: Final[tuple[Guard, ...]] = (IntactGuard(), SourceGuard(), IdentityGuard())
"""What must hold to look again at a plan that was applied before: it is that plan, that desired state, that system."""
