"""An item's owner, due date, priority and type, where teams write them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pmsync.extract.dates import read_date
from pmsync.extract.outline import Span
from pmsync.extract.state import is_done_status, opens_with_done
from pmsync.extract.tail import read_tail
from pmsync.extract.unfilled import is_unfilled
from pmsync.extract.vocabulary import Vocabulary
from pmsync.extract.words import fold, plain, strip_numbering, words_of

_NAMES = ("owner", "due", "priority", "type", "status", "ticket")
_VALUE_END = re.compile(
    r"[\n;|()（）；。\[\]]|\s[–—·-]\s|(?<!\d)\.\s+(?=[A-ZÀ-Þ@📅])|(?<=\d{4})\.\s+|,\s+|[、，]\s*"
)
"""What ends a field's value; a comma only before the next field's word."""
_COMMA_SIGNS = ",、，"
_BEFORE_DATE = re.compile(r"[ :]*(?=.{0,12}\d)")
_SIGNS = re.compile(r"[:：=]|\s[–—-]")
_COLON = re.compile(
    r"(?:\((?:s|es|n|en|in)\))?[ \t]{0,3}[*_]{0,2}[ \t]{0,3}(?:::|[:：=])[ \t]{0,8}[*_]{0,2}[ \t]{0,8}"
)
_DASH = re.compile(r"[ \t]{1,3}[–—-]{1,2}[ \t]{1,3}(?=\S)")
"""What stands between a field's name and its value."""
_PART_BEFORE = re.compile(r"(?:[,;.(]|\s[–—-])\s*\Z")
_NAME_AFTER = re.compile(r"\s+@?(?P<name>[A-Za-z][\w.-]*?(?: [A-ZÀ-Þ][\w-]*){0,2})\s*(?=[,;)\]]|\.?\Z)")
_WITHIN_WORD = frozenset("/@#&?='’")
_BETWEEN_FIELDS = re.compile(r"[\s,;|.·()\[\]*_–—-]*")
_BEFORE_FIELD = re.compile(r"(?:[\n,;|.·:([*_]|\s[–—-])[\s*_(\[]*\Z|\A[\s*_(\[]*\Z")
"""What sets a field apart from the words before it."""
_OPENS_FIELD = re.compile(r"[\n([][\s*_]*\Z")
_CERTAIN = frozenset({"owner", "due", "priority"})
"""Names that hardly stand before a colon in a sentence, as `status:` does."""
_EDGES = " \t\r\n*_~([|,;–—-."
_NEAR = 8
_LONGEST_VALUE = 120
_LONGEST_TEXT = 20_000
_LONGEST_PARAGRAPH = 4000

_HANDLE = r"(?<![\w.`/@])@(?P<login>[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9][\w.-]{0,99})?)(?![\w@])"
_HANDLE_ANYWHERE = re.compile(_HANDLE)
_HANDLE_FIRST = re.compile(rf"[\s*_]*{_HANDLE}")
_HANDLE_LAST = re.compile(rf"{_HANDLE}(?:[\s,&/]*(?:and\s+)?@[\w/-]+)*\W*\Z")
_HANDLE_IN_BRACKETS = re.compile(
    rf"[(\[]\s*(?:\w{{2,10}}(?: to)?\s*:?\s*)?{_HANDLE}[^()\[\]]{{0,60}}[)\]]", re.IGNORECASE
)
_LAST_BRACKETS = re.compile(r"(?:\s*(?:\[[^\[\]()]{1,60}\]|\([^()]{1,60}\)))+[\s.]*\Z")
_NAME = r"[A-Z][\w'’.-]*"
_NAME_LAST = re.compile(rf"\[(?P<name>{_NAME}(?: (?:and |& )?{_NAME}){{0,3}}(?:, {_NAME}){{0,3}})\][\s.]*\Z")
_NAME_TO = re.compile(
    rf"(?P<name>{_NAME}(?: {_NAME})?(?:(?:,| and| &) {_NAME}(?: {_NAME})?){{0,3}}) to (?=\w)"
)
_TEAM_FIRST = re.compile(
    r"[\s*_(\[]*(?P<name>[^\W\d_][\w&/+.’'-]*(?: [\w&/+.’'-]+){0,3})[*_)\]]{0,3}"
    r"(?P<joint>\s?[:：][\s*_]+| to (?=\w))"
)
_TEAM_LAST = re.compile(r"[(\[](?P<name>[^\W\d_][\w&/+.’' -]{2,40})[)\]][\s.]*\Z")
_WORDS = re.compile(r"[^\s-]+")
_NOT_NAMES = frozenset(
    """
    nice need needs want ability how way ways able attempt try we team steps due changes improvements
    capability plan time option process tool script access tests alerts support documentation
    refuse agree remember try commit continue start begin aim prefer ask learn forget prepare offer
    stop strive seek arrange intend go look return listen talk speak tend hope choose strategy right
    opportunity chance reason
    """.split()  # noqa: SIM905 — words to read, not a list to look at
)
_NOT_OWNERS = frozenset(
    """
    done todo wip open closed fixed high medium low critical prevent detect mitigate process completed
    complete pending jira ticket link issue urgent optional draft pr
    """.split()  # noqa: SIM905 — words to read, not a list to look at
)
_PRIORITY = re.compile(
    r"[(\[]\s*(?P<level>P[0-5]|(?:critical|high|medium|low|urgent)(?: priority| prio)?)\s*[)\]]"
    r"|\A\W{0,4}(?P<first>P[0-5])\b(?=\W)|(?P<last>\bP[0-5])\W*\Z",
    re.IGNORECASE,
)
_PRIORITY_LABEL = re.compile(
    r"(?:priority )?(?P<level>p[0-5]|critical|high|medium|low|urgent)(?: priority)?\b(?! (?:term|run))"
)
_TYPE = re.compile(
    r"[(\[]\s*(?P<type>prevent(?:ion|ive|ative)?|detect(?:ion|ive)?|mitigat(?:e|ion)|process|repair"
    r"|investigat(?:e|ion)|corrective)\s*[)\]]",
    re.IGNORECASE,
)
_TYPE_LABEL = re.compile(r"(?:prevent|detect|mitigat|repair|investigat|process\b)\w*")

