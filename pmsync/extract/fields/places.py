"""Where the entries of one document have their owners: read over all of them, since they share a form."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from pmsync.extract.fields.inline import LONGEST
from pmsync.extract.fields.links import find_mentions, find_tickets
from pmsync.extract.fields.names import (
    Owners,
    are_names,
    forms_of,
    is_name,
    is_topic,
    split_names,
)
from pmsync.extract.fields.openings import Openings
from pmsync.extract.fields.unfilled import is_unfilled
from pmsync.extract.structure.flat import flatten
from pmsync.lexicon.vocabulary import Vocabulary
from pmsync.lexicon.words import words_of

_SEVERAL = 2


class _Place:
    """What stands in one place of the entries: names that are known, such as may be some, and topics."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.possible: set[str] = set()
        self.others = 0

    def take(self, words: str, owners: Owners, vocabulary: Vocabulary) -> None:
        """Counts the words of one entry."""
        if owners.has_told(words, vocabulary):
            self.known.add(words)
        elif is_topic(words, vocabulary):
            self.others += not is_unfilled(words, vocabulary)
        elif are_names(words, vocabulary):
            self.possible.add(words)

    @property
    def holds_owners(self) -> bool:
        """Whether it is known of as many as it may be, and nothing speaks against it."""
        return bool(self.known) and len(self.known) >= max(len(self.possible), self.others)


def find_owners(
    paragraphs: Iterable[str], names: Iterable[str], labels: Sequence[str], vocabulary: Vocabulary
) -> Owners:
    """What a document shows of owners.

    Args:
        paragraphs: each entry's first.
        names: the people and teams that the document names, at its head or in columns for owners.
        labels: what stands over its entries, within the section that announces them.
        vocabulary: the words.
    """
    myself = (word for words in vocabulary.lists("myself") for word in words.split(", "))
    known = forms_of([*names, *myself], vocabulary)
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
    places = _end_places(ended, owners, vocabulary) | _first_places(readers, owners, vocabulary)
    places |= _label_place(labels, owners, vocabulary)
    owners = replace(owners, places=frozenset(places))
    if _end_in_dates(readers, owners):
        owners = replace(owners, places=owners.places | {"date"})
    return owners


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
    led = ("end (" if reader.text[last[0].start - 1] in "([" else "end –") if last else ""
    named = [field for field in reader.named if field.name == "owner" and field.value]
    place, words = reader.lone_name(ends[-1].start if ends else len(reader.text))
    return _Ended([field.value for field in (*named, *last)], led or ("end (" if named else ""), place, words)


def _end_places(ended: Sequence[_Ended], owners: Owners, vocabulary: Vocabulary) -> set[str]:
    """The places at the end where most of the entries have owners: `(Bo)`, `– Bo`."""
    places: set[str] = set()
    for place in ("end (", "end –"):
        led = sum(one.led == place or (bool(one.led) and place == "end (") for one in ended)
        words = [one.words for one in ended if one.place == place and one.words]
        known = {one for one in words if owners.know(one, vocabulary)}
        systems = vocabulary.phrases("system")
        count = led + sum(
            one in known or (are_names(one, vocabulary) and not systems.has(words_of(one))) for one in words
        )
        is_sure = bool(known) or led > 1 or (place == "end (" and count > 1)
        if is_sure and count * 2 > len(ended):
            places.add(place)
    return places


def _label_place(labels: Sequence[str], owners: Owners, vocabulary: Vocabulary) -> set[str]:
    """`label`, where several labels may all be names, and one is known: `Paul/Alex`, `Nobody yet`."""
    nobody = vocabulary.phrases("nobody")
    told = [label for label in labels if not nobody.all_of(words_of(label))]
    are_all = len(told) > 1 and all(_may_name(label, vocabulary) for label in told)
    return {"label"} if are_all and any(owners.know(label, vocabulary) for label in told) else set()


def _may_name(label: str, vocabulary: Vocabulary) -> bool:
    """Whether a label may be nothing but the names of those who do what stands under it."""
    said = vocabulary.announce(label)
    is_other = said.is_known or bool(said.phrase) or is_topic(label, vocabulary)
    return are_names(label, vocabulary) and not is_other


def _first_places(readers: Sequence[Openings], owners: Owners, vocabulary: Vocabulary) -> set[str]:
    """The places before the entries' own words that hold owners: `[Bo] …`, `Bo: …`."""
    places: dict[str, _Place] = {}
    for reader in readers:
        for lead in reader.first_leads():
            words = reader.text[lead.start : lead.end].strip()
            places.setdefault(lead.place, _Place()).take(words, owners, vocabulary)
    return {name for name, place in places.items() if place.holds_owners}


def _end_in_dates(readers: Sequence[Openings], owners: Owners) -> bool:
    """Whether most of the entries that an owner opens end with a date."""
    if sum(reader.last_date() is not None for reader in readers) < _SEVERAL:
        return False
    led = [
        reader
        for reader in (replace(one, owners=owners) for one in readers)
        if any(field.name == "owner" for field in reader.opening()[0])
    ]
    dated = sum(reader.last_date() is not None for reader in led)
    return dated >= _SEVERAL and dated * 2 > len(led)
