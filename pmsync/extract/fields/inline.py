"""The fields that stand anywhere in a text: by name, dates, handles, levels, marks, references."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pmsync.extract.fields.dates import find_dates, find_uncertain
from pmsync.extract.fields.links import Mention, lead_in
from pmsync.extract.fields.names import NOBODY, Owners, are_names, is_first_name
from pmsync.extract.fields.state import is_ahead, is_done_remark
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.fields.values import LOGIN, NAMES, clean
from pmsync.extract.structure.flat import Flat
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.phrases import Found
from pmsync.lexicon.vocabulary import FIELD_SIGNS, Vocabulary
from pmsync.lexicon.words import words_in, words_of

LONGEST = 20_000
"""Characters of an entry's paragraph, and of what stands below it, in which fields are looked for."""
NEAR = 8
FAR = 200
JOINTS = " \t\n,;:|/·，、；。.–—-=>→»"
"""What stands between fields."""
APART = re.compile(r"(?:\s(?:[–—-]{1,2}|/)|[,;|·，、；.()（）【】\[\]\n→»])\s*\Z")
WORD = re.compile(r"[^\W\d_]{2,}")
SHORTCODE = re.compile(r"(?<![\w:`]):(?:[a-z][a-z0-9_+-]{1,40}:(?![\w:`])|[a-z]{1,30}(?:_[a-z]{1,30}){1,5}:)")
"""`:warning:`; of several words, also before a letter."""

_LONGEST_VALUE = 120
_FEW_WORDS = 2

NO_TITLE = (
    r"(?<!\b(?:Mr|Ms|Dr|Fr|Hr|Fa|Sr))(?<!\b(?:Mrs|Sra|Dra|[Ss]ig|Mme|[Ii]ng|[Ll]ic|[Aa]vv))"
    r"(?<!\b(?:[Pp]rof|[Dd]ott))"
)
"""A full stop behind this ends more than the title of a person (`Prof. Hahn`)."""
_VALUE_END = re.compile(
    r"[\n;|()（）【】；。\[\]]|\s[–—·-]\s|\s→(?=\S)"
    rf"|(?<!\d)(?<!\b\w){NO_TITLE}\.\s+(?=[A-ZÀ-Þ@📅])"
    r"|(?<=\d{4})\.\s+(?!\d)|(?P<soft>,\s+|,(?=[\u3040-\u9fff])|[、，]\s*|\.\s+(?=[A-ZÀ-Þ]))"
    rf"|(?=[{''.join(FIELD_SIGNS)}])"
)
"""What ends a field's value; a comma, and the full stop of an initial, only before the next field's word."""
_INITIAL_LAST = re.compile(r"(?<!\w)[A-ZÀ-Þ]\Z")
_ROLE = re.compile(r" \((?P<inside>[^()\n]{1,40})\)(?=[ \t.]*(?:\n|\Z)|\.\s)")
"""`SRE (Ada)`, `Ada (Legal)`, at the end of a line or sentence."""
_COLON = re.compile(r"(?:\((?:s|es|n|en|in)\)|\.)?[ \t]{0,16}(?:::|[:：=»])[ \t]{0,8}")
_WITHIN_WORD = (*"/@#&?='’~", '~"')
_DATED = "dated"
"""Names that are those of a due date only before a date (`Planned: 1 March 2026`)."""
_CERTAIN = frozenset({"owner", "due", "priority"})
"""Names that hardly stand before a colon in a sentence, as `status:` does."""
_NAME_AFTER = re.compile(
    r"\.?\s+(?:[–—-] )?@?(?P<value>[A-Za-z][\w.-]*?(?: [A-ZÀ-Þ][\w-]*){0,2})"
    r"\s*(?=[,;·|)\]]|\s[–—-]\s|\.?\Z)"
)

