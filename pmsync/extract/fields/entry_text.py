"""An entry's text, parsed once: what opens it, what it says, and its fields, each where it stands.

    **A1:** [P1] Platform team: Pin the image. It has moved. (Olga, due: 2026-03-28)
    └─────── opening ─────────┘└─── head ───┘ └── rest ──┘ └─────── an end ───────┘

It is read over the flat text of its Markdown. What was read as a field leaves title and body where it stands
at their ends; nothing else ever does. An owner, as any field, is the first of these that there is:

    by name                      `Owner: Ada`, `, owner ada`, in the text or on a line below
    at the end of the text       `(Ada, by 2026-03-28)`, `– Ada – May 8, 2026`, `@ada`, `[Ada]`, `(SRE team)`,
                                 `(Ada)` where most of the document's entries end with an owner
    at its beginning             `Platform team: …`, `@ada: …`
    anywhere                     `(@ada)`
    at the first sentence's end  as at the end of the text
    before what is to be done    `Ada and Ben to automate the restore`
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pmsync.extract.fields.dates import find_dates, find_uncertain
from pmsync.extract.fields.links import Mention, find_mentions, find_tickets, lead_in
from pmsync.extract.fields.state import is_done_remark
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.fields.values import NAMES, Fields, clean, is_team
from pmsync.extract.structure.flat import Flat, flatten
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.phrases import Found
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_LONGEST = 20_000
"""Characters of an entry's paragraph, and of what stands below it, in which fields are looked for."""
_LONGEST_VALUE = 120
_LONGEST_TITLE = 256
_LONGEST_BOLD = 300
_FAR = 200
_NEAR = 8
_MOST = 8
"""Things read one after another at one end of a text."""
_FEW_WORDS = 2
_WORD = re.compile(r"[^\W\d_]{2,}")
_EDGES = " \t\r\n*_~:：-–—•·([|,;.→»"
_JOINTS = " \t\n,;:|·，、；.–—-→»"
"""What stands between fields."""

# ------------------------------------------------------------------- at the beginning

_NUMBERED = r"(?:AI|AP|CA|PA|REC|ACT|ACTION|ITEM|TASK|FIX|REM|FU|CAPA)[-_ .#]?\d{1,3}"
SHORTCODE = re.compile(r"(?<![\w:`]):(?:[a-z][a-z0-9_+-]{1,40}:(?![\w:`])|[a-z]{1,30}(?:_[a-z]{1,30}){1,5}:)")
"""`:warning:`; of several words, also before a letter."""
_OPENING = re.compile(
    rf"(?:{SHORTCODE.pattern}|\[[ xX✓✔✅☑]?\ufe0f?\](?![(\[:])|[\s✅✔☑✓⬜☐🔄❌🔲\ufe0f]|\d\ufe0f?\u20e3"
    r"|[(\[](?i:done|completed?|fixed|wip|todo)[)\]]"
    rf"|[(\[](?:{_NUMBERED}|(?!P[0-5]\b)[A-Z][-.]?\d{{1,2}})[)\]](?:\s*[:：–—-](?=\s))?"
    rf"|(?:{_NUMBERED}|(?!S3|H2|K8|M5|C5|T3|R5|L[2-7]|V\d|X\d)[A-Z][-.]?\d{{1,2}})"
    r"(?:\s*[.):：]|\s+[–—-])(?:\s*[:：–—-])?(?=\s)"
    r"|\d{1,3}[.):](?=\s))"
)
"""A box that Markdown makes none of, signs and words of state, a number (`A1:`, `[P-3]`, `1)`)."""
_NUMBER = re.compile(r"[A-Z]{1,2}[-.]?\d{1,2}[.):]?")
_LEAD = re.compile(r"(?P<lead>[A-Za-zÀ-ÿ -]{2,40}?(?:\s\d{1,3})?)\s*[:：]\s*(?=\S)")
_TEAM = re.compile(
    r"[(\[]?(?P<name>[^\W\d_][\w&/+.’'-]*(?: [\w&/+.’'-]+){0,3})[)\]]?(?:\s?[:：]\s+|(?P<doer> to )(?=\w))"
)
_AFTER_FIELD = re.compile(r"(?:[)\]]|\s[–—·|-](?=\s)|[,;|.:](?=\s)|[：\n])+\s*(?=\S)")
_BOLD_ENDS = re.compile(r"[:：.–—-]\s*\Z")
"""What parts a bold lead-in from what follows; bold words of a sentence are no lead-in."""
_AFTER_BOLD = re.compile(r"(?:[\s:：–—-]|\.(?=\s))*")
_SENTENCE = re.compile(
    r"(?<![.\s][A-Za-z])(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)(?<!cf)(?<!approx)(?<!resp)(?<!\bp)(?<!\b[A-Z][a-z])"
    r"[.!?…]+[\"”’)\]]*\s+(?=[\"“‘(\[`A-ZÀ-Þ0-9@])"
)
_STOP = re.compile(r"[.!?…。][\"”’)\]]*\Z")
_SHORTEST_SENTENCE = 8
_DEPTH = {"(": 1, "[": 1, "（": 1, ")": -1, "]": -1, "）": -1}

