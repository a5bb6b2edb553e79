"""One document, from its text to the postmortem."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pmsync.annotation import find_annotations
from pmsync.extract.anchors import find_anchors
from pmsync.extract.candidates import PART_RULES
from pmsync.extract.conflict import require_merged
from pmsync.extract.dates import is_day_first
from pmsync.extract.document_facts import describe
from pmsync.extract.document_rules import DOCUMENT_RULES, Kind
from pmsync.extract.encoding import repairer
from pmsync.extract.entry_rules import ENTRY_RULES
from pmsync.extract.entry_text import find_names
from pmsync.extract.frontmatter import read_front_matter
from pmsync.extract.item_maker import ItemMaker
from pmsync.extract.marks import Marks
from pmsync.extract.outline import Outline, Span, read_outline
from pmsync.extract.rules import Judge, Rule
from pmsync.extract.section_rules import SECTION_RULES
from pmsync.extract.sections import Section, read_sections
from pmsync.extract.selection import GROUP_RULES, Selection
from pmsync.extract.summary import find_summary
from pmsync.extract.vocabulary import load_vocabulary
from pmsync.model import Annotation, Finding, Notice, Postmortem

_INDEX = re.compile(r"(?:readme|_?index)\.[a-z]+", re.IGNORECASE)
"""The file that says what lies in its folder."""

_OTHER = (
    "No action item is taken from what is, by its name or title, an index page, a template or a guide;"
    ' `"!path"` under `documents:` in the configuration leaves it out, and ends this warning.'
)

RULES: tuple[Rule[Any], ...] = (
    *DOCUMENT_RULES,
    *SECTION_RULES,
    *PART_RULES,
    *GROUP_RULES,
    *ENTRY_RULES,
)
"""All of them, from the whole document down to the single entry."""


def read_postmortem(
    document: str, text: str, sections: tuple[str, ...], without: frozenset[str] = frozenset()
) -> Postmortem:
    """Reads one document; see `pmsync.extract.read`."""
    require_merged(document, text)
    front = read_front_matter(document, text)
    repair = repairer(text)
    vocabulary = load_vocabulary(text, sections)
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
    marks = Marks(mark.start for mark in (*found, *_bare(outline)) if mark.status is not None)
    judge = Judge(without)
    selection = Selection(outline, root, vocabulary, marks, repair, judge)
    kind = Kind(document, outline, root, front, vocabulary)
    rule = judge.decide(DOCUMENT_RULES, kind)
    template = rule.says(kind) if rule else None
    entries = selection.select(template)
    names = find_names(
        (outline.clean[slice(*each.paragraph)] for each in entries if not each.row), vocabulary
    )
    maker = ItemMaker(
        document, outline, vocabulary, repair, find_anchors(outline), names, is_day_first(outline.clean)
    )
    items = tuple(map(maker.make, entries))
    is_index = bool(_INDEX.fullmatch(document.rpartition("/")[2]))
    return replace(
        postmortem,
        is_other=bool(template) or postmortem.is_draft or is_index,
        template=template or "",
        items=items,
        findings=tuple(sorted(selection.explanation.findings, key=lambda finding: finding.line)),
        warnings=_warnings(
            document,
            outline,
            selection.empty,
            is_other=bool(template) or is_index,
            has_items=any(items) or selection.says_none,
        ),
    )


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