_DAY_AFTER = re.compile(r"\s+[–—-]\s+(?P<value>(?:[^\W\d_]{3,14}\.? )?\d[^.;|()\[\]]*)")
_HANDLE = re.compile(
    rf"(?<![\w./@]){LOGIN}(?:(?: [A-ZÀ-Þ][\w’'-]+){{1,2}}(?=\s*(?:\Z|[@,;|)\]\n])|\s[–—-]\s))?"
)
"""`@ada`, and where nothing that could go on with it follows, `@Ada Byron`."""
_BLANK_DAY = re.compile(r" \d")
"""What makes a date of a handle: `@March 3`."""
_MENTION = re.compile(
    r"(?<![\w./@])@(?=\w{1,40} [A-ZÀ-Þ]\.|\w{0,40}[À-ž])[A-ZÀ-Þ][\w’'-]+"
    r"(?:(?: [A-ZÀ-Þ][\w’'.-]*){1,2}(?=\s*(?:\Z|[@,;:|)\]\n])|\s[–—-]\s))?"
)
"""`@Noémie Lavaud`, `@Clarisse T.`: people, and no logins."""
_SURNAME = re.compile(r" [A-ZÀ-Þ][\w’'-]+(?=\s?[:：]\s|\s(?:to|will)\s)")
_MAIL = re.compile(
    r"(?<![\w./@+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,4}(?![\w@])"
)
_KEYED = re.compile(r"(?:[A-Z]{2,10}-|[\w./-]{0,60}#)\d+(?!\w)")
_LEVEL = re.compile(
    r"\[#(?P<org>[A-E])\]|~\"(?:priority::)?(?P<label>P?[0-5])\"|~priority::(?P<scoped>P?[0-5])\b|(?<!~)\b(?P<bare>P[0-5])\b",
    re.IGNORECASE,
)
"""`P1`, GitLab's labels: `~"P1"`, `~"priority::1"`, and Org's `[#A]`."""
_LEVEL_SIGNS = {"🔺": "Highest", "⏫": "High", "🔼": "Medium", "🔽": "Low", "⏬": "Lowest"}
_LEVEL_SIGN = re.compile(rf"[{''.join(_LEVEL_SIGNS)}]\ufe0f?")
_FIELD_SIGN = re.compile(
    rf"(?:^[ \t>*+-]{{0,8}}|(?P<joint>[–—,;|·(]) ?)(?P<sign>[{''.join(FIELD_SIGNS)}])"
    r"\ufe0f?[ \t]{1,4}(?=[\w@])",
    re.MULTILINE,
)
"""`👤 Ada`"""
_SIGN_BEFORE = re.compile(r"(?<!\S)[\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f? \Z")
"""What decorates a field's name: `👤 Owner: Ada`."""
_DATE_SIGNS = {"✅": "mark", "❌": "mark", "➕": "tag", "🛫": "tag"}
"""What a date says behind a sign of Obsidian's tasks that is not 📅: done since, created, may be begun."""
_ARTICLE = re.compile(r"\b(?:the|den|dem|le|el|il|o|al|ngày) ?\Z", re.IGNORECASE)
"""What stands right before a date, maybe behind the day of the week."""
_DAY_BEHIND = re.compile(r"\s?[(（](?P<day>\w{1,10})\.?[)）]")
_LONGEST_BEHIND = 24
_QUARTER = re.compile(
    r"\b(?:(?:[QT][1-4]|H[12])(?:[ /-]?['’]?(?:\d{4}|\d{2}))?|\d{4}[ /-]?[QT][1-4])\b(?!\.\d)", re.IGNORECASE
)
_OWN_NUMBER = re.compile(r"\[?T\d{1,2}[\]:.)–—-]")
"""`[T1]`, `T2:`: the second task, and no quarter."""
_SIGN = re.compile(rf"[✅✔☑✓]\ufe0f?|{SHORTCODE.pattern}")
_BLANKS = re.compile(r"\s+")
_SHORT_WORD = re.compile(r"\s+(?:[a-z]{1,3}\s+)?")
"""`done on 1 March 2026`, `fait le 1er mars 2026`"""
_DONE_WHEN = re.compile(r",?\s+(?:on\s+)?\d+(?:[./-]\d+)*")
_PAGE = re.compile(r"https?://[^\s()<>]+")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that was read.

    Attributes:
        name: owner, due, priority, type, status, ticket; `sign` for one that says done, `mark` for words that
            do, `state` for others, `unfilled` for what only holds a place, `link` for a page's address.
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


