"""What a document says of itself: title, date, severity, owner."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pmsync.extract.fields.dates import find_dates, read_date
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.fields.values import clean_owner
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.frontmatter import FrontMatter, as_date
from pmsync.extract.structure.outline import Outline, Shape
from pmsync.extract.structure.sections import Passage, Section, flatten
from pmsync.extract.titles import cut
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_SEVERITY = re.compile(r"\bSEV[- ]?\d\b", re.IGNORECASE)
_SEVERITY_ALONE = re.compile(r"SEV[- ]?\d", re.IGNORECASE)
_PARTS = re.compile(
    r"[|·•‧・;]|(?<=\S)\s{3,}(?=\S)|<br\s*/?>|,\s+(?=[*_]*[^\W\d_]{3,20}[*_]*[:：])", re.IGNORECASE
)
"""What parts one statement of a line from the next."""
_COLON = re.compile(r"\s*[:：]\s*")
_RULE = re.compile(r"[\s|:+-]+")
_PLACE = re.compile(r"[\[{<]")
"""What a placeholder opens with: `[YYYY-MM-DD]`, `{severity}`."""
_DATE_IN_NAME = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")

_DATE_BEFORE = re.compile(r"\A\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_.\s]*")
_NAMELESS = re.compile(r"readme|index", re.IGNORECASE)
_WORDS = re.compile(r"(?!!\[).*\w")
"""A line that says something, other than an image."""
_HEAD_LINES = 60
_HEAD_CHARACTERS = 20_000
_FIRST_LINES = 6
_HEADER_LINES = 2
_FEWEST_COLUMNS = 3
_LONGEST_LINE = 300
_LONGEST_BARE = 100
_LONGEST_KEY = 40
_LONGEST_SEVERITY = 40
_EXPLAINS = re.compile(r"\s[–—-]\s|[,;(.]\s?")


@dataclass(frozen=True, slots=True)
class About:
    """A document's own data; `title` is never empty, and `is_draft` where its status says that it is one."""

    title: str
    date: str | None = None
    severity: str | None = None
    owner: str | None = None
    is_draft: bool = False


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
    date, severity = _head(outline, repair, vocabulary)
    owner = front.values.get("owner", "")
    in_title = _SEVERITY.search(title)
    in_name = _DATE_IN_NAME.search(document)
    return About(
        title=cut(title or _title_in_name(document)) or "(untitled)",
        date=as_date(front.values.get("date", ""))
        or date
        or read_date(title, vocabulary)
        or (as_date(in_name.group()) if in_name else None),
        severity=repair(front.values.get("severity", ""))
        or severity
        or (in_title.group() if in_title else None),
        owner=clean_owner(repair(owner), vocabulary) if owner else None,
        is_draft=_is_draft(
            front.values.get("status") or _status(outline, root, repair, vocabulary), vocabulary
        ),
    )


def _title(outline: Outline, root: Section, vocabulary: Vocabulary) -> str:
    """The document's first level-one heading, else its first line or heading that is no section's."""
    for block in flatten(outline.blocks):
        if block.shape is Shape.HEADING and block.level == 1 and _WORDS.match(block.text):
            said = vocabulary.announce(plain(block.lines[0].text))
            return "" if said.is_known else block.lines[0].text
    for part in root.parts:
        if isinstance(part, Section):
            return "" if part.is_known else part.title
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


