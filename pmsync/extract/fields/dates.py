"""Dates as people write them, in figures and in words."""

import datetime
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_LONGEST_TEXT = 4000
_TWELVE = 12
_HYPHENS = str.maketrans("\u2010\u2011\u2012", "---")
_MONTH = r"(?P<m>[^\W\d_]{3,14})"
_YEAR = r"(?P<y>(?:19|20)\d{2})(?!\d)"
_IN_FIGURES = re.compile(
    r"(?<![\d.])(?P<y>\d{4})(?P<joint>[-/]|\. ?)(?P<m>\d{1,2})(?P=joint)(?P<d>\d{1,2})(?!\d)"
)
_WITH_SIGNS = re.compile(
    r"(?<!\d)(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일號号]?"
    r"|(?<!\d)(?P<d2>\d{1,2})\s+tháng\s+(?P<m2>\d{1,2}),?\s+năm\s+(?P<y2>\d{4})(?!\d)",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    r"(?<![\d.])(?P<d>\d{1,2})(?:st|nd|rd|th|er|\.?[ºª°]|\.)?(?:\s+(?:of|de|d[’'])\s*|[ \t/-]{1,2})"
    rf"{_MONTH}\.?,?(?:\s+(?:de|del)\s+|[ \t/-]{{1,2}}){_YEAR}"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w){_MONTH}\.?[ \t]{{1,2}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s?,?\s{{0,2}}{_YEAR}"
)
_WITHOUT_YEAR = (
    re.compile(
        rf"(?<![\w.])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.?[ºª°]|\.)?\s?(?:of |de |d[’'])?{_MONTH}\.?(?!\w)"
    ),
    re.compile(rf"(?<!\w){_MONTH}\.?\s?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\w)"),
)
_TWO_FIGURES = re.compile(r"(?<![\d./])(?P<a>\d{1,2})(?P<joint>[./])(?P<b>\d{1,2})(?![\d/]|\.\d)")
"""`30/03`, `20.02.`"""
_REMARK = re.compile(r"(?<=\w)\.?\s*\((?P<inside>[^()]*)\)\s*\Z")
"""`10 Feb. (shipped)`"""
_MOST_DAYS = 200
"""How long after a document's date its days without a year are, at most."""
_ENGLISH_SMALL_WORDS = re.compile(r"\b(?:the|and|is|to)\b")
_OTHER_SMALL_WORDS = re.compile(
    r"\b(?:de|la|les|des|et|los|que|und|der|die|het|een|van|och|att|não|uma|il|di|che|nie|się|og|på|не|и|в|на|và|các|được|của|yang|dan|untuk"
    r"|ve|bir|için)\b"
)
_TIMES_ENGLISH = 3
"""How many times the English ones the others are at least."""
_SPARSE = 200
"""Characters of text for each of them, at most."""
_UNCERTAIN = re.compile(
    r"(?<![\d.])(?P<a>\d{1,2})(?P<joint>[-/]|\. ?)(?P<b>\d{1,2})(?P=joint)(?P<y>\d{4})(?!\d)"
)


class FoundDate(NamedTuple):
    """A date in some text: as ISO, and from where to just before where it stands."""

    iso: str
    start: int
    end: int


def find_dates(text: str, vocabulary: Vocabulary) -> list[FoundDate]:
    """Returns the absolute dates in `text`, in order.

    They may be in figures (`2026-03-01`, `2026年3月1日`) or in words of any language (`1. März 2026`,
    `Mar 1st, 2026`), and `31/12/2026` counts as well, but not `3/4/2026`, where day and month may be taken
    for one another. A date without a year is none.
    """
    found: list[FoundDate] = []
    for one in sorted(_find_all(text.translate(_HYPHENS), vocabulary), key=lambda one: one.start):
        if not found or found[-1].end <= one.start:
            found.append(one)
    return found


def find_uncertain(text: str) -> Iterator[re.Match[str]]:
    """Yields the dates in `text` whose day and month may be taken for one another."""
    return (one for one in _UNCERTAIN.finditer(text) if not _settled(one))


def is_day_first(text: str) -> bool | None:
    """Whether a text writes the day first: by its dates that can be read in one way, or by its language.

    English does both; of the languages of Europe no other has the month first, nor have Turkish, Vietnamese
    and Indonesian.
    """
    found = [one for one in _UNCERTAIN.finditer(text) if one["joint"] in "-/" and _settled(one)]
    firsts = {int(one["a"]) > _TWELVE for one in found if one["a"] != one["b"]}
    if firsts:
        return firsts.pop() if len(firsts) == 1 else None
    return _is_continental(text) or None


