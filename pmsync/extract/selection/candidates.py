"""What stands under a label → its entries: lists, tables, lines, HTML, and headings that are items."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from pmsync.extract.fields.entry_text import fields_alone
from pmsync.extract.fields.html_row import find_description
from pmsync.extract.fields.names import are_first_names
from pmsync.extract.rules.entry import ENTRY_RULES, Text
from pmsync.extract.rules.part import FACTS, FOOTER, INSTRUCTIONS, TIMELINE
from pmsync.extract.rules.rule import Rule
from pmsync.extract.rules.section import announces
from pmsync.extract.selection import lines as plain_lines
from pmsync.extract.selection.entries import Entry, Group
from pmsync.extract.selection.lines import bears_field, most, reads_as_task
from pmsync.extract.selection.reading import Reading
from pmsync.extract.structure.bullets import BOX, LINE_BULLET
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Line, Shape
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.announcement import Announcement, Rank
from pmsync.lexicon.words import fold, strip_numbering, words_of
from pmsync.model import Kind

Part = Block | tuple[Passage, ...]
"""What stands under a label: a block, or text; one-line paragraphs in a row are one."""

_HTML_ENTRY = re.compile(
    r"(?:(?P<li><li\b[^<>]*>)|(?P<tr><tr\b[^<>]*>\s*<td\b[^<>]*>)|(?P<p>(?<!\w)<p\b[^<>]*>))\s*",
    re.IGNORECASE,
)
_HTML_ENDS = re.compile(r"</(?:li|td|p)>", re.IGNORECASE)
_KEY = re.compile(r"(?:#|[A-Z]{2,10}-?)\d{3,}\s")
"""`PTASK0012051 Renew the certificates`; not `PROD-1 cluster`."""
_HINT = re.compile(r"(?P<mark>[*_])(?!(?P=mark))[^*_].*(?<!(?P=mark))(?P=mark)\Z", re.DOTALL)
_BOXED = re.compile(r"\[[ xX]?\]")

_STATED = frozenset({"owner", "due", "priority", "status", "blank"})
_BLANKS = " \t\r\n|"
_START = 200
_LONGEST_TEXT = 2000
_MANY_WORDS = 8
_FEWEST_OF_TASK = 4
_FEW_WORDS = 2
"""`Patch governance:` over entries is a topic; `Patch the hosts of:` is work."""


class Candidates:
    """Finds the entries in a section's parts, and notes why others are none."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.outline = reading.outline
        self.vocabulary = reading.vocabulary
        self._holders = cache(self._read_holders)
        self._holds_topics = cache(self._read_topics)
        self._led_alike = cache(self._read_led)

    def gather(self, part: Part, group: Group, *, forced: bool = False) -> None:
        """Takes the entries of one part into its group.

        Args:
            part: what stands under the label.
            group: where its entries go.
            forced: a person said that these are items: no doubt is raised about the whole.
        """
        doubts = {} if forced else self._doubts(part, group)
        block = part if isinstance(part, Block) else part[0].block
        if self.reading.decide(block, [rule for rule, holds in doubts.items() if holds], None):
            return
        if isinstance(part, tuple):
            self._gather_text(part, group, forced=forced)
        elif part.shape is Shape.LIST:
            self._gather_list(part, group)
        elif part.shape is Shape.TABLE:
            self.offer(*self.row_entries(part, group))
        elif part.shape is Shape.HTML:
            self.offer(*self._html_entries(part, group))

    def _doubts(self, part: Part, group: Group) -> dict[Rule[object], bool]:
        """Why a whole part may hold no action items."""
        if isinstance(part, tuple):
            lines = [line for passage in part for line in passage.lines]
            signature = self.vocabulary.phrases("signature")
            group.is_over |= bool(signature.all_of(words_of(lines[0].text)))
            return {
                TIMELINE: plain_lines.is_timeline([line.text for line in lines]),
                INSTRUCTIONS: all(_HINT.match("\n".join(line.text for line in it.lines)) for it in part),
                FOOTER: group.is_over or (group.holds_list and not plain_lines.has_bullets(lines)),
            }
        if part.shape is Shape.LIST:
            texts = _first_texts(part)
            gives_facts = any(map(self._is_field, texts)) and self._names_task(group.label)
            return {TIMELINE: plain_lines.is_timeline(texts), FACTS: gives_facts}
        if part.shape is Shape.TABLE:
            table = self.reading.table(part)
            return {TIMELINE: table.is_timeline, FACTS: table.is_facts}
        return {}

    def offer(self, *entries: Entry) -> None:
        """Takes entries into their groups, unless something speaks against one."""
        for entry in entries:
            rule = self.reading.decide(entry, ENTRY_RULES, self._text(entry))
            if rule is None:
                entry.group.take(entry)
            else:
                entry.group.holds_place |= rule.name == "placeholder"

    def _text(self, entry: Entry) -> Text:
        """An entry as the rules look at it."""
        row, table = entry.row, entry.table
        return Text(
            entry.heading or self.outline.clean[slice(*entry.paragraph)][:_LONGEST_TEXT],
            self.vocabulary,
            is_alone=entry.box is None
            and not self.outline.clean[entry.paragraph[1] : entry.end].strip(_BLANKS),
            has_form=entry.has_form,
            source=self.outline.clean[entry.start : entry.end],
            owner=table.cell_text(row, "owner") if table else "",
            due=table.cell_text(row, "due") if table else "",
        )

    # ---------------------------------------------------------------------------------- lists

    def _gather_list(self, block: Block, group: Group) -> None:
        children = self._with_fields(block)
        others = {child for child in children if not self._names_action(_text_of(child))}
        # Beside `- Action: …` stands `- What went well: …`.
        are_lessons = len(others) < len(children) and all(self._is_lesson(_text_of(one)) for one in others)
        for child in children:
            if are_lessons and child in others:
                entry = self.list_entry(child, group)
                self.reading.note(entry, "a lesson beside an action", taken=False)
            else:
                self.gather_entry(child, block, group)

    def _with_fields(self, block: Block) -> list[Block]:
        """The entries of a list, `- Action: …` with those behind it that state its fields."""
        kept: list[Block] = []
        for child in block.children:
            if kept and self._names_action(_text_of(kept[-1])) and self._states_field(child):
                kept[-1] = replace(kept[-1], end=child.end)
            else:
                kept.append(child)
        return kept

    def _names_action(self, text: str) -> bool:
        """Whether an entry begins with the name of what it is: `Action: …`."""
        lead, colon, _ = text.partition(":")
        return bool(colon) and self.vocabulary.is_lead(lead)

    def _is_lesson(self, text: str) -> bool:
        lead, colon, _ = text.partition(":")
        said = self.vocabulary.announce(lead) if colon else Announcement()
        is_lesson = said.rank in {Rank.OTHER, Rank.GENERAL} and not said.category
        return is_lesson and not reads_as_task(text, self.vocabulary)

    def _states_field(self, child: Block) -> bool:
        """Whether an entry is nothing but a field with a name: who, by when, how urgent, done or not."""
        text = child.children[0].text if len(child.children) == 1 else ""
        stated = self._stated([text]) if self._is_field(text) else set()
        return bool(stated) and stated <= _STATED

    def _stated(self, texts: Iterable[str]) -> set[str]:
        """The names of the fields that texts state, where each says nothing else."""
        return {field.name for text in texts for field in fields_alone(text, self.vocabulary)}

    def _is_field(self, text: str) -> bool:
        """Whether a text states a field of an item."""
        return self.vocabulary.is_field(plain(text[:_START]))

    def gather_entry(self, child: Block, block: Block, group: Group) -> None:
        """Takes an outer entry of a list, or those under it where it only groups them."""
        first = child.children[0] if child.children else None
        if first is None or first.shape not in {Shape.PARAGRAPH, Shape.HEADING}:
            for below in child.children:
                self.gather(below, group)
            return
        entry = self.list_entry(child, group)
        is_marked = self.reading.marks.within(entry.paragraph)
        if not is_marked and (actions := self._actions_below(child)):
            self.offer(*(self.list_entry(one, group) for one in actions))
            return
        said = self._category(child, block, entry)
        if said is None or is_marked:
            self.offer(entry)
            return
        title = plain(first.lines[0].text).rstrip(" :：")
        label = Section(title, said, first.lines[0], "entry", 10, parent=group.label, block=first)
        if said.rank is Rank.OTHER and not all(map(_BOXED.match, _texts_below(child))):
            self.reading.note(label, f"not taken: {announces(said)}", taken=False)
            return
        self.reading.note(label, "a category: the entries under it are the items", taken=True)
        under = Group(label, is_done=said.done or group.is_done)
        group.groups.append(under)
        for below in child.children[1:]:
            self.gather(below, under)

    def list_entry(self, child: Block, group: Group) -> Entry:
        """The entry that a list item is."""
        first = child.children[0]
        start, end = first.span
        box = BOX.match(self.outline.clean, start, end)
        return Entry(
            group,
            Kind.CHECKBOX if box else Kind.LIST,
            child.start,
            child.end,
            (box.end() if box else start, end),
            former=first.within if first.within and first.within[0] == start else None,
            within=first.within,
            box=box.span("mark") if box else None,
        )

    def _actions_below(self, child: Block) -> list[Block]:
        """The entries `- Action: …` below one that says what was found (`Lesson: …`)."""
        if self.vocabulary.announce(_text_of(child).partition(":")[0]).rank is not Rank.OTHER:
            return []
        inner = (one for below in child.children[1:] for one in below.children)
        return [one for one in inner if self._names_action(_text_of(one))]

    def _category(self, child: Block, block: Block, entry: Entry) -> Announcement | None:
        """What an outer entry announces, where it is only a category of the entries under it.

        It is one where its words are a known category, or where it is a bare label that names no work
        while the entries under it do.
        """
        inner = _texts_below(child)
        if all(map(self._is_field, inner)) and not any(map(self._names_action, inner)):
            return None
        title = plain(self.outline.clean[slice(*entry.paragraph)]).rstrip(" :：")
        said = self.vocabulary.announce(title)
        boxed = [bool(_BOXED.match(text)) for text in inner]
        is_task = self._is_task(title) or len(title.split()) > _MANY_WORDS
        if entry.box is not None:
            is_task = is_task or bears_field(title, self.vocabulary)
            return said if any(boxed) and not is_task else None
        group_work, has_task, are_topics = self._holders(block)
        if has_task and said.category:
            return None
        is_label = (_is_label(child) or are_topics) and group_work
        return said if said.exact or (not is_task and (is_label or all(boxed))) else None

    def _read_holders(self, block: Block) -> tuple[bool, bool, bool]:
        """What the entries of a list do that hold a list.

        Returns:
            Whether most of them group work, or people; whether the label of one is a task; whether they are
            topics: the entries below mostly say who, when or how urgent.
        """
        below = {child: texts for child in block.children if (texts := _texts_below(child))}
        labels = [_text_of(child).rstrip(" :：") if _is_label(child) else "" for child in below]
        people = most(are_first_names(label, self.vocabulary) for label in labels)
        inner = (text for texts in below.values() for text in texts if len(text.split()) > _FEWEST_OF_TASK)
        bearing = (bears_field(text, self.vocabulary) for text in inner)
        are_topics = most(bearing)
        are_headings = are_topics and all(labels) and len(labels) == len(block.children)
        group_work = most(map(self._name_work, below.values())) or people or are_headings
        return group_work, any(map(self._is_task, labels)), are_topics

    def _name_work(self, texts: Iterable[str]) -> bool:
        """Whether most of the texts of entries read as tasks."""
        written = (text for text in texts if not self.vocabulary.is_placeholder(text))
        return most(reads_as_task(text.lstrip("[]xX "), self.vocabulary) for text in written)

    def _is_task(self, title: str) -> bool:
        """Whether a label begins with a verb of work, and says more than a topic does."""
        return len(title.split()) > _FEW_WORDS and self.vocabulary.is_work(strip_numbering(title))

    # --------------------------------------------------------------------------------- tables

    def row_entries(self, block: Block, group: Group) -> Iterator[Entry]:
        """Yields the entries that a table's rows are; one that describes nothing is none."""
        table = self.reading.table(block)
        for row in table.rows:
            if cell := table.description(row):
                yield Entry(group, Kind.TABLE, row.start, row.end, cell, row=row, table=table)

    # ---------------------------------------------------------------------------------- lines

    def _gather_text(self, passages: Sequence[Passage], group: Group, *, forced: bool) -> None:
        """Takes the lines of a passage, or one-line paragraphs in a row."""
        first, *others = passages
        if not (forced or plain_lines.has_bullets(first.lines)) and self._names_task(group.label):
            return  # labelled prose (`**Created:** …`) belongs to the numbered or task-like heading over it
        blocks = {passage.lines[0]: passage.block for passage in passages}
        if others and any(map(plain_lines.stands_alone, blocks)):
            for passage in passages:
                self.gather((passage,), group)
            return
        if others:
            bundles = plain_lines.cut_run(list(blocks), self.vocabulary)
        elif first.lines[0] in self._led_alike(group.label):
            bundles = [list(first.lines)]
        elif plain_lines.has_bullets(first.lines) and not plain_lines.opens_alike(first.lines):
            bundles = plain_lines.cut_at_bullets(first.lines, self.outline.text)
        elif forced:
            bundles = [[line] for line in first.lines]
        else:
            is_sure = group.rank.is_certain
            bundles = plain_lines.cut_paragraph(first.lines, self.vocabulary, one_is_enough=is_sure)
        self.offer(*(self.line_entry(lines, blocks.get(lines[0], first.block), group) for lines in bundles))

    def _read_led(self, section: Section) -> set[Line]:
        """The lines with which paragraphs under a label begin in one form, if there are several."""
        passages = [part for part in section.parts if isinstance(part, Passage)]
        return set(plain_lines.led_alike([passage.lines[0] for passage in passages]))

    def line_entry(self, bundle: Sequence[Line], block: Block, group: Group) -> Entry:
        """The entry that one or more lines of a paragraph are."""
        first = bundle[0]
        bullet = LINE_BULLET.match(self.outline.clean, first.start, first.end)
        at = bullet.start("box") + 1 if bullet and bullet["box"] else 0
        box = (at, self.outline.clean.index("]", at)) if at else None
        kind, start, end = Kind.CHECKBOX if box else Kind.PLAIN, first.start, bundle[-1].end
        return Entry(
            group, kind, start, end, (bullet.end() if bullet else start, end), within=block.span, box=box
        )

    def _html_entries(self, block: Block, group: Group) -> Iterator[Entry]:
        """`<li>` entries, rows of a `<table>`, or paragraphs, in an HTML block: no link is rendered there."""
        source = self.outline.clean
        found = list(_HTML_ENTRY.finditer(source, block.start, block.end))
        kind = next((one.lastgroup for one in found if one.lastgroup != "p"), "p")
        entries = [one for one in found if one.lastgroup == kind]
        if kind == "p" and len(entries) == 1:
            return
        ends = [*(each.start() for each in entries), block.end][1:]
        for entry, end in zip(entries, ends, strict=True):
            close = _HTML_ENDS.search(source, entry.end(), end)
            cell = find_description(source, entry.start(), end, self.vocabulary)
            span = cell or (entry.end(), close.start() if close else end)
            yield Entry(group, Kind.LIST, *span, span, is_sealed=True)

    # ------------------------------------------------------------------------------- headings

    def _names_task(self, section: Section) -> bool:
        """Whether a label inside a follow-up section has a number or key, or reads as a task by its words."""
        title = section.title
        says_more = " " in title or len(words_of(title)) > _FEWEST_OF_TASK
        is_work = self.vocabulary.is_work(strip_numbering(title)) or self.vocabulary.ends_in_work(title)
        return not section.rank.is_follow_up and (
            section.is_numbered
            or _KEY.match(title) is not None
            or (says_more and is_work)
            or bears_field(title, self.vocabulary)
        )

    def is_entry(self, section: Section) -> bool:
        """Whether a heading or label is an item itself, whatever stands under it."""
        return self.vocabulary.leads_numbered(section.title) or self.states_fields(section)

    def states_fields(self, section: Section) -> bool:
        """Whether a sub-heading is followed at once by who, when, or how urgent.

        A list that states nothing else makes any heading an item; a line, one that is numbered or task-like,
        or over nothing but prose; with the state beside another field, any label of more than a word or two.
        """
        first = section.parts[0] if section.parts else None
        if first is None or isinstance(first, Section) or section.announcement.term:
            return False
        if isinstance(first, Passage):
            texts = [first.lines[0].text]
            is_task = self._names_task(section) or _heads_prose(section)
        else:
            texts = _first_texts(first)
            names = {fold(text[:_START].partition(":")[0]) for text in texts}
            are_fields = len(names) == len(texts) > 1 and all(map(self._is_field, texts))
            is_task = are_fields and not section.is_known
        stated = self._stated(texts)
        says_enough = section.rank is Rank.NONE and len(section.title.split()) > _FEW_WORDS
        is_sure = isinstance(first, Passage) and "status" in stated and says_enough
        is_task = is_task and section.level <= 6
        return (is_task or is_sure) and not stated.isdisjoint({"owner", "due", "priority"})

    def names_work(self, section: Section) -> bool:
        """Whether most of the entries right under a label read as tasks."""
        lists = (part for part in section.parts if isinstance(part, Block))
        return self._name_work(plain(text) for one in lists for text in _first_texts(one))

    def is_heading_item(self, section: Section) -> bool:
        """A numbered or task-like sub-heading, or a bold lead-in, with nothing but prose under it."""
        if plain_lines.opens_with_time(section.title, self.vocabulary):
            return False
        above = section.parent
        return self._names_task(section) or (above is not None and self._holds_topics(above))

    def _read_topics(self, section: Section) -> bool:
        """Whether several headings, each over prose alone, are all that stands under one for measures."""
        below = [part for part in section.parts if isinstance(part, Section)]
        unknown = (one.rank is Rank.NONE and not one.announcement.category for one in below)
        return section.rank.is_certain and len(below) > 1 and all(unknown) and all(map(_heads_prose, below))

    def heading_entries(self, section: Section, group: Group) -> Iterator[Entry]:
        """Yields the entry that a heading is, with its annotation; a label's is in its first paragraph."""
        label, block = section.label, section.block
        if label is None or block is None:
            return
        end = max(label.end, section.end)
        if section.inline and self.vocabulary.is_lead(section.title):  # `**Action 1:** Rotate the keys`
            entry = self.line_entry(section.inline.lines, section.inline.block, group)
            yield replace(entry, end=max(entry.end, end))
            return
        passage = next((part for part in section.parts if isinstance(part, Passage)), None)
        span = (passage.lines[0].start, passage.lines[-1].end) if passage else (label.start, label.end)
        words = section.title
        if block.shape is Shape.HEADING:
            yield Entry(group, Kind.HEADING, block.start, end, block.span, former=span, heading=words)
        else:
            within = passage.block.span if passage else None
            yield Entry(group, Kind.HEADING, label.start, end, span, within=within, heading=words)

    def inline_entries(self, section: Section, group: Group) -> list[Entry]:
        """`**Follow-up:** Added an alert.`: text beside a label that announces tasks, and lines below it."""
        if section.inline is None:
            return []
        lines, block = section.inline.lines, section.inline.block
        bundles = plain_lines.cut_paragraph(lines, self.vocabulary, one_is_enough=True)
        return [self.line_entry(bundle, block, group) for bundle in bundles or [list(lines)]]


def _heads_prose(section: Section) -> bool:
    """Whether a section has a heading, and nothing but paragraphs under it."""
    return section.style == "#" and all(isinstance(part, Passage) for part in section.parts)


def _is_label(entry: Block) -> bool:
    """Whether an entry's own text is bold, or ends with a colon."""
    text = entry.children[0].text
    return text.startswith(("**", "__")) or plain(text).endswith((":", "："))


def _texts_below(child: Block) -> list[str]:
    """What the entries of the lists within an entry say first, as plain text."""
    return [plain(text) for below in child.children[1:] for text in _first_texts(below)]


def _text_of(entry: Block) -> str:
    """How an entry's first paragraph begins, as plain text."""
    return plain(entry.children[0].text if entry.children else "")[:_START]


def _first_texts(block: Block) -> list[str]:
    """What the entries of a list say first."""
    return [entry.children[0].text for entry in block.children if entry.children]
