"""pmsync as a step of a GitHub workflow: every decision that `action.yml` does not take.

event → job → preview of a pull request   → comment, annotations, summary
            → sync, write-back, status    → annotations, outputs, summary
"""

from pmsync.action.events import CommitOn
from pmsync.action.run import Settings, act
from pmsync.action.runner import Runner

__all__ = ["CommitOn", "Runner", "Settings", "act"]
