"""An entry: a unit of follow-up work where it stands in the document."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pmsync.extract.selection.tables import Table
from pmsync.extract.structure.outline import Block, Span
from pmsync.extract.structure.sections import Section
from pmsync.lexicon.announcement import Rank
from pmsync.model import Kind


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A unit of follow-up work where it stands; `reader` makes an action item of it.

    Attributes:
        start: offset of the line that it starts on (its text, for a plain line).
        end: just past all that belongs to it.
        paragraph: its first paragraph, from behind list marker and box; a row's description cell.
        former: where earlier versions put its annotation: a heading's first paragraph, or all of its own
            where further lines open with bullets.
        within: the paragraph that it is a line of.
        heading: of a heading's item, the heading's own words.
        box: the inside of its checkbox.
        row: of a table's item, which `table` holds.
        is_sealed: it stands where Markdown renders no link (in HTML).
        is_sticky: nothing but our annotation says that it is an item, not even a place for its state.
    """

    group: "Group"
    kind: Kind
    start: int
    end: int
    paragraph: Span
    former: Span | None = None
    within: Span | None = None
    heading: str = ""
    box: Span | None = None
    row: Block | None = None
    table: Table | None = None
    is_sealed: bool = False
    is_sticky: bool = False

    @property
    def section(self) -> Section:
        """The label over it."""
        label = self.group.label
        return label.parent or label if self.kind is Kind.HEADING else label

    @property
    def says_state(self) -> bool:
        """Whether it has a box, or a cell for its status."""
        return self.box is not None or (self.table is not None and "status" in self.table.columns)

    @property
    def has_form(self) -> bool:
        """Whether it is a task by its own form: it has a box to tick, or is a row."""
        return self.box is not None or self.row is not None


@dataclass(slots=True, eq=False)
class Group:
    """The entries under one label, and the groups below it.

    Attributes:
        why: what announces its entries where its label does not.
        is_done: its label says that what stands under it is done.
        holds_list: an entry right under its label is of a list or table.
        holds_place: an entry of it only holds the place of one that was never written.
        is_over: a letter's end was met (`Regards,`): what stands below it is the author's name.
    """

    label: Section
    why: str = ""
    is_done: bool = False
    entries: list[Entry] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)
    holds_list: bool = False
    holds_place: bool = False
    is_over: bool = False

    @property
    def rank(self) -> Rank:
        """What announces its entries."""
        return Rank.SPECIFIC if self.why else self.label.rank

    def walk(self) -> Iterator["Group"]:
        """Yields it and all groups below."""
        yield self
        for below in self.groups:
            yield from below.walk()

    def all_entries(self) -> Iterator[Entry]:
        """Yields its entries and those of all groups below."""
        return (entry for group in self.walk() for entry in group.entries)

    def has_entries(self) -> bool:
        """Whether it or any group below has an entry."""
        return next(self.all_entries(), None) is not None
