"""What bears our annotation is an action item, whatever its section says now."""

from collections.abc import Iterator

from pmsync.extract.selection.candidates import Candidates
from pmsync.extract.selection.entries import Entry, Group
from pmsync.extract.selection.tables import read_table
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.marks import Marks
from pmsync.extract.structure.outline import Block, Shape
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.announcement import Announcement, Rank
from pmsync.model import Kind


def find_sticky(root: Section, candidates: Candidates, marks: Marks) -> Iterator[Entry]:
    """Yields what bears our annotation though nothing around it says that it is an item."""
    if not marks:
        return
    group = Group(Section("", Announcement()), Rank.NONE)
    headed = {
        part.block.start: section
        for section in root.sections()
        for part in section.parts[:1]
        if isinstance(part, Passage)
    }
    at_heading = {id(section.block): section for section in root.sections()}
    first_of: set[int] = set()
    for block in candidates.outline.walk():
        if block.shape is Shape.ENTRY and block.children and block.children[0].lines:
            first = block.children[0]
            first_of.add(id(first))
            if marks.within(first.span):
                yield candidates.list_entry(block, first, group)
        elif block.shape is Shape.TABLE:
            yield from _sticky_rows(candidates, block, marks, group)
        elif block.shape is Shape.HEADING and marks.within((block.start, block.end)):
            yield from _sticky_heading(candidates, block, at_heading.get(id(block)), group)
        elif block.shape is Shape.PARAGRAPH and id(block) not in first_of and marks.within(block.span):
            yield from _sticky_lines(candidates, block, headed.get(block.start), marks, group)


def _sticky_heading(
    candidates: Candidates, block: Block, section: Section | None, group: Group
) -> Iterator[Entry]:
    """A heading with what stands under it, where it is like one that is an item; else by itself."""
    if section is not None and candidates.is_heading_item(section):
        yield from candidates.heading_entries(section, Group(section, Rank.NONE))
    else:
        yield _heading(block, group)


def _sticky_rows(candidates: Candidates, block: Block, marks: Marks, group: Group) -> Iterator[Entry]:
    table = read_table(candidates.outline, block, candidates.vocabulary)
    rows = (row for row in table.rows if marks.within((row.start, row.end)))
    yield from filter(None, (candidates.row_entry(table, row, group) for row in rows))


def _sticky_lines(
    candidates: Candidates, block: Block, section: Section | None, marks: Marks, group: Group
) -> Iterator[Entry]:
    if section is not None and candidates.is_heading_item(section):
        yield from candidates.heading_entries(section, group)
        return
    for line in block.lines:
        if marks.within((line.start, line.end)):
            yield candidates.line_entry([line], block, group)


def _heading(block: Block, group: Group) -> Entry:
    return Entry(
        kind=Kind.HEADING,
        start=block.start,
        end=block.end,
        paragraph=(block.start, block.end) if len(block.lines) == 1 else block.span,
        section=group.label,
        heading=plain(block.text),
    )
