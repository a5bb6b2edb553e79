"""How grave a diagnostic is, by its rule and by the incident's severity."""

import enum
import re
from collections.abc import Mapping

_NUMBERED = re.compile(
    r"(?i)\W*(?:sev(?:erity)?|p|s|prio(?:rity)?|level|tier)?[\s._:#\u2010-\u2014-]*([0-9])\b.*", re.DOTALL
)
"""`SEV-1`, `Sev 1 (major)`, `P1`, `1`."""


class Level(enum.StrEnum):
    """What a rule's diagnostics are. Errors make `pmsync check` fail."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


BySeverity = Mapping[str, Level]
"""Levels by severity, as the configuration writes it; `default` stands for all others."""

Levels = Mapping[str, Level | BySeverity]
"""What the configuration sets, by the code of a rule."""

DEFAULT = "default"


def choose_level(default: Level, setting: Level | BySeverity | None, severity: str | None) -> Level:
    """Returns the level of a rule for an incident.

    Args:
        default: the rule's own.
        setting: what the configuration says of the rule; None for nothing.
        severity: the incident's, as its document writes it. `SEV-1`, `sev 1`, `P1` and `1` are the same.
    """
    if setting is None or isinstance(setting, Level):
        return setting or default
    wanted = comparable_severity(severity) if severity else None
    for name, level in setting.items():
        if name != DEFAULT and comparable_severity(name) == wanted:
            return level
    return setting.get(DEFAULT, default)


def comparable_severity(severity: str) -> str:
    """Returns what is equal for all spellings of a severity: its number where it has one."""
    number = read_number(severity)
    return " ".join(severity.split()).casefold() if number is None else str(number)


def read_number(severity: str) -> int | None:
    """Returns the number of a severity; None where it has none."""
    found = _NUMBERED.fullmatch(severity)
    return int(found[1]) if found else None
