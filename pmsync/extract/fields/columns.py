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
_JOINED = re.compile(r"[&+,]")
_BRACKETS = re.compile(r"\([^()]*\)")


def read_columns(titles: Sequence[str], vocabulary: Vocabulary) -> tuple[str | None, ...]:
    """Returns what each column of a table holds, by its header as plain text; None where that says nothing.

    A team is an owner where no other column says who does it.
    """
    said = [_read_column(title, vocabulary) for title in titles]
    names = [next(iter(each), None) for each in said]
    if "description" not in names:
        names = [
            "description" if "description" in each and _asks_what(title, vocabulary) else name
            for title, each, name in zip(titles, said, names, strict=True)
        ]
    are_owned = any(
        name == "owner" and not asks_when(title, vocabulary)
        for name, title in zip(names, titles, strict=True)
    )
    return tuple("owner" if name == "team" and not are_owned else name for name in names)


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
    said = known.all_of(words_of(_BRACKETS.sub(" ", title)))
    for each in _COLUMNS:
        if each in said:
            return (each,)
    parts = title.split("/") if "/" in title else []  # `Owner / backup`, `Status/Owner`
    telling = {name for part in parts for name in known.all_of(words_of(part))}
    telling = telling or {name for name, _, _ in _telling(title, vocabulary)}
    return tuple(name for name in _TELLING if name in telling)


def _telling(title: str, vocabulary: Vocabulary) -> list[tuple[str, int, int]]:
    """What phrases within a longer header name, and where they begin and end, in words."""
    words = words_of(_BRACKETS.sub(" ", title))
    return [
        (one.name, one.start, one.end)
        for one in vocabulary.table("columns").find_all(words)
        if one.end - one.start > 1 or len(words[one.start]) >= _SHORTEST_TELLING
    ]


def _asks_what(title: str, vocabulary: Vocabulary) -> bool:
    """Whether a header asks for more than what is to be done: `What has to be done by the team`.

    That comes first, and apart or joined by a sign (`Actions & owners`): `Action owner team` and
    `Status of the action` ask for something else.
    """
    told = _telling(title, vocabulary)
    end = max((end for name, start, end in told if name == "description" and start == 0), default=0)
    is_compound = any(name != "description" and start <= end for name, start, _ in told)
    return "/" in title or (end > 0 and (not is_compound or _JOINED.search(title) is not None))
