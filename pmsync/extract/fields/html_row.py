"""The row of an HTML table: which of its cells says what to do, and what the others say of that."""

import re

from pmsync.extract.fields.columns import read_column
from pmsync.extract.fields.links import find_mentions
from pmsync.extract.fields.values import Fields, clean
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.vocabulary import Vocabulary

_LONGEST_ROW = 4000
_LONGEST_TABLE = 20_000
_CELL = re.compile(r"<t[dh]\b[^<>]*>(?P<inside>[^<]*(?:<(?!/t[dh]>)[^<]*)*)</t[dh]>", re.IGNORECASE)
_FIELDS = ("owner", "due", "priority", "type", "status")


def read_html_row(
    source: str, start: int, end: int, vocabulary: Vocabulary
) -> tuple[Fields, tuple[str, ...]]:
    """Reads the row around a cell by its table's header.

    Args:
        source: the document.
        start: where the cell's text begins.
        end: just past it.
        vocabulary: the words.

    Returns:
        The fields that it states, and the trackers' links and keys in its cells for the issue and the state;
        nothing where there is no table.
    """
    table = _table_before(source, start)
    row = source.rfind("<tr", table, start)
    close = source.find("</tr>", end, end + _LONGEST_ROW)
    if row < 0 or close < 0:
        return Fields(), ()
    said: dict[str | None, str] = {}
    for name, span in zip(
        _columns(source[table:start], vocabulary), _cells(source, row, close), strict=False
    ):
        said.setdefault(name, source[slice(*span)])
    stated = (clean(name, plain(said[name]), vocabulary) if name in said else None for name in _FIELDS)
    tracked = (find_mentions(said.get(name, "")) for name in ("issue", "status"))
    return Fields(*stated), tuple(mention.target for found in tracked for mention in found)


def find_description(source: str, row: int, end: int, vocabulary: Vocabulary) -> Span | None:
    """Finds the inside of the cell that says what to do, by the table's header; None where that says nothing.

    Args:
        source: the document.
        row: where the row begins.
        end: just past it.
        vocabulary: the words.
    """
    columns = _columns(source[_table_before(source, row) : row], vocabulary)
    said = zip(columns, _cells(source, row, end), strict=False)
    return next((span for name, span in said if name == "description"), None)


def _table_before(source: str, at: int) -> int:
    """Where the table begins that holds what stands at `at`; there itself where none does."""
    start = source.rfind("<table", max(0, at - _LONGEST_TABLE), at)
    return start if start >= 0 else at


def _columns(table: str, vocabulary: Vocabulary) -> list[str | None]:
    """What the columns of a table hold, by its first row."""
    header = table.partition("</tr>")[0]
    return [read_column(plain(header[slice(*span)]), vocabulary) for span in _cells(header, 0, len(header))]


def _cells(source: str, start: int, end: int) -> list[Span]:
    """The insides of the cells between two places."""
    return [cell.span("inside") for cell in _CELL.finditer(source, start, end)]
