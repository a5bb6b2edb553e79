"""What a document says of itself: title, date, severity, owner."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pmsync.extract.fields import clean_owner, read_date
from pmsync.extract.frontmatter import FrontMatter, as_date
from pmsync.extract.outline import Outline, Shape
from pmsync.extract.sections import Passage, Section, flatten
from pmsync.extract.vocabulary import Rank, Vocabulary
from pmsync.extract.wording import cut
from pmsync.extract.words import plain

_LINE = re.compile(
    r"[\W_]*(?P<key>(?:incident |start )?date(?: of (?:the )?incident)?|severity(?: level)?|sev"
    r"|fecha|data|datum|s[ée]v[ée]rit[ée]|gravit[ée]|severidad|severidade|schweregrad)\b[\W_]{0,6}?[:：|][\s*_]*(?P<value>[^|\n\[<{]{1,80})",
    re.IGNORECASE,
)
_SEVERITY_KEY = re.compile(r"s[ée]v|grav|schwere", re.IGNORECASE)
_SEVERITY = re.compile(r"\bSEV[- ]?\d\b", re.IGNORECASE)
_DATE_IN_NAME = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")

_DATE_BEFORE = re.compile(r"\A\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_.\s]*")
_NAMELESS = re.compile(r"readme|index", re.IGNORECASE)
_WORDS = re.compile(r"(?!!\[).*\w")
"""A line that says something, other than an image."""
_HEAD_LINES = 60
_HEAD_CHARACTERS = 20_000
_LONGEST_LINE = 300
_LONGEST_SEVERITY = 40


@dataclass(frozen=True, slots=True)
class About:
    """A document's own data; `title` is never empty."""

    title: str
    date: str | None = None
    severity: str | None = None
    owner: str | None = None


def describe(
    document: str,
    outline: Outline,
    root: Section,
    front: FrontMatter,
    repair: Callable[[str], str],
    vocabulary: Vocabulary,
) -> About:
    """Reads them from front matter, else from the document's title and its first lines."""
    title = plain(repair(front.values.get("title", ""))) or plain(
        repair(_title(outline, root, vocabulary))
    ).strip(" :")
    date, severity = _head(outline, repair)
    owner = front.values.get("owner", "")
    in_title = _SEVERITY.search(title)
    in_name = _DATE_IN_NAME.search(document)
    return About(
        title=cut(title or _title_in_name(document)) or "(untitled)",
        date=as_date(front.values.get("date", ""))
        or date
        or read_date(title)
        or (as_date(in_name.group()) if in_name else None),
        severity=repair(front.values.get("severity", ""))
        or severity
        or (in_title.group() if in_title else None),
        owner=clean_owner(repair(owner), vocabulary) if owner else None,
    )


def _title(outline: Outline, root: Section, vocabulary: Vocabulary) -> str:
    """The document's first level-one heading, else its first line or heading that is no section's."""
    for block in flatten(outline.blocks):
        if block.shape is Shape.HEADING and block.level == 1 and _WORDS.match(block.text):
            said = vocabulary.announce(plain(block.lines[0].text))
            return "" if said.exact and said.rank is not Rank.NONE else block.lines[0].text
    for part in root.parts:
        if isinstance(part, Section):
            return "" if part.announcement.exact and part.rank is not Rank.NONE else part.title
        if isinstance(part, Passage) and _WORDS.match(part.lines[0].text):
            return part.lines[0].text
    return ""


def _title_in_name(document: str) -> str:
    """`2026-02-20-blank-boarding-passes.md` says "Blank boarding passes"; `…/README.md` its folder's name."""
    folder, _, name = document.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if _NAMELESS.fullmatch(stem) and folder:
        stem = folder.rpartition("/")[2]
    words = " ".join(re.split(r"[-_\s]+", _DATE_BEFORE.sub("", stem) or stem)).strip()
    return words[:1].upper() + words[1:]


def _head(outline: Outline, repair: Callable[[str], str]) -> tuple[str | None, str | None]:
    """Date and severity from the lines at the document's head."""
    date: str | None = None
    severity: str | None = None
    for line in outline.clean[:_HEAD_CHARACTERS].split("\n")[:_HEAD_LINES]:
        found = _LINE.match(line[:_LONGEST_LINE])
        if not found:
            continue
        value = plain(repair(found["value"])).strip(" *_:|")
        if _SEVERITY_KEY.match(found["key"]):
            severity = severity or value[:_LONGEST_SEVERITY] or None
        else:
            date = date or read_date(value)
    return date, severity
