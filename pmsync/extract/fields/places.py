"""Where the entries of one document have their owners: read over all of them, since they share a form."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from pmsync.extract.fields.inline import LONGEST
from pmsync.extract.fields.links import find_mentions, find_tickets
from pmsync.extract.fields.names import (
    Owners,
    are_names,
    ends_in_group,
    forms_of,
    is_called,
    is_first_name,
    is_name,
    is_topic,
    may_own,
    split_names,
)
from pmsync.extract.fields.openings import Openings
from pmsync.extract.fields.values import is_team
from pmsync.extract.structure.flat import flatten
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_SEVERAL = 2
_NAMES = r"(?P<names>[a-zß-ÿ][\w-]*(?:\s?[,&+/]\s?[a-zß-ÿ][\w-]*){0,3})"
_LEAD = re.compile(rf"\A{_NAMES}: ")
_LAST = re.compile(rf"\s[–—(-]\s?{_NAMES}\)?\s*\Z")


def find_owners(paragraphs: Iterable[str], names: Iterable[str], vocabulary: Vocabulary) -> Owners:
    """What a document shows of owners.

    Args:
        paragraphs: each entry's first.
        names: the people and teams that the document names, at its head or in columns for owners.
        vocabulary: the words.
    """
    myself = (word for words in vocabulary.lists("myself") for word in words.split(", "))
    paragraphs = list(paragraphs)
    known = forms_of([*names, *myself, *_names_without_capitals(paragraphs, vocabulary)], vocabulary)
    readers = [_reader(paragraph, Owners(known), vocabulary) for paragraph in paragraphs]
    ended = [_ended(reader) for reader in readers]
    ended_by = [
        owner
        for one in ended
        for listed in one.owners
        for owner in split_names(listed, vocabulary)
        if is_name(owner, vocabulary) and not is_topic(owner, vocabulary)
    ]
    owners = Owners(known | forms_of(ended_by, vocabulary))
    places = _end_places(ended, owners, vocabulary)
    return replace(owners, places=places | {"^("} if _open_with_teams(readers, vocabulary) else places)


def _reader(paragraph: str, owners: Owners, vocabulary: Vocabulary) -> Openings:
    """An entry's first paragraph, and its own tickets, behind which owners may stand before the end."""
    flat = flatten(paragraph.strip()[:LONGEST])
    own = tuple(find_tickets(flat.markdown, find_mentions(flat.markdown)))
    return Openings(flat, vocabulary, own, owners)


class _Ended(NamedTuple):
    """How an entry ends: its owners, the place where they stand, and what may be such, alone in a place."""

    owners: list[str]
    led: str
    place: str
    words: str


def _ended(reader: Openings) -> _Ended:
    ends = reader.ends(0, len(reader.text))
    last = [field for end in ends for field in end.fields if field.name == "owner" and field.value]
    led = ("(" if reader.text[last[0].start - 1] in "([" else "–") if last else ""
    named = [field for field in reader.named if field.name == "owner" and field.value]
    place, words = reader.lone_name(ends[-1].start if ends else len(reader.text))
    return _Ended([field.value for field in (*named, *last)], led or ("(" if named else ""), place, words)


def _end_places(ended: Sequence[_Ended], owners: Owners, vocabulary: Vocabulary) -> frozenset[str]:
    """The places at the end where most of the entries have owners: `(Bo)`, `– Bo`."""
    places: set[str] = set()
    for place in ("(", "–"):
        led = sum(one.led == place or (bool(one.led) and place == "(") for one in ended)
        words = [one.words for one in ended if one.place == place and one.words]
        known = {one for one in words if owners.know(one, vocabulary)}
        systems = vocabulary.phrases("system")
        count = led + sum(
            one in known or (are_names(one, vocabulary) and not systems.has(words_of(one))) for one in words
        )
        is_sure = bool(known) or led > 1 or (place == "(" and count > 1)
        if is_sure and count * 2 > len(ended):
            places.add(place)
    return frozenset(places)


def _names_without_capitals(paragraphs: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Who opens the entries, or ends them, where several first names do: `mara + jo: …`, `… - jo`."""
    told: list[str] = []
    for place in (_LEAD, _LAST):
        found = [split_names(one["names"], vocabulary) for one in map(place.search, paragraphs) if one]
        people = sum(any(is_first_name(name.title(), vocabulary) for name in names) for names in found)
        if people >= _SEVERAL and people * 2 > len(found):
            told += [name for names in found for name in names if is_called(name.title(), vocabulary)]
    return told


def _open_with_teams(readers: Sequence[Openings], vocabulary: Vocabulary) -> bool:
    """Whether most of the entries open with brackets, and several of these say that they hold a team."""
    led = [words for words in (reader.first_bracket() for reader in readers) if may_own(words, vocabulary)]
    teams = sum(is_team(words, vocabulary) or ends_in_group(words, vocabulary) for words in led)
    return teams >= _SEVERAL and len(led) * 2 > len(readers)
