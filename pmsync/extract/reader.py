"""One document, from its text to the postmortem."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pmsync.annotation import find_annotations, without
from pmsync.extract import slots
from pmsync.extract.encoding import repairer
from pmsync.extract.fields import (
    Fields,
    clean_due,
    clean_owner,
    counterpart,
    is_done_status,
    read_date,
    read_fields,
    read_label,
    says_done,
)
from pmsync.extract.frontmatter import FrontMatter, as_date, read_front_matter
from pmsync.extract.items import Entry, Selector
from pmsync.extract.links import find_mentions, find_ticket, inline_references
from pmsync.extract.outline import Outline, Shape, Span, read_outline
from pmsync.extract.sections import Section, read_sections
from pmsync.extract.tables import Table
from pmsync.extract.template import template_reason
from pmsync.extract.vocabulary import Vocabulary, load_vocabulary, plain, strip_numbering
from pmsync.extract.wording import cut, make_body, make_title, raw_detail
from pmsync.model import ActionItem, Annotation, Box, Kind, Notice, Postmortem, Slot

_LONGEST_ITEM = 64 * 1024
"""Characters of an item that are searched for links and fields; a person's item is far shorter."""


def read_postmortem(document: str, text: str, sections: tuple[str, ...]) -> Postmortem:
    """Reads one document; see `pmsync.extract.read`."""
    front = read_front_matter(document, text)
    repair = repairer(text)
    hidden: list[Span] = [(0, front.end)] if front.end else []
    if text.startswith("\ufeff"):
        hidden.append((0, 1))
    annotations = tuple((found.start, found.end) for found in find_annotations(text, 0, len(text)))
    outline = read_outline(text, hidden=tuple(hidden), annotations=annotations)
    vocabulary = load_vocabulary(sections)
    root = read_sections(outline, vocabulary, repair)
    about = _describe(document, outline, root, front, repair)
    if front.opted_out:
        return Postmortem(document=document, text=text, opted_out=True, labels=front.all_of("labels"), **about)

    selector = Selector(outline, root, vocabulary)
    template = template_reason(document, outline, root, front)
    entries = selector.select(template)
    maker = _Maker(document, outline, vocabulary, repair)
    items = tuple(maker.make(entry) for entry in entries)
    return Postmortem(
        document=document,
        text=text,
        labels=front.all_of("labels"),
        items=items,
        findings=tuple(sorted(selector.findings, key=lambda finding: finding.line)),
        warnings=_warnings(document, outline, selector, items, template),
        **about,
    )


def _warnings(
    document: str,
    outline: Outline,
    selector: Selector,
    items: tuple[ActionItem, ...],
    template: str | None,
) -> tuple[Notice, ...]:
    if template and not items:
        return (Notice(text=f"No action item is taken: {template}.", document=document),)
    empty = [
        Notice(
            text=f"“{section.title}” announces follow-up work, but no action item stands under it.",
            document=document,
            line=outline.line_at(section.label.start) if section.label else None,
        )
        for section in selector.empty
    ]
    if not items and not empty:
        empty = [
            Notice(
                text=(
                    "No action item is recognised; `pmsync items --explain` says why. A heading such as "
                    "“Action items”, or `<!-- pmsync: items -->` before the list, makes it one."
                ),
                document=document,
            )
        ]
    return tuple(empty)


# ------------------------------------------------------------------------------ the document

_LINE_FIELD = re.compile(r"[\W_]*(?P<key>date|incident date|date of incident|severity|sev|priority|fecha|data|datum|s[ée]v[ée]rit[ée]|gravit[ée]|severidad|severidade)\b[\W_]{0,6}?[:：|][\W_]*(?P<value>[^|\n]{1,80})", re.IGNORECASE)
_SEVERITY = re.compile(r"\b(?:SEV|P)[- ]?[0-5]\b", re.IGNORECASE)
_HEAD_LINES = 60


