"""Telling a template, a guide or an assignment from a postmortem."""

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import dropwhile

from pmsync.extract.fields.links import normalise_label
from pmsync.extract.rules.rule import Rule
from pmsync.extract.structure.flat import CODE, HTML_NAMES, plain
from pmsync.extract.structure.frontmatter import FrontMatter
from pmsync.extract.structure.outline import Outline, Shape
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.phrases import Phrases, blanked
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import strip_numbering, words_of

_FILE_NAME = re.compile(r"(?:\A|[-_. /])(?:issue_)?template(?:[-_. /]|\Z)", re.IGNORECASE)
_ANGLES = re.compile(rf"<(?!/?{HTML_NAMES}(?:\s[^<>]*)?/?>)[^<>\n]{{2,80}}>")
"""`Incident review: <short title>`, which is no HTML."""
_SLOTS = re.compile(
    r"\[[^\[\]\n]{1,120}\](?!\(|\[|:[ \t]*\S)"
    rf"|{_ANGLES.pattern}"
    r"|\{\{[^{}\n]{1,80}\}\}"
    r"|\b(?:YYYY-MM|MM-DD|HH:MM)\b|_{3,}"
)
"""Places to fill in: `[…]`, `<…>`, `{{…}}`, `HH:MM`, `___`."""
_ADDRESS = re.compile(r"https?://\S+")
_SHORT_JOINT = 3
"""Letters of the words that may stand between: `Template for a postmortem`."""
_MASK = re.compile(r"\d+|x+|y+|m+")
"""What a date or number that waits to be filled in looks like."""
_WORDY = re.compile(r"[a-z]{3}|YYYY|MM|__")

_LONGEST_OPENING = 2000
_LONGEST_TITLE = 300


@dataclass(frozen=True)
class Kind:
    """A document, as the rules on its kind look at it."""

    document: str
    outline: Outline
    root: Section
    front: FrontMatter
    vocabulary: Vocabulary

    @cached_property
    def title(self) -> str:
        """Its heading of level one, else its first heading or line, or what of it a person would read."""
        parts = [part for part in self.root.parts if isinstance(part, Section | Passage)]
        titles = (part for part in parts if isinstance(part, Section) and part.level == 1)
        part = next(iter([*titles, *parts]), self.root)
        line = part.label if isinstance(part, Section) else part.lines[0]
        text = _ANGLES.sub(lambda found: f"[{found.group()[1:-1]}]", line.text) if line else ""
        return _ADDRESS.sub(" ", strip_numbering(plain(text))[:_LONGEST_TITLE])

    @cached_property
    def slots(self) -> int:
        """How many of its lines, or rows, outside code have places to fill in."""
        blocks = [block for block in self.outline.walk() if block.shape is not Shape.CODE]
        rows = [self.outline.clean[row.start : row.end] for row in blocks if row.shape is Shape.ROW]
        return sum(map(self.has_slot, [*rows, *(line.text for block in blocks for line in block.lines)]))

    def has_slot(self, line: str) -> bool:
        """Whether a line has a place to fill in, which no reference of the document is."""
        slots = (found.group() for found in _SLOTS.finditer(CODE.sub(" ", line[:_LONGEST_OPENING])))
        worded = filter(_WORDY.search, slots)
        return any(normalise_label(slot[1:-1]) not in self.outline.references for slot in worded)

    def phrases(self, name: str) -> Phrases:
        """The phrases of the lexicon's `template` table."""
        return self.vocabulary.phrases("template", name)


def _is_named_template(kind: Kind) -> bool:
    return bool(_FILE_NAME.search(posixpath.basename(kind.document)))


def _is_issue_template(kind: Kind) -> bool:
    return {"name", "about"} <= kind.front.values.keys() and kind.slots > 0


def _calls_itself_template(kind: Kind) -> bool:
    """`Template`, `Template for a postmortem`, `Incident report template`."""
    title, report = words_of(kind.title), kind.phrases("report")
    starts = {0, *(one.end for one in report.find(title))}
    for found in kind.phrases("template").find(title):
        of_what = tuple(dropwhile(lambda word: len(word) <= _SHORT_JOINT, title[found.end :]))
        if report.at(of_what) or (found.end == len(title) and found.start in starts):
            return True
    return False


def _is_guide(kind: Kind) -> bool:
    """`Postmortem process`, `How to write a postmortem`, `Incident response process`."""
    title = words_of(kind.title)
    ends = {one.end for one in kind.phrases("report").find(title)}
    ends |= {end + 1 for end in ends if title[end : end + 1] in (("response",), ("management",))}
    guides = (guide for guide in kind.phrases("guide").find(title) if guide.end == len(title))
    return any(guide.start in ends for guide in guides) or kind.phrases("about").has(title)


def _has_open_title(kind: Kind) -> bool:
    """`Postmortem: [Incident title]`, `Incident title`; not `[INC-12] Checkout down`."""
    slots = " ".join(_SLOTS.findall(kind.title))
    left = list(words_of(_SLOTS.sub(" ", kind.title)))
    if kind.phrases("slot").has(words_of(slots)):
        for name in ("report", "generic"):
            left = blanked(left, kind.phrases(name).find(left))
        is_open = all(not word or _MASK.fullmatch(word) for word in left)
    else:
        is_open = bool(kind.phrases("title").all_of(left))
    return is_open and kind.slots > kind.has_slot(kind.title)


DOCUMENT_RULES: tuple[Rule[Kind], ...] = (
    Rule("template-file", "its file name says that it is a template", _is_named_template),
    Rule("issue-template", "its front matter is that of an issue template", _is_issue_template),
    Rule("template-title", "its title says that it is a template", _calls_itself_template),
    Rule("guide", "its title says that it is about postmortems in general", _is_guide),
    Rule("open-title", "its title is a placeholder, and so is more of it", _has_open_title),
)
"""Why a document is no postmortem: what it calls itself, and how much of it waits to be filled in."""