@dataclass(slots=True)
class _Head:
    """What the lines at a document's head say, the first to say it."""

    vocabulary: Vocabulary
    date: str | None = None
    severity: str | None = None
    status: str = ""
    asked: str = ""

    def read(self, lines: Sequence[str]) -> None:
        """Reads the lines, none of which is blank."""
        for at, line in enumerate(lines):
            if "|" in line and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1]):
                self._read_header(lines[at : at + 4])
            elif not _RULE.fullmatch(line):
                self._read_line(line)

    def _read_header(self, lines: Sequence[str]) -> None:
        """Reads a table's first line: a statement, or the names of what its only row states."""
        header = [_bare(cell) for cell in lines[0].strip(" |").split("|")]
        if len(header) < _FEWEST_COLUMNS and not all(self._key_of(cell)[0] for cell in header):
            self._read_line(lines[0])
        elif len(lines) > _HEADER_LINES and "|" not in "".join(lines[_HEADER_LINES + 1 :]):
            for name, cell in zip(header, lines[_HEADER_LINES].strip(" |").split("|"), strict=False):
                self._take(self._key_of(name)[0], _bare(cell))

    def _read_line(self, line: str) -> None:
        parts = [part for part in map(_bare, _PARTS.split(line)) if part]
        for part in parts:
            key, value = self._key_of(part)
            if key and value:
                self._take(key, value)
            elif self.asked and not key:
                self._take(self.asked, part)
            self.asked = key if key and not value else ""

    def read_bare(self, line: str) -> None:
        """Reads a line near the top that may state date and severity without saying which is which."""
        for part in re.split(r"[|·•,;()–—]", line):
            if self.severity is None and _SEVERITY_ALONE.fullmatch(_bare(part)):
                self.severity = _bare(part)
        for part in _PARTS.split(line):
            found = next(iter(find_dates(_bare(part), self.vocabulary)), None) if self.date is None else None
            if found and not words_of(_bare(part)[: found.start]):
                self.date = found.iso

    def _key_of(self, part: str) -> tuple[str, str]:
        """`Severity: P1` → ("severity", "P1"); a part that is a key alone has no value."""
        key, *value = _COLON.split(part[:_LONGEST_LINE], maxsplit=1)
        if len(key) > _LONGEST_KEY:
            return "", ""
        return self.vocabulary.table("document").name_of(words_of(key)) or "", value[0] if value else ""

    def _take(self, key: str, value: str) -> None:
        if key == "severity" and self.severity is None:
            self.severity = _severity(value, self.vocabulary)
        elif key == "date" and self.date is None:
            self.date = read_date(value, self.vocabulary)
        elif key == "status" and not self.status:
            self.status = value


def _bare(part: str) -> str:
    """A part of a line as plain text, without what opens the line."""
    return plain(part).lstrip(" >#-+").strip(" *_|,:：")


def _severity(value: str, vocabulary: Vocabulary) -> str | None:
    """A severity as written, cut where it goes on to explain itself; None for a placeholder."""
    is_header = bool(vocabulary.table("columns").all_of(words_of(value)))
    if _PLACE.match(value) or is_header or is_unfilled(value, vocabulary):
        return None
    if len(value) > _LONGEST_SEVERITY:
        value = _EXPLAINS.split(value, maxsplit=1)[0]
    return value.strip() if len(value) <= _LONGEST_SEVERITY else None


def _head(
    outline: Outline, repair: Callable[[str], str], vocabulary: Vocabulary
) -> tuple[str | None, str | None]:
    """Date and severity from the lines at the document's head."""
    head = _Head(vocabulary)
    lines = _head_lines(outline, repair)
    head.read(lines)
    for line in lines[:_FIRST_LINES]:
        if len(line) <= _LONGEST_BARE and not line.startswith("|"):
            head.read_bare(line)
    return head.date, head.severity


def _head_lines(outline: Outline, repair: Callable[[str], str], end: int = _HEAD_CHARACTERS) -> list[str]:
    """The lines at a document's head that say something, up to an offset."""
    lines = outline.clean[: min(end, _HEAD_CHARACTERS)].split("\n")[:_HEAD_LINES]
    return [repair(line[:_LONGEST_LINE]) for line in lines if line.strip()]


def _status(outline: Outline, root: Section, repair: Callable[[str], str], vocabulary: Vocabulary) -> str:
    """The document's status from the lines at its head, which end where follow-up work is announced."""
    starts = (it.label.start for it in root.sections() if it.label and it.rank.is_follow_up)
    head = _Head(vocabulary)
    head.read(_head_lines(outline, repair, next(starts, _HEAD_CHARACTERS)))
    return head.status


def _is_draft(status: str, vocabulary: Vocabulary) -> bool:
    """`Draft`, `Draft – to be reviewed`; not `Draft / Final`, which leaves the choice to the author."""
    said = _EXPLAINS.split(status[:_LONGEST_LINE], maxsplit=1)[0]
    return bool(vocabulary.phrases("draft").all_of(words_of(said)))
