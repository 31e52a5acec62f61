"""May this plan be applied now, and what became of it? Guards, the run, its journal, and the report."""

from gitopskit.apply.approval import Approval
from gitopskit.apply.attempt import Attempt
from gitopskit.apply.policy import Policy
from gitopskit.apply.run import execute, run

__all__ = ["Approval", "Attempt", "Policy", "execute", "run"]
