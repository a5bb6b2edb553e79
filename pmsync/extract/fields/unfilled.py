"""What only holds the place of a ticket, an owner or a date: a closed list, told in the README."""

import re

from pmsync.extract.structure.flat import plain
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_LONGEST = 60
_EDGES = " \t*_~`\"'“”‘’"
_BRACKETS = ("[]", "()", "（）", "【】")
_SIGNS = re.compile(r"[-–—―_#?.…/]*")
"""`-`, `—`, `?`, `#`, `...`"""
_SLOT = re.compile(r"\{{1,3}[^{}\n]*\}{1,3}|<(?!https?:|/)[^<>\n]*>|%[A-Z_]+%|\$\{[^{}\n]*\}")
"""`{JIRA-123}`, `{{ ticket }}`, `<issue link>`"""
_KEY = re.compile(
    r"(?:[A-Z][A-Z0-9_]{0,11}[-–]|(?:[\w.-]{1,100}/[\w.-]{1,100})?#)(?:N+|n+|X+|x+|Y+|0+|[?#_]+|TODO|TBD|…|\.{3})"
)
"""`KEY-###`, `GH-???`, `#NNN`, `#TODO`"""


def is_unfilled(value: str, vocabulary: Vocabulary) -> bool:
    """Whether a cell's or a field's Markdown is empty, or only says that something belongs there.

    A key that could be a real one (`BEA-1234`) is none; braces and angle brackets make it a placeholder.
    """
    value = value.strip(_EDGES)
    if len(value) > _LONGEST:
        return False
    for _ in range(len(_BRACKETS)):
        if value[:1] + value[-1:] not in _BRACKETS:
            break
        value = value[1:-1].strip(_EDGES)
    return bool(
        _SIGNS.fullmatch(value)
        or _SLOT.fullmatch(value)
        or _KEY.fullmatch(value)
        or ("](" not in value and vocabulary.phrases("unfilled").all_of(words_of(plain(value))))
    )
