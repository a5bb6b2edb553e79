"""The row of an HTML table: which of its cells says what to do, and what the others say of that."""

import re
from functools import lru_cache

from pmsync.extract.fields.columns import read_columns
from pmsync.extract.fields.dates import read_date
from pmsync.extract.fields.links import find_mentions, find_tickets
from pmsync.extract.fields.state import is_done_remark, is_done_status, without_references
from pmsync.extract.fields.values import Fields, clean
from pmsync.extract.structure.flat import plain
from pmsync.extract.structure.outline import Span
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_LONGEST_ROW = 4000
_LONGEST_TABLE = 20_000
_CELL = re.compile(r"<t[dh]\b[^<>]*>(?P<inside>[^<]*(?:<(?!/?t[dh]\b)[^<]*)*)</t[dh]>", re.IGNORECASE)
_LONGEST_DATE = 4
"""Words: `by 12 March 2026`."""
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
    row = source.rfind("<tr", max(0, start - _LONGEST_ROW), start)
    close = source.find("</tr>", end, end + _LONGEST_ROW)
    if row < 0 or close < 0:
        return Fields(), ()
    said = {
        name: source[slice(*span)] for name, span in reversed(_named_cells(source, row, close, vocabulary))
    }
    owner = plain(said.get("owner", ""))
    if "due" not in said and len(words_of(owner)) <= _LONGEST_DATE and read_date(owner, vocabulary):
        said["due"] = said.pop("owner")  # in a column `By`
    cells = [said.get(name, "") for name in ("issue", "status")]
    told = without_references(plain(cells[0]))
    if is_done_status(told, vocabulary) or is_done_remark(told, vocabulary):
        said.setdefault("status", cells[0])  # `Done` in the column for the issue
    stated = (clean(name, plain(said[name]), vocabulary) if name in said else None for name in _FIELDS)
    team = clean("owner", plain(said.get("team", "")), vocabulary)
    mentioned = ((cell, find_mentions(cell)) for cell in cells)
    tracked = (found for cell, found in mentioned if any(find_tickets(cell, found)))
    return Fields(*stated).or_else(Fields(owner=team)), tuple(
        mention.target for found in tracked for mention in found
    )


def find_description(source: str, row: int, end: int, vocabulary: Vocabulary) -> Span | None:
    """Finds the inside of the cell that says what to do, by the table's header; None where that says nothing.

    Args:
        source: the document.
        row: where the row begins.
        end: just past it.
        vocabulary: the words.
    """
    cells = _named_cells(source, row, min(end, row + _LONGEST_ROW), vocabulary)
    return next((span for name, span in cells if name == "description"), None)


def _named_cells(source: str, row: int, end: int, vocabulary: Vocabulary) -> list[tuple[str | None, Span]]:
    """The insides of a row's cells, each with what its column holds; none where a cell spans several."""
    cells = [cell.span("inside") for cell in _CELL.finditer(source, row, end)]
    table = source.rfind("<table", max(0, row - _LONGEST_TABLE), row) if cells else -1
    if table < 0:
        return []
    columns = _columns(source[table : min(table + _LONGEST_ROW, row)].partition("</tr>")[0], vocabulary)
    return list(zip(columns, cells, strict=True)) if len(columns) == len(cells) else []


@lru_cache(maxsize=8)
def _columns(header: str, vocabulary: Vocabulary) -> tuple[str | None, ...]:
    """What the columns of a table hold, by its first row."""
    return read_columns([plain(cell["inside"]) for cell in _CELL.finditer(header)], vocabulary)