_CALENDAR = re.compile(r"📅\s*(?P<date>\d{4}-\d{2}-\d{2})")
_DATE_IN_BRACKETS = re.compile(r"[(\[]\s*(?P<date>\d{4}-\d{2}-\d{2})\b")
_DATE_LAST = re.compile(r"[\s,;–—-]*\d{4}-\d{2}-\d{2}[\s.]*\Z")
_LONGEST_DATE = 24
_DATE_ENDS = re.compile(r"[\w.,/ -]{6,24}?(?=\s*(?:[)\],;|]|\.?\s*\Z|\s[–—-]\s|\n))")
"""A date that says when, rather than one in the middle of a sentence, stands before an end of some kind."""
_FENCE = "```"
"""What code opens with, which states no fields."""
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


def team_first(text: str, vocabulary: Vocabulary) -> re.Match[str] | None:
    """A team that opens an item: `Platform team: pin the image`, `The SRE team to drill the restore`."""
    found = _TEAM_FIRST.match(text)
    return found if found and is_team(found["name"], vocabulary) else None


def is_team(name: str, vocabulary: Vocabulary) -> bool:
    """Whether words name a team: `SRE team`, `Équipe plateforme`, but not `the team`, or a field's name."""
    words = words_of(name)
    if len(words) < 2 or vocabulary.phrases("fields", "owner").all_of(words) or vocabulary.is_work(name):
        return False
    groups = vocabulary.phrases("fields", "group")
    others = [word for word in _WORDS.findall(name) if not groups.all_of(words_of(word))]
    is_name = bool(others) and all(word[0].isupper() for word in others)
    return bool(groups.all_of(words[:1]) or (is_name and groups.all_of(words[-1:])))


def read_fields(text: str, paragraph: str, vocabulary: Vocabulary) -> Fields:
    """Reads the fields in an item's Markdown: `owner: x`, `(@x)`, `[P1]`, `due: 2026-03-01`, `📅 …`.

    Args:
        text: all of the item, where fields may stand by name.
        paragraph: its first paragraph, where they may also stand without.
        vocabulary: the words.
    """
    paragraph = paragraph.strip()[:_LONGEST_PARAGRAPH]
    team = team_first(paragraph, vocabulary)
    source = text.lstrip()[team.end("name") if team else 0 :]
    said = _read_named(source[:_LONGEST_TEXT].partition(_FENCE)[0], vocabulary)
    tail = read_tail(plain(paragraph), vocabulary)
    owner = (
        clean_owner(said["owner"], vocabulary)
        if "owner" in said
        else tail.owner or (team["name"] if team else _inline_owner(paragraph, vocabulary))
    )
    return Fields(
        owner=owner,
        due=clean_due(said["due"], vocabulary)
        if "due" in said
        else tail.due or _inline_due(text[:_LONGEST_PARAGRAPH], vocabulary),
        priority=clean_level(said["priority"], vocabulary)
        if "priority" in said
        else tail.priority or _inline_priority(paragraph),
        type=clean_level(said["type"], vocabulary) if "type" in said else _inline_type(paragraph),
        status=said.get("status"),
    )


