"""Sections → entries: which of them are action items, by what their labels announce."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

from pmsync.extract.fields.links import find_mentions
from pmsync.extract.fields.state import says_open
from pmsync.extract.rules.entry import CONTROL, says_none
from pmsync.extract.rules.part import ASIDE, REPAIR, SPECIFIC
from pmsync.extract.rules.rule import Rule
from pmsync.extract.rules.section import SECTION_RULES, Place
from pmsync.extract.selection.candidates import Candidates, Part
from pmsync.extract.selection.entries import Entry, Group
from pmsync.extract.selection.lines import bears_field, most
from pmsync.extract.selection.reading import Reading
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.marks import Marks
from pmsync.extract.structure.outline import Block, Shape
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.announcement import Announcement, Rank
from pmsync.lexicon.words import strip_numbering, words_of
from pmsync.model import Kind

_COUNT = re.compile(
    r"(?P<mark>\*\*|__|)(?:(?P<form>#|\d{1,2}\.)(?P<number>\d{1,2})[:.)]?|(?P<letter>[A-H])[.)])(?P=mark)"
    r"[:.)]?(?:\s+[–—-])?[ \t]+(?=\S)"
)
"""`#1`, `6.1`, `A.`: what may only count entries."""
_LEVEL = re.compile(r"P[0-5]\s+[-–—:=]\s")
"""`P0 – Critical for the release`, which explains the level."""
_LONGEST_ENTRY = 4000


class Selection:
    """Finds the entries of a document, and its `empty` follow-up sections; another `says_none`."""

    def __init__(self, root: Section, reading: Reading) -> None:
        self.root = root
        self.top = Group(root)
        self.reading = reading
        self.outline = reading.outline
        self.vocabulary = reading.vocabulary
        self.candidates = Candidates(reading)
        self.empty: list[Section] = []
        self.says_none = False
        self._praises = cache(self._says_praise)

    def select(self, template: str) -> list[Entry]:
        """Returns the document's entries, in order; `template` says why there are none."""
        if template:
            self.reading.note(self.root, f"no item is taken: {template}", taken=False)
        else:
            self._visit(self.root, None)
            self._choose(self.top.groups)
            if not self.reading.findings:
                self.reading.note(self.root, "no heading or label is found in it", taken=False)
        taken = list(self.top.all_entries())
        for entry in taken:
            title = entry.section.title
            announced = f"stands under “{title}”" if title else "announces itself"
            self.reading.note(entry, entry.group.why or announced, taken=True)
        kept = self._find_sticky(taken)
        for entry in kept:
            self.reading.note(entry, "bears our annotation", taken=True)
        return _without_counts(sorted([*taken, *kept], key=lambda entry: entry.start), self.outline.clean)

    def _find_sticky(self, taken: Iterable[Entry]) -> list[Entry]:
        """What bears our annotation besides; what cannot be ticked only quotes another item with its link."""
        outside, alone = self.reading.marks.besides(map(_reach, taken))
        return [
            replace(entry, is_sticky=not entry.says_state)
            for entry in (self._find_marked(outside) if outside else ())
            if entry.says_state or alone.within(_reach(entry))
        ]

    def _find_marked(self, marks: Marks) -> Iterator[Entry]:
        """Yields what bears an annotation, whatever its section says now."""
        group = Group(Section("", Announcement()))
        seen: set[Block] = set()
        for section in self.root.sections():
            # An item's heading or label bears it itself, or in the text right below.
            heads = [part.block for part in section.parts[:1] if isinstance(part, Passage)]
            heads += [section.block] if section.block and section.block.shape is Shape.HEADING else []
            marked = {head for head in heads if marks.within((head.start, head.end))}
            if marked and self.candidates.is_heading_item(section):
                seen |= marked
                yield from self.candidates.heading_entries(section, Group(section))
        for block in self.outline.walk():
            if block.shape is Shape.ENTRY and block.children and block.children[0].lines:
                seen.add(block.children[0])
                if marks.within(block.children[0].span):
                    yield self.candidates.list_entry(block, group)
            elif block.shape is Shape.TABLE:
                rows = self.candidates.row_entries(block, group)
                yield from (row for row in rows if marks.within((row.start, row.end)))
            elif block.shape in {Shape.HEADING, Shape.PARAGRAPH} and block not in seen:
                lines = [line for line in block.lines if marks.within((line.start, line.end))]
                if block.shape is Shape.PARAGRAPH:
                    yield from (self.candidates.line_entry([line], block, group) for line in lines)
                elif lines:
                    words = plain(block.text)
                    yield Entry(group, Kind.HEADING, block.start, block.end, block.span, heading=words)

    # ------------------------------------------------------------------------------- sections

    def _visit(self, section: Section, above: Group | None) -> None:
        """Gathers groups from `section`, depth first (headings have six levels, labels a few)."""
        group = self._group_for(section, above)
        if group is not None:
            (above or self.top).groups.append(group)
            if self.vocabulary.leads_numbered(section.title) or self.candidates.states_fields(section):
                self.candidates.offer(*self.candidates.heading_entries(section, group))
                return
        order = ""
        for part in _with_runs(section.parts):
            if isinstance(part, Section):
                self._visit(part, group)
            elif order == "items":
                forced = group or self._group_by_itself(section, "`pmsync: items` stands before it")
                self.candidates.gather(part, forced, forced=True)
            elif group is not None and not order:
                self.candidates.gather(part, group)
            elif isinstance(part, Block) and not order:
                self._gather_stray(part, section)
            order = _order(part)
        if group is not None:
            self._finish(section, group)

    def _group_for(self, section: Section, above: Group | None) -> Group | None:
        """The group that a section's entries belong to; None where they are no action items."""
        if section.label is None:
            return None
        said = section.announcement
        place = Place(
            section,
            above.label if above else None,
            is_beside_praise=self._praises(section.parent),
            promises=self.vocabulary.promises(section.title),
            names_work=self.vocabulary.is_work(section.title),
            sums_up=self._is_only("summary", section.title) and self.candidates.names_work(section),
            states_fields=self._gives(section)
            or (above is not None and self.candidates.states_fields(section)),
        )
        rule = self.reading.decide(section, SECTION_RULES, place)
        if rule is None:
            self.reading.note(section, f"not taken: {place.said}", taken=False)
        if rule is None or not rule.takes:
            return None
        is_ahead = said.rank.is_follow_up or place.promises or place.names_work
        return Group(section, is_done=said.done or (above is not None and above.is_done and not is_ahead))

    def _gives(self, section: Section) -> bool:
        """Whether the text beside a label says who does it, or when: `*Improvement:* … (Ada)`."""
        lines = section.inline.lines if section.inline and section.rank.is_follow_up else ()
        return bool(lines) and bears_field(plain(" ".join(line.text for line in lines)), self.vocabulary)

    def _is_only(self, name: str, title: str) -> bool:
        return bool(self.vocabulary.phrases(name).all_of(words_of(strip_numbering(title))))

    def _says_praise(self, parent: Section | None) -> bool:
        """Whether a section within `parent` says what went well."""
        parts = parent.parts if parent else ()
        titles = [words_of(part.title) for part in parts if isinstance(part, Section)]
        return any(map(self.vocabulary.phrases("praise").has, titles))

    def _finish(self, section: Section, group: Group) -> None:
        """Looks at a section once all below it was read: is its label, or the text beside it, an item?"""
        if group.has_entries():
            return
        if self._says_none(section):
            self.says_none = True
            self.reading.note(section, "it says that there is none", taken=False)
        elif section.inline is not None:
            if section.rank is Rank.SPECIFIC or self._gives(section):
                self.candidates.offer(*self.candidates.inline_entries(section.inline, group))
        elif section.rank.is_follow_up:
            if not (group.groups or section.announcement.category):
                self.empty.append(section)
        elif not group.holds_place and self.candidates.is_heading_item(section):
            self.candidates.offer(*self.candidates.heading_entries(section, group))

    def _says_none(self, section: Section) -> bool:
        """Whether all that stands under a label is that there is nothing (`None.`)."""
        first = section.parts[0] if section.parts else None
        start = section.inline.lines[0].start if section.inline else section.label.end if section.label else 0
        text = self.outline.clean[start : section.end][:_LONGEST_ENTRY]
        if isinstance(first, Block) and first.shape is Shape.TABLE:
            text = "\n".join(map(self.reading.words_of, self.candidates.row_entries(first, self.top)))
        return len(text.strip().splitlines()) == 1 and says_none(plain(text), self.vocabulary)

    def _group_by_itself(self, section: Section, why: str) -> Group:
        self.top.groups.append(Group(section, why))
        return self.top.groups[-1]

    def _gather_stray(self, part: Block, section: Section) -> None:
        """Takes what says itself, outside any follow-up section, that it is follow-up work."""
        if part.shape is Shape.TABLE and self.reading.table(part).is_tracker:
            group = self._group_by_itself(section, "the columns of its table announce tasks")
            self.candidates.gather(part, group)
            return
        group = self._group_by_itself(section, "announces itself")
        may_announce = not any(one.announcement.done for one in (section, *section.above()))
        for child in part.children:
            first = plain(child.children[0].text) if child.children else ""
            said = self.vocabulary.announce(first.rstrip(" :："))
            if self.vocabulary.is_declared(first):
                self.candidates.offer(self.candidates.list_entry(child, group))
            elif len(child.children) > 1 and may_announce and said.exact and said.rank.is_certain:
                self.candidates.gather_entry(child, part, group)  # `- Corrective actions:` over a list

    # --------------------------------------------------------------------- the rules of choice

    def _choose(self, groups: Sequence[Group]) -> None:
        """Drops what yields to something else in the document."""
        has_tasks = any(_lists_tasks(group, weakly=True) and group.has_entries() for group in groups)
        beside: dict[Section, list[Group]] = {}
        for group in groups:
            self._drop_repair(group, has_tasks=has_tasks)
            for below in group.walk():
                self._prefer_specific(below)
            if group.label.parent and group.label.parent.level > 1:
                beside.setdefault(group.label.parent, []).append(group)
        for siblings in beside.values():
            self._prefer_tasks(siblings, {Rank.GENERAL})
        self._drop_asides(groups)

    def _drop_repair(self, group: Group, *, has_tasks: bool) -> None:
        """Drops `Fixes` that tell how the incident was ended, or do not wait and stand beside tasks."""
        words = words_of(strip_numbering(group.label.title).partition("(")[0])
        repair = self.vocabulary.phrases("repair").find(words)
        if _lists_tasks(group) or not repair:
            return
        parts = [below for below in group.groups if not below.rank.is_follow_up]
        entries = [*group.entries, *(entry for below in parts for entry in below.all_entries())]
        texts = [self.reading.words_of(entry) for entry in entries]
        is_told = not most(self.vocabulary.phrases("ended").at(words_of(text)) is None for text in texts)
        says_little_else = sum(found.end - found.start for found in repair) * 2 >= len(words)
        waits = any(entry.box is not None for entry in entries) or any(map(says_open, texts))
        if is_told or (has_tasks and says_little_else and not waits):
            self._drop(REPAIR, group, entries)

    def _drop_asides(self, groups: Sequence[Group]) -> None:
        """Drops what stands aside of tasks: `**Action:** …` in a text, measures beneath others, wishes."""
        dropped = [one for one in groups if one.label.inline and self._is_only("head", one.label.title)]
        others = [one for one in groups if one not in dropped and one.has_entries()]
        if any(_lists_tasks(one, weakly=True) and not one.label.is_beneath_other for one in others):
            broad = [one for one in others if one.rank is not Rank.SPECIFIC]
            wishes = [one for one in broad if self._is_only("better", one.label.title)]
            dropped += [one for one in wishes if not any(map(self._is_given, one.all_entries()))]
            dropped += [one for one in broad if one.label.is_beneath_other]
        for group in dropped if others else ():
            self._drop(ASIDE, group, group.all_entries())

    def _is_given(self, entry: Entry) -> bool:
        """Whether an entry is a task by its own form, or says who does it, when, or how urgent it is."""
        words = self.reading.words_of(entry)
        return self._is_definite(entry) or (bears_field(words, self.vocabulary) and not _LEVEL.match(words))

    def _prefer_specific(self, group: Group) -> None:
        """Specific beats general, within one section."""
        is_broad = group.rank is not Rank.SPECIFIC
        tasks = self._prefer_tasks(group.groups, set(Rank) if is_broad else {Rank.GENERAL})
        if tasks and is_broad and not any(map(self._is_definite, group.entries)):
            self._drop(SPECIFIC, group, group.entries, tasks)
        if any(entry.table is not None and entry.table.is_tracker for entry in group.all_entries()):
            loose = [entry for entry in group.all_entries() if not self._is_given(entry)]
            self._drop(SPECIFIC, group, loose, "the table")

    def _prefer_tasks(self, groups: Sequence[Group], ranks: Collection[Rank]) -> str:
        """Drops groups that yield to a list of tasks beside them; returns that, if there is one."""
        lists = (one for one in groups if _lists_tasks(one, weakly=True) and not one.is_done)
        tasks = next((one for one in lists if one.has_entries()), None)
        title = f"“{tasks.label.title}”" if tasks else ""
        for group in groups if tasks else ():
            is_phase = group.rank is Rank.SPECIFIC or group.label.announcement.term
            if group.rank in ranks and not (is_phase or any(map(self._is_definite, group.all_entries()))):
                self._drop(SPECIFIC, group, group.all_entries(), title)
        return title

    def _is_definite(self, entry: Entry) -> bool:
        """Whether an entry is a task by its own form: a box, a table's row, or a link."""
        words = self.outline.clean[entry.start : entry.end][:_LONGEST_ENTRY]
        return entry.has_form or bool(find_mentions(words))

    def _drop(self, rule: Rule[str], group: Group, entries: Iterable[Entry], tasks: str = "") -> None:
        """Drops entries of a group, because of other `tasks` perhaps, and says why."""
        gone = set(entries)
        if not gone or self.reading.find_rule([rule], tasks) is None:
            return
        reason = rule.says(tasks)
        for below in group.walk():
            below.entries = [entry for entry in below.entries if entry not in gone]
        for entry in sorted(gone, key=lambda entry: entry.start):
            self.reading.note(entry, reason, taken=False, rule=rule.name)
        if not group.has_entries():
            self.reading.note(group.label, f"not taken: {reason}", taken=False, rule=rule.name)


