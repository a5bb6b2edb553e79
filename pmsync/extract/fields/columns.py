"""What the columns of tables hold, by their headers."""

import re

from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_COLUMNS = ("description", "owner", "due", "priority", "type", "status", "issue", "id", "time")
"""What a column can hold; a header that could be two is the first."""
_TELLING = ("owner", "due", "status", "priority", "issue", "description")
"""Columns that a longer header gives away by one of its words."""
_SHORTEST_TELLING = 5
_SIGNS = {
    "#": "id",
    "№": "id",
    "Nº": "id",
    "N°": "id",
    "✔": "status",
    "✓": "status",
    "✅": "status",
    "☑": "status",
}
_BRACKETS = re.compile(r"\([^()]*\)")


def read_column(title: str, vocabulary: Vocabulary) -> str | None:
    """Returns what a column holds, by its header as plain text; None where that says nothing."""
    if name := _SIGNS.get(title.strip("\ufe0f ")):
        return name
    known = vocabulary.table("columns")
    words = words_of(_BRACKETS.sub(" ", title))
    said = known.all_of(words)
    for each in _COLUMNS:
        if each in said:
            return each
    found = known.find_all(words)
    telling = {
        one.name for one in found if one.end - one.start > 1 or len(words[one.start]) >= _SHORTEST_TELLING
    }
    return next((name for name in _TELLING if name in telling), None)