# ------------------------------------------------------------------------ named fields

_VALUE_END = re.compile(
    r"[\n;|()（）；。\[\]]|\s[–—·-]\s|(?<!\d)(?<!\b\w)\.\s+(?=[A-ZÀ-Þ@📅])|(?<=\d{4})\.\s+|,\s+|[、，]\s*|(?=📅)"
)
"""What ends a field's value; a comma only before the next field's word."""
_COLON = re.compile(r"(?:\((?:s|es|n|en|in)\)|\.)?[ \t]{0,3}(?:::|[:：=»])[ \t]{0,8}")
_WITHIN_WORD = frozenset("/@#&?='’")
_CERTAIN = frozenset({"owner", "due", "priority"})
"""Names that hardly stand before a colon in a sentence, as `status:` does."""
_FENCE = "```"
"""What code opens with, which states no fields."""
_NAME_AFTER = re.compile(
    r"\s+(?:[–—-] )?@?(?P<name>[A-Za-z][\w.-]*?(?: [A-ZÀ-Þ][\w-]*){0,2})\s*(?=[,;)\]]|\.?\Z)"
)

# --------------------------------------------------------------------- unnamed fields

_HANDLE = re.compile(
    r"(?<![\w./@])@(?P<login>[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:/[A-Za-z0-9][\w.-]{0,99})?)(?![\w@])"
)
_MAIL = re.compile(
    r"(?<![\w./@+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,4}(?![\w@])"
)
_BRACKET = re.compile(r"[(\[（](?P<inside>[^()\[\]（）]{1,160})[)\]）]")
_BRACKET_LAST = re.compile(rf"{_BRACKET.pattern}\Z")
_JOINT = re.compile(r"\s+[–—-]{1,2}\s+|\s*[,;|·，、；]\s*")
_APART = re.compile(r"(?:\s[–—-]{1,2}|[,;|·，、；.(\[\n→»])\s*\Z")
_DASH = re.compile(r"\s[–—-]{1,2}\s")
_DASHES = re.compile(r"\s+[–—-]{1,2}\s+|\s+[|·→»]\s+|[.;]\s+")
_LEVEL = re.compile(r"\bP[0-5]\b", re.IGNORECASE)
_QUARTER = re.compile(
    r"\b(?:(?:[QT][1-4]|H[12])(?:[ /-]?['’]?(?:\d{4}|\d{2}))?|\d{4}[ /-]?[QT][1-4])\b", re.IGNORECASE
)
_SIGN = re.compile(rf"[✅✔☑✓]\ufe0f?|{SHORTCODE.pattern}")
_DONE_WHEN = re.compile(r",?\s+(?:on\s+)?\d+(?:[./-]\d+)*")
_PAGE = re.compile(r"https?://[^\s()<>]+")
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: (?:& )?[^\W\d_][\w.'’-]*){0,2}|[A-ZÀ-Þ][a-zß-ÿ]+/[A-ZÀ-Þ][a-zß-ÿ]+")
_NAME_TO = re.compile(
    r"(?P<name>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)?"
    r"(?:(?:,| and| &) [A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)?){0,3}) to (?=\w)"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field that was read.

    Attributes:
        name: owner, due, priority, type, status, ticket; `mark` for a sign or word that says done.
        value: what it says; empty where nothing has to be told of it.
        start: where it stands in the flat text.
        end: just past it.
        is_sure: it can be nothing but a field, whatever stands around it.
        more: what it says that its value does not.
    """

    name: str
    value: str
    start: int
    end: int
    is_sure: bool = True
    more: str = ""


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
        mentions: the trackers' links and keys in that.
        ticket: the one of them that is the item's own tracker.
        start: where its own words begin, behind its box, number, and the fields that open it.
        topic: bold words before the head that only say what it is about (`Monitoring`).
        head: the first sentence, or the bold lead-in.
        behind: where the words behind the head begin.
        head_ends: the fields that the head ends with, the last one first.
        ends: likewise of the whole.
        fields: what all fields say, the surest of each name.
    """

    flat: Flat
    mentions: tuple[Mention, ...]
    ticket: str | None
    start: int
    topic: str
    head: Span
    behind: int
    head_ends: tuple[End, ...]
    ends: tuple[End, ...]
    fields: Fields


def read_entry(
    paragraph: str, below: str, vocabulary: Vocabulary, names: frozenset[str] = frozenset()
) -> EntryText:
    """Takes an entry's text apart.

    Args:
        paragraph: the Markdown of its first paragraph.
        below: the Markdown that belongs to it besides, where fields may stand by name.
        vocabulary: the words.
        names: owners, also where nothing in brackets beside them says so; see `find_names`.
    """
    flat = flatten(paragraph.strip())
    mentions = find_mentions(flat.markdown)
    own = tuple(find_tickets(flat.markdown, mentions))
    reader = _Reader(flat, vocabulary, own, names)
    opening, start = reader.opening()
    ends = reader.ends(start, len(flat.text))
    topic, head, behind = reader.head(start, ends[-1].start if ends else len(flat.text))
    head_ends = ends if behind >= len(flat.text) else reader.ends(*head)
    beneath = _Reader(flatten(below[:_LONGEST].partition(_FENCE)[0]), vocabulary)
    team = next((field.end for field in opening if field not in reader.by_start.values()), 0)
    # The surest first: see the list at the top.
    found = [field for field in reader.named if field.start >= team]
    found += [*beneath.named, *_all_fields(ends), *opening, *reader.anywhere(), *beneath.dues()]
    found += [*_all_fields(head_ends), *reader.doer(start)]
    said: dict[str, str | None] = {}
    for field in found:
        said.setdefault(field.name, field.value or None)
    fields = Fields(*map(said.get, ("owner", "due", "priority", "type", "status")))
    stated = (beneath.flat.source(one.start, one.end) for one in beneath.named if one.name == "ticket")
    tickets = [*own, *(mention for words in stated for mention in find_mentions(words))]
    ticket = tickets[0].target if tickets else None
    return EntryText(flat, mentions, ticket, start, topic, head, behind, head_ends, ends, fields)


def find_names(paragraphs: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """The names that stand alone, `(Bo)` or `– Bo`, where most of the entries end with an owner."""
    names: set[str] = set()
    led = count = 0
    for paragraph in paragraphs:
        reader = _Reader(flatten(paragraph.strip()[:_LONGEST]), vocabulary)
        ends = reader.ends(0, len(reader.text))
        name = reader.lone_name(ends[-1].start if ends else len(reader.text))
        names |= {name} if name else set()
        led += bool(name) or any(field.name == "owner" for field in _all_fields(ends))
        count += 1
    return frozenset(names) if led > 1 and led * 2 > count else frozenset()


def _all_fields(ends: Iterable[End]) -> Iterator[Field]:
    return (field for end in ends for field in end.fields)


def fields_alone(markdown: str, vocabulary: Vocabulary) -> tuple[Field, ...]:
    """The named fields that a line of Markdown is, and nothing else: `Owner: Ada, due: 2026-03-01`."""
    reader = _Reader(flatten(markdown), vocabulary)
    ends = [0, *(field.end for field in reader.named)]
    starts = [*(field.start for field in reader.named), len(reader.text)]
    gaps = (reader.text[end:start] for end, start in zip(ends, starts, strict=True))
    return () if any(char.isalnum() for gap in gaps for char in gap) else reader.named


def sentence_end(text: str) -> int:
    """Where the first sentence ends, its blank included: not within brackets, nor after a mere word."""
    depth = at = 0
    for end in _SENTENCE.finditer(text):
        depth += sum(_DEPTH.get(char, 0) for char in text[at : end.end()])
        at = end.end()
        if depth <= 0 and end.start() > _SHORTEST_SENTENCE:
            return end.end()
    return len(text)


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


def _match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


@dataclass(frozen=True)
class _Reader:
    """Reads the fields of one flat text."""

    flat: Flat
    vocabulary: Vocabulary
    own: tuple[Mention, ...] = ()
    names: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        return self.flat.text

    # -------------------------------------------------------------- what stands anywhere

    @cached_property
    def named(self) -> tuple[Field, ...]:
        """The fields with a name, before a colon or the like; a value ends where the next one begins."""
        text, known = self.text[:_LONGEST], self.vocabulary.table("fields", *NAMES)
        labels: list[tuple[Found, Span]] = []
        for label in known.find_in(text):
            span = self._value(label)
            if span[0] and not (label.start and text[label.start - 1] in _WITHIN_WORD):
                labels.append((label, span))
        limits = [*(label.start for label, _ in labels[1:]), len(text)]
        fields = []
        for (label, (value, latest)), limit in zip(labels, limits, strict=False):
            words = text[value : self._value_end(value, min(limit, latest))]
            end = value + len(words.rstrip(_JOINTS)) if words.strip(_JOINTS) else label.end
            name = label.name if end > label.end else "blank"
            cleaned = clean(name, words.strip(_JOINTS), self.vocabulary) or ""
            more = self._more(name, cleaned, value, end)
            fields.append(Field(name, cleaned, label.start, end, label.name in _CERTAIN, more))
        return tuple(fields)

    def _more(self, name: str, value: str, start: int, end: int) -> str:
        """What a named field says that its value does not: "soon", or words beside a date."""
        words = self.text[start:end]
        at = bisect_right(self.dates, start, key=lambda date: date.end) if name == "due" else len(self.dates)
        for date in self.dates[at : at + 1]:
            if date.value == value:
                words = words[: max(0, date.start - start)] + words[date.end - start :]
                return "" if is_done_remark(words, self.vocabulary) else words
        return "" if value or is_unfilled(words, self.vocabulary) else words

    def _value(self, found: Found) -> Span:
        """Where the value behind a field's name begins, and ends at the latest; (0, 0) where there is none.

        It stands behind a colon; an owner's name may follow at once where a part of a sentence says no more
        (`, owner alice`).
        """
        if joint := _COLON.match(self.text, found.end):
            return joint.end(), joint.end() + _LONGEST_VALUE
        name = _NAME_AFTER.match(self.text, found.end) if found.name == "owner" else None
        is_apart = _APART.search(self.text, max(0, found.start - _NEAR), found.start)
        return name.span("name") if name and is_apart else (0, 0)

    def _value_end(self, start: int, limit: int) -> int:
        """Where a field's value ends, at the latest at `limit`."""
        for found in _VALUE_END.finditer(self.text, start, limit):
            if found.group()[:1] not in ",、，":
                return found.start()
            following = words_of(self.text[found.end() : found.end() + _FAR // 8])
            known = (
                self.vocabulary.until(),
                self.vocabulary.table("fields", *NAMES),
                self.vocabulary.phrases("state", "marks"),
            )
            if any(phrases.at(following) for phrases in known):
                return found.start()
        return limit

    @cached_property
    def dates(self) -> tuple[Field, ...]:
        """The dates and quarters; a date is sure behind a word that says by when, or a 📅."""
        text = self.text[:_LONGEST]
        untils = {one.end: one.start for one in self.vocabulary.until().find_in(text)}
        days = {one.end: one.start for one in self.vocabulary.phrases("weekdays").find_in(text)}
        said = [(date.start, date.end, date.iso, True) for date in find_dates(text, self.vocabulary)]
        vague = (*_QUARTER.finditer(text), *find_uncertain(text))
        said += [(*one.span(), one.group(), False) for one in vague]
        fields = []
        for start, end, value, is_date in said:
            at = self._end_before(start, " :：,\n")
            if at in days:
                start = days[at]
                at = self._end_before(start, " :：\n")
            led = at - 1 if text[max(0, at - 1) : at] == "📅" else untils.get(at, start)
            fields.append(Field("due", value, led, end, is_date and led < start))
        return tuple(sorted(fields, key=lambda date: date.end))

    def _end_before(self, at: int, blanks: str) -> int:
        """Where the text just before `at` ends, without `blanks`."""
        before = self.text[max(0, at - _NEAR) : at]
        return at - len(before) + len(before.rstrip(blanks))

    @cached_property
    def handles(self) -> tuple[Field, ...]:
        """`@ada`, `ada@example.com`, but not in code."""
        found = [(one["login"], one, True) for one in _HANDLE.finditer(self.text[:_LONGEST])]
        found += [(one.group(), one, False) for one in _MAIL.finditer(self.text[:_LONGEST])]
        return tuple(
            Field("owner", login, *one.span(), is_sure)
            for login, one, is_sure in found
            if not self.flat.is_code(one.start())
        )

    def _levels(self) -> Iterator[Field]:
        """`P1`, sure in code."""
        for one in _LEVEL.finditer(self.text[:_LONGEST]):
            yield Field("priority", one.group().upper(), *one.span(), self.flat.is_code(one.start()))

    def _marks(self) -> Iterator[Field]:
        """What says that the entry is done; nothing else has to tell that but a date beside it."""
        text = self.text[:_LONGEST]
        for sign in _SIGN.finditer(text):
            yield Field("mark", "", *sign.span())
        for found in self.vocabulary.phrases("state", "marks").find_in(text):
            end = _match_end(_DONE_WHEN, text, found.end)
            yield Field("mark", text[found.end : end], found.start, end, is_sure=False)

    def _references(self) -> Iterator[Field]:
        """The references to the item's own tracker, with the words that lead them in."""
        for page in _PAGE.finditer(self.text[:_LONGEST]):
            yield Field("link", page.group(), *page.span(), is_sure=False)
        for mention in self.own:
            start, end = (bisect_left(self.flat.offsets, at) for at in (mention.start, mention.end))
            words = self.text[start:end]
            says_more = any(map(str.isdigit, words))
            if mention.words and not (says_more and len(words.split()) <= _FEW_WORDS):
                known = self.vocabulary.phrases("fields", "ticket").all_of(words_of(words))
                if not known:
                    continue
            start -= lead_in(self.text[max(0, start - 3 * _NEAR) : start])
            is_sure = len(_WORD.findall(self.text, max(0, start - _FAR), start)) > 1
            yield Field("ticket", words if says_more else "", start, end, is_sure)

    @cached_property
    def by_end(self) -> dict[int, Field]:
        """The fields by where they end."""
        every = (
            *self.dates,
            *self._levels(),
            *self._marks(),
            *self._references(),
            *self.handles,
            *self.named,
        )
        return {field.end: field for field in every}

    @cached_property
    def by_start(self) -> dict[int, Field]:
        """Those fields by where they begin that may open a text."""
        named = (field for field in self.named if field.name not in {"status", "blank"})
        return {field.start: field for field in (*self._levels(), *self.handles, *named)}

    # ------------------------------------------------------------------ at the beginning

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
        field = self.by_start.get(at + (text[at : at + 1] in {"(", "["}))
        after = _AFTER_FIELD.match(text, field.end) if field else None
        if field and (after or (field.name == "priority" and field.is_sure)):
            end = after.end() if after else field.end
            if after is None or not after.group().startswith(",") or end in self.by_start:
                return field, end
        lead = _LEAD.match(text, at)
        if lead and self.vocabulary.is_lead(lead["lead"]):
            return None, lead.end()
        bold = self.flat.bold
        if bold and bold[0] == at and _NUMBER.fullmatch(text, *bold):
            return None, bold[1]
        return None, _match_end(_OPENING, text, at)

    def head(self, start: int, limit: int) -> tuple[str, Span, int]:
        """Returns the topic, the head, and where the words behind it begin; behind `limit` stand fields."""
        text, topic = self.text, ""
        if self.flat.bold and _is_lead_in(self.flat, start):
            end = self.flat.bold[1]
            behind = _match_end(_AFTER_BOLD, text, end)
            ends = self.ends(start, end)
            words = text[start : ends[-1].start if ends else end].strip(" \n:：.–—-")
            says_enough = len(_WORD.findall(words)) > 1 and not self.vocabulary.announce(words).category
            if words and (says_enough or behind >= limit) and len(words) <= _LONGEST_TITLE:
                return "", (start, end), behind
            if words:
                start, topic = _match_end(_OPENING, text, behind), words
        end = start + sentence_end(text[start:limit])
        if end >= limit:
            end = limit if _STOP.search(text, max(start, limit - _NEAR), limit) else len(text)
        return topic, (start, end), end

    # --------------------------------------------------------------------------- anywhere

    def anywhere(self) -> Iterator[Field]:
        """The fields without a name that count wherever they stand."""
        for one in self.handles:
            if self.text[one.start - 1] in "([" if one.start else one.is_sure:
                yield one
        for bracket in _BRACKET.finditer(self.text[:_LONGEST]):
            yield from self._bracketed(*bracket.span("inside"))
        last = self._stop(0, len(self.text))
        yield from (one for one in self._levels() if one.start == 0 or one.end == last)
        yield from self.dues()

    def dues(self) -> Iterator[Field]:
        """The dates that say by when."""
        for date in self.dates:
            around = self.text[max(0, date.start - 1) : date.end + 1]
            is_apart = around.startswith((f"({date.value}", f"[{date.value}")) and not around[-1].isalnum()
            if is_apart or around[:2].endswith("📅"):
                yield date

    def doer(self, start: int) -> Iterator[Field]:
        """`Alice and Bob to automate the restore`."""
        found = _NAME_TO.match(self.text, start)
        if not found or self.vocabulary.is_work(found["name"]):
            return
        is_name = not self.vocabulary.phrases("nobody").all_of(words_of(found["name"])[-1:])
        rest = self.text[found.end() :]
        if is_name and (self.vocabulary.is_work(rest) or rest.startswith(("be ", "do "))):
            yield Field("owner", found["name"], *found.span("name"))

    # ----------------------------------------------------------------------------- at an end

    def ends(self, start: int, end: int) -> tuple[End, ...]:
        """The fields that the text between `start` and `end` ends with, the last ones first."""
        ends: list[End] = []
        at = end
        for _ in range(_MOST):
            stop = self._stop(start, at)
            if bracket := _BRACKET_LAST.search(self.text, max(start, stop - _FAR), stop):
                fields = self._in_bracket(bracket)
                found = [End(bracket.start(), fields)] if fields else []
            else:
                found = [End(field.start, (field,)) for field in reversed(self._run(start, stop))]
            found = [one for one in found if self.text[start : one.start].strip(_EDGES)]
            if not found:
                break
            ends += (replace(one, start=self._stop(start, one.start, keep_stop=True)) for one in found)
            at = ends[-1].start
        return tuple(ends)

    def lone_name(self, end: int) -> str:
        """What may be a name, `(Bo)` or `– Bo`, that stands alone before `end`; empty where there is none."""
        stop = self._stop(0, end)
        bracket = _BRACKET_LAST.search(self.text, max(0, stop - _FAR), stop)
        dash = max((one.end() for one in _DASH.finditer(self.text, max(0, stop - _FAR), stop)), default=0)
        if not bracket and not dash:
            return ""
        span = bracket.span("inside") if bracket else (dash, stop)
        name = self.text[slice(*span)].strip()
        is_field = bracket is not None and (
            bracket.group().startswith("[") or bool(self._in_bracket(bracket))
        )
        return name if self._is_name(*span, in_brackets=True) and not is_field else ""

    def _stop(self, start: int, end: int, *, keep_stop: bool = False) -> int:
        """Where the text between `start` and `end` ends without what parts fields."""
        last = start + len(self.text[start:end].rstrip())
        if last in self.by_end:
            return last
        return start + len(self.text[start:end].rstrip(_JOINTS.replace(".", "") if keep_stop else _JOINTS))

    def _in_bracket(self, bracket: re.Match[str]) -> tuple[Field, ...]:
        """What brackets hold that hold only fields: `(Olga, by 2026-03-28)`, `[Rick]`, `(SRE team)`."""
        start, end = bracket.span("inside")
        fields = self._run(start, end, in_brackets=True)
        if fields and not self.text[start : fields[0].start].strip():
            return fields
        words = bracket["inside"].strip()
        is_square = bracket.group().startswith("[")
        if (
            words in self.names
            or is_team(words, self.vocabulary)
            or (is_square and self._is_name(start, end, in_brackets=True))
        ):
            return (Field("owner", words, start, end),)
        return ()

    def _run(self, start: int, end: int, *, in_brackets: bool = False) -> tuple[Field, ...]:
        """The fields before `end`, one behind the other.

        A name counts only beside something that can be nothing but a field, and outside of brackets a date
        behind a dash only beside a name: so much else stands there.
        """
        found: list[Field] = []
        kept: tuple[Field, ...] = ()
        at = end
        for _ in range(_MOST):
            field = self._field_before(start, self._stop(start, at), bool(found), in_brackets)
            if field is None:
                break
            names = [one for one in found[:1] if field.name == one.name == "owner"]
            if names:
                field = replace(field, value=f"{field.value}, {names[0].value}", end=names[0].end)
                found.pop(0)
            found.insert(0, field)
            at = field.start
            has_owner = any(one.name == "owner" for one in found)
            is_settled = any(one.is_sure or one.name != "owner" for one in found)
            if is_settled and (
                in_brackets or has_owner or all(one.is_sure or one.name != "due" for one in found)
            ):
                kept = tuple(found)
        if any(one.name == "mark" for one in kept):
            kept = tuple(replace(one, name="mark") if one.name == "due" else one for one in kept)
        return kept

    def _field_before(self, start: int, end: int, has_more: bool, in_brackets: bool) -> Field | None:
        """The field that `text[start:end]` ends with."""
        field = self.by_end.get(end)
        if field and field.start >= start:
            before = self.text[max(start, field.start - _NEAR) : field.start]
            is_apart = not before.strip() or _APART.search(before)
            if field.is_sure or is_apart:
                return field
        joints = _JOINT if in_brackets else _DASHES
        begin = max((one.end() for one in joints.finditer(self.text, start, end)), default=start)
        stated = self._bracketed(begin, end) if in_brackets else ()
        is_level = bool(stated) and stated[0].name == "priority"
        may_be_name = in_brackets or (begin > start and has_more)
        if (
            may_be_name
            and not is_level
            and self._is_name(begin, end, in_brackets)
            and (has_more or not stated)
        ):
            return Field("owner", self.text[begin:end].strip(), begin, end, is_sure=False)
        return stated[0] if stated else None

    def _bracketed(self, start: int, end: int) -> tuple[Field, ...]:
        """What only brackets make a field of: a level, words for a state."""
        words = self.text[start:end].strip()
        if _LEVEL.fullmatch(words):
            return (Field("priority", words.upper(), start, end),)
        if self.vocabulary.phrases("levels").all_of(words_of(words)):
            return (Field("priority", words.split()[0].capitalize(), start, end),)
        if self.vocabulary.phrases("state", "unfinished").all_of(words_of(words)):
            return (Field("state", words, start, end),)
        return ()

    def _is_name(self, start: int, end: int, in_brackets: bool) -> bool:
        """Whether a part may name a person or a team: up to three words, the first with a capital.

        Behind a dash it may be a login too, one word without.
        """
        part, vocabulary = self.text[start:end].strip(), self.vocabulary
        words = words_of(part)
        is_known = vocabulary.table("fields").all_of(words) or vocabulary.phrases("nobody").all_of(words)
        is_login = not in_brackets and " " not in part and not vocabulary.any_of("topic", "term").has(words)
        return (
            bool(_NAME.fullmatch(part))
            and not is_known
            and (is_login or not part[0].islower())
            and not vocabulary.is_work(part)
            and not vocabulary.is_past(part)
            and not vocabulary.is_placeholder(part)
            and not vocabulary.phrases("state", "marks").has(words)
            and vocabulary.months().name_of(words) is None
        )