def _without_counts(entries: list[Entry], text: str) -> list[Entry]:
    """Leaves out what only counts the entries, in order: `#1` is no issue then."""
    runs: dict[str, list[tuple[int, Entry]]] = {}
    for entry in entries:
        lead = None if entry.heading else _COUNT.match(text, *entry.paragraph)
        if lead:
            number = int(lead["number"] or ord(lead["letter"]) - ord("@"))
            behind = replace(entry, paragraph=(lead.end(), entry.paragraph[1]))
            runs.setdefault(lead["form"], []).append((number, behind))
    counted: dict[int, Entry] = {}
    for run in runs.values():
        numbers = [number for number, _ in run]
        if numbers[0] == 1 < len(run) and numbers == sorted(set(numbers)) and numbers[-1] <= 2 * len(run):
            counted |= {entry.start: entry for _, entry in run}
    return [counted.get(entry.start, entry) for entry in entries]


def _reach(entry: Entry) -> tuple[int, int]:
    """Where an entry's annotation may stand."""
    if entry.row:
        return entry.row.start, entry.row.end
    return entry.paragraph[0], max(entry.paragraph[1], entry.former[1] if entry.former else 0)


def _lists_tasks(group: Group, *, weakly: bool = False) -> bool:
    """Whether a group's own label announces the specific tasks; a weak word does so `weakly`."""
    return group.rank is Rank.SPECIFIC and (weakly or not group.label.announcement.weak)


def _order(part: Part | Section) -> str:
    """What a control comment says of the part right after it."""
    orders = CONTROL.findall(part.text) if isinstance(part, Block) and part.shape is Shape.HTML else []
    return orders[-1].lower() if orders else ""


def _with_runs(parts: Sequence[Block | Passage | Section]) -> Iterator[Part | Section]:
    """Yields the parts of a section, one-line paragraphs in a row as one."""
    for is_line, group in groupby(parts, lambda part: isinstance(part, Passage) and len(part.lines) == 1):
        if is_line:
            yield tuple(part for part in group if isinstance(part, Passage))
        else:
            yield from ((part,) if isinstance(part, Passage) else part for part in group)