def match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where what stands at `at` ends; `at` where the pattern does not match."""
    found = pattern.match(text, at)
    return found.end() if found else at


@dataclass(frozen=True)
class Inline:
    """One flat text, and the fields that stand anywhere in it.

    Attributes:
        flat: the text.
        vocabulary: the words.
        own: the mentions in it that are the item's own tracker.
        owners: what the document shows of owners besides.
    """

    flat: Flat
    vocabulary: Vocabulary
    own: tuple[Mention, ...] = ()
    owners: Owners = NOBODY

    @property
    def text(self) -> str:
        """The text as it is seen."""
        return self.flat.text

    def owner(self, start: int, end: int, *, is_sure: bool = True) -> Field:
        """The names that stand there, as a field; the full stop of an initial at their end is theirs."""
        end += self.text.startswith(".", end) and bool(_INITIAL_LAST.search(self.text, start, end))
        return Field("owner", self.text[start:end].strip().replace("@", ""), start, end, is_sure=is_sure)

    @cached_property
    def named(self) -> tuple[Field, ...]:
        """The fields with a name, before a colon or the like; a value ends where the next one begins."""
        text, known = self.text[:LONGEST], self.vocabulary.table("fields", _DATED, *NAMES)
        labels: list[tuple[Found, Span]] = []
        for label in known.find_in(text):
            span = (0, 0) if self._ends_team(label) or self._ends_level(label) else self._value(label)
            if span[0] and not text.endswith(_WITHIN_WORD, 0, label.start):
                labels.append((label, span))
        labels += self._signed({label.start for label, _ in labels})
        labels.sort(key=lambda one: one[0].start)
        limits = [*(label.start for label, _ in labels[1:]), len(text)]
        has_due = any(label.name == "due" for label, _ in labels)
        fields = []
        for (label, (value, latest)), limit in zip(labels, limits, strict=False):
            words = text[value : self._value_end(value, min(limit, latest))]
            end = value + len(words.rstrip(JOINTS)) if words.strip(JOINTS) else label.end
            is_owner = label.name == "owner" and clean("owner", words.strip(JOINTS), self.vocabulary)
            if is_owner and (role := self._role_at(end)):
                end, words = role, text[value:role]
            if label.name == "owner" and self._names_person(label, words):
                continue
            if label.name == "ticket" and self._leads_action(label, words):
                continue
            if label.name == _DATED and (has_due or not self._opens_with_date(value, end)):
                continue
            name = "blank" if end <= label.end else "due" if label.name == _DATED else label.name
            cleaned = clean(name, words.strip(JOINTS), self.vocabulary) or ""
            more = self._more(name, cleaned, value, end)
            sign = _SIGN_BEFORE.search(text, max(0, label.start - NEAR), label.start)
            start = sign.start() if sign else label.start
            fields.append(Field(name, cleaned, start, end, name in _CERTAIN, more))
        return tuple(fields)

    def _signed(self, told: set[int]) -> Iterator[tuple[Found, Span]]:
        """The signs that stand for a field's name, before no other (`👤 Owner: Ada`), and their values.

        A 📅 only where it opens a line; in one it stands right before a date, whatever follows that.
        """
        for one in _FIELD_SIGN.finditer(self.text, 0, LONGEST):
            name = FIELD_SIGNS[one["sign"]]
            if one.end() not in told and not (one["joint"] and name == "due"):
                yield Found(*one.span("sign"), name), (one.end(), one.end() + _LONGEST_VALUE)

    def _names_person(self, label: Found, value: str) -> bool:
        """Whether a word for the owner is a first name elsewhere, and work follows: `Kim: Verify it`."""
        is_person = is_first_name(self.text[label.start : label.end], self.vocabulary)
        return is_person and not are_names(value.strip(JOINTS), self.vocabulary)

    def _leads_action(self, label: Found, value: str) -> bool:
        """Whether a word for a ticket only says that an action follows: `Task: Add an alert`."""
        is_lead = self.vocabulary.is_lead(self.text[label.start : label.end])
        says_more = len(WORD.findall(value)) > _FEW_WORDS and not is_unfilled(value, self.vocabulary)
        return is_lead and says_more and not any(map(str.isdecimal, value))

    def _opens_with_date(self, start: int, end: int) -> bool:
        """Whether a value begins with a date."""
        return any(start <= date.start < start + NEAR and date.end <= end for date in self.dates)

    def _role_at(self, at: int) -> int:
        """Where the brackets behind an owner end that hold a role or a person and close the line; else 0."""
        role = _ROLE.match(self.text, at)
        if role is None or not are_names(role["inside"], self.vocabulary) or _LEVEL.search(role["inside"]):
            return 0
        is_level = self.vocabulary.phrases("levels").all_of(words_of(role["inside"]))
        return 0 if is_level else role.end()

    def _ends_team(self, label: Found) -> bool:
        """Whether a field's name is the last word of a team's: `data team: …`, `@qa-team: …`."""
        before = self.text[max(0, label.start - 2) : label.start]
        groups = self.vocabulary.phrases("fields", "group")
        is_after_word = before[:1].isalnum() and before[1:] in {" ", "-"}
        return is_after_word and bool(groups.all_of(words_of(self.text[label.start : label.end])))

    def _ends_level(self, label: Found) -> bool:
        """Whether a field's name is the last word of a level: `High priority: …`."""
        before = words_of(self.text[max(0, label.start - FAR // 8) : label.start])[-1:]
        return label.name == "priority" and bool(self.vocabulary.phrases("levels").all_of(before))

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

        It stands behind a colon. Where a part of a sentence says no more, an owner's name may follow at once
        (`, owner alice`), and a day behind a dash (`Due - 3 April`).
        """
        if joint := _COLON.match(self.text, found.end):
            return joint.end(), joint.end() + _LONGEST_VALUE
        groups = self.vocabulary.phrases("fields", "group")
        is_owner = found.name == "owner" and not groups.all_of(words_of(self.text[found.start : found.end]))
        form = _NAME_AFTER if is_owner else _DAY_AFTER if found.name == "due" else None
        after = form.match(self.text, found.end) if form else None
        is_apart = APART.search(self.text, max(0, found.start - NEAR), found.start)
        return after.span("value") if after and is_apart else (0, 0)

    def _value_end(self, start: int, limit: int) -> int:
        """Where a field's value ends, at the latest at `limit`, or where the bold words around it end."""
        first, last = self.flat.bold or (0, 0)
        limit = min(limit, last) if first == 0 and start < last else limit
        for found in _VALUE_END.finditer(self.text, start, limit):
            if not found["soft"]:
                return found.start()
            following = words_of(self.text[found.end() : found.end() + FAR // 8])
            known = (
                self.vocabulary.until(),
                self.vocabulary.table("fields", *NAMES),
                self.vocabulary.phrases("state", "marks"),
            )
            if any(phrases.at(following) for phrases in known) or _KEYED.match(self.text, found.end()):
                return found.start()
        return limit

    @cached_property
    def dates(self) -> tuple[Field, ...]:
        """The dates and quarters; a date is sure behind a word that says by when, or a 📅."""
        text = self.text[:LONGEST]
        untils = {one.end: one.start for one in self.vocabulary.until().find_in(text)}
        weekdays = self.vocabulary.phrases("weekdays").find_in(text)
        days = {one.end: one.start for one in weekdays if one.end - one.start > 1}  # `予定日` ends with none
        said = [(date.start, date.end, date.iso, True) for date in find_dates(text, self.vocabulary)]
        vague = (*_QUARTER.finditer(text, match_end(_OWN_NUMBER, text, 0)), *find_uncertain(text))
        said += [(*one.span(), one.group(), False) for one in vague]
        fields = []
        for start, end, value, is_date in said:
            at = self._end_before(start, " :：,\n")
            if at not in untils and (article := _ARTICLE.search(text, max(0, at - NEAR), at)):
                start = article.start()
                at = self._end_before(start, " :：,\n")
            if at in days:
                start = days[at]
                at = self._end_before(start, " :：\n")
            sign = text[max(0, at - 1) : at]
            led = at - 1 if sign in {"📅", "@", *_DATE_SIGNS} else untils.get(at, start)
            end, is_until = self._behind(end) if is_date else (end, False)
            name = _DATE_SIGNS.get(sign, "due")
            fields.append(Field(name, value, led, end, is_date and (is_until or led < start)))
        return tuple(sorted(fields, key=lambda date: date.end))

    def _behind(self, end: int) -> tuple[int, bool]:
        """Where what belongs to a date that ends at `end` does, and whether it says *by* then.

        The day of the week, the word for a year, a postposition: `（火）まで`, ` года`, `'ya kadar`.
        """
        day = _DAY_BEHIND.match(self.text, end)
        if day and self.vocabulary.phrases("weekdays").all_of(words_of(day["day"])):
            end = day.end()
        words = words_in(self.text[end : end + _LONGEST_BEHIND])
        bare = tuple(word.bare for word in words)
        if not words or self.text[end : end + words[0].start].strip(" '’"):
            return end, False
        if found := self.vocabulary.phrases("until_behind").at(bare):
            return end + words[found.end - 1].end, True
        if self.vocabulary.phrases("year").at(bare):
            end += words[0].end
            end += self.text[end : end + 1] == "."
        return end, False

    def _end_before(self, at: int, blanks: str) -> int:
        """Where the text just before `at` ends, without `blanks`."""
        before = self.text[max(0, at - NEAR) : at]
        return at - len(before) + len(before.rstrip(blanks))

    @cached_property
    def handles(self) -> tuple[Field, ...]:
        """`@ada`, `ada@example.com`, but not in code."""
        text, months = self.text[:LONGEST], self.vocabulary.months()
        spans = [
            (one.start(), self._surname_end(one), True)
            for one in _HANDLE.finditer(text)
            if not (months.all_of(words_of(one["login"])) and _BLANK_DAY.match(text, one.end()))
        ]
        spans += [(*one.span(), True) for one in _MENTION.finditer(text)]
        spans += [(*one.span(), False) for one in _MAIL.finditer(text)]
        return tuple(
            Field("owner", text[start:end].removeprefix("@"), start, end, is_sure)
            for start, end, is_sure in spans
            if not self.flat.is_code(start)
        )

    def _surname_end(self, handle: re.Match[str]) -> int:
        """Where a handle ends, with the surname behind a first name: `@Ada Byron: …`, `@Ada Byron to …`."""
        surname = _SURNAME.match(self.text, handle.end())
        if surname and is_first_name(handle["login"], self.vocabulary):
            return surname.end()
        return handle.end()

    def levels(self) -> Iterator[Field]:
        """`P1`, sure in code, and the signs of Obsidian's tasks."""
        for sign in _LEVEL_SIGN.finditer(self.text[:LONGEST]):
            yield Field("priority", _LEVEL_SIGNS[sign.group()[0]], *sign.span())
        for one in _LEVEL.finditer(self.text[:LONGEST]):
            is_sure = one.group().startswith(("~", "[")) or self.flat.is_code(one.start())
            yield Field("priority", (one[one.lastgroup or 0]).upper(), *one.span(), is_sure)

    def _marks(self) -> Iterator[Field]:
        """What says that the entry is done; nothing else has to tell that but a date beside it."""
        text = self.text[:LONGEST]
        for sign in _SIGN.finditer(text):
            yield Field("sign", "", *sign.span())
        dated = {date.start: date.end for date in self.dates}
        for found in self.vocabulary.phrases("state", "marks").find_in(text):
            if is_ahead(text[found.end : found.end + FAR], self.vocabulary):
                continue
            starts = (match_end(words, text, found.end) for words in (_BLANKS, _SHORT_WORD))
            ends = (dated[start] for start in starts if start in dated)
            end = next(ends, match_end(_DONE_WHEN, text, found.end))
            yield Field("mark", text[found.end : end], found.start, end, is_sure=False)

    def _references(self) -> Iterator[Field]:
        """The references to the item's own tracker, with the words that lead them in."""
        for page in _PAGE.finditer(self.text[:LONGEST]):
            yield Field("link", page.group(), *page.span(), is_sure=False)
        for mention in self.own:
            start, end = (bisect_left(self.flat.offsets, at) for at in (mention.start, mention.end))
            words = self.text[start:end]
            says_more = any(map(str.isdigit, words))
            if mention.words and not (says_more and len(words.split()) <= _FEW_WORDS):
                known = self.vocabulary.phrases("fields", "ticket").all_of(words_of(words))
                if not known:
                    continue
            start -= lead_in(self.text[max(0, start - 3 * NEAR) : start])
            is_sure = len(WORD.findall(self.text, max(0, start - FAR), start)) > 1
            yield Field("ticket", words if says_more else "", start, end, is_sure)

    @cached_property
    def by_end(self) -> dict[int, Field]:
        """The fields by where they end."""
        every = (
            *self.dates,
            *self.levels(),
            *self._marks(),
            *self._references(),
            *self.handles,
            *self.named,
        )
        return {field.end: field for field in every}
