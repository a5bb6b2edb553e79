"""What a gap can be mended with in place: the line of an action item with its owner or its due date. Pure.

Nothing is made up. An owner or a day is only proposed where somebody outside of the document says it, and the
changed document is read again: it must be the same but for these fields, or nothing is proposed.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from pmsync.check.checking import Diagnostic
from pmsync.check.words import is_unfilled
from pmsync.lexicon.words import words_of
from pmsync.model import ActionItem, Kind, Place, Postmortem
from pmsync.text import encode

Reader = Callable[[str, str], Postmortem]
"""Reads a document: its path and its text → what stands in it."""

_OWNER, _DUE = "PM001", "PM002"
_PLACE = re.compile(r"(?:(?<=[:(\[])|(?<=(?<!\\)\|))[^:|()\[\],;\\\n]{0,60}(?=[)\],;|]|$)")
"""What stands after a colon, in brackets, or in a cell, up to where that ends."""
_BLANKS = " \t*_`-–—?."
_KEY_DIGITS = 16
_MOST_WAYS = 12
"""Ways to write a line that are tried: each costs a reading."""
_LONGEST_DETAIL = 4000
"""Characters of an item's detail that are looked at."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An item that lacks what can be proposed.

    Attributes:
        postmortem: its document.
        item: the item.
        owner: who could own it; empty where it has an owner, or nobody is known.
        due: the day by which it could be due; None likewise.
    """

    postmortem: Postmortem
    item: ActionItem
    owner: str = ""
    due: date | None = None

    @property
    def line(self) -> int:
        """The line that would be changed."""
        return self.postmortem.text.count("\n", 0, _end_of(self.item)) + 1

    @property
    def key(self) -> str:
        """What tells it from all others, wherever its document puts it: hexadecimal digits."""
        named = "\0".join((self.item.document, *words_of(self.item.text)))
        return hashlib.sha256(encode(named)).hexdigest()[:_KEY_DIGITS]


def find_gaps(
    diagnostics: Sequence[Diagnostic],
    postmortems: Sequence[Postmortem],
    *,
    owner: str,
    due: Mapping[Place, date],
) -> Iterator[Gap]:
    """Yields the items that lack an owner or a due date which can be proposed.

    Args:
        diagnostics: what a check found.
        postmortems: the documents that it looked at.
        owner: who could own what nobody owns; empty for nobody.
        due: by item, the day by which it should be due.
    """
    found = {(one.document, one.line, one.rule.code) for one in diagnostics}
    for postmortem in postmortems:
        for item in postmortem.items:
            place = (item.document, item.line)
            gap = Gap(
                postmortem=postmortem,
                item=item,
                owner=owner if (*place, _OWNER) in found else "",
                due=due.get(item.place) if (*place, _DUE) in found and not item.due else None,
            )
            if (gap.owner or gap.due) and (item.slot or item.annotation):
                yield gap


def suggest(gap: Gap, read: Reader) -> str | None:
    """Returns the line that mends a gap, without its end; None where none reads as it should."""
    text = gap.postmortem.text
    if any(map(_names_a_blank, gap.item.detail[:_LONGEST_DETAIL].split("\n"))):
        return None  # its place is another line, below
    start = text.rfind("\n", 0, _end_of(gap.item)) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    if line.endswith("\r") or any("\ud800" <= char <= "\udfff" for char in line):
        return None  # what GitHub would make of these, nobody knows
    for new in _write(line, _end_of(gap.item) - start, gap):
        if _reads_well(gap, f"{text[:start]}{new}{text[start + len(line) :]}", read):
            return new
    return None


def _end_of(item: ActionItem) -> int:
    """Where the item's first paragraph ends, for what is written after it."""
    return item.annotation.start if item.annotation else item.slot.at if item.slot else 0


def _write(line: str, at: int, gap: Gap) -> Iterator[str]:
    """Yields the ways to write a gap's fields into its line: where their place is held, else at its end."""
    fields = {"owner": gap.owner, "due": gap.due.isoformat() if gap.due else ""}
    ways: list[tuple[str, tuple[str, ...]]] = [(line, ())]
    for name, value in fields.items():
        if value:
            filled = [(new, rest) for each, rest in ways for new in islice(_fill(each, value), _MOST_WAYS)]
            ways = filled + [(each, (*rest, f"{name}: {value}")) for each, rest in ways]
    for new, rest in ways[:_MOST_WAYS]:
        end = at + len(new) - len(line)
        if not rest:
            yield new
        elif gap.item.kind is not Kind.TABLE:
            yield f"{new[:end].rstrip()} ({', '.join(rest)}){new[end:]}"


def _fill(line: str, value: str) -> Iterator[str]:
    """Yields a line with a value in each place of it that holds none."""
    for found in _PLACE.finditer(line):
        said, is_cell = found[0], line[found.end() : found.end() + 1] == "|"
        is_open = line[found.start() - 1] in "([" and found.end() == len(line)
        if _is_blank(said) and not is_open:
            lead = " " * said.startswith((" ", "\t"))
            trail = lead if is_cell and not said.strip() else said[len(said.rstrip()) :] * bool(said.strip())
            yield f"{line[: found.start()]}{lead}{value}{trail}{line[found.end() :]}"


def _names_a_blank(line: str) -> bool:
    """Whether a line of detail names a field and says nothing of it: `Owner: TBD`."""
    name, colon, said = line.partition(":")
    return bool(colon) and len(name) <= _LONGEST_NAME and _is_blank(said)


def _is_blank(said: str) -> bool:
    """Whether words in a field's place say nothing: none, a dash, `TBD`."""
    bare = said.strip(_BLANKS)
    return not bare or is_unfilled(bare)


def _reads_well(gap: Gap, text: str, read: Reader) -> bool:
    """Whether a changed document says what it said, and of the item what it lacked."""
    before, after = gap.postmortem.items, read(gap.postmortem.document, text).items
    if len(before) != len(after):
        return False
    for old, new in zip(before, after, strict=True):
        expected = old
        if old.place == gap.item.place:
            day = gap.due.isoformat() if gap.due else old.due
            expected = replace(old, owner=gap.owner.removeprefix("@") or old.owner, due=day)
        if _said(expected) != _said(new):
            return False
    return True


def _said(item: ActionItem) -> tuple[object, ...]:
    annotation = item.annotation and (item.annotation.ref, item.annotation.status)
    fields = (item.owner, item.due, item.priority, item.type, item.links, annotation)
    return item.line, item.kind, item.section, item.title, item.done, *fields