def _describe(
    document: str, outline: Outline, root: Section, front: FrontMatter, repair: Callable[[str], str]
) -> dict[str, str | None]:
    """The document's title, date, severity and owner: from front matter, else from its own head."""
    found: dict[str, str] = {}
    for line in outline.clean[:20_000].split("\n")[:_HEAD_LINES]:
        match = _LINE_FIELD.match(line[:300])
        if not match:
            continue
        key = "date" if match["key"].lower()[:2] in {"da", "fe", "in"} else "severity"
        value = plain(repair(match["value"])).strip(" *_:|")
        if key == "date" and "date" not in found and (iso := read_date(value)):
            found["date"] = iso
        elif key == "severity" and "severity" not in found and value:
            found["severity"] = value[:40]
    title = plain(repair(front.values.get("title", ""))) or _title(outline, repair)
    named = re.search(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", document)
    severity = front.values.get("severity") or found.get("severity")
    if not severity and (match := _SEVERITY.search(title)):
        severity = match.group()
    owner = front.values.get("owner")
    return {
        "title": cut(title) if title else document.rpartition("/")[2],
        "date": as_date(front.values.get("date", ""))
        or found.get("date")
        or read_date(title)
        or (as_date(named.group()) if named else None),
        "severity": repair(severity) if severity else None,
        "owner": clean_owner(repair(owner)) if owner else None,
    }


def _title(outline: Outline, repair: Callable[[str], str]) -> str:
    headings = [block for block in outline.blocks if block.shape is Shape.HEADING and plain(block.text)]
    first = next((block for block in outline.blocks if block.lines and plain(block.text)), None)
    best = next((block for block in headings if block.level == 1), None)
    chosen = best or (first if first is not None and first.shape is Shape.PARAGRAPH else None)
    chosen = chosen or next(iter(headings), None)
    if chosen is None:
        return ""
    return plain(repair(chosen.lines[0].text)).strip().rstrip(":").strip()


# ----------------------------------------------------------------------------------- an item


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes action items of entries."""

    document: str
    outline: Outline
    vocabulary: Vocabulary
    repair: Callable[[str], str]

    def make(self, entry: Entry) -> ActionItem:
        if entry.row is not None and entry.table is not None:
            return self._make_row(entry, entry.table)
        text = self.outline.text
        annotation, slot = self._place(entry)
        head, detail = self._split(entry)
        words = without(text, *head).strip()
        source = self._source(entry, annotation)
        first = self.repair(inline_references(words, self.outline.references))
        title, rest = make_title(first, self.vocabulary)
        if entry.heading:
            title = make_title(strip_numbering(self.repair(entry.heading)), self.vocabulary)[0]
            rest = ""
        inner = self.repair(source)
        fields = read_fields(inner, self.vocabulary).or_else(self._labels(entry.section))
        mentions = find_mentions(inline_references(source, self.outline.references))
        opening = inline_references(self._without(head, annotation).strip(), self.outline.references)
        box = self._checkbox(entry)
        return ActionItem(
            document=self.document,
            line=self.outline.line_at(entry.start),
            end_line=self.outline.line_at(max(entry.start, entry.end - 1)),
            kind=entry.kind,
            section=self._section(entry),
            title=title,
            body=make_body(text, rest, detail, self.outline.references, self.repair),
            done=bool(box and box.ticked)
            or entry.is_done
            or bool(fields.status and is_done_status(fields.status))
            or says_done(first if not entry.heading else entry.heading, self.vocabulary),
            owner=fields.owner,
            due=fields.due,
            priority=fields.priority,
            type=fields.type,
            links=_unique(mention.target for mention in mentions),
            ticket=find_ticket(opening, find_mentions(opening)) or self._ticket_below(source, opening),
            text=words,
            detail=raw_detail(text, detail),
            annotation=annotation,
            slot=slot,
            box=box,
        )

    def _place(self, entry: Entry) -> tuple[Annotation | None, Slot | None]:
        if entry.is_code:
            return None, None
        text, span = self.outline.text, entry.paragraph
        annotation = slots.find_annotation(text, span, within=entry.within)
        return annotation, slots.find_slot(text, span, kind=entry.kind, within=entry.within)

    def _split(self, entry: Entry) -> tuple[Span, Span]:
        """What the item's text is, and where its detail stands."""
        if entry.heading:
            line_end = self._line_end(entry.start)
            return (entry.start, line_end), (line_end, max(line_end, entry.end))
        start, end = entry.paragraph
        return (start, end), (end, max(end, entry.end))

    def _line_end(self, at: int) -> int:
        found = re.compile(r"[\r\n]|\Z").search(self.outline.text, at)
        return found.start() if found else len(self.outline.text)

    def _source(self, entry: Entry, annotation: Annotation | None) -> str:
        """All of the item's own source, without our annotation; the start alone of one that never ends."""
        start = entry.start if entry.heading else entry.paragraph[0]
        return self._without((start, min(max(entry.end, entry.paragraph[1]), start + _LONGEST_ITEM)), annotation)

    def _without(self, span: Span, annotation: Annotation | None) -> str:
        text = self.outline.text
        if annotation is None or not span[0] <= annotation.start <= span[1]:
            return text[slice(*span)]
        return text[span[0] : annotation.start] + text[annotation.end : max(annotation.end, span[1])]

    def _ticket_below(self, source: str, opening: str) -> str | None:
        """A `Ticket: …` on a line of its own below."""
        for line in source[len(opening) :].split("\n")[:50]:
            mentions = find_mentions(line)
            if mentions and re.match(r"\W*(?:tracked|tracking|ticket|issue|jira|bug|pr|link)\b", line, re.IGNORECASE):
                return find_ticket(line, mentions)
        return None

    def _checkbox(self, entry: Entry) -> Box | None:
        if entry.box is None:
            return None
        start, end = entry.box
        return Box(start=start, end=end, ticked=self.outline.text[start:end] in {"x", "X"})

    def _section(self, entry: Entry) -> str:
        return self.repair(entry.section.title).strip()

    def _labels(self, section: Section) -> Fields:
        """What the labels over an item say of it, the nearest first."""
        fields = Fields()
        at: Section | None = section
        while at is not None and at.label is not None:
            fields = fields.or_else(read_label(self.repair(at.title), self.vocabulary))
            at = at.parent
        return fields

    # ------------------------------------------------------------------------------- tables

    def _make_row(self, entry: Entry, table: Table) -> ActionItem:
        text, row = self.outline.text, entry.row
        assert row is not None  # noqa: S101 — only rows get here
        issue_cell = table.cell(row, "issue")
        cell = entry.paragraph
        annotation = slots.find_cell_annotation(text, cell, issue_cell)
        words = without(text, *cell).strip()
        shown = self.repair(inline_references(words.replace("\\|", "|"), self.outline.references))
        title, rest = make_title(shown, self.vocabulary)
        inline = read_fields(shown, self.vocabulary)
        status = table.cell_text(row, "status")
        fields = Fields(
            owner=clean_owner(self.repair(table.cell_text(row, "owner"))),
            due=clean_due(self.repair(table.cell_text(row, "due"))),
            priority=plain(self.repair(table.cell_text(row, "priority"))) or None,
            type=plain(self.repair(table.cell_text(row, "type"))) or None,
        )
        fields = fields.or_else(inline).or_else(self._labels(entry.section))
        box = self._status_box(table, entry)
        issue = ""
        if issue_cell is not None:
            issue = inline_references(without(text, *issue_cell, cell=True).strip(), self.outline.references)
        source = inline_references(self._row_source(entry, annotation), self.outline.references)
        own = find_mentions(source)
        in_cell = _column_links(issue)
        ticket = next(iter(in_cell), None) or find_ticket(words, find_mentions(words))
        if ticket is None and (mentions := find_mentions(status)):
            ticket = mentions[0].target
        done = is_done_status(status) or (not status and is_done_status(issue) and not in_cell)
        return ActionItem(
            document=self.document,
            line=self.outline.line_at(entry.start),
            end_line=self.outline.line_at(max(entry.start, entry.end - 1)),
            kind=Kind.TABLE,
            section=self._section(entry),
            title=title,
            body=self._row_body(entry, table, rest),
            done=done or entry.is_done or _ends_done(issue) or says_done(shown, self.vocabulary),
            owner=fields.owner,
            due=fields.due,
            priority=fields.priority,
            type=fields.type,
            links=_unique([*in_cell, *(mention.target for mention in own)]),
            ticket=ticket,
            text=words,
            detail=self._row_detail(entry, table),
            annotation=annotation,
            slot=slots.find_cell_slot(text, cell, issue_cell),
            box=box,
        )

    def _row_source(self, entry: Entry, annotation: Annotation | None) -> str:
        return self._without((entry.start, min(entry.end, entry.start + _LONGEST_ITEM)), annotation)

    def _row_detail(self, entry: Entry, table: Table) -> str:
        row = entry.row
        assert row is not None  # noqa: S101 — only rows get here
        left_out = {table.columns.get("status"), table.columns.get("issue"), table.columns.get("description")}
        cells = [
            without(self.outline.text, *cell).strip()
            for index, cell in enumerate(row.cells)
            if index not in left_out and index < len(table.headers)
        ]
        return " | ".join(cells)

    def _row_body(self, entry: Entry, table: Table, rest: str) -> str:
        """What the row says in columns that no field is made of."""
        row = entry.row
        assert row is not None  # noqa: S101 — only rows get here
        known = set(table.columns.values())
        lines = [rest] if rest else []
        for index, cell in enumerate(row.cells[: len(table.headers)]):
            value = without(self.outline.text, *cell).strip().replace("\\|", "|")
            if index not in known and value:
                header = table.headers[index].strip(" :")
                lines.append(f"**{header}:** {value}" if header else value)
        return self.repair(inline_references("\n\n".join(lines), self.outline.references))

    def _status_box(self, table: Table, entry: Entry) -> Box | None:
        """The status cell as a box, where its words can be turned into the other state's."""
        row = entry.row
        cell = table.cell(row, "status") if row is not None else None
        if cell is None:
            return None
        start, end = cell
        raw = self.outline.text[start:end]
        content = raw.strip()
        start += len(raw) - len(raw.lstrip()) if content else min(1, len(raw))
        end = start + len(content)
        ticked = is_done_status(content)
        used_tick, used_untick = _words_in_use(table)
        other = counterpart(content, done=not ticked)
        simple = len(plain(content).split()) <= 3 and "](" not in content and not find_mentions(content)
        if not simple:
            return None
        if ticked:
            untick = used_untick or other or "Open"
            return Box(start=start, end=end, ticked=True, tick=content, untick=untick)
        tick = used_tick or other or "Done"
        return Box(start=start, end=end, ticked=False, tick=tick, untick=content)


@lru_cache(maxsize=16)
def _words_in_use(table: Table) -> tuple[str | None, str | None]:
    """The plain words for done and not done that a table's status column itself uses."""
    ticked = unticked = None
    for row in table.rows:
        word = table.cell_text(row, "status")
        if not word or len(word.split()) > 3 or "](" in word or find_mentions(word):
            continue
        if is_done_status(word):
            ticked = ticked or word
        elif counterpart(word, done=True) is not None:
            unticked = unticked or word
    return ticked, unticked


def _column_links(issue: str) -> tuple[str, ...]:
    """What a ticket column's cell links to: anything that is a link or a key, since the column says so."""
    found = [mention.target for mention in find_mentions(issue)]
    if not found:
        found = re.findall(r"\]\(\s*<?(https?://[^\s()<>]+)", issue)[:1]
    if not found:
        found = re.findall(r"https?://[^\s<>()|]+", issue)[:1]
    if not found and re.fullmatch(r"\d{1,7}", plain(issue)):
        found = [f"#{plain(issue)}"]
    return tuple(found)


def _ends_done(issue: str) -> bool:
    """The SRE book's tables say DONE or TODO in the bug column."""
    return bool(re.search(r"(?:\A|[\s*_\])])(?:DONE|done|Done|✅)[*_]*\s*\Z", issue))


def _unique(targets: "object") -> tuple[str, ...]:
    return tuple(dict.fromkeys(targets))  # type: ignore[call-overload]
