"""Whether the follow-ups of postmortems can be acted on: rules, each of them a pure function. Pure.

postmortems → cases → diagnostics, less what a comment allows and the configuration switches off
"""

from pmsync.check.checking import Checked, Diagnostic, Settings, check
from pmsync.check.levels import Level

__all__ = ["Checked", "Diagnostic", "Level", "Settings", "check"]
