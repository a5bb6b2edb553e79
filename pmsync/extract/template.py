"""Telling a template, a guide or an assignment from a postmortem."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pmsync.extract.frontmatter import FrontMatter
from pmsync.extract.links import normalise_label
from pmsync.extract.outline import Outline, Shape
from pmsync.extract.phrases import Phrases
from pmsync.extract.sections import Passage, Section, flatten
from pmsync.extract.vocabulary import Vocabulary
from pmsync.extract.words import HTML_NAMES, plain, strip_numbering, words_of

_FILE_NAME = re.compile(r"(?:\A|[-_. /])(?:issue_)?template(?:[-_. /]|\Z)", re.IGNORECASE)
_SLOTS = re.compile(
    r"\[[^\[\]\n]{1,120}\](?!\(|\[|:[ \t]*\S)"
    rf"|<(?!/?{HTML_NAMES}(?:\s[^<>]*)?/?>)[^<>\n]{{2,80}}>"
    r"|\{\{[^{}\n]{1,80}\}\}"
    r"|\b(?:YYYY-MM|MM-DD|HH:MM)\b|_{3,}"
)
"""Places to fill in: `[…]`, `<…>`, `{{…}}`, `HH:MM`, `___`."""
_CODE = re.compile(r"`[^`\n]*`")
_JOINTS = frozenset({"for", "the", "your", "einen"})
_SHORT_JOINT = 3
_MASK = re.compile(r"\d+|x+|y+|m+")
"""What a date or number that waits to be filled in looks like."""
_THIS_ONE = {("for", "this"), ("of", "this"), ("about", "this"), ("on", "this")}
_WORDY = re.compile(r"[a-z]{3}|YYYY|MM|__")

_OPENING_BLOCKS = 6
_LONGEST_OPENING = 2000
_FEW_BRIEFS = 2
_MANY_SLOTS = 6
_SLOTTED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class _Words:
    """What a document's own words call it."""

    vocabulary: Vocabulary

    def phrases(self, name: str) -> Phrases:
        """The phrases of the lexicon's `template` table."""
        return self.vocabulary.phrases("template", name)

    def have(self, name: str, words: Sequence[str]) -> bool:
        """Whether one of the phrases stands in the words."""
        return self.phrases(name).has(words)

    def call_template(self, title: Sequence[str]) -> bool:
        """`Template`, `Template for a postmortem`, `Incident report template`."""
        report, template = self.phrases("report"), self.phrases("template")
        if template.all_of(title):
            return True
        for found in template.find(title):
            at = found.end
            while at < len(title) and (len(title[at]) <= _SHORT_JOINT or title[at] in _JOINTS):
                if report.at(title, at):
                    return True
                at += 1
            if report.at(title, at):
                return True
            ends = found.end == len(title)
            if ends and any(found.start - 2 <= one.end <= found.start for one in report.find(title)):
                return True
        return False

    def call_guide(self, title: Sequence[str]) -> bool:
        """`Postmortem process`, `How to write a postmortem`."""
        if self.have("about", title):
            return True
        guides = [one.start for one in self.phrases("guide").find(title) if one.end == len(title)]
        reports = self.phrases("report").find(title)
        for start in guides:
            while title[start - 1 : start] in (("response",), ("management",)):
                start -= 1
            if any(one.end == start for one in reports):
                return True
        return False

    def set_assignment(self, opening: Sequence[str]) -> bool:
        """`Write a postmortem`, but not `… for this outage`."""
        found = self.phrases("assignment").find(opening)
        return any(tuple(opening[one.end : one.end + 2]) not in _THIS_ONE for one in found)

    def are_open(self, title: str) -> bool:
        """`Postmortem: [Incident title]`, `Incident title`; not `[INC-12] Checkout down`."""
        slots = " ".join(_SLOTS.findall(title))
        rest = words_of(_SLOTS.sub(" ", title))
        if slots and self.have("slot", words_of(slots)):
            left = list(rest)
            for name in ("report", "generic"):
                for one in self.phrases(name).find(left):
                    left[one.start : one.end] = [""] * (one.end - one.start)
            return all(not word or _MASK.fullmatch(word) for word in left)
        return rest == ("title",) or bool(self.phrases("title").all_of(rest))


def template_reason(
    document: str, outline: Outline, root: Section, front: FrontMatter, vocabulary: Vocabulary
) -> str | None:
    """Says why a document is a template, a guide, or an assignment to write one; None where it is neither.

    It goes by what the document calls itself (title, opening words, file name, the front matter of an
    issue template), and by the share of its lines that still wait to be filled in.
    """
    words = _Words(vocabulary)
    folder, name = posixpath.split(document)
    if (
        _FILE_NAME.search(name.rpartition(".")[0] or name)
        or posixpath.basename(folder).upper() == "ISSUE_TEMPLATE"
    ):
        return "its file name says that it is a template"
    if {"name", "about"} <= front.values.keys():
        return "its front matter is that of an issue template"
    title = _title(root)
    if words.call_template(words_of(title)):
        return "its title says that it is a template"
    if words.call_guide(words_of(title)):
        return "its title says that it is about postmortems in general"
    if words.are_open(title) and _slots_in(outline) > _has_slot(title, outline):
        return "its title is a placeholder, and so is more of it"
    opening = _opening(outline)
    if words.have("says", opening):
        return "it says that it is a template"
    if words.set_assignment(opening):
        return "it is an assignment to write a postmortem"
    briefs = (
        section
        for section in root.sections()
        if section.label and words.have("brief", words_of(section.title))
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


def _opening(outline: Outline) -> tuple[str, ...]:
    blocks = islice(flatten(outline.blocks), _OPENING_BLOCKS)
    texts = " ".join(block.text for block in blocks if block.shape is Shape.PARAGRAPH)
    return words_of(texts[:_LONGEST_OPENING])


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
