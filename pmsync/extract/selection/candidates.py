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
from pmsync.extract.selection import lines as plain_lines
from pmsync.extract.selection.entries import Entry, Group
from pmsync.extract.selection.lines import bears_field, most, reads_as_task
from pmsync.extract.selection.reading import Reading
from pmsync.extract.structure.bullets import BOX, LINE_BULLET
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Line, Shape
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.announcement import Announcement, Rank
from pmsync.lexicon.words import strip_numbering, words_of
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
_SEVERAL_WORDS = re.compile(r"\w\S*\s")
_BOXED = re.compile(r"\[[ xX]?\]")
_STATED = frozenset({"owner", "due", "priority", "status"})
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
        """Takes the entries of one part into its group; `forced` where a person said that these are items."""
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
            group.is_over |= bool(self.vocabulary.phrases("signature").all_of(words_of(lines[0].text)))
            return {
                TIMELINE: plain_lines.is_timeline([line.text for line in lines]),
                INSTRUCTIONS: all(_HINT.match("\n".join(line.text for line in it.lines)) for it in part),
                FOOTER: group.is_over or (group.holds_list and not plain_lines.has_bullets(lines)),
            }
        if part.shape is Shape.LIST:
            texts = _texts_of(part)
            gives_facts = any(map(self.vocabulary.is_field, texts)) and self._names_task(group.label)
            return {TIMELINE: plain_lines.is_timeline(texts), FACTS: gives_facts}
        if part.shape is Shape.TABLE:
            table = self.reading.table(part)
            return {TIMELINE: table.is_timeline, FACTS: table.is_facts}
        return {}

    def offer(self, *entries: Entry) -> None:
        """Takes entries into their groups, unless something speaks against one."""
        for entry in entries:
            row, table, clean = entry.row, entry.table, self.outline.clean
            text = Text(
                entry.heading or clean[slice(*entry.paragraph)][:_LONGEST_TEXT],
                self.vocabulary,
                is_alone=entry.box is None and not clean[entry.paragraph[1] : entry.end].strip(" \t\r\n|"),
                has_form=entry.has_form,
                source=clean[entry.start : entry.end],
                owner=table.cell_text(row, "owner") if table else "",
                due=table.cell_text(row, "due") if table else "",
            )
            rule = self.reading.decide(entry, ENTRY_RULES, text)
            if rule is None:
                entry.group.entries.append(entry)
                entry.group.holds_list |= entry.kind in {Kind.LIST, Kind.CHECKBOX, Kind.TABLE}
            else:
                entry.group.holds_place |= rule.name == "placeholder"

    def _gather_list(self, block: Block, group: Group) -> None:
        children: list[Block] = []
        for child in block.children:
            is_field = not self._stated([_text_of(child)]).isdisjoint(_STATED)
            if is_field and children and self._names_action(_text_of(children[-1])):
                children[-1] = replace(children[-1], end=child.end)  # `- Owner: …` behind `- Action: …`
            else:
                children.append(child)
        others = {child for child in children if not self._names_action(_text_of(child))}
        # Beside `- Action: …` stands `- What went well: …`.
        are_lessons = len(others) < len(children) and all(self._is_lesson(_text_of(one)) for one in others)
        for child in children:
            if are_lessons and child in others:
                self.reading.note(self.list_entry(child, group), "a lesson beside an action", taken=False)
            else:
                self.gather_entry(child, block, group)

    def _names_action(self, text: str) -> bool:
        lead, colon, _ = text.partition(":")
        return bool(colon) and self.vocabulary.is_lead(lead)  # `Action: …`

    def _is_lesson(self, text: str) -> bool:
        rank = self.vocabulary.announce(text.partition(":")[0]).rank
        return rank in {Rank.OTHER, Rank.GENERAL} and not reads_as_task(text, self.vocabulary)

    def _stated(self, texts: Iterable[str]) -> set[str]:
        """The names of the fields that texts state, where each says nothing else."""
        return {field.name for text in texts for field in fields_alone(text, self.vocabulary)}

    def gather_entry(self, child: Block, block: Block, group: Group) -> None:
        """Takes an outer entry of a list, or those under it where it only groups them."""
        first = child.children[0] if child.children else None
        if first is None or first.shape not in {Shape.PARAGRAPH, Shape.HEADING}:
            for below in child.children:
                self.gather(below, group)
            return
        entry = self.list_entry(child, group)
        is_marked = self.reading.marks.within(entry.paragraph)
        inner = (one for below in child.children[1:] for one in below.children)
        actions = [one for one in inner if self._names_action(_text_of(one))]
        tells = self.vocabulary.announce(_text_of(child).partition(":")[0]).rank is Rank.OTHER
        if actions and tells and not is_marked:  # `- Action: …` below `- What went wrong: …`
            self.offer(*(self.list_entry(one, group) for one in actions))
            return
        said = None if is_marked else self._category(child, block, entry)
        if said is None:
            self.offer(entry)
            return
        title = plain(first.lines[0].text).rstrip(" :：")
        label = Section(title, said, first.lines[0], "entry", 10, parent=group.label, block=first)
        if said.rank is Rank.OTHER and not all(map(_BOXED.match, _texts_below(child))):
            self.reading.note(label, f"not taken: {said}", taken=False)
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

    def _category(self, child: Block, block: Block, entry: Entry) -> Announcement | None:
        """What an outer entry announces, where it is a known category, or a bare label over tasks."""
        inner = _texts_below(child)
        if all(map(self.vocabulary.is_field, inner)) and not any(map(self._names_action, inner)):
            return None
        title = plain(self.outline.clean[slice(*entry.paragraph)]).rstrip(" :：")
        said = self.vocabulary.announce(title)
        boxed = [bool(_BOXED.match(text)) for text in inner]
        is_task = self._is_task(title) or len(title.split()) > _MANY_WORDS
        if entry.box is not None:
            return said if any(boxed) and not (is_task or bears_field(title, self.vocabulary)) else None
        group_work, has_task, are_topics = self._holders(block)
        if has_task:
            return None
        is_label = (_is_label(child) or are_topics) and group_work
        return said if said.exact or (not is_task and (is_label or all(boxed))) else None

    def _read_holders(self, block: Block) -> tuple[bool, bool, bool]:
        """Whether entries that hold a list group work or people; one is a task; all of them are topics."""
        below = {child: texts for child in block.children if (texts := _texts_below(child))}
        labels = [_text_of(child).rstrip(" :：") if _is_label(child) else "" for child in below]
        people = most(are_first_names(label, self.vocabulary) for label in labels)
        inner = (text for texts in below.values() for text in texts if len(text.split()) > _FEWEST_OF_TASK)
        are_topics = most(bears_field(text, self.vocabulary) for text in inner)
        group_work = most(map(self._name_work, below.values())) or people or (are_topics and all(labels))
        return group_work, any(map(self._is_task, labels)), are_topics

    def _name_work(self, texts: Iterable[str]) -> bool:
        written = (text for text in texts if not self.vocabulary.is_placeholder(text))
        return most(reads_as_task(text.lstrip("[]xX "), self.vocabulary) for text in written)

    def _is_task(self, title: str) -> bool:
        """Whether a label begins with a verb of work, and says more than a topic does."""
        return len(title.split()) > _FEW_WORDS and self.vocabulary.is_work(strip_numbering(title))

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
        passages = [part for part in section.parts if isinstance(part, Passage)]
        return set(plain_lines.led_alike([passage.lines[0] for passage in passages]))

    def line_entry(self, bundle: Sequence[Line], block: Block, group: Group) -> Entry:
        """The entry that one or more lines of a paragraph are."""
        first = bundle[0]
        bullet = LINE_BULLET.match(self.outline.clean, first.start, first.end)
        at = bullet.start("box") + 1 if bullet and bullet["box"] else 0
        box = (at, self.outline.clean.index("]", at)) if at else None
        kind = Kind.CHECKBOX if box else Kind.PLAIN
        text = (bullet.end() if bullet else first.start, bundle[-1].end)
        return Entry(group, kind, first.start, bundle[-1].end, text, within=block.span, box=box)

    def _html_entries(self, block: Block, group: Group) -> Iterator[Entry]:
        """`<li>` entries, rows of a `<table>`, or paragraphs, in an HTML block: no link is rendered there."""
        source = self.outline.clean
        found = list(_HTML_ENTRY.finditer(source, block.start, block.end))
        kind = next((one.lastgroup for one in found if one.lastgroup != "p"), "p" if found[1:] else None)
        entries = [one for one in found if one.lastgroup == kind]
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
        says_more = _SEVERAL_WORDS.search(title) or len(words_of(title)) > _FEWEST_OF_TASK
        is_work = self.vocabulary.is_work(strip_numbering(title)) or self.vocabulary.ends_in_work(title)
        is_task = (says_more and is_work) or bears_field(title, self.vocabulary)
        return not section.rank.is_follow_up and bool(section.is_numbered or _KEY.match(title) or is_task)

    def states_fields(self, section: Section) -> bool:
        """Whether a sub-heading, a task by itself or said to be open, is followed at once by who, or when."""
        first = section.parts[0] if section.parts else None
        if first is None or isinstance(first, Section) or section.announcement.term:
            return False
        if isinstance(first, Passage):
            stated = self._stated([first.lines[0].text])
            is_task = self._names_task(section) or _heads_prose(section)
        else:
            stated = self._stated(_texts_of(first))
            is_task = not section.is_known and all(map(self.vocabulary.is_field, _texts_of(first)))
        is_sure = "status" in stated and len(section.title.split()) > _FEW_WORDS
        return (is_task or is_sure) and not stated.isdisjoint(_STATED - {"status"})

    def names_work(self, section: Section) -> bool:
        """Whether most of the entries right under a label read as tasks."""
        lists = (part for part in section.parts if isinstance(part, Block))
        return self._name_work(text for one in lists for text in _texts_of(one))

    def is_heading_item(self, section: Section) -> bool:
        """A numbered or task-like sub-heading, or a bold lead-in, with nothing but prose under it."""
        is_event = plain_lines.opens_with_time(section.title, self.vocabulary)
        return not is_event and (self._names_task(section) or self._holds_topics(section.parent))

    def _read_topics(self, section: Section | None) -> bool:
        """Whether all that stands under a label for measures are headings, each over prose alone."""
        below = [part for part in section.parts if isinstance(part, Section)] if section else []
        are_unknown = all(one.rank is Rank.NONE and not one.announcement.category for one in below)
        are_topics = len(below) > 1 and are_unknown and all(map(_heads_prose, below))
        return are_topics and section is not None and section.rank.is_certain

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
        entry = Entry(group, Kind.HEADING, block.start, end, block.span, former=span, heading=section.title)
        if block.shape is not Shape.HEADING:
            within = passage.block.span if passage else None
            entry = replace(entry, start=label.start, paragraph=span, former=None, within=within)
        yield entry

    def inline_entries(self, text: Passage, group: Group) -> Iterator[Entry]:
        """`**Follow-up:** Added an alert.`: text beside a label that announces tasks, and lines below it."""
        bundles = plain_lines.cut_paragraph(text.lines, self.vocabulary, one_is_enough=True)
        return (self.line_entry(bundle, text.block, group) for bundle in bundles or [list(text.lines)])


def _heads_prose(section: Section) -> bool:
    """Whether a section has a heading, and nothing but paragraphs under it."""
    return section.style == "#" and all(isinstance(part, Passage) for part in section.parts)


def _is_label(entry: Block) -> bool:
    text = entry.children[0].text
    return text.startswith(("**", "__")) or plain(text).endswith((":", "："))


def _texts_below(child: Block) -> list[str]:
    return [text for below in child.children[1:] for text in _texts_of(below)]


def _texts_of(block: Block) -> list[str]:
    """How the entries of a list begin, as plain text."""
    return [_text_of(entry) for entry in block.children if entry.children]


def _text_of(entry: Block) -> str:
    return plain(entry.children[0].text if entry.children else "")[:_START]