def _is_continental(text: str) -> bool:
    """Whether small words of a language that has the day first stand all over a text."""
    english, others = len(_ENGLISH_SMALL_WORDS.findall(text)), len(_OTHER_SMALL_WORDS.findall(text))
    return others > _TIMES_ENGLISH * english and others * _SPARSE > len(text)


def settle_date(value: str, vocabulary: Vocabulary, *, day_first: bool | None, since: str | None) -> str:
    """Returns a date that can be read in several ways as ISO, where that is known; any other value as it is.

    Args:
        value: what is said of when something is due.
        vocabulary: the words.
        day_first: whether the day stands before the month in figures (`3/4/2026`); None where not known.
        since: the document's date as ISO, soon after which the days are that have no year (`by Aug 23`).
    """
    remark = _REMARK.search(value)
    bare = value[: remark.start()] if remark else value
    uncertain = _UNCERTAIN.search(bare)
    if uncertain and day_first is not None and _says_no_more(bare, uncertain, vocabulary):
        day, month = (uncertain["a"], uncertain["b"]) if day_first else (uncertain["b"], uncertain["a"])
        return _iso(int(uncertain["y"]), int(month), int(day)) or value
    says_done = remark and vocabulary.phrases("state", "marks").all_of(words_of(remark["inside"]))
    day = bare if says_done else value
    for month, number, one in _without_year(day, vocabulary, day_first) if since else ():
        if month and _says_no_more(day, one, vocabulary):
            return _soon_after(month, number, datetime.date.fromisoformat(since or "")) or value
    return bare if uncertain else value


def _without_year(
    text: str, vocabulary: Vocabulary, day_first: bool | None
) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Yields month and day of the dates in a text that have no year, and where they stand."""
    for one in filter(None, (form.search(text) for form in _WITHOUT_YEAR)):
        yield _month(one["m"], vocabulary), int(one["d"]), one
    found = _TWO_FIGURES.search(text)
    if found and "%" not in text:
        first, second = int(found["a"]), int(found["b"])
        if day_first or (first > _TWELVE and found["joint"] == "/"):
            yield second, first, found
        elif found["joint"] == "/" and (day_first is False or second > _TWELVE):
            yield first, second, found


def _says_no_more(value: str, date: re.Match[str], vocabulary: Vocabulary) -> bool:
    """Whether beside a date there is only *by* and the day of the week: `by Fri 12/06/2026`."""
    rest = words_of(f"{value[: date.start()]} {value[date.end() :]}")
    known = (vocabulary.until(), vocabulary.phrases("until_behind"), vocabulary.phrases("weekdays"))
    while rest and (found := next(filter(None, (phrases.at(rest) for phrases in known)), None)):
        rest = rest[found.end :]
    return not rest


def _soon_after(month: int, day: int, since: datetime.date) -> str | None:
    """The day of some month soon after a date, as ISO; None where there is none."""
    found = filter(None, (_iso(year, month, day) for year in (since.year, since.year + 1)))
    soon = (iso for iso in found if 0 <= (datetime.date.fromisoformat(iso) - since).days <= _MOST_DAYS)
    return next(soon, None)


def read_date(text: str, vocabulary: Vocabulary) -> str | None:
    """Returns the first absolute date in `text` as ISO; see `find_dates`."""
    found = find_dates(text[:_LONGEST_TEXT], vocabulary)
    return found[0].iso if found else None


def _find_all(text: str, vocabulary: Vocabulary) -> Iterator[FoundDate]:
    """Yields the dates of each way of writing one."""
    ways: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = (
        (_IN_FIGURES, lambda one: _iso(int(one["y"]), int(one["m"]), int(one["d"]))),
        (_WITH_SIGNS, lambda one: _iso(*(int(one[name] or one[f"{name}2"]) for name in "ymd"))),
        (_DAY_FIRST, lambda one: _iso(int(one["y"]), _month(one["m"], vocabulary), int(one["d"]))),
        (_MONTH_FIRST, lambda one: _iso(int(one["y"]), _month(one["m"], vocabulary), int(one["d"]))),
        (_UNCERTAIN, _settled),
    )
    for pattern, settle in ways:
        for one in pattern.finditer(text):
            if iso := settle(one):
                yield FoundDate(iso, one.start(), one.end())


def _month(word: str, vocabulary: Vocabulary) -> int:
    """The number of a month by its name; 0 for another word."""
    return int(vocabulary.months().name_of(words_of(word)) or 0)


def _settled(found: re.Match[str]) -> str | None:
    """`31/12/2026` and `12/31/2026`, not `3/4/2026`; with full stops the day is first everywhere."""
    first, second, year = int(found["a"]), int(found["b"]), int(found["y"])
    if first > _TWELVE or first == second or found["joint"] not in "-/":
        return _iso(year, second, first)
    return _iso(year, first, second) if second > _TWELVE else None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
