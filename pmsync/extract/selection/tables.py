"""Tables: which column says what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pmsync.extract.fields.columns import asks_when, read_columns
from pmsync.extract.fields.dates import read_date
from pmsync.extract.selection.lines import is_timeline, most
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Outline, Span
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_BESIDE_TASKS = {"owner", "due", "status", "issue"}
_NUMBERED = re.compile(r"(?P<letters>[A-Z]{1,2}(?:\d-)?|#)[-. ]?(?P<number>\d{1,3})")
_PAGE = re.compile(r"\]\((?!https?:)[^()\s]{1,200}\.md[)#]")
"""What leads to another page of the repository, as an index of postmortems does."""
_QUARTER = re.compile(r"\bQ[1-4]\b")
_LONGEST_LEVEL = 4
"""Words."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table whose columns were understood.

    Attributes:
        outline: the document.
        headers: header cells as plain text.
        columns: index of the column by what it holds.
        rows: the body rows.
        is_facts: it lists facts or figures, rather than work.
        is_timeline: its rows are events.
        is_tracker: its header alone says that its rows are action items.
        is_numbered: its column for ids only numbers the rows.
    """

    outline: Outline
    headers: tuple[str, ...]
    columns: dict[str, int]
    rows: tuple[Block, ...]
    is_facts: bool
    is_timeline: bool
    is_tracker: bool
    is_numbered: bool

    def cell(self, row: Block | None, name: str) -> Span | None:
        """The cell of the named column; None where the table or the row has none."""
        index = self.columns.get(name)
        cells = row.cells if row else ()
        return cells[index] if index is not None and index < len(cells) else None

    def cell_text(self, row: Block | None, name: str) -> str:
        """The cell's source, without padding; empty where there is none."""
        span = self.cell(row, name)
        return self.outline.clean[slice(*span)].strip() if span else ""

    def description(self, row: Block) -> Span | None:
        """The cell that says what to do; None where the row says nothing, or groups rows by emphasis."""
        text = self.cell_text(row, "description")
        said = [cell for cell in row.cells if plain(self.outline.clean[slice(*cell)])]
        is_group = len(said) == 1 < len(row.cells) and text.startswith(("*", "_"))
        return self.cell(row, "description") if plain(text) and not is_group else None


def read_table(outline: Outline, block: Block, vocabulary: Vocabulary) -> Table:
    """Understands a table by its header."""
    header, *body = block.children
    headers = tuple(plain(outline.clean[slice(*cell)]) for cell in header.cells)
    # Markdown takes a line of text right after a table for a row of it.
    rows = tuple(row for row in body if "|" in outline.clean[row.start : row.end])
    cells = [
        [outline.clean[slice(*row.cells[at])].strip() for row in rows if at < len(row.cells)]
        for at in range(len(headers))
    ]
    columns = _read_columns(headers, cells, vocabulary)
    known = vocabulary.table("columns")
    announces = _announces_tasks(headers, cells, vocabulary) and bool(columns.keys() & _BESIDE_TASKS)
    is_index = any(most(map(_PAGE.search, column)) for column in cells)
    is_tracker = announces or (columns.keys() >= {"description", "owner", "due"} and not is_index)
    gives_times = "time" in columns or any(map(is_timeline, cells))
    begins_with_action = columns.get("description") == int("id" in columns)
    # One row of nothing but fields says them of the heading over it.
    states_fields = len(rows) == 1 and "description" not in columns
    is_attributes = states_fields or _names_fields(headers, cells, vocabulary)
    if "description" not in columns:
        columns["description"] = _longest_column(cells, columns)
    is_owned = columns.keys() & {"owner", "due", "issue"}
    telling = headers[:2] if is_owned else (*headers[:2], headers[columns["description"]])
    is_facts = any("facts" in known.all_of(words_of(title)) for title in telling)
    return Table(
        outline,
        headers,
        columns,
        rows,
        is_facts=is_attributes or (is_facts and not begins_with_action),
        is_timeline=gives_times,
        is_tracker=is_tracker and not gives_times,
        is_numbered="id" in columns and _number_rows(cells[columns["id"]]),
    )


def _read_columns(
    headers: Sequence[str], cells: Sequence[Sequence[str]], vocabulary: Vocabulary
) -> dict[str, int]:
    """What the columns hold by their headers, unless their cells hold something else."""
    columns: dict[str, int] = {}
    names = read_columns(headers, vocabulary)
    asking = (at for at, title in enumerate(headers) if asks_when(title, vocabulary))
    dated = (at for at in asking if _hold_dates(cells[at], vocabulary))
    due = min(dated, key=lambda at: names[at] != "due", default=None)
    for index, name in enumerate(names):
        if index == due:
            columns["due"] = index
        elif name and name not in columns:
            columns[name] = index
    doubtful = ("priority",) if "description" in columns else ("priority", "owner", "due")
    for name in doubtful:
        if name in columns and _are_sentences(cells[columns[name]]):
            del columns[name]
    tickets = cells[columns["issue"]] if "issue" in columns else []
    if _number_rows(tickets) and not tickets[0].startswith("#"):
        columns["id"] = columns.pop("issue")
    return columns


def _names_fields(headers: Sequence[str], cells: Sequence[Sequence[str]], vocabulary: Vocabulary) -> bool:
    """Whether the first of two columns names fields, the header's among them: `Owner`, `Due`."""
    if len(headers) != 2:
        return False
    known = vocabulary.table("columns")
    titles = filter(None, (words_of(plain(title)) for title in (headers[0], *cells[0])))
    return most(map(known.all_of, titles))


def _hold_dates(cells: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether the cells of a column mostly are dates."""
    return most(read_date(cell, vocabulary) or _QUARTER.search(cell) for cell in cells if cell)


def _announces_tasks(headers: Sequence[str], cells: Sequence[Sequence[str]], vocabulary: Vocabulary) -> bool:
    """Whether a column says that its cells are action items, and not how many there are."""
    known = vocabulary.table("columns")
    return any(
        "tracker" in known.all_of(words_of(title)) and not _are_counts(column, vocabulary)
        for title, column in zip(headers, cells, strict=True)
    )


def _are_counts(cells: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether a column says how many there are (`3`, `4 open / 2 done`), as the index of postmortems does."""
    states = vocabulary.table("state", "marks", "unfinished")
    told = [word for cell in cells for word in words_of(cell)]
    return any(map(str.isdecimal, told)) and all(
        word.isdecimal() or word == "all" or states.all_of((word,)) for word in told
    )


def _number_rows(cells: Sequence[str]) -> bool:
    """Whether a column only numbers the rows: `CA1`, `CA2`, `AC-3`."""
    found = [_NUMBERED.fullmatch(cell) for cell in cells]
    said = [(one["letters"], int(one["number"])) for one in found if one]
    return len(said) > 1 and said == [(said[0][0], at) for at in range(1, len(cells) + 1)]


def _are_sentences(cells: Sequence[str]) -> bool:
    """Whether the cells of a column say more than how urgent it is, or who does it, as `Impact` may."""
    return most(len(cell.split()) > _LONGEST_LEVEL for cell in cells)


def _longest_column(cells: Sequence[Sequence[str]], taken: dict[str, int]) -> int:
    """The column with the most text, where no header says which one holds the description."""
    free = [index for index in range(len(cells)) if index not in taken.values()] or range(len(cells))
    return max(free, key=lambda index: sum(map(len, cells[index])))
