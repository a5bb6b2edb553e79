"""Keeping what was decided, and why: the text of `pmsync items --explain`."""

from collections.abc import Callable

from pmsync.extract.selection.entries import Entry
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Outline
from pmsync.extract.structure.sections import Section
from pmsync.model import Finding

_FIRST_WORDS = 80
_LONGEST = 2000


class Explanation:
    """The findings about one document, as they are made."""

    def __init__(self, outline: Outline, repair: Callable[[str], str]) -> None:
        self.outline = outline
        self.repair = repair
        self.findings: list[Finding] = []

    def words_of(self, entry: Entry) -> str:
        """An entry's first paragraph as plain text, or the heading that it is."""
        return entry.heading or plain(self.outline.clean[slice(*entry.paragraph)][:_LONGEST])

    def say_section(self, section: Section, reason: str, *, taken: bool, rule: str = "") -> None:
        """Notes what was decided about a heading or label."""
        at = section.label.start if section.label else 0
        self._say(at, section.title or "the document", reason, taken=taken, rule=rule, is_section=True)

    def say_entry(self, entry: Entry, reason: str, *, taken: bool, rule: str = "") -> None:
        """Notes what was decided about an entry."""
        self._say(entry.start, self.words_of(entry), reason, taken=taken, rule=rule)

    def refuse(self, block: Block, reason: str, rule: str) -> None:
        """Notes why a whole list or table was not taken."""
        self._say(
            block.start,
            plain(self.outline.clean[block.start : block.end][:_LONGEST]),
            reason,
            taken=False,
            rule=rule,
        )

    def _say(
        self, at: int, words: str, reason: str, *, taken: bool, rule: str, is_section: bool = False
    ) -> None:
        line, words = self.outline.line_at(at), self.repair(words)[:_FIRST_WORDS]
        self.findings.append(
            Finding(line=line, text=words, taken=taken, reason=reason, rule=rule, is_section=is_section)
        )
