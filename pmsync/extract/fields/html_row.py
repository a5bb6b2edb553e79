"""The row of an HTML table: which of its cells says what to do, and what the others say of that."""

import re

from pmsync.extract.fields.values import Fields, clean
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_LONGEST_ROW = 4000
_LONGEST_TABLE = 20_000
_CELL = re.compile(r"<t[dh]\b[^<>]*>(?P<inside>[^<]*(?:<(?!/t[dh]>)[^<]*)*)</t[dh]>", re.IGNORECASE)
_COLUMNS = ("owner", "due", "priority", "type", "status")


def read_html_row(source: str, start: int, end: int, vocabulary: Vocabulary) -> Fields:
    """Reads the fields of the row around a cell by its table's header; none where there is no table.

    Args:
        source: the document.
        start: where the cell's text begins.
        end: just past it.
        vocabulary: the words.
    """
    table = _table_before(source, start)
    row = source.rfind("<tr", table, start)
    close = source.find("</tr>", end, end + _LONGEST_ROW)
    if row < 0 or close < 0:
        return Fields()
    headers = _cells(source[table:start])
    cells = _cells(source[row:close])
    said: dict[str, str] = {}
    for header, cell in zip(headers, cells, strict=False):
        name = vocabulary.table("columns", *_COLUMNS).name_of(words_of(header))
        if name:
            said.setdefault(name, cell)
    return Fields(*(clean(name, said[name], vocabulary) if name in said else None for name in _COLUMNS))


def find_description(source: str, row: int, end: int, vocabulary: Vocabulary) -> Span | None:
    """Finds the inside of the cell that says what to do, by the table's header; None where that says nothing.

    Args:
        source: the document.
        row: where the row begins.
        end: just past it.
        vocabulary: the words.
    """
    headers = _cells(source[_table_before(source, row) : row])
    known = vocabulary.table("columns")
    described = (at for at, header in enumerate(headers) if "description" in known.all_of(words_of(header)))
    cells = [cell.span("inside") for cell in _CELL.finditer(source, row, end)]
    return next((cells[at] for at in described if at < len(cells)), None)


def _table_before(source: str, at: int) -> int:
    """Where the table begins that holds what stands at `at`; there itself where none does."""
    start = source.rfind("<table", max(0, at - _LONGEST_TABLE), at)
    return start if start >= 0 else at


def _cells(source: str) -> list[str]:
    """The cells of the first row in some HTML, as plain text."""
    return [plain(cell["inside"]) for cell in _CELL.finditer(source.partition("</tr>")[0])]
