"""An entry's text, parsed once: what opens it, what it says, and its fields, each where it stands.

    **A1:** [P1] Platform team: Pin the image. It has moved. (Olga, due: 2026-03-28)
            └── a field, as is the team ──┘                   └────── fields ──────┘
    └───────── opening ───────┘ └─── head ──┘└─── rest ─────┘

It is read over the flat text of its Markdown. What was read as a field leaves the title and the body where it
stands at their ends; nothing else ever does.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pmsync.extract.dates import find_date, find_untils, read_date
from pmsync.extract.fields import NAMES, Fields, clean_due, clean_level, clean_owner, is_team
from pmsync.extract.flat import Flat, flatten
from pmsync.extract.outline import Span
from pmsync.extract.phrases import Found
from pmsync.extract.unfilled import is_unfilled
from pmsync.extract.vocabulary import Vocabulary
from pmsync.extract.words import fold, words_in, words_of

_LONGEST = 20_000
"""Characters of an entry's paragraph, and of what stands below it, in which fields are looked for."""
_LONGEST_VALUE = 120
_LONGEST_DATE = 28
_FAR = 200
_NEAR = 8
_MOST = 8
"""Things read one after another at one end of a text."""

# ------------------------------------------------------------------- at the beginning

_NUMBERED = r"(?:AI|AP|CA|PA|REC|ACT|ACTION|ITEM|TASK|FIX|REM|FU|CAPA)[-_ .#]?\d{1,3}"
_OPENING = re.compile(
    r"(?:\[[ xX✓✔✅☑]?\ufe0f?\](?![(\[:])|[\s✅✔☑✓⬜☐🔄❌🔲\ufe0f]|\d\ufe0f?\u20e3"
    r"|[(\[](?i:done|completed?|fixed|wip|todo)[)\]]"
    rf"|[(\[](?:{_NUMBERED}|(?!P[0-5]\b)[A-Z][-.]?\d{{1,2}})[)\]](?:\s*[:：–—-](?=\s))?"
    rf"|(?:{_NUMBERED}|(?!S3|H2|K8|M5|C5|T3|R5|L[2-7]|V\d|X\d)[A-Z][-.]?\d{{1,2}})"
    r"(?:\s*[.):：]|\s+[–—-])(?:\s*[:：–—-])?(?=\s)"
    r"|\d{1,3}[.):](?=\s))"
)
"""A box that Markdown makes none of, signs and words of state, a number (`A1:`, `[P-3]`, `1)`)."""
_NUMBER = re.compile(r"[A-Z]{1,2}[-.]?\d{1,2}[.):]?")
_LEVEL_FIRST = re.compile(r"[(\[]?(?P<level>P[0-5])\b[)\]]?(?P<joint>\s*[:：–—-]?)(?=\s)", re.IGNORECASE)
_LEAD = re.compile(r"(?P<lead>[A-Za-zÀ-ÿ -]{2,40}?(?:\s\d{1,3})?)\s*[:：]\s*(?=\S)")
_TEAM = re.compile(
    r"[(\[]?(?P<name>[^\W\d_][\w&/+.’'-]*(?: [\w&/+.’'-]+){0,3})[)\]]?(?:\s?[:：]\s+|(?P<doer> to )(?=\w))"
)
_AFTER_FIELD = re.compile(r"[)\]]?(?:\s[–—·|-]|[,;|.\n)\]])\s*(?=\w)")
_BOLD_ENDS = re.compile(r"[:：.–—-]\s*\Z")
"""What parts a bold lead-in from what follows; bold words of a sentence are no lead-in."""
_AFTER_BOLD = re.compile(r"(?:[\s:：–—-]|\.(?=\s))*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONGEST_BOLD = 300
_SENTENCE = re.compile(
    r"(?<![.\s][A-Za-z])(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)(?<!cf)(?<!approx)(?<!resp)(?<!\bp)(?<!\b[A-Z][a-z])"
    r"[.!?…]+[\"”’)\]]*\s+(?=[\"“‘(\[`A-ZÀ-Þ0-9@])"
)
_SHORTEST_SENTENCE = 8
_DEPTH = {"(": 1, "[": 1, "（": 1, ")": -1, "]": -1, "）": -1}

# ------------------------------------------------------------------------ named fields

_VALUE_END = re.compile(
    r"[\n;|()（）；。\[\]]|\s[–—·-]\s|(?<!\d)\.\s+(?=[A-ZÀ-Þ@📅])|(?<=\d{4})\.\s+|,\s+|[、，]\s*"
)
"""What ends a field's value; a comma only before the next field's word."""
_COLON = re.compile(r"(?:\((?:s|es|n|en|in)\))?[ \t]{0,3}(?:::|[:：=])[ \t]{0,8}")
_DASH = re.compile(r"[ \t]{1,3}[–—-]{1,2}[ \t]{1,3}(?=\S)")
"""What stands between a field's name and its value."""
_WITHIN_WORD = frozenset("/@#&?='’")
_BETWEEN = re.compile(r"[\s,;|.·()\[\]–—-]*")
_BEFORE_FIELD = re.compile(r"(?:[\n,;|.·:([]|\s[–—-])[\s(\[]*\Z|\A[\s(\[]*\Z")
"""What sets a field apart from the words before it."""
_OPENS_FIELD = re.compile(r"[\n([]\s*\Z")
_CERTAIN = frozenset({"owner", "due", "priority"})
"""Names that hardly stand before a colon in a sentence, as `status:` does."""
_FENCE = "```"
"""What code opens with, which states no fields."""

# --------------------------------------------------------------------- unnamed fields

_HANDLE = r"(?<![\w./@])@(?P<login>[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9][\w.-]{0,99})?)(?![\w@])"
_HANDLES = re.compile(_HANDLE)
_HANDLES_LAST = re.compile(r"(?:(?:[\s,&/]|(?<=\s)and\s)*@[\w-]+(?:/[\w.-]+)?){1,8}\Z")
_HANDLE_LED = re.compile(rf"\s*(?:\w{{2,10}}(?: to)?\s*:?\s*)?{_HANDLE}", re.IGNORECASE)
_HANDLE_OPENS = re.compile(rf"{_HANDLE}\s*(?:[:：]|[–—-](?=\s))\s*")
_BRACKET = re.compile(r"[(\[（](?P<inside>[^()\[\]（）]{1,160})[)\]）]")
_BRACKET_LAST = re.compile(rf"{_BRACKET.pattern}\Z")
_JOINT = re.compile(r"\s+[–—-]{1,2}\s+|\s*[,;|·，、；]\s*")
_DASHES = re.compile(r"\s+[–—-]{1,2}\s+|\s+[|·]\s+")
_COMMAS = re.compile(r"\s*[,;|]\s+")
_JOINT_BEFORE = re.compile(r"(?:\s+[–—-]{1,2}|[\s,;:|·，、；])+\Z")
_JOINTS_LAST = re.compile(r"(?:\s+[–—-]{1,2}|[\s,;:|·，、；.*~])+\Z")
_LEVEL = re.compile(r"(?P<level>P[0-5]|critical|high|medium|low|urgent)(?: priority| prio)?", re.IGNORECASE)
_LEVEL_LAST = re.compile(r"P[0-5]\Z", re.IGNORECASE)
_TYPE = re.compile(
    r"prevent(?:ion|ive|ative)?|detect(?:ion|ive)?|mitigat(?:e|ion)|process|repair|investigat(?:e|ion)|corrective",
    re.IGNORECASE,
)
_CALENDAR = re.compile(r"📅\s*(?P<date>\d{4}-\d{2}-\d{2})")
_CALENDAR_SIGN = re.compile(r"📅\s*\Z")
_DATE_ENDS = re.compile(r"[\w.,/ -]{6,24}?(?=\s*(?:[)\],;|]|\.?\s*\Z|\s[–—-]\s|\n))")
"""A date that says when, rather than one in the middle of a sentence, stands before an end of some kind."""
_DAY_SIGNS = tuple("日일號号")
_QUARTER = re.compile(
    r"(?:[QT][1-4]|H[12])(?:[ /-]?['’]?(?:\d{4}|\d{2}))?|\d{4}[ /-]?[QT][1-4]", re.IGNORECASE
)
_PART_BEFORE = re.compile(r"(?:[,;.(]|\s[–—-])\s*\Z")
_NAME_AFTER = re.compile(r"\s+@?(?P<name>[A-Za-z][\w.-]*?(?: [A-ZÀ-Þ][\w-]*){0,2})\s*(?=[,;)\]]|\.?\Z)")
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: (?:& )?[^\W\d_][\w.'’-]*){0,2}")
_UNSPACED_NAME = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,5}")
_SIGNS = re.compile(r"[:：=]|\s[–—-]")
_VALUE_EDGES = " .,;-–—*_、，"
_EDGES = " \t\r\n*_~:：-–—•·([|,;."
_FEW_WORDS = 3
_LONGEST_PROSE = 4000
_LONGEST_TITLE = 256
_UNFINISHED = re.compile(r"wip|todo|in progress", re.IGNORECASE)
_PARTED = re.compile(r"\s*[,;|]\s+|\s+[–—-]\s+")
_LEVEL_EDGE = re.compile(r"(?i:\A\W{0,4}P[0-5]\b(?=\W)|\bP[0-5](?=\W*\Z))")
_DATE_IN_BRACKETS = re.compile(r"[(\[]\s*(?P<date>\d{4}-\d{2}-\d{2})\b")
_NAMES_ALONE = re.compile(r"(?:[A-Z][\w'’.-]*(?: (?:and |& )?[A-Z][\w'’.-]*){0,3}(?:, [A-Z][\w'’.-]*){0,3})")
_MARK_LAST = re.compile(
    r"[✅✔☑✓]\ufe0f?\Z"
    r"|(?<=[-–—:.;,] )(?:done|completed?|fixed)(?:\s+(?:on\s+)?\d{4}-\d{2}-\d{2})?\Z",
    re.IGNORECASE,
)
_TICKET_LAST = re.compile(
    r"(?<![\w/#-])(?:(?:[\w.-]{1,100}/[\w.-]{1,100})?#\d{1,7}|[A-Z][A-Z0-9_]{1,11}-\d{1,7}|https?://\S+)\Z"
)
_TICKET_WORDS = re.compile(
    r"\W{0,2}(?:(?:see|the|tracking|tracked|github|gh|gitlab|in)\W)?"
    r"(?:jira|link|issue|ticket|pr|bug|mr|task|story|epic|pull request|[\w./-]*#\d+|[A-Z]{2,10}-\d+)s?"
    r"(?:\W{0,2}(?:link|issue|ticket|#?\d+))?\W{0,2}",
    re.IGNORECASE,
)
_BEFORE_TICKET = re.compile(r"\b(?:tracked in|see|issue|ticket|pr|bug|jira)\W{1,3}\Z", re.IGNORECASE)
_APART = re.compile(r"[-–—:.,;!?|\n]\s*\Z")
_IN_PASSING = re.compile(r"\b(?:in|of|from|like|by|with|to|the|as|than|on|see)\s*\Z", re.IGNORECASE)
_NAME_TO = re.compile(
    r"(?P<name>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)?"
    r"(?:(?:,| and| &) [A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)?){0,3}) to (?=\w)"
)
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


@dataclass(frozen=True, slots=True)
class Field:
    """A field that was read.

    Attributes:
        name: owner, due, priority, type, status, ticket; `mark` for a sign or word that says done.
        value: what it says.
        start: where it stands in the flat text.
        end: just past it.
    """

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class End:
    """Fields that stand together at an end of the text: `(Olga, by 2026-03-28)`.

    Attributes:
        start: where they begin, with what parts them from the words before.
        fields: what they are.
    """

    start: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class EntryText:
    """An entry's text, taken apart.

    Attributes:
        flat: its first paragraph.
        start: where its own words begin, behind its box, number, and the fields that open it.
        topic: bold words before the head that only say what it is about (`Monitoring`).
        head: the first sentence, or the bold lead-in.
        behind: where the words behind the head begin.
        head_ends: the fields that the head ends with, the last one first.
        ends: likewise of the whole.
        fields: what all fields say, the surest of each name.
    """

    flat: Flat
    start: int
    topic: str
    head: Span
    behind: int
    head_ends: tuple[End, ...]
    ends: tuple[End, ...]
    fields: Fields

    def head_fields(self) -> tuple[Field, ...]:
        """The fields that the head ends with."""
        return tuple(field for end in self.head_ends for field in end.fields)


def read_entry(paragraph: str, below: str, vocabulary: Vocabulary) -> EntryText:
    """Takes an entry's text apart.

    Args:
        paragraph: the Markdown of its first paragraph.
        below: the Markdown that belongs to it besides, where fields may stand by name.
        vocabulary: the words.
    """
    flat = flatten(paragraph.strip())
    reader = _Reader(flat, vocabulary)
    opening, start = reader.opening()
    topic, head, behind = reader.head(start)
    whole = (start, len(flat.text))
    ends = reader.ends(*whole)
    head_ends = ends if behind >= len(flat.text) else reader.ends(*head)
    outer = flatten(below[:_LONGEST].partition(_FENCE)[0])
    beneath = _Reader(outer, vocabulary)
    behind_team = opening[0].end if opening and opening[0].name == "owner" else 0
    found = [field for field in (*reader.named, *beneath.named) if field.start >= behind_team]
    found += [field for end in ends for field in end.fields]
    found += [*opening, *reader.anywhere(), *beneath.dues()]
    found += [field for end in head_ends for field in end.fields]
    found += reader.doer(start)
    return EntryText(flat, start, topic, head, behind, head_ends, ends, _settle(found))


def _settle(found: list[Field]) -> Fields:
    """What the fields say together: the first of each name, be it a placeholder."""
    said: dict[str, str] = {}
    for field in found:
        said.setdefault(field.name, field.value)
    return Fields(**{name: said.get(name) or None for name in ("owner", "due", "priority", "type", "status")})


def _match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _is_lead_in(flat: Flat, start: int) -> bool:
    """Whether the first bold words open the text, before what they head, and are no part of a sentence."""
    text, (begin, end) = flat.text, flat.bold or (0, 0)
    if not start < end <= begin + _LONGEST_BOLD or (begin > start and re.search(r"\w", text[start:begin])):
        return False
    after = text[end : end + _FAR]
    return (
        not after.strip()
        or after.lstrip(" ").startswith(("\n", "("))
        or bool(_BOLD_ENDS.search(text, start, end) or after[: _match_end(_AFTER_BOLD, after, 0)].strip())
    )


def sentence_end(text: str) -> int:
    """Where the first sentence ends, its blank included: not within brackets, nor after a mere word."""
    depth = at = 0
    for end in _SENTENCE.finditer(text):
        depth += sum(_DEPTH.get(char, 0) for char in text[at : end.end()])
        at = end.end()
        if depth <= 0 and end.start() > _SHORTEST_SENTENCE:
            return end.end()
    return len(text)


@dataclass(frozen=True)
class _Reader:
    """Reads the fields of one flat text."""

    flat: Flat
    vocabulary: Vocabulary

    @property
    def text(self) -> str:
        return self.flat.text

    # -------------------------------------------------------------------------- by name

    @cached_property
    def named(self) -> tuple[Field, ...]:
        """The fields with a name before a colon; a value ends where the next one begins."""
        text, known = self.text, self.vocabulary.table("fields", *NAMES)
        if not _SIGNS.search(text):
            return ()
        labels = [
            (found.name, found.start, joint.end())
            for found in known.find_in(text[:_LONGEST])
            if (joint := _COLON.match(text, found.end) or self._dash_after(found))
            and not (found.start and text[found.start - 1] in _WITHIN_WORD)
        ]
        limits = [*(start for _, start, _ in labels[1:]), len(text)]
        return tuple(
            Field(name, self._clean(name, text[value:end]), start, end)
            for (name, start, value), limit in zip(labels, limits, strict=False)
            if (end := self._value_end(value, min(limit, value + _LONGEST_VALUE)))
            and text[value:end].strip(_VALUE_EDGES)
        )

    def _named_at(self, start: int) -> Field | None:
        """The named field that begins at `start`."""
        at = bisect_left(self.named, start, key=lambda field: field.start)
        return self.named[at] if at < len(self.named) and self.named[at].start == start else None

    def _dash_after(self, found: Found) -> re.Match[str] | None:
        """The dash of `(Owner – Olga)`, where nothing but a field can stand."""
        is_apart = found.name in _CERTAIN and _OPENS_FIELD.search(
            self.text, max(0, found.start - _NEAR), found.start
        )
        return _DASH.match(self.text, found.end) if is_apart else None

    def _value_end(self, start: int, limit: int) -> int:
        """Where a field's value ends, at the latest at `limit`."""
        for found in _VALUE_END.finditer(self.text, start, limit):
            if found.group()[:1] not in ",、，":
                return found.start()
            following = words_of(self.text[found.end() : found.end() + _LONGEST_DATE])
            if self.vocabulary.until().at(following) or self.vocabulary.table("fields", *NAMES).at(following):
                return found.start()
        return limit

    def _clean(self, name: str, value: str) -> str:
        """A named field's value; empty for one that only holds the place."""
        if name == "ticket" and is_unfilled(value, self.vocabulary):
            return ""
        cleaners = {"owner": clean_owner, "due": clean_due, "priority": clean_level, "type": clean_level}
        value = value.strip(_VALUE_EDGES)
        return (cleaners[name](value, self.vocabulary) or "") if name in cleaners else value

    # ------------------------------------------------------------------- at the beginning

    def opening(self) -> tuple[list[Field], int]:
        """The fields that open the text, and where the words behind them and a number begin."""
        fields: list[Field] = []
        at = 0
        for _ in range(_MOST):
            field, end = self._opening_at(at)
            if field:
                fields.append(field)
            if end == at or not self.text[end:].strip(_EDGES):
                break
            at = end
        return fields, at

    def _opening_at(self, at: int) -> tuple[Field | None, int]:
        """A field that opens the text behind `at`, and the end of what opens it there."""
        text = self.text
        team = _TEAM.match(text, at)
        if team and is_team(team["name"], self.vocabulary):
            return Field("owner", team["name"], *team.span("name")), at if team["doer"] else team.end()
        named = self._named_at(at)
        if named and named.name != "status" and (after := _AFTER_FIELD.match(text, named.end)):
            is_next = after.group().startswith(",") and self._named_at(after.end()) is None
            return None, at if is_next else after.end()
        handle = _HANDLE_OPENS.match(text, at)
        if handle and not self.flat.is_code(handle.start("login") - 1):
            return Field("owner", handle["login"], *handle.span("login")), handle.end()
        level = _LEVEL_FIRST.match(text, at)
        if level and (level["joint"] or text[at] in "([" or self.flat.is_code(at)):
            return Field("priority", level["level"].upper(), *level.span("level")), level.end()
        lead = _LEAD.match(text, at)
        if lead and self.vocabulary.is_lead(lead["lead"]):
            return None, lead.end()
        bold = self.flat.bold
        if bold and bold[0] == at and _NUMBER.fullmatch(text, *bold):
            return None, bold[1]
        return None, _match_end(_OPENING, text, at)

    # --------------------------------------------------------------------------- the head

    def head(self, start: int) -> tuple[str, Span, int]:
        """Returns the topic, the head, and where the words behind it begin."""
        text, topic = self.text, ""
        if self.flat.bold and _is_lead_in(self.flat, start):
            end = self.flat.bold[1]
            behind = _match_end(_AFTER_BOLD, text, end)
            ends = self.ends(start, end)
            words = text[start : ends[-1].start if ends else end].strip(" \n:：.–—-")
            says_enough = len(_WORD.findall(words)) > 1 and not self.vocabulary.announce(words).category
            if words and (says_enough or behind >= len(text)) and len(words) <= _LONGEST_TITLE:
                return "", (start, end), behind
            if words:
                start, topic = _match_end(_OPENING, text, behind), words
        end = start + sentence_end(text[start:])
        return topic, (start, end), end

    # --------------------------------------------------------------------------- anywhere

    def anywhere(self) -> Iterator[Field]:
        """The fields without a name that count wherever they stand."""
        yield from self._owners_by_word()
        for bracket in _BRACKET.finditer(self.text):
            start, end = bracket.span("inside")
            if handle := _HANDLE_LED.match(self.text, start, end):
                yield Field("owner", handle["login"], start, end)
            yield from self._level(start, end)
        if handle := _HANDLES.match(self.text):
            yield Field("owner", handle["login"], *handle.span())
        if level := _LEVEL_EDGE.search(self.text):
            yield Field("priority", level.group().upper(), *level.span())
        yield from self.dues()

    def dues(self) -> Iterator[Field]:
        """The dates that say by when."""
        for pattern in (_CALENDAR, _DATE_IN_BRACKETS):
            for found in pattern.finditer(self.text):
                if iso := read_date(found["date"], self.vocabulary):
                    yield Field("due", iso, *found.span())
        for start, at in find_untils(self.text[:_LONGEST_PROSE], self.vocabulary):
            stated = _DATE_ENDS.match(self.text, at)
            if stated and (iso := read_date(stated.group(), self.vocabulary)):
                yield Field("due", iso, start, stated.end())

    def _owners_by_word(self) -> Iterator[Field]:
        """`, owner alice`."""
        for found in self.vocabulary.phrases("fields", "owner").find_in(self.text):
            after = _NAME_AFTER.match(self.text, found.end)
            if after and _PART_BEFORE.search(self.text, max(0, found.start - _NEAR), found.start):
                yield Field("owner", after["name"], found.start, after.end("name"))

    def _level(self, start: int, end: int) -> Iterator[Field]:
        """The priority or type that some text in brackets is."""
        words = self.text[start:end].strip()
        if level := _LEVEL.fullmatch(words):
            value = level["level"]
            yield Field("priority", value.upper() if value[-1].isdigit() else value.capitalize(), start, end)
        elif _TYPE.fullmatch(words):
            yield Field("type", words.lower(), start, end)

    def doer(self, start: int) -> Iterator[Field]:
        """`Alice and Bob to automate the restore`."""
        found = _NAME_TO.match(self.text, start)
        if not found or self.vocabulary.is_work(found["name"]):
            return
        is_name = fold(found["name"]).split()[-1] not in _NOT_NAMES
        rest = self.text[found.end() :]
        if is_name and (self.vocabulary.is_work(rest) or rest.startswith(("be ", "do "))):
            yield Field("owner", found["name"], *found.span("name"))

    # ----------------------------------------------------------------------------- at an end

    def ends(self, start: int, end: int) -> tuple[End, ...]:
        """The fields that the text between `start` and `end` ends with, the last ones first."""
        found: list[End] = []
        for _ in range(_MOST):
            stop = _cut(_JOINTS_LAST, self.text, start, end)
            one = (
                self._named_end(start, end)
                or self._bracket_end(start, stop)
                or self._parted_end(start, stop)
                or self._bare_end(start, stop)
            )
            if one is None or not self.text[start : one.start].strip(_EDGES):
                break
            end = _cut(_JOINT_BEFORE, self.text, start, one.start)
            found.append(End(end, one.fields))
        return tuple(found)

    def _named_end(self, start: int, end: int) -> End | None:
        """A field with a name."""
        at = bisect_left(self.named, end, key=lambda field: field.start) - 1
        if (
            at < 0
            or self.named[at].start <= start
            or not _BETWEEN.fullmatch(self.text, min(self.named[at].end, end), end)
        ):
            return None
        field = self.named[at]
        before = _BEFORE_FIELD.search(self.text, max(start, field.start - _NEAR), field.start)
        if field.name in _CERTAIN or before:
            return End(before.start() if before else field.start, (field,))
        return None

    def _bracket_end(self, start: int, end: int) -> End | None:
        """Brackets that hold nothing but fields: `(Olga, by 2026-03-28)`."""
        bracket = _BRACKET_LAST.search(self.text, max(start, end - _FAR), end)
        if not bracket:
            return None
        inside = bracket.span("inside")
        fields, at = self._fields_before(*inside, _JOINT)
        words = bracket["inside"].strip()
        if at == inside[0] and fields:
            return End(bracket.start(), fields)
        is_owner = is_team(words, self.vocabulary) or (
            bracket.group()[0] == "[" and _NAMES_ALONE.fullmatch(words) and fold(words) not in _NOT_OWNERS
        )
        return End(bracket.start(), (Field("owner", words, *inside),)) if is_owner else None

    def _parted_end(self, start: int, end: int) -> End | None:
        """What stands behind a dash or a comma: `– Wei Zhang – Feb 28, 2026`, `, due 1 Aug 2026`."""
        window = max(start, end - _FAR)
        fields, at = self._fields_before(window, end, _DASHES)
        if fields and at > window and {field.name for field in fields} > {"owner"}:
            return End(at, fields)
        joints = list(_PARTED.finditer(self.text, window, end))
        fields = self._sure_fields(joints[-1].end(), end) if joints else ()
        return End(joints[-1].start(), fields) if fields else None

    def _bare_end(self, start: int, end: int) -> End | None:
        """What no joint has to set apart: `@ada @ben`, `📅 2026-03-01`, `by 2026-03-01`, `#12`, `✅`."""
        window = max(start, end - _FAR)
        found = _HANDLES_LAST.search(self.text, window, end)
        if found and (handles := self._handles(found.start(), end)):
            return End(found.start(), handles)
        begin, iso = self._date_before(window, end)
        if iso and not self.text[begin : begin + 1].isdigit():
            return End(begin, (Field("due", iso, begin, end),))
        if found := _MARK_LAST.search(self.text, window, end):
            return End(found.start(), (_mark(found.group(), *found.span()),))
        if (found := _LEVEL_LAST.search(self.text, window, end)) and self.flat.is_code(found.start()):
            return End(found.start(), tuple(self._level(*found.span())))
        return self._ticket_end(window, end)

    def _ticket_end(self, window: int, end: int) -> End | None:
        """A reference to an issue, or a link whose words say that it leads to one."""
        link = next((span for span in reversed(self.flat.links) if span[1] <= end), (0, 0))
        is_words = (
            link[1] == end and link[0] >= window and _TICKET_WORDS.fullmatch(self.text, *link) is not None
        )
        found = _TICKET_LAST.search(self.text, window, end)
        if not is_words and not found:
            return None
        begin = link[0] if is_words else found.start() if found else end
        is_link = is_words or self.text.startswith("http", begin)
        begin = _cut(_BEFORE_TICKET, self.text, window, begin)
        stands_alone = is_link and len(_WORD.findall(self.text, window, begin)) > 1
        is_apart = begin == window or _APART.search(self.text, window, begin)
        if not (is_apart or stands_alone) or _IN_PASSING.search(self.text, window, begin):
            return None
        says_more = not is_words or any(map(str.isdigit, self.text[begin:end]))
        return End(begin, (Field("ticket", self.text[begin:end] if says_more else "", begin, end),))

    # -------------------------------------------------------------------- one after another

    def _fields_before(self, start: int, end: int, joint: re.Pattern[str]) -> tuple[tuple[Field, ...], int]:
        """The fields before `end` that `joint` parts, and where they begin, or what parts them off.

        A name counts only beside something that can be nothing but a field.
        """
        found: list[Field] = []
        is_certain, in_brackets, at = False, joint is _JOINT, end
        for _ in range(_MOST):
            stop = start + len(self.text[start:at].rstrip())
            begin, iso = self._date_before(start, stop)
            if iso is None or not (
                begin == start or joint.search(self.text[max(start, begin - 4) : begin] + " ")
            ):
                begin, iso = (
                    max((one.end() for one in joint.finditer(self.text, start, stop)), default=start),
                    None,
                )
            fields = (Field("due", iso, begin, stop),) if iso else self._sure_fields(begin, stop, in_brackets)
            may_be_name = in_brackets or (is_certain and all(field.name != "owner" for field in found))
            is_certain |= bool(fields)
            if not fields and may_be_name and self._is_name(begin, stop, in_brackets):
                name = self.text[begin:stop].strip()
                if found and found[0].name == "owner":
                    after = found.pop(0)
                    name, stop = f"{name}, {after.value}", after.end
                fields = (Field("owner", name, begin, stop),)
            if not fields or begin >= stop:
                break
            found[:0] = fields
            at = _cut(_JOINTS_LAST, self.text, start, begin)
            if at == start:
                break
        if not is_certain:
            return (), end
        if any(field.name == "mark" for field in found):
            found = [
                _mark(field.value, field.start, field.end) if field.name == "due" else field
                for field in found
            ]
        return tuple(found), at

    def _sure_fields(self, start: int, end: int, in_brackets: bool = False) -> tuple[Field, ...]:
        """The fields that a part of the text is, all of it, whatever stands beside it."""
        start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        words = self.text[start:end].strip()
        if named := self._named_at(start):
            return (named,) if _BETWEEN.fullmatch(self.text, min(named.end, end), end) else ()
        begin, iso = self._date_before(start, end)
        if iso and begin == start and not words[0].isdigit():
            return (Field("due", iso, start, end),)
        if _HANDLES_LAST.fullmatch(words):
            return self._handles(start, end)
        if owner := self._owner_word(start, end):
            return (owner,)
        if _LEVEL.fullmatch(words) and (in_brackets or words[-1].isdigit()):
            return tuple(self._level(start, end))
        if in_brackets:
            return self._bracketed(words, start, end)
        return ()

    def _bracketed(self, words: str, start: int, end: int) -> tuple[Field, ...]:
        """What only brackets make a field of: a quarter, a type, a word for done, a reference."""
        bare = words_of(words)
        until = self.vocabulary.until().at(bare)
        quarter = " ".join(words.split()[until.end :]) if until else words
        mark = self.vocabulary.phrases("state", "marks").at(bare)
        if _QUARTER.fullmatch(quarter):
            return (Field("due", quarter, start, end),)
        if mark and all(word.isdecimal() or word == "on" for word in bare[mark.end :]):
            return (_mark(words, start, end),)
        if _TYPE.fullmatch(words):
            return tuple(self._level(start, end))
        if _UNFINISHED.fullmatch(words):
            return (Field("status", words, start, end),)
        ticket = self._ticket_end(start, end)
        return ticket.fields if ticket and ticket.start == start else ()

    def _handles(self, start: int, end: int) -> tuple[Field, ...]:
        return tuple(
            Field("owner", one["login"], *one.span())
            for one in _HANDLES.finditer(self.text, start, end)
            if not self.flat.is_code(one.start())
        )

    def _owner_word(self, start: int, end: int) -> Field | None:
        """`owner alice`."""
        found = self.vocabulary.phrases("fields", "owner").find_in(self.text[start:end])
        after = _NAME_AFTER.match(self.text, start + found[0].end, end) if found else None
        is_all = after and found[0].start == 0 and not self.text[after.end() : end].strip(" .")
        return Field("owner", after["name"], start, end) if after and is_all else None

    def _date_before(self, start: int, end: int) -> tuple[int, str | None]:
        """Where the date begins that `text[start:end]` ends with, or the word before it."""
        window = max(start, end - _LONGEST_DATE)
        text = self.text[window:end]
        found = find_date(text, self.vocabulary) if text[-1:].isdigit() or text[-1:] in _DAY_SIGNS else None
        if found is None or window + found.end < end:
            return end, None
        begin = window + found.start
        since = max(start, begin - _LONGEST_DATE)
        if sign := _CALENDAR_SIGN.search(self.text, since, begin):
            return sign.start(), found.iso
        before = words_in(self.text[since:begin])
        for count in range(min(_FEW_WORDS, len(before)), 0, -1):
            if self.vocabulary.until().all_of([word.bare for word in before[-count:]]):
                return since + before[-count].start, found.iso
        return begin, found.iso

    def _is_name(self, start: int, end: int, in_brackets: bool) -> bool:
        """Whether a part may name a person or a team: up to three words, the first with a capital.

        Behind a dash it may be a login too, one word without.
        """
        part, vocabulary = self.text[start:end].strip(), self.vocabulary
        if _UNSPACED_NAME.fullmatch(part):
            return True
        words = words_of(part)
        is_login = not in_brackets and " " not in part and not vocabulary.any_of("topic", "term").has(words)
        return (
            bool(_NAME.fullmatch(part))
            and (part[0].isupper() or is_login)
            and not vocabulary.is_work(part)
            and not vocabulary.is_past(part)
            and not vocabulary.is_placeholder(part)
            and not vocabulary.phrases("state", "marks").has(words)
            and vocabulary.months().name_of(words) is None
        )


def fields_alone(markdown: str, vocabulary: Vocabulary) -> tuple[Field, ...]:
    """The named fields that a line of Markdown is, and nothing else: `Owner: Ada, due: 2026-03-01`."""
    reader = _Reader(flatten(markdown), vocabulary)
    ends = [0, *(field.end for field in reader.named)]
    starts = [*(field.start for field in reader.named), len(reader.text)]
    gaps = (reader.text[end:start] for end, start in zip(ends, starts, strict=True))
    return () if any(char.isalnum() for gap in gaps for char in gap) else reader.named


def _mark(words: str, start: int, end: int) -> Field:
    """A sign or word for done, of which nothing else has to tell but a date beside it."""
    return Field("mark", words if any(map(str.isdigit, words)) else "", start, end)


def _cut(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Where `text[start:end]` ends without what `pattern` finds at its end."""
    found = pattern.search(text, max(start, end - _FAR), end)
    return found.start() if found else end
