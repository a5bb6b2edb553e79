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


def find_sticky(root: Section, candidates: Candidates, marks: Marks) -> Iterator[Entry]:
    """Yields what bears our annotation though nothing around it says that it is an item."""
    group = Group(Section("", Announcement()))
    seen: set[Block] = set()
    for section in root.sections() if marks else ():
        # An item's heading or label bears it itself, or in the text right below.
        heads = [part.block for part in section.parts[:1] if isinstance(part, Passage)]
        heads += [section.block] if section.block and section.block.shape is Shape.HEADING else []
        marked = {head for head in heads if marks.within((head.start, head.end))}
        if marked and candidates.is_heading_item(section):
            seen |= marked
            yield from candidates.heading_entries(section, Group(section))
    for block in candidates.outline.walk() if marks else ():
        if block.shape is Shape.ENTRY and block.children and block.children[0].lines:
            seen.add(block.children[0])
            if marks.within(block.children[0].span):
                yield candidates.list_entry(block, group)
        elif block.shape is Shape.TABLE:
            rows = candidates.row_entries(block, group)
            yield from (row for row in rows if marks.within((row.start, row.end)))
        elif block.shape is Shape.HEADING and block not in seen and marks.within((block.start, block.end)):
            heading = plain(block.text)
            yield Entry(group, Kind.HEADING, block.start, block.end, block.span, heading=heading)
        elif block.shape is Shape.PARAGRAPH and block not in seen:
            lines = (line for line in block.lines if marks.within((line.start, line.end)))
            yield from (candidates.line_entry([line], block, group) for line in lines)
