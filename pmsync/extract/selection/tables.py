"""Tables: which column says what."""

import re
from collections.abc import Sequence
from functools import cached_property

from pmsync.extract.fields.columns import asks_when, read_columns
from pmsync.extract.fields.dates import read_date
from pmsync.extract.selection.lines import is_timeline, most
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Block, Outline, Span
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_NUMBERED = re.compile(r"(?P<letters>[A-Z]{1,2}(?:\d-)?|#)[-. ]?(?P<number>\d{1,3})")
_PAGE = re.compile(r"\]\((?!https?:)[^()\s]{1,200}\.md[)#]")
"""What leads to another page of the repository, as an index of postmortems does."""
_QUARTER = re.compile(r"\bQ[1-4]\b")
_MOST_WORDS = 4


class Table:
    """A table whose columns were understood by their headers.

    Attributes:
        columns: index of the column by what it holds; one always holds the description.
        is_named: a header says which column holds the description.
        is_numbered: its column for ids only numbers the rows.
    """

    def __init__(self, outline: Outline, block: Block, vocabulary: Vocabulary) -> None:
        header, *body = block.children
        self._source = outline.clean
        self._vocabulary = vocabulary
        self._known = vocabulary.table("columns")
        self.headers = tuple(plain(self._source[slice(*cell)]) for cell in header.cells)
        # Markdown takes a line of text right after a table for a row of it.
        self.rows = tuple(row for row in body if "|" in self._source[row.start : row.end])
        self._cells = [
            [self._source[slice(*row.cells[at])].strip() for row in self.rows if at < len(row.cells)]
            for at in range(len(self.headers))
        ]
        self.columns = self._read_columns()
        self.is_named = "description" in self.columns
        self.is_numbered = "id" in self.columns and _number_rows(self._cells[self.columns["id"]])
        if not self.is_named:
            known = self.columns.values()
            free = [at for at in range(len(self.headers)) if at not in known] or range(len(self.headers))
            self.columns["description"] = max(free, key=lambda at: sum(map(len, self._cells[at])))

    def cell(self, row: Block | None, name: str) -> Span | None:
        """The cell of the named column; None where the table or the row has none."""
        index = self.columns.get(name)
        cells = row.cells if row else ()
        return cells[index] if index is not None and index < len(cells) else None

    def cell_text(self, row: Block | None, name: str) -> str:
        """The cell's source, without padding; empty where there is none."""
        span = self.cell(row, name)
        return self._source[slice(*span)].strip() if span else ""

    def description(self, row: Block) -> Span | None:
        """The cell that says what to do; None where the row says nothing, or groups rows by emphasis."""
        text = self.cell_text(row, "description")
        said = [cell for cell in row.cells if plain(self._source[slice(*cell)])]
        is_group = len(said) == 1 < len(row.cells) and text.startswith(("*", "_"))
        return self.cell(row, "description") if plain(text) and not is_group else None

    @cached_property
    def is_timeline(self) -> bool:
        """Whether its rows are events."""
        return "time" in self.columns or any(map(is_timeline, self._cells))

    @cached_property
    def is_tracker(self) -> bool:
        """Whether its header alone says that its rows are action items."""
        is_index = any(most(map(_PAGE.search, column)) for column in self._cells)
        is_full = self.is_named and self.columns.keys() >= {"owner", "due"} and not is_index
        is_beside = self.columns.keys() & {"owner", "due", "status", "issue"}
        announces = bool(is_beside) and self._announces_tasks()
        return not self.is_timeline and (announces or is_full)

    @cached_property
    def is_facts(self) -> bool:
        """Whether it lists facts or figures, rather than work."""
        # One row of nothing but fields says them of the heading over it.
        if (len(self.rows) == 1 and not self.is_named) or self._names_fields():
            return True
        is_owned = self.columns.keys() & {"owner", "due", "issue"}
        telling = {0, 1} if is_owned else {0, 1, self.columns["description"]}
        titles = (title for at, title in enumerate(self.headers) if at in telling)
        return not self.is_named and any("facts" in self._known.all_of(words_of(title)) for title in titles)

    def _read_columns(self) -> dict[str, int]:
        """What the columns hold by their headers, unless their cells hold something else."""
        columns: dict[str, int] = {}
        names = read_columns(self.headers, self._vocabulary)
        asking = (at for at, title in enumerate(self.headers) if asks_when(title, self._vocabulary))
        dated = (at for at in asking if most(map(self._is_date, filter(None, self._cells[at]))))
        due = min(dated, key=lambda at: names[at] != "due", default=None)
        for index, name in enumerate(names):
            if index == due:
                columns["due"] = index
            elif name and name not in columns:
                columns[name] = index
        doubtful = {"priority"} if "description" in columns else {"priority", "owner"}
        for name in doubtful & columns.keys():
            # `Impact` may say more than how urgent it is.
            if most(len(cell.split()) > _MOST_WORDS for cell in self._cells[columns[name]]):
                del columns[name]
        tickets = self._cells[columns["issue"]] if "issue" in columns else []
        if _number_rows(tickets) and not tickets[0].startswith("#"):
            columns["id"] = columns.pop("issue")
        return columns

    def _is_date(self, cell: str) -> bool:
        return bool(read_date(cell, self._vocabulary) or _QUARTER.search(cell))

    def _names_fields(self) -> bool:
        """Whether the first of two columns names fields, the header's among them: `Owner`, `Due`."""
        titles = (self.headers[0], *map(plain, self._cells[0]))
        is_pair = len(self.headers) == 2
        return is_pair and most(self._known.all_of(words_of(title)) for title in titles if title)

    def _announces_tasks(self) -> bool:
        """Whether a column says that its cells are action items, and not how many there are."""
        columns = zip(self.headers, self._cells, strict=True)
        tasks = (cells for title, cells in columns if "tracker" in self._known.all_of(words_of(title)))
        return not all(map(self._are_counts, tasks))

    def _are_counts(self, cells: Sequence[str]) -> bool:
        """Whether a column says how many there are (`4 open / 2 done`), as the index of postmortems does."""
        states = self._vocabulary.table("state", "marks", "unfinished")
        told = [word for cell in cells for word in words_of(cell) if word != "all"]
        numbers = sum(map(str.isdecimal, told))
        return numbers > 0 and all(word.isdecimal() or states.all_of((word,)) for word in told)


def _number_rows(cells: Sequence[str]) -> bool:
    """Whether a column only numbers the rows: `CA1`, `CA2`, `AC-3`."""
    found = [_NUMBERED.fullmatch(cell) for cell in cells]
    said = [(one["letters"], int(one["number"])) for one in found if one]
    return len(said) > 1 and said == [(said[0][0], at) for at in range(1, len(cells) + 1)]
