"""Entries → action items: everything that an item says, from the place where it stands."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pmsync.annotation import find_annotations, without
from pmsync.extract.fields.dates import settle_date
from pmsync.extract.fields.entry_text import EntryText, fields_alone, read_entry
from pmsync.extract.fields.html_row import read_html_row
from pmsync.extract.fields.links import column_links, find_mentions, inline_references
from pmsync.extract.fields.names import NOBODY, Owners
from pmsync.extract.fields.state import (
    Lead,
    counterpart,
    find_lead,
    is_declined,
    is_done_remark,
    is_done_status,
    is_marked_done,
    opens_with_done,
    says_declined,
    says_open,
    tells_done,
    without_references,
)
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.fields.values import Fields, clean, read_label
from pmsync.extract.selection.entries import Entry
from pmsync.extract.selection.tables import Table
from pmsync.extract.structure import annotation_place
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Outline, Span
from pmsync.extract.structure.sections import Passage, Section
from pmsync.extract.titles import make_body, make_rest, make_title, raw_detail, without_field_lines
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import strip_numbering, words_of
from pmsync.model import ActionItem, Annotation, Box, Slot

_LONGEST_ITEM = 64 * 1024
"""Characters of an item that are searched for links and fields; a person's item is far shorter."""
_ENDS_DONE = re.compile(r"(?:\A|[\s*_\])])(?:DONE|done|Done|✅)[*_]*\s*\Z")
_LINE_END = re.compile(r"[\r\n]|\Z")
_LONGEST_NOTE = 100
_PLAIN_STATUS_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What an entry's words, or a row's cells, say of an item; see `ActionItem`."""

    said: EntryText = field(kw_only=False)
    fields: Fields = field(kw_only=False)
    body: str
    is_done: bool
    is_declined: bool
    links: Sequence[str]
    ticket: str | None
    text: str
    detail: str
    annotation: Annotation | None
    slot: Slot | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class ItemMaker:
    """Makes action items of one document's entries.

    Attributes:
        document: its path.
        outline: its text and blocks.
        vocabulary: the words.
        repair: makes text fit to be shown and sent.
        anchors: where headings stand on the rendered page, by their offset.
        owners: what the document shows of owners; see `find_owners`.
        day_first: whether dates in figures have the day before the month; None where that is not known.
        since: the document's date as ISO, where it states one.
    """

    document: str
    outline: Outline
    vocabulary: Vocabulary
    repair: Callable[[str], str]
    anchors: Mapping[int, str] = field(default_factory=dict)
    owners: Owners = NOBODY
    day_first: bool | None = None
    since: str | None = None
    _known: dict[Section, Fields] = field(default_factory=dict, init=False, repr=False, compare=False)

    def make(self, entry: Entry) -> ActionItem:
        """Makes one item."""
        if entry.row is not None and entry.table is not None:
            told = self._read_row(entry, entry.row, entry.table)
        else:
            told = self._read_text(entry)
        return ActionItem(
            document=self.document,
            line=self.outline.line_at(entry.start),
            end_line=self._last_line(entry),
            kind=entry.kind,
            section=self._section(entry),
            anchor=self._anchor(entry),
            title=make_title(told.said),
            body=told.body,
            done=told.is_done or (self._inherits_done(entry) and not says_open(told.text)),
            declined=told.is_declined,
            owner=told.fields.owner,
            due=self._due(told.fields),
            priority=told.fields.priority,
            type=told.fields.type,
            links=tuple(dict.fromkeys(told.links)),
            ticket=told.ticket,
            text=told.text,
            detail=told.detail,
            annotation=told.annotation,
            slot=told.slot,
            box=told.box,
            is_sticky=entry.is_sticky,
        )

    def _inherits_done(self, entry: Entry) -> bool:
        """Whether an entry is done where its heading says so, since nothing of its own says whether it is."""
        if entry.row is not None and entry.table is not None:
            status = words_of(entry.table.cell_text(entry.row, "status"))
            return entry.group.is_done and not self.vocabulary.phrases("state", "unfinished").has(status)
        return entry.group.is_done and entry.box is None

    # ------------------------------------------------------------------- lists, lines, headings

    def _read_text(self, entry: Entry) -> _Told:
        text = self.outline.text
        annotation, slot = self._place(entry)
        head, detail = self._split(entry)
        words = without(text, *head).strip()
        lead = None if entry.box or entry.heading or entry.is_sealed else find_lead(words)
        shown = self.repair(self._inline(words[lead.behind :] if lead else words))
        below = self._inline(self._without((detail[0], min(detail[1], head[0] + _LONGEST_ITEM)), annotation))
        if entry.heading:
            shown = strip_numbering(shown.strip("#*_ "))
        said = read_entry(shown, self.repair(below), self.vocabulary, self.owners)
        beside, tracked = self._read_beside(entry, head)
        fields = said.fields.or_else(beside).or_else(self._labels(entry.section))
        rest = make_rest(said, fields, self.vocabulary)
        box = self._lead_box(head, lead) if lead else self._checkbox(entry)
        body = make_body(text, rest, detail, self.outline.references, self.repair)
        mentions = (*said.mentions, *find_mentions(below))
        is_ticked, whole = bool(box and box.ticked), entry.heading or shown
        is_done = (
            is_ticked
            or said.is_done
            or is_done_status(fields.status or "", self.vocabulary)
            or is_marked_done(whole, self.vocabulary)
            or (entry.box is None and tells_done(whole, self.vocabulary))
        )
        return _Told(
            said,
            fields,
            body=without_field_lines(body, fields, self.vocabulary),
            is_done=is_done,
            is_declined=is_done and not is_ticked and says_declined(whole, self.vocabulary),
            links=[*(one.target for one in mentions), *filter(None, [said.ticket]), *tracked],
            ticket=said.ticket or next(iter(tracked), None),
            text=words[: lead.start] + lead.undone + words[lead.end :] if lead else words,
            detail=raw_detail(text, detail),
            annotation=annotation,
            slot=slot,
            box=box,
        )

    def _read_beside(self, entry: Entry, head: Span) -> tuple[Fields, tuple[str, ...]]:
        """What other cells of an HTML row say, or the end of a heading's prose: `… for good. Ada, by May`."""
        if entry.is_sealed:
            return read_html_row(self.outline.clean, *head, self.vocabulary)
        if entry.former is None or not entry.heading:
            return Fields(), ()
        prose = self.repair(self._inline(self.outline.clean[slice(*entry.former)][:_LONGEST_ITEM]))
        said = read_entry(prose, "", self.vocabulary, self.owners)
        ends = [field for end in said.ends for field in end.fields]
        return (said.fields, ()) if len(ends) > 1 else (Fields(), ())

    def _place(self, entry: Entry) -> tuple[Annotation | None, Slot | None]:
        if entry.is_sealed:
            return None, None
        text, span = self.outline.text, entry.paragraph
        annotation = annotation_place.find_annotation(text, span, within=entry.within)
        if annotation is None and entry.former:
            annotation = annotation_place.find_annotation(text, entry.former)
        return annotation, annotation_place.find_slot(text, span, kind=entry.kind, within=entry.within)

    def _split(self, entry: Entry) -> tuple[Span, Span]:
        """What an item's text is, and where its detail stands."""
        start, end = entry.paragraph
        if entry.heading:
            found = _LINE_END.search(self.outline.text, entry.start)
            start, end = entry.start, found.start() if found else entry.end
        return (start, end), (end, max(end, entry.end))

    def _checkbox(self, entry: Entry) -> Box | None:
        if entry.box is None:
            return None
        start, end = entry.box
        return Box(start=start, end=end, ticked=self.outline.text[start:end] in {"x", "X"})

    def _lead_box(self, head: Span, lead: Lead) -> Box:
        """The word that an item opens with, as a box."""
        text = self.outline.text[slice(*head)]
        start = head[0] + len(text) - len(text.lstrip())
        word = self.outline.text[start + lead.start : start + lead.end]
        return Box(
            start=start + lead.start,
            end=start + lead.end,
            ticked=word == lead.done,
            tick=lead.done,
            untick=lead.undone,
            is_lead=True,
        )

    # ----------------------------------------------------------------------------------- rows

    def _read_row(self, entry: Entry, row: Block, table: Table) -> _Told:
        text, cell = self.outline.text, entry.paragraph
        issue_cell = self._issue_cell(row, table, cell)
        annotation = annotation_place.find_cell_annotation(text, cell, issue_cell)
        words = without(text, *cell).strip()
        shown = self.repair(self._inline(_unescaped(words)))
        said = read_entry(shown, self._notes(row, table), self.vocabulary, self.owners)
        held = without(text, *issue_cell, cell=True).strip() if issue_cell else ""
        placeholder = held if is_unfilled(held, self.vocabulary) else ""
        issue = self._inline(held)
        in_cell = column_links("" if placeholder else issue)
        source = self._inline(
            self._without((entry.start, min(entry.end, entry.start + _LONGEST_ITEM)), annotation)
        )
        number = table.cell_text(row, "id") if table.is_numbered else ""
        fields = self._columns(row, table).or_else(said.fields).or_else(self._labels(entry.section))
        status = table.cell_text(row, "status")
        is_done = (
            self._cells_say_done(row, table, issue, is_linked=bool(in_cell))
            or bool(_ENDS_DONE.search(issue))
            or said.is_done
            or is_marked_done(shown, self.vocabulary)
            or (not status and tells_done(shown, self.vocabulary))
        )
        return _Told(
            said,
            fields,
            body=self._row_body(row, table, make_rest(said, fields, self.vocabulary)),
            is_done=is_done,
            is_declined=is_done
            and (is_declined(status, self.vocabulary) or says_declined(shown, self.vocabulary)),
            links=[*in_cell, *(one.target for one in find_mentions(source) if one.target != number)],
            ticket=self._row_ticket(in_cell, said, status),
            text=words,
            detail=self._row_detail(row, table),
            annotation=annotation,
            slot=annotation_place.find_cell_slot(text, cell, issue_cell, "" if annotation else placeholder),
            box=self._status_box(row, table),
        )

    def _issue_cell(self, row: Block, table: Table, description: Span) -> Span | None:
        """The row's cell for its issue; with no such column, the one that bears our annotation bare."""
        if "issue" in table.columns:
            return table.cell(row, "issue")
        others = (cell for cell in row.cells if cell != description)
        return next((cell for cell in others if _bears_annotation(self.outline.text, cell)), None)

    def _columns(self, row: Block, table: Table) -> Fields:
        said = {
            name: self._read_cell(row, table, name) for name in ("owner", "team", "due", "priority", "type")
        }
        team, status = said.pop("team"), table.cell_text(row, "status")
        is_open = not is_done_status(status, self.vocabulary)  # `In progress, target 2026-06-30`
        due = read_entry(status, "", self.vocabulary).fields.due if is_open else None
        return Fields(**said).or_else(Fields(owner=team, due=due))

    def _read_cell(self, row: Block, table: Table, name: str) -> str | None:
        """What a row's cell says of an item, a team as its owner; None where it is empty."""
        value = self.repair(_unescaped(table.cell_text(row, name)))
        return clean("owner" if name == "team" else name, value, self.vocabulary)

    def _row_ticket(self, in_cell: tuple[str, ...], said: EntryText, status: str) -> str | None:
        if in_cell:
            return in_cell[0]
        in_status = find_mentions(self._inline(status))
        return said.ticket or (in_status[0].target if in_status else None)

    def _row_detail(self, row: Block, table: Table) -> str:
        """The other cells for hashing: neither status nor issue, which pmsync itself may write."""
        left_out = {table.columns.get(name) for name in ("status", "issue", "description")}
        cells = [
            without(self.outline.text, *cell, cell=_bears_annotation(self.outline.text, cell)).strip()
            for index, cell in enumerate(row.cells[: len(table.headers)])
            if index not in left_out
        ]
        return " | ".join(cells)

    def _row_body(self, row: Block, table: Table, rest: str) -> str:
        """What the row says in columns that no field is made of."""
        cells = [
            f"**{header}:** {value}" if header else value for header, value in self._other_cells(row, table)
        ]
        return self.repair(self._inline("\n\n".join([rest, *cells] if rest else cells)))

    def _notes(self, row: Block, table: Table) -> str:
        """The short ones of these cells, where fields may stand: `Due 12 September 2025`."""
        values = (value for _, value in self._other_cells(row, table))
        return "".join(f"\n{value}" for value in values if len(value) <= _LONGEST_NOTE)

    def _other_cells(self, row: Block, table: Table) -> list[tuple[str, str]]:
        """Header and value of the cells that no field is made of, and that are not empty."""
        known = set(table.columns.values())
        if self._read_cell(row, table, "owner"):
            known.discard(table.columns.get("team", -1))
        found = []
        for index, cell in enumerate(row.cells[: len(table.headers)]):
            bare = _bears_annotation(self.outline.text, cell)
            value = _unescaped(without(self.outline.text, *cell, cell=bare).strip())
            if index not in known and value:
                found.append((table.headers[index].strip(" :"), value))
        return found

    def _cells_say_done(self, row: Block, table: Table, issue: str, *, is_linked: bool) -> bool:
        """Whether the status cell says done; without one, another cell that holds nothing but that."""
        status, due = table.cell_text(row, "status"), table.cell_text(row, "due")
        return (
            is_done_status(status, self.vocabulary)
            or is_done_remark(without_references(status), self.vocabulary)
            or is_done_status(due, self.vocabulary)
            or is_done_remark(without_references(due), self.vocabulary)
            or opens_with_done(table.cell_text(row, "owner"), self.vocabulary)
            or (not status and not is_linked and is_done_status(issue, self.vocabulary))
            or (not status and is_done_remark(without_references(issue), self.vocabulary))
            or (not status and self._has_done_remark(row, table))
        )

    def _has_done_remark(self, row: Block, table: Table) -> bool:
        """`Done` in a column of notes, where the table has none for the status."""
        known = set(table.columns.values())
        return any(
            is_done_remark(self.outline.clean[slice(*cell)], self.vocabulary)
            for index, cell in enumerate(row.cells[: len(table.headers)])
            if index not in known
        )

    def _status_box(self, row: Block, table: Table) -> Box | None:
        """The status cell as a box, where its words can be turned into the other state's."""
        cell = table.cell(row, "status")
        if cell is None:
            return None
        raw = self.outline.text[slice(*cell)]
        content = raw.strip()
        if not _is_plain_status(content):
            return None
        start = cell[0] + (len(raw) - len(raw.lstrip()) if content else min(1, len(raw)))
        ticked = is_done_status(content, self.vocabulary)
        tick, untick = _words_in_use(table, self.vocabulary)
        other = counterpart(content, self.vocabulary, done=not ticked)
        return Box(
            start=start,
            end=start + len(content),
            ticked=ticked,
            tick=content if ticked else tick or other or "Done",
            untick=(untick or other or "Open") if ticked else content,
        )

    # ------------------------------------------------------------------------------- in common

    def _inline(self, markdown: str) -> str:
        return inline_references(markdown, self.outline.references)

    def _due(self, fields: Fields) -> str | None:
        """When it is due; settled last, since what the body need not say is told by the date as written."""
        return fields.due and settle_date(
            fields.due, self.vocabulary, day_first=self.day_first, since=self.since
        )

    def _without(self, span: Span, annotation: Annotation | None) -> str:
        text = self.outline.text
        if annotation is None or not span[0] <= annotation.start <= span[1]:
            return text[slice(*span)]
        pieces, at = [], span[0]
        for each in sorted((annotation, *annotation.others), key=lambda it: it.start):
            pieces.append(text[at : each.start])
            at = each.end
        return "".join([*pieces, text[at : max(at, span[1])]])

    def _last_line(self, entry: Entry) -> int:
        return self.outline.line_at(max(entry.start, entry.end - 1))

    def _section(self, entry: Entry) -> str:
        return self.repair(entry.section.title).strip()

    def _anchor(self, entry: Entry) -> str:
        above = (entry.section, *entry.section.above())
        found = (self.anchors.get(section.block.start) for section in above if section.block)
        return next(filter(None, found), "")

    def _labels(self, section: Section) -> Fields:
        """What the labels over an item say, the nearest first, up to the one that announces the list."""
        if section in self._known:
            return self._known[section]
        labels = [section, *section.above()]
        outermost = max((index for index, label in enumerate(labels) if label.rank.is_follow_up), default=0)
        fields = Fields()
        for label in labels[: outermost + 1]:
            fields = fields.or_else(self._stated_under(label))
            title = self.repair(label.title)
            fields = fields.or_else(read_label(title, self.vocabulary))
            if not label.rank.is_follow_up and self.owners.know(title, self.vocabulary):
                fields = fields.or_else(Fields(title))
        self._known[section] = fields
        return fields

    def _stated_under(self, label: Section) -> Fields:
        """What the lines right under a label state of all that stands below: `Owner: Ada`."""
        first = label.parts[0] if len(label.parts) > 1 else None
        lines = first.lines if isinstance(first, Passage) else ()
        stated = [fields_alone(self.repair(line.text), self.vocabulary) for line in lines]
        said = {field.name: field.value or None for fields in stated for field in fields}
        return Fields(said.get("owner"), said.get("due"), said.get("priority")) if all(stated) else Fields()


def _bears_annotation(text: str, cell: Span) -> bool:
    return "](" in text[slice(*cell)] and any(
        found.status is not None for found in find_annotations(text, *cell, cell=True)
    )


def _unescaped(cell: str) -> str:
    return cell.replace("\\|", "|")


def _is_plain_status(content: str) -> bool:
    """Whether a status cell holds a word or two, and no link that writing to it would lose."""
    words = plain(content).split()
    return len(words) <= _PLAIN_STATUS_WORDS and "](" not in content and not find_mentions(content)


@lru_cache(maxsize=16)
def _words_in_use(table: Table, vocabulary: Vocabulary) -> tuple[str | None, str | None]:
    """The plain words for done and not done that a table's status column itself uses."""
    ticked = unticked = None
    for row in table.rows:
        word = table.cell_text(row, "status")
        if not word or not _is_plain_status(word):
            continue
        if is_done_status(word, vocabulary):
            ticked = ticked or word
        elif counterpart(word, vocabulary, done=True) is not None:
            unticked = unticked or word
    return ticked, unticked
