"""What the columns of tables hold, by their headers."""

import re
from collections.abc import Sequence

from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_COLUMNS = ("description", "owner", "team", "due", "priority", "type", "status", "issue", "id", "time")
"""What a column can hold; a header that could be two is the first."""
_TELLING = ("owner", "team", "due", "status", "priority", "issue", "description")
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


def read_columns(titles: Sequence[str], vocabulary: Vocabulary) -> tuple[str | None, ...]:
    """Returns what each column of a table holds, by its header as plain text; None where that says nothing.

    A team owns what it has where no other column says who does it.
    """
    said = [_read_column(title, vocabulary) for title in titles]
    names = [next(iter(each), None) for each in said]
    if "description" not in names:  # `What has to be done by the team` says what, too
        names = [
            "description" if "description" in each else name for each, name in zip(said, names, strict=True)
        ]
    are_owned = any(
        name == "owner" and not asks_when(title, vocabulary)
        for name, title in zip(names, titles, strict=True)
    )
    team = None if are_owned else "owner"
    return tuple(team if name == "team" else name for name in names)


def asks_when(title: str, vocabulary: Vocabulary) -> bool:
    """Returns whether a header may ask by when, and for something else as well: `By`, `Planned`."""
    words = words_of(title)
    is_due = "due" in vocabulary.table("columns").all_of(words)
    return is_due or bool(vocabulary.phrases("fields", "dated").all_of(words))


def _read_column(title: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What one column may hold, the likeliest first, a team's apart from an owner's."""
    if name := _SIGNS.get(title.strip("\ufe0f ")):
        return (name,)
    known = vocabulary.table("columns")
    words = words_of(_BRACKETS.sub(" ", title))
    said = known.all_of(words) or known.all_of(words_of(title.partition("/")[0]))
    for each in _COLUMNS:
        if each in said:
            return (each,)
    found = known.find_all(words)
    telling = {
        one.name for one in found if one.end - one.start > 1 or len(words[one.start]) >= _SHORTEST_TELLING
    }
    return tuple(name for name in _TELLING if name in telling)
