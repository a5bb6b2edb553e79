"""Sections → entries: which of them are action items, by what their labels announce."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pmsync.extract.entries import Entry, Group
from pmsync.extract.entry_rules import CONTROL
from pmsync.extract.explain import Explanation
from pmsync.extract.fields import read_fields
from pmsync.extract.gather import Gatherer
from pmsync.extract.links import find_mentions
from pmsync.extract.marks import Marks
from pmsync.extract.outline import Block, Outline, Shape
from pmsync.extract.rules import Judge, Rule
from pmsync.extract.section_rules import SECTION_RULES, Place, announces, is_category
from pmsync.extract.sections import Passage, Section
from pmsync.extract.state import says_done
from pmsync.extract.tables import read_table
from pmsync.extract.vocabulary import Announcement, Rank, Vocabulary
from pmsync.extract.words import plain, words_of
from pmsync.model import Kind

_LONGEST_ENTRY = 4000
_FEWEST_FACTS = 3
_FACT = re.compile(r"(?:\*\*|__)[^*_\n]{2,40}(?::(?:\*\*|__)|(?:\*\*|__)\s?:)\s")
_OPENING_WORDS = 8


@dataclass(frozen=True, slots=True)
class Told:
    """Entries under a label that may as well tell of the past: whether it may, how many do, of how many."""

    may_tell: bool
    told: int
    count: int


REPAIR: Rule[Told] = Rule(
    "repair",
    "its entries tell how the incident was ended",
    lambda entries: entries.may_tell and 0 < entries.told * 2 >= entries.count,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """A group, or a section's own entries, beside a list of the specific tasks.

    Attributes:
        tasks: the list.
        is_broad: the group only says what might be better.
    """

    tasks: Section
    is_broad: bool


SPECIFIC: Rule[Beside] = Rule(
    "specific-beats-general",
    lambda beside: f"“{beside.tasks.title}” beside it lists the specific tasks",
    lambda beside: beside.is_broad,
)
GROUP_RULES: tuple[Rule[Told] | Rule[Beside], ...] = (REPAIR, SPECIFIC)


class Selector:
    """Finds the entries of a document.

    Attributes:
        explanation: what it decided, and why.
        empty: the follow-up sections under which no entry was found.
    """

    def __init__(
        self,
        outline: Outline,
        root: Section,
        vocabulary: Vocabulary,
        marks: Marks,
        repair: Callable[[str], str],
        judge: Judge,
    ) -> None:
        self.outline = outline
        self.root = root
        self.vocabulary = vocabulary
        self.marks = marks
        self.judge = judge
        self.explanation = Explanation(outline, repair)
        self.gatherer = Gatherer(outline, vocabulary, self.explanation, marks, judge)
        self.empty: list[Section] = []
        self._praising: dict[int, bool] = {}

    def select(self, template: str | None) -> list[Entry]:
        """Returns the document's entries, in order; `template` says why there are none."""
        taken: list[Entry] = []
        if template:
            self.explanation.say_section(self.root, f"no item is taken: {template}", taken=False)
        else:
            groups: list[Group] = []
            self._visit(self.root, None, groups)
            for group in groups:
                self._drop_repair(group)
                self._prefer_specific(group)
            taken = [entry for group in self._prefer_tasks(groups) for entry in group.all_entries()]
        taken += self._sticky(self.marks.outside(_reach(entry) for entry in taken))
        for entry in taken:
            title = entry.section.title
            self.explanation.say_entry(
                entry, f"stands under “{title}”" if title else "bears our annotation", taken=True
            )
        return sorted(taken, key=lambda entry: entry.start)

    # ------------------------------------------------------------------------------- sections

    def _visit(self, section: Section, above: Group | None, groups: list[Group]) -> None:
        """Gathers groups from `section`, depth first (headings have six levels, labels a few)."""
        group = self._group_for(section, above)
        if group is not None:
            (groups if above is None else above.groups).append(group)
            if above is not None and self._is_whole_item(section):
                for entry in self.gatherer.heading_entries(section, group):
                    self.gatherer.offer(entry, group)
                return
        before: Block | None = None
        index = 0
        while index < len(section.parts):
            part = section.parts[index]
            index += 1
            if isinstance(part, Section):
                self._visit(part, group, groups)
                before = part.block
                continue
            order = _order(part, before)
            if order is None and self.gatherer.is_detail(part, section):
                before = part.block if isinstance(part, Passage) else part
                continue
            if group is not None and order is None:
                run = _run_of_lines(section.parts, index - 1)
                if len(run) > 1:
                    self.gatherer.gather_run(run, group)
                    before = run[-1].block
                    index += len(run) - 1
                    continue
            before = part.block if isinstance(part, Passage) else part
            if order == "items":
                self._gather_forced(part, section, group, groups)
            elif order != "ignore" and group is not None:
                self.gatherer.gather(part, group)
            elif order != "ignore":
                self._gather_stray(part, section, groups)
        if group is not None:
            self.gatherer.drop_numbered(group)
            self._finish(section, group)

    def _group_for(self, section: Section, above: Group | None) -> Group | None:
        """The group that a section's entries belong to; None where they are no action items."""
        if section.label is None:
            return None
        said = section.announcement
        place = Place(section, above.label if above else None, self._praises(section.parent))
        rule = self.judge.decide(SECTION_RULES, place)
        takes = rule is not None and rule.takes
        reason = rule.says(place) if rule else f"not taken: {announces(place)}"
        self.explanation.say_section(section, reason, taken=takes, rule=rule.name if rule else "")
        if not takes:
            return None
        return Group(
            section,
            said.rank if said.rank.is_follow_up else Rank.NONE,
            is_category=above is not None and is_category(said),
            is_done=said.done or (above is not None and above.is_done and not said.rank.is_follow_up),
        )

    def _is_whole_item(self, section: Section) -> bool:
        """Whether a heading says itself that it is an item (`Action 1 — …`), all below being detail."""
        return section.style == "#" and self.vocabulary.leads_numbered(section.title)

    def _praises(self, parent: Section | None) -> bool:
        """Whether a section within `parent` says what went well."""
        if parent is None:
            return False
        if id(parent) not in self._praising:
            others = (part for part in parent.parts if isinstance(part, Section) and part.rank is Rank.OTHER)
            praise = self.vocabulary.phrases("praise")
            self._praising[id(parent)] = any(praise.has(words_of(part.title)) for part in others)
        return self._praising[id(parent)]

    def _finish(self, section: Section, group: Group) -> None:
        """Looks at a section once all below it was read: is its label, or the text beside it, an item?"""
        if group.has_entries():
            return
        entries: list[Entry] = []
        if section.inline is not None:
            is_bold = section.style == "inline bold"
            is_nested = any(above.rank.is_follow_up for above in section.above())
            if section.rank is Rank.SPECIFIC and (is_bold or is_nested) and not _is_fact(section):
                entries = self.gatherer.inline_entries(section, group)
        elif section.rank.is_follow_up and not group.is_category:
            if not group.groups:
                self.empty.append(section)
        elif self.gatherer.is_heading_item(section, group):
            entries = self.gatherer.heading_entries(section, group)
        for entry in entries:
            self.gatherer.offer(entry, group)

    def _gather_forced(
        self, part: Block | Passage, section: Section, group: Group | None, groups: list[Group]
    ) -> None:
        """`<!-- pmsync: items -->` before a list."""
        if group is None:
            group = Group(section, Rank.SPECIFIC)
            groups.append(group)
        self.gatherer.gather(part, group, forced=True)

    def _gather_stray(self, part: Block | Passage, section: Section, groups: list[Group]) -> None:
        """Entries outside any follow-up section that say themselves that they are action items."""
        if isinstance(part, Passage) or section.is_timeline:
            return
        group = Group(section, Rank.SPECIFIC)
        if part.shape is Shape.TABLE:
            if read_table(self.outline, part, self.vocabulary).is_tracker:
                self.gatherer.gather(part, group)
        elif part.shape is Shape.LIST:
            for child in part.children:
                first = child.children[0] if child.children else None
                if first is not None and first.lines and self._is_declared(first.lines[0].text):
                    self.gatherer.offer(self.gatherer.list_entry(child, first, group), group)
        if group.entries:
            groups.append(group)

    def _is_declared(self, text: str) -> bool:
        """Whether an entry begins `**Action item:** …`."""
        lead, colon, rest = plain(text).partition(":")
        return bool(colon and rest.strip()) and self.vocabulary.is_declared(lead)

    # --------------------------------------------------------------------- the rules of choice

    def _drop_repair(self, group: Group) -> None:
        """Drops what stands under a label like `Fixes` where that tells how the incident was ended."""
        parts = [below for below in group.groups if not below.rank.is_follow_up]
        entries = [*group.entries, *(entry for below in parts for entry in below.all_entries())]
        may_tell = self.vocabulary.phrases("repair").has(words_of(group.label.title))
        plain_entries = (entry for entry in entries if entry.box is None and entry.row is None)
        told = sum(map(self._tells, plain_entries)) if may_tell else 0
        if not self.judge.applies(REPAIR, Told(may_tell, told, len(entries))):
            return
        for entry in entries:
            self.explanation.say_entry(entry, str(REPAIR.sentence), taken=False, rule=REPAIR.name)
        self.explanation.say_section(
            group.label, f"not taken: {REPAIR.sentence}", taken=False, rule=REPAIR.name
        )
        group.entries.clear()
        group.groups = [below for below in group.groups if below not in parts]

    def _tells(self, entry: Entry) -> bool:
        """Whether an entry's own text is in the past tense."""
        text = self.outline.clean[slice(*entry.paragraph)][:_LONGEST_ENTRY]
        ended = self.vocabulary.phrases("ended").at(words_of(plain(text))[:_OPENING_WORDS])
        return ended is not None or says_done(text, self.vocabulary)

    def _prefer_specific(self, group: Group) -> None:
        """Specific beats general, within one section."""
        for below in group.groups:
            self._prefer_specific(below)
        tasks = _task_list(group.groups)
        if tasks is None:
            return
        broad = [below for below in group.groups if self._yields(tasks, self._is_broad(below, group))]
        for below in broad:
            self._drop(below, SPECIFIC.says(Beside(tasks.label, is_broad=True)))
        group.groups = [below for below in group.groups if below not in broad]
        is_broad = group.rank is not Rank.SPECIFIC and not any(map(self._is_definite, group.entries))
        if self._yields(tasks, is_broad):
            for entry in group.entries:
                reason = SPECIFIC.says(Beside(tasks.label, is_broad))
                self.explanation.say_entry(entry, reason, taken=False, rule=SPECIFIC.name)
            group.entries.clear()

    def _yields(self, tasks: Group, is_broad: bool) -> bool:
        return self.judge.applies(SPECIFIC, Beside(tasks.label, is_broad))

    def _prefer_tasks(self, groups: list[Group]) -> list[Group]:
        """The same, where the section that holds both announces no follow-up work itself."""
        beside: dict[int, list[Group]] = {}
        for group in groups:
            beside.setdefault(id(group.label.parent), []).append(group)
        lists = {parent: _task_list(siblings) for parent, siblings in beside.items()}
        kept = []
        for group in groups:
            tasks = lists[id(group.label.parent)]
            is_broad = not _is_outermost(group.label) and self._is_general(group)
            if tasks is not None and self._yields(tasks, is_broad):
                self._drop(group, SPECIFIC.says(Beside(tasks.label, is_broad)))
            else:
                kept.append(group)
        return kept

    def _is_broad(self, below: Group, group: Group) -> bool:
        """Whether a group yields to a list of tasks in the same section."""
        if below.label.announcement.term:
            return False
        if self._is_general(below):
            return True
        if group.rank is Rank.SPECIFIC or below.rank is Rank.SPECIFIC or below.is_done:
            return False
        return not below.is_category and not any(map(self._is_definite, below.all_entries()))

    def _is_general(self, group: Group) -> bool:
        """Whether a group, no phase of a plan, only says what might be better."""
        if group.rank is not Rank.GENERAL or group.label.announcement.term:
            return False
        return not any(map(self._is_definite, group.all_entries()))

    def _is_definite(self, entry: Entry) -> bool:
        """Whether an entry is a task by its own form: a box, a table's row, an owner or a link."""
        if entry.box is not None or entry.row is not None:
            return True
        words = self.outline.clean[entry.start : entry.end][:_LONGEST_ENTRY]
        return bool(find_mentions(words)) or read_fields(words, words, self.vocabulary).owner is not None

    def _drop(self, group: Group, reason: str) -> None:
        for entry in group.all_entries():
            self.explanation.say_entry(entry, reason, taken=False, rule=SPECIFIC.name)
        self.explanation.say_section(group.label, f"not taken: {reason}", taken=False, rule=SPECIFIC.name)

    # --------------------------------------------------------------------------------- sticky

    def _sticky(self, marks: Marks) -> Iterator[Entry]:
        """Yields what bears our annotation though nothing around it says that it is an item."""
        if not marks:
            return
        group = Group(Section("", Announcement()), Rank.NONE)
        headed = {
            part.block.start: section
            for section in self.root.sections()
            for part in section.parts[:1]
            if isinstance(part, Passage)
        }
        first_of: set[int] = set()
        for block in self.outline.walk():
            if block.shape is Shape.ENTRY and block.children and block.children[0].lines:
                first = block.children[0]
                first_of.add(id(first))
                if marks.within(first.span):
                    yield self.gatherer.list_entry(block, first, group)
            elif block.shape is Shape.TABLE:
                yield from self._sticky_rows(block, marks, group)
            elif block.shape is Shape.HEADING and marks.within((block.start, block.end)):
                yield _heading(block, group)
            elif block.shape is Shape.PARAGRAPH and id(block) not in first_of and marks.within(block.span):
                yield from self._sticky_lines(block, headed.get(block.start), marks, group)

    def _sticky_rows(self, block: Block, marks: Marks, group: Group) -> Iterator[Entry]:
        table = read_table(self.outline, block, self.vocabulary)
        for row in table.rows:
            entry = self.gatherer.row_entry(table, row, group) if marks.within((row.start, row.end)) else None
            if entry is not None:
                yield entry

    def _sticky_lines(
        self, block: Block, section: Section | None, marks: Marks, group: Group
    ) -> Iterator[Entry]:
        if section is not None and self.gatherer.is_heading_item(section, Group(section, Rank.NONE)):
            yield from self.gatherer.heading_entries(section, group)
            return
        for line in block.lines:
            if marks.within((line.start, line.end)):
                yield self.gatherer.line_entry([line], block, group)


