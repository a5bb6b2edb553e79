"""Three versions of a document → the same three, agreed on the state of every item. Pure.

git merges line by line. Where two branches only got another link, box or status on one line, or one got those
and the other another text, it sees a conflict where there is none. Once all three say the same of an item's
state, what is left for git to merge is what people wrote.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pmsync.model import ActionItem, Edit, IssueRef, Place, Postmortem, Status
from pmsync.reconcile.bindings import pair
from pmsync.reconcile.edits import apply_edits
from pmsync.reconcile.rewording import REWORDED_AT_LEAST, REWORDED_MARGIN, REWORDED_PAIRS, find_alike

_NUMBER = re.compile(r"\d+")
_ORDER = (None, *Status)
"""Where both sides changed the word, each in its own way, the later one here stands: until the next sync,
which puts what the issue says. Beside a word after `done` no box commands anything."""


@dataclass(frozen=True, slots=True)
class _Version:
    """One item in one version of its document; `item` is None where that does not hold it."""

    document: Postmortem
    item: ActionItem | None = None

    @property
    def ref(self) -> IssueRef | None:
        """The issue that it is linked to."""
        return self.item.annotation.ref if self.item and self.item.annotation else None

    @property
    def status(self) -> Status | None:
        """The word beside the link; without a link it is open."""
        found = self.item.annotation if self.item else None
        return found.status if found else Status.OPEN

    @property
    def link(self) -> str:
        """The annotation, without what separates it from the text before; empty where there is none."""
        found = self.item.annotation if self.item else None
        return self.document.text[found.start : found.end].lstrip(" \t\r\n>") if found else ""

    @property
    def tick(self) -> str | None:
        """What stands in the box; None where there is none."""
        box = self.item.box if self.item else None
        return self.document.text[box.start : box.end] if box else None

    @property
    def is_ticked(self) -> bool:
        """Whether the box says done."""
        return bool(self.item and self.item.box and self.item.box.ticked)

    def put_link(self, link: str) -> Iterator[Edit]:
        """Puts this annotation in the place of the item's, or where it belongs; empty takes it away."""
        old, slot = (self.item.annotation, self.item.slot) if self.item else (None, None)
        if old and self.link != link:
            start = old.end - len(self.link) if link else old.start
            yield Edit(start, old.end, link or old.placeholder)
        elif link and slot and not old:
            yield Edit(slot.at, slot.at + len(slot.placeholder), slot.lead + link)

    def put_tick(self, tick: str) -> Iterator[Edit]:
        """Puts this into the item's box, where it has one."""
        box = self.item.box if self.item else None
        if box and self.tick != tick:
            yield Edit(box.start, box.end, tick)


_Versions = tuple[_Version, _Version, _Version]
"""One item: in the base, in ours, in theirs."""


def settle(base: Postmortem, ours: Postmortem, theirs: Postmortem) -> tuple[str, str, str]:
    """Returns the three texts with the same annotation and the same box wherever they hold the same item.

    Of link and box the side counts that changed it since the base. Where both changed the word, that counts
    which differs from the base's; of two of these the later in `Status`, with its box. Of two links where
    there was none the one with the lower number counts: the other is its twin. Where that does not decide,
    or a new item in an item's place may be it or may not, nothing is changed, and git has its conflict.
    """
    edits: tuple[list[Edit], list[Edit], list[Edit]] = ([], [], [])
    for versions in _find_same(base, ours, theirs):
        link, tick = _choose(*versions)
        for version, its in zip(versions, edits, strict=True):
            its += version.put_link(link.link) if link else ()
            its += version.put_tick(tick.tick) if tick and tick.tick is not None else ()
    texts = (base.text, ours.text, theirs.text)
    first, second, third = (apply_edits(text, its) for text, its in zip(texts, edits, strict=True))
    return first, second, third


def _find_same(base: Postmortem, ours: Postmortem, theirs: Postmortem) -> Iterator[_Versions]:
    """Yields each item that at least two of the versions hold."""
    in_ours, in_theirs = _follow(base, ours), _follow(base, theirs)
    there, here = _follow(ours, theirs).found, _follow(theirs, ours).found
    old_ours = {item.place for item in in_ours.found.values()}
    old_theirs = {item.place for item in in_theirs.found.values()}
    for item in base.items:
        mine, yours = in_ours.found.get(item.place), in_theirs.found.get(item.place)
        if yours and not mine:
            mine = _unless(here.get(yours.place), old_ours)
        elif mine and not yours:
            yours = _unless(there.get(mine.place), old_theirs)
        is_unclear = (not mine and item.place in in_ours.unclear) or (
            not yours and item.place in in_theirs.unclear
        )
        if (mine or yours) and not is_unclear:
            old_ours |= {mine.place} if mine else set()
            yield _Version(base, item), _Version(ours, mine), _Version(theirs, yours)
    for item in ours.items:
        yours = _unless(there.get(item.place), old_theirs)
        if yours and item.place not in old_ours:
            yield _Version(base), _Version(ours, item), _Version(theirs, yours)


def _unless(item: ActionItem | None, known: Collection[Place]) -> ActionItem | None:
    return None if item is None or item.place in known else item


