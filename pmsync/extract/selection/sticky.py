"""What bears our annotation is an action item, whatever its section says now."""

from collections.abc import Iterator

from pmsync.extract.selection.candidates import Candidates
from pmsync.extract.selection.entries import Entry, Group
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.marks import Marks
from pmsync.extract.structure.outline import Block, Shape
from pmsync.extract.structure.sections import Passage, Section
from pmsync.lexicon.announcement import Announcement
from pmsync.model import Kind

_NOWHERE = Section("", Announcement())


def find_sticky(root: Section, candidates: Candidates, marks: Marks) -> Iterator[Entry]:
    """Yields what bears our annotation though nothing around it says that it is an item."""
    if not marks:
        return
    group = Group(_NOWHERE)
    headed = {block.start: section for section in root.sections() for block in _heads_of(section)}
    seen: set[Block] = set()
    for block in candidates.outline.walk():
        if block.shape is Shape.ENTRY and block.children and block.children[0].lines:
            first = block.children[0]
            seen.add(first)
            if marks.within(first.span):
                yield candidates.list_entry(block, group)
        elif block.shape is Shape.TABLE:
            rows = candidates.row_entries(block, group)
            yield from (row for row in rows if marks.within((row.start, row.end)))
        elif (
            block.shape in {Shape.HEADING, Shape.PARAGRAPH}
            and block not in seen
            and marks.within((block.start, block.end))
        ):
            yield from _sticky_text(candidates, block, headed.get(block.start), marks, group)


def _heads_of(section: Section) -> Iterator[Block]:
    """A section's heading, and the text right below it or its label."""
    yield from (part.block for part in section.parts[:1] if isinstance(part, Passage))
    if section.block and section.block.shape is Shape.HEADING:
        yield section.block


def _sticky_text(
    candidates: Candidates, block: Block, section: Section | None, marks: Marks, group: Group
) -> Iterator[Entry]:
    """A heading or label with what is under it, where that is like an item; else by itself, or its lines."""
    if section is not None and candidates.is_heading_item(section):
        yield from candidates.heading_entries(section, Group(section))
    elif block.shape is Shape.HEADING:
        words = plain(block.text)
        yield Entry(group, Kind.HEADING, block.start, block.end, block.span, heading=words)
    else:
        lines = (line for line in block.lines if marks.within((line.start, line.end)))
        yield from (candidates.line_entry([line], block, group) for line in lines)