def _reach(entry: Entry) -> tuple[int, int]:
    """Where an entry's annotation may stand."""
    return (entry.row.start, entry.row.end) if entry.row else entry.paragraph


def _is_fact(section: Section) -> bool:
    """Whether a label with text beside it is one line of a fact sheet (`**Cause:** … **Action:** …`)."""
    if section.block is None or not section.announcement.weak:
        return False
    return sum(1 for line in section.block.lines if _FACT.match(line.text)) >= _FEWEST_FACTS


def _heading(block: Block, group: Group) -> Entry:
    return Entry(
        kind=Kind.HEADING,
        start=block.start,
        end=block.end,
        paragraph=(block.start, block.end) if len(block.lines) == 1 else block.span,
        section=group.label,
        heading=plain(block.text),
    )


def _task_list(groups: Sequence[Group]) -> Group | None:
    """The first of the groups that lists the specific tasks."""
    return next((one for one in groups if one.rank is Rank.SPECIFIC and one.has_entries()), None)


def _is_outermost(section: Section) -> bool:
    """Whether nothing but the document, or its title, holds a section."""
    holders = [above for above in section.above() if above.label is not None]
    return not holders or (len(holders) == 1 and holders[0].level == 1)


def _order(part: Block | Passage, before: Block | None) -> str | None:
    """What a control comment right before a part says of it."""
    if (
        before is None
        or before.shape is not Shape.HTML
        or (isinstance(part, Block) and part.shape is Shape.HTML)
    ):
        return None
    orders = [match["order"].lower() for match in CONTROL.finditer(before.text)]
    return orders[-1] if orders else None


def _run_of_lines(parts: Sequence[Block | Passage | Section], index: int) -> list[Passage]:
    """The one-line paragraphs in a row that begin at `index`."""
    run: list[Passage] = []
    while index < len(parts):
        part = parts[index]
        if not isinstance(part, Passage) or len(part.lines) != 1:
            break
        run.append(part)
        index += 1
    return run
