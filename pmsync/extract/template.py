"""Telling a template, a guide or an assignment from a postmortem."""

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from pmsync.extract.frontmatter import FrontMatter
from pmsync.extract.links import normalise_label
from pmsync.extract.outline import Outline, Shape
from pmsync.extract.sections import Passage, Section, flatten
from pmsync.extract.vocabulary import Vocabulary
from pmsync.extract.words import fold, plain, strip_numbering

_FILE_NAME = re.compile(r"(?:\A|[-_. /])(?:issue_)?template(?:[-_. /]|\Z)", re.IGNORECASE)
_SLOTS = re.compile(
    r"\[[^\[\]\n]{1,120}\](?!\(|\[|:[ \t]*\S)|<[^<>\n]{2,80}>|\{\{[^{}\n]{1,80}\}\}"
    r"|\b(?:YYYY-MM|MM-DD|HH:MM)\b|_{3,}"
)
"""Places to fill in: `[…]`, `<…>`, `{{…}}`, `HH:MM`, `___`."""
_CODE = re.compile(r"`[^`\n]*`")
_WORDY = re.compile(r"[a-z]{3}|YYYY|MM|__")

_OPENING_BLOCKS = 6
_LONGEST_OPENING = 2000
_FEW_BRIEFS = 2
_MANY_SLOTS = 6
_SLOTTED_SHARE = 0.25


@cache
def _patterns(vocabulary: Vocabulary) -> dict[str, re.Pattern[str]]:
    def words(name: str) -> str:
        return vocabulary.folded_pattern("template", name)

    report, template, joint = words("report"), words("template"), r"(?: (?:\w{1,3}|for|the|your|einen))*"
    return {
        "template": re.compile(
            rf"\b(?:{template}){joint} (?:{report})\b|\b(?:{report})(?: \w+){{0,2}} (?:{template})\Z"
            rf"|\A(?:{template})\Z"
        ),
        "guide": re.compile(
            rf"\b(?:{report})(?: (?:{report}|response|management))* (?:{words('guide')})\Z"
            rf"|\b(?:{words('about')})\b"
        ),
        "generic": re.compile(rf"(?:(?:{report}|{words('generic')}|\d+|x+|y+|m+) ?)*"),
        "slot": re.compile(rf"\b(?:{words('slot')})\b"),
        "title": re.compile(rf"(?:title|{words('title')})\Z"),
        "says": re.compile(rf"\b(?:{words('says')})\b"),
        "assignment": re.compile(rf"\b(?:{words('assignment')})\b(?! (?:for|of|about|on) (?:this|the|that))"),
        "brief": re.compile(rf"\b(?:{words('brief')})\b"),
    }


def template_reason(
    document: str, outline: Outline, root: Section, front: FrontMatter, vocabulary: Vocabulary
) -> str | None:
    """Says why a document is a template, a guide, or an assignment to write one; None where it is neither.

    It goes by what the document calls itself (title, opening words, file name, the front matter of an
    issue template), and by the share of its lines that still wait to be filled in.
    """
    patterns = _patterns(vocabulary)
    folder, name = posixpath.split(document)
    if (
        _FILE_NAME.search(name.rpartition(".")[0] or name)
        or posixpath.basename(folder).upper() == "ISSUE_TEMPLATE"
    ):
        return "its file name says that it is a template"
    if {"name", "about"} <= front.values.keys():
        return "its front matter is that of an issue template"
    title = _title(root)
    if patterns["template"].search(fold(title)):
        return "its title says that it is a template"
    if patterns["guide"].search(fold(title)):
        return "its title says that it is about postmortems in general"
    if _is_open(title, patterns) and _slots_in(outline) > _has_slot(title, outline):
        return "its title is a placeholder, and so is more of it"
    opening = _opening(outline)
    if patterns["says"].search(opening):
        return "it says that it is a template"
    if patterns["assignment"].search(opening):
        return "it is an assignment to write a postmortem"
    briefs = (
        section
        for section in root.sections()
        if section.label and patterns["brief"].search(fold(section.title))
    )
    if len(list(islice(briefs, _FEW_BRIEFS))) == _FEW_BRIEFS:
        return "it says what sections should contain: a brief, not a postmortem"
    return "most of it still waits to be filled in" if _is_unfilled(outline) else None


def _title(root: Section) -> str:
    """The document's first heading or line."""
    for part in root.parts:
        if isinstance(part, Section):
            return strip_numbering(part.title)
        if isinstance(part, Passage):
            return strip_numbering(plain(part.lines[0].text))
    return ""


def _opening(outline: Outline) -> str:
    blocks = islice(flatten(outline.blocks), _OPENING_BLOCKS)
    return fold(" ".join(block.text for block in blocks if block.shape is Shape.PARAGRAPH)[:_LONGEST_OPENING])


def _is_open(title: str, patterns: dict[str, re.Pattern[str]]) -> bool:
    """`Postmortem: [Incident title]`, `Incident title`; not `[INC-12] Checkout down`."""
    slots = " ".join(_SLOTS.findall(title))
    rest = fold(_SLOTS.sub(" ", title))
    if slots and patterns["slot"].search(fold(slots)):
        return bool(patterns["generic"].fullmatch(rest))
    return bool(patterns["title"].match(rest))


def _is_unfilled(outline: Outline) -> bool:
    """Whether many of the document's lines, outside code, still have places to fill in."""
    slotted = _slots_in(outline)
    return slotted >= _MANY_SLOTS and slotted >= sum(1 for _ in _texts(outline)) * _SLOTTED_SHARE


def _slots_in(outline: Outline) -> int:
    """How many lines have places to fill in."""
    return sum(_has_slot(text, outline) for text in _texts(outline))


def _texts(outline: Outline) -> Iterator[str]:
    """The lines of text and rows of tables, outside code."""
    for block in outline.walk():
        if block.shape is Shape.ROW:
            yield outline.clean[block.start : block.end]
        elif block.shape is not Shape.CODE:
            yield from (line.text for line in block.lines if line.text)


def _has_slot(line: str, outline: Outline) -> bool:
    for found in _SLOTS.finditer(_CODE.sub(" ", line[:_LONGEST_OPENING])):
        if _WORDY.search(found.group()) and normalise_label(found.group()[1:-1]) not in outline.references:
            return True
    return False
