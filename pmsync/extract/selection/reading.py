"""One document as it is read: its blocks and words, and what is decided of it (`pmsync items --explain`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pmsync.extract.rules.rule import Rule, Subject
from pmsync.extract.selection.entries import Entry
from pmsync.extract.selection.tables import Table
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.marks import Marks
from pmsync.extract.structure.outline import Block, Outline
from pmsync.extract.structure.sections import Section
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.model import Finding

_FIRST_WORDS = 80
_LONGEST = 2000


@dataclass(slots=True, eq=False)
class Reading:
    """What all steps of selecting share; `findings` tell what was decided, and why."""

    outline: Outline
    vocabulary: Vocabulary
    marks: Marks
    repair: Callable[[str], str]
    without: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    _tables: dict[Block, Table] = field(default_factory=dict)

    def table(self, block: Block) -> Table:
        """A table, understood by its header."""
        if block not in self._tables:
            self._tables[block] = Table(self.outline, block, self.vocabulary)
        return self._tables[block]

    def words_of(self, entry: Entry) -> str:
        """An entry's first paragraph as plain text, or the heading that it is."""
        return entry.heading or plain(self.outline.clean[slice(*entry.paragraph)][:_LONGEST])

    def find_rule(self, rules: Sequence[Rule[Subject]], subject: Subject) -> Rule[Subject] | None:
        """Returns the first rule that holds over a subject, but for those that are switched off."""
        return next((rule for rule in rules if rule.name not in self.without and rule.holds(subject)), None)

    def decide(
        self, what: Section | Entry | Block, rules: Sequence[Rule[Subject]], subject: Subject
    ) -> Rule[Subject] | None:
        """Returns the first rule that holds over a label, an entry or a part, and notes what it says."""
        rule = self.find_rule(rules, subject)
        if rule is not None:
            self.note(what, rule.says(subject), taken=rule.takes, rule=rule.name)
        return rule

    def note(self, what: Section | Entry | Block, reason: str, *, taken: bool, rule: str = "") -> None:
        """Notes what was decided about a label, an entry, or a whole list, table or text."""
        if isinstance(what, Section):
            at, words = what.label.start if what.label else 0, what.title or "the document"
        else:
            source = self.outline.clean[what.start : what.end][:_LONGEST]
            at, words = what.start, self.words_of(what) if isinstance(what, Entry) else plain(source)
        line, text = self.outline.line_at(at), self.repair(words)[:_FIRST_WORDS]
        is_section = isinstance(what, Section)
        self.findings.append(
            Finding(line=line, text=text, taken=taken, reason=reason, rule=rule, is_section=is_section)
        )
