"""What the other cells of an HTML table's row say of the item in one of them."""

import re

from pmsync.extract.fields.values import Fields, clean
from pmsync.extract.structure.flat import plain
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
    first = max(0, start - _LONGEST_TABLE)
    table = source.rfind("<table", first, start)
    row = source.rfind("<tr", first, start)
    close = source.find("</tr>", end, end + _LONGEST_ROW)
    if table < 0 or row < table or close < 0:
        return Fields()
    headers = _cells(source[table:start])
    cells = _cells(source[row:close])
    said: dict[str, str] = {}
    for header, cell in zip(headers, cells, strict=False):
        name = vocabulary.table("columns", *_COLUMNS).name_of(words_of(header))
        if name:
            said.setdefault(name, cell)
    return Fields(*(clean(name, said[name], vocabulary) if name in said else None for name in _COLUMNS))


def _cells(source: str) -> list[str]:
    """The cells of the first row in some HTML, as plain text."""
    return [plain(cell["inside"]) for cell in _CELL.finditer(source.partition("</tr>")[0])]