def read_label(label: str, vocabulary: Vocabulary) -> Fields:
    """Reads the fields that a category's label gives to the entries under it."""
    folded = fold(strip_numbering(label))
    handle = _HANDLE_ANYWHERE.search(label)
    relative = _RELATIVE.search(label)
    priority = _PRIORITY_LABEL.match(folded)
    kind = _TYPE_LABEL.match(folded)
    return Fields(
        owner=handle["login"] if handle else label.strip() if is_team(label, vocabulary) else None,
        due=_limit(label, vocabulary) or (relative.group().strip() if relative else None),
        priority=priority["level"].capitalize() if priority else None,
        type=kind.group() if kind and vocabulary.announce(label).category else None,
    )


def _limit(label: str, vocabulary: Vocabulary) -> str | None:
    """The date in a label, where it says by when (`By 2026-03-01`); any other may be the incident's own."""
    found = next(_untils(label, vocabulary), None)
    return read_date(label[found[1] :], vocabulary) if found else None


def clean_owner(value: str, vocabulary: Vocabulary) -> str | None:
    """An owner as a table or field has it, without the `@` of a handle; None for a placeholder or a state."""
    value = plain(value).strip(" .,;:-–—*_[]")
    if value.startswith("(") or value.count("(") != value.count(")"):
        value = value.strip("()")
    if handle := re.fullmatch(_HANDLE, value):
        return handle["login"]
    if _AMOUNT.fullmatch(value):
        return None
    value = re.sub(r"(?<![\w.])@(?=\w)", "", value)
    return (
        None
        if opens_with_done(value, vocabulary) or _says_nothing(value, vocabulary)
        else value[:_LONGEST_VALUE]
    )


def clean_due(value: str, vocabulary: Vocabulary) -> str | None:
    """A due date as ISO where it is an absolute one, else its text; None for a placeholder, or `soon`."""
    value = plain(value).strip(" .,;*_()[]")
    if absolute := read_date(value, vocabulary):
        return absolute
    undated = vocabulary.phrases("undated").all_of(words_of(value))
    if undated or is_done_status(value, vocabulary) or _says_nothing(value, vocabulary):
        return None
    return value[:_LONGEST_VALUE]


def clean_level(value: str, vocabulary: Vocabulary) -> str | None:
    """A priority or type as a table or field has it, without signs around it; None for a placeholder."""
    value = plain(value)
    words = _SIGNS_AROUND.sub("", _REMARK.sub("", value)) or value
    return None if is_unfilled(value, vocabulary) else words[:_LONGEST_VALUE]


def _says_nothing(value: str, vocabulary: Vocabulary) -> bool:
    return is_unfilled(value, vocabulary) or vocabulary.is_placeholder(value)


def is_bare_field(part: str, vocabulary: Vocabulary) -> bool:
    """Whether a part of a sentence is nothing but a field without a colon: `due 1 Aug 2026`, `owner ada`."""
    until = next(_untils(part, vocabulary), None)
    is_due = (
        until is not None
        and not part[: until[0]].strip()
        and len(part) - until[1] <= _LONGEST_DATE
        and read_date(part[until[1] :], vocabulary) is not None
    )
    return is_due or _owner_word(f", {part}", vocabulary) is not None


def _untils(text: str, vocabulary: Vocabulary) -> Iterator[Span]:
    """Where the words stand that a date by which something is due follows."""
    for found in vocabulary.until().find_in(text):
        after = _BEFORE_DATE.match(text, found.end)
        if after:
            yield found.start, after.end()


def _owner_word(text: str, vocabulary: Vocabulary) -> str | None:
    """`, owner alice` at an item's end."""
    for found in vocabulary.phrases("fields", "owner").find_in(text):
        after = _NAME_AFTER.match(text, found.end)
        if after and _PART_BEFORE.search(text[max(0, found.start - _NEAR) : found.start]):
            return after["name"]
    return None


@lru_cache(maxsize=8)
def _named(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, int, int], ...]:
    """The names of fields before a colon: (name, start, start of the value)."""
    if not _SIGNS.search(text):
        return ()
    return tuple(
        (found.name, found.start, colon.end())
        for found in vocabulary.table("fields", *_NAMES).find_in(text)
        if (colon := _COLON.match(text, found.end) or _dash_after(text, found.name, found.start, found.end))
        and not (found.start and text[found.start - 1] in _WITHIN_WORD)
    )


def _dash_after(text: str, name: str, start: int, end: int) -> re.Match[str] | None:
    """The dash of `(Owner – Olga)`, where nothing but a field can stand."""
    is_apart = name in _CERTAIN and _OPENS_FIELD.search(text, max(0, start - _NEAR), start)
    return _DASH.match(text, end) if is_apart else None


