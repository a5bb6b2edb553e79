"""What an item's fields say: owner, due date, priority and type, as a table, a label or its text has them."""

import re
from dataclasses import dataclass

from pmsync.extract.fields.dates import read_date
from pmsync.extract.fields.state import is_done_status, opens_with_done
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.structure.flat import plain
from pmsync.lexicon.languages import given_names
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import fold, strip_numbering, words_of

NAMES = ("owner", "due", "priority", "type", "status", "ticket")
"""Fields that an item has in its own text."""
_LONGEST_VALUE = 120
LOGIN = (
    r"@(?P<login>[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:\.[A-Za-z0-9_-]{1,38}){0,2}"
    r"(?:/[A-Za-z0-9][\w.-]{0,99})?)(?![\w@])"
)
"""A handle, be it with dots, or a team's (`@acme/sre`); what may stand before it is the caller's to say."""
_HANDLE = rf"(?<![\w.`/@]){LOGIN}"
_WORDS = re.compile(r"[^\s-]+")
_PRIORITY_LABEL = re.compile(
    r"(?:priority )?(?P<level>p[0-5]|critical|high|medium|low|urgent)(?: priority)?\b(?! (?:term|run))"
)
_PRIORITY_LAST = re.compile(
    r"[(\[,]\s*(?P<level>P[0-5]|Prio\w*\.? [0-5])(?:\s*[,;–—-][^()\[\]]{0,60})?[)\]]:?\Z", re.IGNORECASE
)
_TIER = re.compile(r"[a-e]|p?[0-5]")
_BEFORE_DATE = re.compile(r"[ :]*(?=.{0,12}\d)")
_TYPE_LABEL = re.compile(r"(?:prevent|detect|mitigat|repair|investigat|process\b)\w*")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_IN_CODE = re.compile(r"\w[._]\w")
_AMOUNT = re.compile(r"[\d\s.,:/–-]+[^\W\d]{0,8}")
"""`4 hours` is nobody, whatever word stands before it."""
_REMARK = re.compile(r"(?<=\w)\s*\([^()]*\)\s*\Z")
_SIGNS_AROUND = re.compile(r"\A[^\w(]+|[^\w)]+\Z")
_RELATIVE = re.compile(
    r"\b(?:(?:with)?in |next |this |first |following |by (?:the )?(?:end of )?(?:the )?)"
    r"(?:(?:next |this |the )?\d{0,3}\s?-?\s?\d{0,3}\s?(?:hours?|days?|weeks?|sprints?|months?"
    r"|quarters?|year)|eod|eow|eom|q[1-4](?:\s?\d{4})?|friday|monday)\b"
    r"|\bQ[1-4](?:[\s/-]+Q[1-4])?(?:\s?['’]?\d{2,4})?\b"
    r"|\b\d{1,3}(?:\s?[-–]\s?\d{1,3})?[ -](?:hours?|days?|weeks?|sprints?|months?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fields:
    """What an item's own text, its row, or a label over it, says of it."""

    owner: str | None = None
    due: str | None = None
    priority: str | None = None
    type: str | None = None
    status: str | None = None

    def or_else(self, other: "Fields") -> "Fields":
        """These, and from `other` what is missing."""
        return Fields(
            self.owner or other.owner,
            self.due or other.due,
            self.priority or other.priority,
            self.type or other.type,
            self.status or other.status,
        )


def is_team(name: str, vocabulary: Vocabulary) -> bool:
    """Whether words name a team: `SRE team`, `Équipe plateforme`, but not `the team`, or a field's name."""
    words, groups = words_of(name), vocabulary.phrases("fields", "group")
    if (
        len(words) < 2
        or _IN_CODE.search(name)
        or vocabulary.phrases("fields", "owner").all_of(words)
        or (vocabulary.is_work(name) and not groups.all_of(words))
    ):
        return False
    others = [word for word in _WORDS.findall(name) if not groups.all_of(words_of(word))]
    is_name = bool(others) and all(word[0].isupper() for word in others)
    return bool(groups.all_of(words[:1]) or (is_name and groups.all_of(words[-1:])))


def read_label(label: str, vocabulary: Vocabulary) -> Fields:
    """Reads the fields that a category's label gives to the entries under it."""
    folded = fold(strip_numbering(label))
    handle = re.search(_HANDLE, label)
    relative = _RELATIVE.search(label)
    priority = _PRIORITY_LABEL.match(folded) or _PRIORITY_LAST.search(label.rstrip())
    kind = _TYPE_LABEL.match(folded)
    return Fields(
        owner=handle["login"] if handle else label.strip() if is_team(label, vocabulary) else None,
        due=_limit(label, vocabulary) or (relative.group().strip() if relative else None),
        priority=priority["level"].capitalize() if priority else _level(label, vocabulary),
        type=kind.group() if kind and vocabulary.announce(label).category else None,
    )


def _level(label: str, vocabulary: Vocabulary) -> str | None:
    """How urgent what stands under a label is: `Urgent`, `Priorität A – vor dem Winter`."""
    words = words_of(label)
    name = vocabulary.phrases("fields", "priority").at(words)
    tier = words[name.end] if name and len(words) > name.end else ""
    if _TIER.fullmatch(tier):
        return tier.upper()
    return label.strip(" *_:") if vocabulary.phrases("levels").all_of(words) else None


def _limit(label: str, vocabulary: Vocabulary) -> str | None:
    """The date in a label, where it says by when (`By 2026-03-01`); any other may be the incident's own."""
    found = (one.end for one in vocabulary.until().find_in(label) if _BEFORE_DATE.match(label, one.end))
    at = next(found, None)
    return None if at is None else read_date(label[at:], vocabulary)


def clean(name: str, value: str, vocabulary: Vocabulary) -> str | None:
    """What a table or a text has in a field's place, as it is told; None for a placeholder."""
    if name == "owner":
        return clean_owner(value, vocabulary)
    if name == "due":
        return _clean_due(value, vocabulary)
    return value if name == "status" else _clean_level(value, vocabulary)


def clean_owner(value: str, vocabulary: Vocabulary) -> str | None:
    """An owner as a table or field has it, without the `@` of a handle; None for a placeholder or a state."""
    value = plain(_BREAK.sub(", ", value)).strip(" .,;:-–—*_[]/").rstrip("@")
    if handle := re.fullmatch(_HANDLE, value):
        return handle["login"]
    if _AMOUNT.fullmatch(value):
        return None
    value = re.sub(r"(?<![\w.])@(?=\w)", "", value)
    if value.istitle() and not set(words_of(value)) - given_names():
        return value  # `Inga`, who is "none" in Swedish
    is_state = vocabulary.phrases("state", "unfinished").all_of(words_of(value)) and not value.istitle()
    if is_state or opens_with_done(value, vocabulary) or _says_nothing(value, vocabulary):
        return None
    return value[:_LONGEST_VALUE]


def _clean_due(value: str, vocabulary: Vocabulary) -> str | None:
    """A due date as ISO where it is an absolute one, else its text; None for a placeholder, or `soon`."""
    value = plain(value).strip(" .,;*_[]")
    value = value.strip("()") if value.startswith("(") else value
    if absolute := read_date(value, vocabulary):
        return absolute
    undated = vocabulary.phrases("undated").all_of(words_of(value))
    if undated or is_done_status(value, vocabulary) or _says_nothing(value, vocabulary):
        return None
    return value[:_LONGEST_VALUE]


def _clean_level(value: str, vocabulary: Vocabulary) -> str | None:
    """A priority or type as a table or field has it, without signs around it; None for a placeholder."""
    value = plain(value)
    words = _SIGNS_AROUND.sub("", _REMARK.sub("", value)) or value
    return None if is_unfilled(value, vocabulary) else words[:_LONGEST_VALUE]


def _says_nothing(value: str, vocabulary: Vocabulary) -> bool:
    return is_unfilled(value, vocabulary) or vocabulary.is_placeholder(value)