class _Fate(NamedTuple):
    """What became of one version's items in another.

    Attributes:
        found: what each is there, by its place.
        unclear: those that are gone, or are a new one that is like them: nobody can tell.
    """

    found: dict[Place, ActionItem]
    unclear: frozenset[Place]


def _follow(before: Postmortem, after: Postmortem) -> _Fate:
    """Finds a version's items in another, each once: by link, by text, where they stood by likeness."""
    found: dict[Place, ActionItem] = {}
    taken: set[Place] = set()
    for old, new in pair(before.items, after.items, {}):
        if old.place not in found and new.place not in taken:
            found[old.place] = new
            taken.add(new.place)
    lost = _by_neighbours(before.items, {place: new.place for place, new in found.items()})
    come = _by_neighbours(after.items, {place: place for place in taken})
    every = [item for items in come.values() for item in items]
    unclear = {item.place for item in _resembling([one for items in lost.values() for one in items], every)}
    for where, items in lost.items():
        others = come.get(where, [])
        if len(items) == len(others):
            found |= {items[one].place: others[other] for one, other in _find_reworded(items, others)}
    return _Fate(found, frozenset(unclear - found.keys()))


def _by_neighbours(
    items: Sequence[ActionItem], names: Mapping[Place, Place]
) -> Mapping[object, Sequence[ActionItem]]:
    """The items that have no name, by section and the names of what stands before and after them."""
    found: dict[object, list[ActionItem]] = defaultdict(list)
    after: list[Place | None] = [None]
    for item in reversed(items):
        after.append(names.get(item.place, after[-1]))
    before: Place | None = None
    for item, following in zip(items, reversed(after[:-1]), strict=True):
        if item.place in names:
            before = names[item.place]
        else:
            found[item.section, before, following].append(item)
    return found


def _resembling(lost: Sequence[ActionItem], come: Sequence[ActionItem]) -> Sequence[ActionItem]:
    """The lost items that some new one is like, wherever that stands."""
    return [lost[one] for one in {one for _, one, _ in _find_alike(lost, come)}]


def _find_alike(lost: Sequence[ActionItem], come: Sequence[ActionItem]) -> list[tuple[float, int, int]]:
    """The pairs of which one may be the other reworded; two that are linked already are none."""
    if len(lost) * len(come) > REWORDED_PAIRS:
        return []
    pairs = find_alike([item.title for item in lost], [item.title for item in come])
    return [pair for pair in pairs if not (lost[pair[1]].annotation and come[pair[2]].annotation)]


def _find_reworded(lost: Sequence[ActionItem], come: Sequence[ActionItem]) -> Iterator[tuple[int, int]]:
    """Yields the pairs that are clearly each other's best, and differ in more than numbers."""
    alike = _find_alike(lost, come)
    for likeness, one, other in alike:
        rivals = [it for it, here, there in alike if (here == one) != (there == other)]
        is_clear = all(likeness >= rival + REWORDED_MARGIN for rival in rivals)
        old, new = lost[one].title, come[other].title
        is_other = old != new and _NUMBER.sub("", old) == _NUMBER.sub("", new)
        if likeness >= REWORDED_AT_LEAST and is_clear and not is_other:
            yield one, other


def _choose(base: _Version, ours: _Version, theirs: _Version) -> tuple[_Version | None, _Version | None]:
    """Returns whose annotation and whose box stand; None where that is not decided."""
    if ours.item is None or theirs.item is None:  # taken out on one side, or reworded
        left = theirs if ours.item is None else ours
        return left, left
    link = _choose_changed(base.link, ours.link, theirs.link, ours, theirs)
    if link:
        return link, _choose_tick(base, ours, theirs)
    if not (ours.link and theirs.link):
        return None, None
    if ours.ref != theirs.ref:
        link = _choose_other(base, ours, theirs)
        return link, link
    before = base.status if base.ref in {None, ours.ref} else Status.OPEN
    link = _choose_changed(before, ours.status, theirs.status, ours, theirs)
    if link:
        return (None if ours.status is theirs.status else link), _choose_tick(base, ours, theirs)
    link = max(ours, theirs, key=lambda it: _ORDER.index(it.status))
    return link, link


def _choose_changed(
    base: object, one: object, other: object, ours: _Version, theirs: _Version
) -> _Version | None:
    """Returns the side that changed something, or either where both made the same of it."""
    if other in (base, one):
        return ours
    return theirs if one == base else None


def _choose_other(base: _Version, ours: _Version, theirs: _Version) -> _Version | None:
    """Returns which of two links stands: the one that is new, or of two new ones that of the older issue."""
    changed = _choose_changed(base.ref, ours.ref, theirs.ref, ours, theirs)
    if changed or not ours.ref or not theirs.ref or base.ref:
        return changed
    if ours.ref.repository.casefold() != theirs.ref.repository.casefold():
        return None
    return min(ours, theirs, key=lambda it: it.ref.number if it.ref else 0)


def _choose_tick(base: _Version, ours: _Version, theirs: _Version) -> _Version | None:
    if ours.tick is None or theirs.tick is None:
        return None
    chosen = _choose_changed(base.tick, ours.tick, theirs.tick, ours, theirs)
    if chosen or ours.is_ticked is theirs.is_ticked:
        return chosen
    return theirs if ours.is_ticked is base.is_ticked else ours