def _value_end(text: str, start: int, limit: int, vocabulary: Vocabulary) -> int:
    """Where a field's value ends, at the latest at `limit`."""
    for found in _VALUE_END.finditer(text, start, limit):
        if found.group()[:1] not in _COMMA_SIGNS:
            return found.start()
        following = words_of(text[found.end() : found.end() + _LONGEST_DATE])
        if vocabulary.until().at(following) or vocabulary.table("fields", *_NAMES).at(following):
            return found.start()
    return limit


def _read_named(text: str, vocabulary: Vocabulary) -> dict[str, str]:
    """The named fields; a value ends where the next one begins."""
    labels = _named(text, vocabulary)
    ends = [*(start for _, start, _ in labels[1:]), len(text)]
    said: dict[str, str] = {}
    for (name, _, start), limit in zip(labels, ends, strict=False):
        end = _value_end(text, start, min(limit, start + _LONGEST_VALUE), vocabulary)
        value = plain(text[start:end]).strip(" .,;-–—*_、，")
        if value:
            said.setdefault(name, value)
    return said


def named_end(text: str, vocabulary: Vocabulary) -> int:
    """Where the named fields begin that `text` ends with; its length where it ends with none."""
    at = len(text)
    for name, start, value in reversed(_named(text, vocabulary)):
        end = _value_end(text, value, min(at, value + _LONGEST_VALUE), vocabulary)
        before = _BEFORE_FIELD.search(text, max(0, start - _NEAR), start)
        is_apart = name in _CERTAIN or before is not None
        if not is_apart or not _BETWEEN_FIELDS.fullmatch(text, end, at):
            break
        at = before.start() if before else start
    return at if text[:at].strip(_EDGES) else len(text)


def _without_dues(paragraph: str, vocabulary: Vocabulary) -> str:
    """A paragraph up to the named fields at its end, and without a date there."""
    words = paragraph[: next((start for _, start, _ in _named(paragraph, vocabulary)), None)]
    until = [start for start, _ in _untils(words, vocabulary)]
    if until and read_date(words[until[-1] :], vocabulary) and len(words) - until[-1] <= 2 * _LONGEST_DATE:
        words = words[: until[-1]]
    return _DATE_LAST.sub("", words).rstrip(" ,;–—-")


def _inline_owner(paragraph: str, vocabulary: Vocabulary) -> str | None:
    named = _owner_word(paragraph, vocabulary)
    if named:
        return named
    tail = _LAST_BRACKETS.sub("", _without_dues(paragraph, vocabulary)[-200:])
    handles = (
        _HANDLE_IN_BRACKETS.search(paragraph),
        _HANDLE_FIRST.match(paragraph),
        _first(_HANDLE_LAST.match(tail, one.start()) for one in _HANDLE_ANYWHERE.finditer(tail)),
    )
    handle = _first(handles)
    if handle:
        return handle["login"]
    name = _NAME_LAST.search(paragraph[-200:])
    if name and fold(name["name"]) not in _NOT_OWNERS and not _PRIORITY.search(name.group()):
        return name["name"]
    team = _TEAM_LAST.search(paragraph[-200:])
    if team and is_team(team["name"], vocabulary):
        return team["name"].strip()
    return _doer(plain(paragraph[:300]), vocabulary)


def _first(found: Iterable[re.Match[str] | None]) -> re.Match[str] | None:
    return next(filter(None, found), None)


def _doer(words: str, vocabulary: Vocabulary) -> str | None:
    """`Alice and Bob to automate the restore`."""
    found = _NAME_TO.match(words)
    if not found or vocabulary.is_work(found["name"]) or fold(found["name"]).split()[-1] in _NOT_NAMES:
        return None
    rest = words[found.end() :]
    return found["name"] if vocabulary.is_work(rest) or rest.startswith(("be ", "do ")) else None


def _inline_due(text: str, vocabulary: Vocabulary) -> str | None:
    found = _CALENDAR.search(text) or _DATE_IN_BRACKETS.search(text)
    if found:
        return read_date(found["date"], vocabulary)
    for _, end in _untils(text, vocabulary):
        stated = _DATE_ENDS.match(text, end)
        if stated and (due := read_date(stated.group(), vocabulary)):
            return due
    return None


def _inline_priority(paragraph: str) -> str | None:
    found = _PRIORITY.search(paragraph)
    if not found:
        return None
    level = (found["level"] or found["first"] or found["last"]).split()[0]
    return level.upper() if level[-1].isdigit() else level.capitalize()


def _inline_type(paragraph: str) -> str | None:
    found = _TYPE.search(paragraph)
    return found["type"].lower() if found else None
