"""One document, from its text to the postmortem."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from pmsync.annotation import find_annotations
from pmsync.extract.document_facts import describe
from pmsync.extract.fields.dates import is_day_first
from pmsync.extract.fields.names import NOBODY, Owners, read_names
from pmsync.extract.fields.places import find_owners
from pmsync.extract.item_maker import ItemMaker
from pmsync.extract.people import find_people
from pmsync.extract.rules.document import DOCUMENT_RULES, Kind
from pmsync.extract.selection.entries import Entry
from pmsync.extract.selection.reading import Reading
from pmsync.extract.selection.selection import Selection
from pmsync.extract.structure.anchors import find_anchors
from pmsync.extract.structure.conflict import require_merged
from pmsync.extract.structure.encoding import repairer
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.frontmatter import read_front_matter
from pmsync.extract.structure.marks import Marks
from pmsync.extract.structure.outline import Outline, Span, read_outline
from pmsync.extract.structure.sections import Section, read_sections
from pmsync.extract.summary import find_summary
from pmsync.lexicon.vocabulary import Vocabulary, load_vocabulary
from pmsync.model import Annotation, Finding, Known, Notice, Postmortem
from pmsync.text import find_undecoded

_INDEX = re.compile(r"(?:readme|_?index)\.[a-z]+", re.IGNORECASE)
"""The file that says what lies in its folder."""

_LONGEST_CELL = 120
_OTHER = (
    "No action item is taken from what is, by its name or title, an index page, a template or a guide;"
    ' `"!path"` under `documents:` in the configuration leaves it out, and ends this warning.'
)
_UNDECODED = (
    "What stands here is no UTF-8: it is kept as it is, and shown as \N{REPLACEMENT CHARACTER};"
    " saved as UTF-8, its words would be read."
)


def read_postmortem(
    document: str, text: str, known: Known, without: frozenset[str] = frozenset()
) -> Postmortem:
    """Reads one document; see `pmsync.extract.read`."""
    require_merged(document, text)
    front = read_front_matter(document, text)
    repair = repairer(text)
    vocabulary = load_vocabulary(text, known.sections)
    found = find_annotations(text, 0, len(text))
    outline = read_outline(
        text,
        hidden=_hidden(text, front.end),
        annotations=tuple((mark.start, mark.end) for mark in found),
        is_section_name=vocabulary.is_section_name,
    )
    root = read_sections(outline, vocabulary, repair)
    about = describe(document, outline, root, front, repair, vocabulary)
    postmortem = Postmortem(
        document=document,
        text=text,
        title=about.title,
        date=about.date,
        severity=about.severity,
        summary=find_summary(root, front, vocabulary, repair),
        owner=about.owner,
        labels=front.all_of("labels"),
        opted_out=front.opted_out,
        is_draft=front.is_draft or about.is_draft,
    )
    if front.opted_out:
        reason = "the front matter says `pmsync: false`"
        finding = Finding(line=1, text=about.title, taken=False, reason=reason, is_section=True)
        return replace(postmortem, findings=(finding,))
    marks = Marks({mark.start: mark.ref for mark in (*found, *_bare(outline)) if mark.status is not None})
    reading = Reading(outline, vocabulary, marks, repair, without)
    selection = Selection(root, reading)
    kind = Kind(document, outline, root, front, vocabulary)
    rule = reading.find_rule(DOCUMENT_RULES, kind)
    people = chain(known.people, find_people(outline, root, vocabulary, repair))
    template = rule.says(kind) if rule else ""
    return _with_items(postmortem, outline, vocabulary, repair, selection, people, template)


def _with_items(
    postmortem: Postmortem,
    outline: Outline,
    vocabulary: Vocabulary,
    repair: Callable[[str], str],
    selection: Selection,
    people: Iterable[str],
    template: str,
) -> Postmortem:
    """The postmortem with the items of what is selected; `template` says why there are none."""
    entries = selection.select(template)
    maker = ItemMaker(
        postmortem.document,
        outline,
        vocabulary,
        repair,
        find_anchors(outline),
        _owners(outline, entries, people, vocabulary),
        is_day_first(outline.clean),
        postmortem.date,
    )
    items = tuple(map(maker.make, entries))
    is_other = bool(template or _INDEX.fullmatch(postmortem.document.rpartition("/")[2]))
    return replace(
        postmortem,
        is_other=is_other or postmortem.is_draft,
        template=template,
        items=items,
        findings=tuple(sorted(selection.reading.findings, key=lambda finding: finding.line)),
        warnings=(
            *_encoding_warning(postmortem.document, outline),
            *_warnings(
                postmortem.document,
                outline,
                selection.empty,
                is_other=is_other,
                has_items=bool(items) or selection.says_none,
            ),
        ),
    )


def _owners(
    outline: Outline, entries: Sequence[Entry], people: Iterable[str], vocabulary: Vocabulary
) -> Owners:
    """What the document shows of owners: at its head, in tables' columns, and in the form of its entries."""
    if not entries:
        return NOBODY
    cells = (
        plain(each.table.cell_text(each.row, "owner"))[:_LONGEST_CELL]
        for each in entries
        if each.row and each.table
    )
    names = [*people, *(name for cell in cells for name in read_names(cell, vocabulary, is_stated=True))]
    paragraphs = [outline.clean[slice(*each.paragraph)] for each in entries if not each.row]
    return find_owners(paragraphs, names, vocabulary)


def _bare(outline: Outline) -> Iterator[Annotation]:
    """The annotations that stand alone in a table's cell, where they have no parentheses."""
    for block in outline.walk():
        for start, end in block.cells:
            if "](" in outline.text[start:end]:
                yield from find_annotations(outline.text, start, end, cell=True)


def _hidden(text: str, front_matter_end: int) -> tuple[Span, ...]:
    """What is no Markdown: the byte order mark and the front matter."""
    end = front_matter_end or int(text.startswith("\ufeff"))
    return ((0, end),) if end else ()


def _encoding_warning(document: str, outline: Outline) -> Iterator[Notice]:
    at = find_undecoded(outline.text)
    if at is not None:
        yield Notice(text=_UNDECODED, document=document, line=outline.line_at(at))


def _warnings(
    document: str, outline: Outline, empty: list[Section], *, is_other: bool, has_items: bool
) -> tuple[Notice, ...]:
    if is_other:
        return () if has_items else (Notice(text=_OTHER, document=document),)
    warnings = [
        Notice(
            text=f"“{section.title}” announces follow-up work, but no action item stands under it; "
            "`<!-- pmsync: items -->` before a list takes its entries.",
            document=document,
            line=outline.line_at(section.label.start),
        )
        for section in empty
        if section.label is not None
    ]
    if not has_items and not warnings:
        text = (
            "No action item is recognised; `pmsync items --explain` says why. A heading such as “Action "
            "items” over a list, or `<!-- pmsync: items -->` before it, makes its entries action items."
        )
        warnings.append(Notice(text=text, document=document))
    return tuple(warnings)
