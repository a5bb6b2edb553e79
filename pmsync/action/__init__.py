"""pmsync as a step of a GitHub workflow: every decision that `action.yml` does not take.

inputs → settings
event → job → preview of a pull request   → comment, annotations, summary
            → sync, write-back, status    → annotations, outputs, summary
"""

from pmsync.action.run import act
from pmsync.action.runner import Runner
from pmsync.action.settings import Settings

__all__ = ["Runner", "Settings", "act"]
