"""An entry's text, parsed once: what opens it, what it says, and its fields, each where it stands.

    **A1:** [P1] Platform team: Pin the image. It has moved. (Olga, due: 2026-03-28)
    └─────── opening ─────────┘└─── head ───┘ └── rest ──┘ └─────── an end ───────┘

It is read over the flat text of its Markdown. What was read as a field leaves title and body where it stands
at their ends; nothing else ever does. An owner, as any field, is the first of these that there is:

    by name                      `Owner: Ada`, `, owner ada`, in the text or on a line below
    at the end of the text       `(Ada, by 2026-03-28)`, `– Ada – P1 – this week`, `@ada`, `[Ada]`,
                                 `(SRE team)`, and `(Ada)`, `– Ada` where the document has them; see `places`
    at its beginning             `Platform team: …`, `@ada: …`, `TODO(ada): …`, and of whom the document
                                 knows, `[Ada] …`, `(Ada) …`, `Ada: …`, `Ada – …`
    anywhere                     `(@ada)`, `Fix the lag. @ada is on it`
    at the first sentence's end  as at the end of the text
    before what is to be done    `Ada and Ben to automate the restore`
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pmsync.extract.fields.ends import End
from pmsync.extract.fields.inline import FAR, JOINTS, LONGEST, NEAR, Field
from pmsync.extract.fields.links import Mention, column_links, find_mentions, find_tickets, is_key
from pmsync.extract.fields.names import NOBODY, Owners
from pmsync.extract.fields.openings import Openings
from pmsync.extract.fields.values import NAMES, Fields
from pmsync.extract.structure.flat import Flat, flatten
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_LABEL = re.compile(r"[^:：]*[:：]\s*")
_OPEN_SIGNS = (":", "：", "[ ]")
"""`Done when: …`, `Closed:`, `[ ] Done`"""
_OPENS = re.compile(r"(?:[.;!]|\s[–—-])\s+\Z")
"""What a sentence, or a part set apart, begins behind: `Fix the lag. @ada is on it`."""
_MOST_OWN = 12
"""Lines below an entry that may state its fields."""
_ATTRIBUTE = re.compile(
    r"^[ \t]*+\|[ \t]*+(?P<name>[^|\s][^|\n]{0,40}?)[ \t]*+"
    r"\|[ \t]*+(?P<value>[^|\s][^|\n]{0,120}?)[ \t]*+\|[ \t]*+$",
    re.MULTILINE,
)
"""A row of a table that states the fields of what stands above it: `| Owner | Ada |`."""
_FENCE = "```"
"""What code opens with, which states no fields."""


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
        is_done: words at an end say that it is done.
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
    is_done: bool = False


def read_entry(paragraph: str, below: str, vocabulary: Vocabulary, owners: Owners = NOBODY) -> EntryText:
    """Takes an entry's text apart.

    Args:
        paragraph: the Markdown of its first paragraph.
        below: the Markdown that belongs to it besides, where fields may stand by name.
        vocabulary: the words.
        owners: what the document shows of owners besides; see `pmsync.extract.fields.places`.
    """
    flat = flatten(paragraph.strip())
    mentions = find_mentions(flat.markdown)
    own = tuple(find_tickets(flat.markdown, mentions))
    reader = _Reader(flat, vocabulary, own, owners)
    opening, start = reader.opening()
    ends = reader.ends(start, len(flat.text))
    topic, head, behind = reader.head(start, ends[-1].start if ends else len(flat.text))
    head_ends = ends if behind >= len(flat.text) else reader.ends(*head)
    below = _spell_out(below[:LONGEST].partition(_FENCE)[0], vocabulary)
    beneath = _Reader(flatten(below), vocabulary, owners=owners)
    # The surest first: see the list at the top.
    found = [*reader.named, *beneath.named, *_all_fields(ends), *opening, *reader.anywhere(), *beneath.dues()]
    found += [*_all_fields(head_ends), *reader.doer(start)]
    said: dict[str, str | None] = {}
    for field in found:
        said.setdefault(field.name, field.value or None)
    fields = Fields(*map(said.get, ("owner", "due", "priority", "type", "status")))
    stated = (beneath.flat.source(one.start, one.end) for one in beneath.named if one.name == "ticket")
    tickets = [*(one.target for one in own), *(link for words in stated for link in _links_stated(words))]
    is_done = any(
        field.name == "mark" for field in (*_all_fields(ends), *_all_fields(head_ends), *opening)
    ) or _says_done(below, vocabulary)
    ticket = tickets[0] if tickets else None
    return EntryText(flat, mentions, ticket, start, topic, head, behind, head_ends, ends, fields, is_done)


def _spell_out(below: str, vocabulary: Vocabulary) -> str:
    """Text with the rows of a table that states fields turned to `Owner: Ada`; any other is about figures."""
    fields = vocabulary.table("fields", *NAMES)
    named = sum(bool(fields.all_of(words_of(row["name"]))) for row in _ATTRIBUTE.finditer(below))
    return _ATTRIBUTE.sub(r"\g<name>: \g<value>", below) if named > 1 else below


def _links_stated(words: str) -> tuple[str, ...]:
    """The links and keys that a field for them states: `Jira: CORE-12`."""
    return column_links(_LABEL.sub("", words, count=1))


def _all_fields(ends: Iterable[End]) -> Iterator[Field]:
    return (field for end in ends for field in end.fields)


def fields_alone(markdown: str, vocabulary: Vocabulary) -> tuple[Field, ...]:
    """The named fields that a line of Markdown is, and nothing else: `Owner: Ada, due: 2026-03-01`."""
    reader = _Reader(flatten(markdown), vocabulary)
    return reader.named if all(is_key(gap.strip(JOINTS)) for gap in reader.gaps()) else ()


def _says_done(below: str, vocabulary: Vocabulary) -> bool:
    """Whether what stands below an entry says no more beside fields than that it is done.

    A line of its own does, not of an entry within it: `Due: 2026-03-01. Done.`, or, where nothing else
    stands there but fields, `Done (3 March)`.
    """
    lines = [line for line in below.split("\n") if line.strip()]
    depth = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    own = [line for line in lines if len(line) - len(line.lstrip()) == depth]
    marks = vocabulary.phrases("state", "marks")
    if len(own) > _MOST_OWN or not any(len(line) <= FAR and marks.has(words_of(line)) for line in own):
        return False
    readers = [_Reader(flatten(line[:FAR]), vocabulary) for line in own]
    names = [field.name for reader in readers for field in reader.named]
    if len(names) > len(set(names)) or {"status", "blank"} & set(names):
        return False
    done = [reader for reader in readers if reader.says_done()]
    has_more = any(reader.gaps() for reader in readers if not reader.says_done())
    return len(done) == 1 and (bool(done[0].named) or not has_more)


class _Reader(Openings):
    """Reads the fields of one flat text."""

    def gaps(self) -> list[str]:
        """The words between the named fields; a colon behind those that a field's name goes on with."""
        ends = [0, *(field.end for field in self.named)]
        starts = [*(field.start for field in self.named), len(self.text)]
        gaps = [self.text[end:start] for end, start in zip(ends, starts, strict=True)]
        gaps = [f"{gap}:" if gap[-2:-1].isalnum() else gap for gap in gaps[:-1]] + gaps[-1:]
        return [gap for gap in gaps if any(map(str.isalnum, gap))]

    def says_done(self) -> bool:
        """Whether it says no more beside fields than that something is done."""
        gaps = self.gaps()
        return bool(gaps) and all(map(self._is_done, gaps))

    def _is_done(self, words: str) -> bool:
        """Whether words say nothing but that it is done, and on which day."""
        bare = words_of(words)
        mark = self.vocabulary.phrases("state", "marks").at(bare)
        if mark is None or any(sign in words for sign in _OPEN_SIGNS):
            return False
        since = bare[mark.end :]
        is_ahead = any(self.vocabulary.until().at(since, at) for at in range(len(since)))
        return not since or (not is_ahead and self.says_day(since))

    def anywhere(self) -> Iterator[Field]:
        """The fields without a name that count wherever they stand."""
        for one in self.handles:
            before = self.text[max(0, one.start - NEAR) : one.start]
            opens = _OPENS.search(before) and one.value.islower() and "/" not in one.value
            if before.endswith(("(", "[")) or (one.is_sure and (not before or opens)):
                yield one
        last = self._stop(0, len(self.text))
        yield from (one for one in self.levels() if one.start == 0 or one.end == last)
        yield from self.dues()

    def dues(self) -> Iterator[Field]:
        """The dates that say by when."""
        for date in self.dates:
            around = self.text[max(0, date.start - 1) : date.end + 1]
            is_apart = around.startswith((f"({date.value}", f"[{date.value}")) and not around[-1].isalnum()
            closes = date.is_sure and around[-1] in ")]"
            opens_line = date.is_sure and self.text[: date.start].rstrip(" \t*_").endswith("\n")
            opens = date.is_sure and date.start == 0 and around[-1] in ",:"
            before = self.text[max(0, date.start - NEAR) : date.start]
            opens |= date.is_sure and bool(_OPENS.search(before))
            is_set_off = date.is_sure and before.endswith(", ") and self.text.startswith(" (", date.end)
            if is_apart or closes or opens or is_set_off or opens_line or around[:2].endswith("📅"):
                yield date
