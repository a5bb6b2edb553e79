"""Updates that a person should look at first: a link that stands beside another item's words. Pure."""

import difflib
from collections.abc import Iterable, Sequence

from pmsync.lexicon.words import words_of
from pmsync.model import Change, IssueRef
from pmsync.reconcile.markers import normalise
from pmsync.reconcile.rewording import REWORDED_AT_LEAST, REWORDED_PAIRS, find_alike

UNRELATED_BELOW = 0.5
"""How alike two titles that share no telling word may be, and still have nothing to do with each other."""

_SHORTEST_TELLING = 4
"""Letters of a word that tells something; in scripts without blanks each letter does."""


def find_doubts(changes: Sequence[Change]) -> dict[IssueRef, str]:
    """Returns the issues whose title would become another item's, or an unrelated one, and what to do.

    Args:
        changes: of a plan; those that give an issue another title are looked at.
    """
    retitled = [it for it in changes if it.issue and it.edit and it.edit.title is not None]
    doubts = {
        it.issue.ref: "its new text has nothing in common with the old one: if the line was replaced, delete"
        " its annotation, and it gets an issue of its own"
        for it in retitled
        if it.issue and it.edit and is_unrelated(it.issue.title, it.edit.title or "")
    }
    return doubts | {
        one: f"it would get the text of {other}: if their links were swapped, put them back"
        for one, other in _find_swapped(retitled)
    }


def _find_swapped(retitled: Sequence[Change]) -> Iterable[tuple[IssueRef, IssueRef]]:
    """Yields issues, and the one whose old title is like the new one, and more so than their own is."""
    if len(retitled) ** 2 > REWORDED_PAIRS:
        return
    new = [it.edit.title or "" for it in retitled if it.edit]
    old = [it.issue.title for it in retitled if it.issue]
    refs = [it.issue.ref for it in retitled if it.issue]
    best: dict[int, tuple[float, int]] = {}
    for likeness, here, there in find_alike(new, old):
        best[here] = max(best.get(here, (0.0, here)), (likeness, there))
    for here, (likeness, there) in best.items():
        if here != there and likeness >= REWORDED_AT_LEAST and refs[here] != refs[there]:
            yield refs[here], refs[there]


def is_unrelated(one: str, other: str) -> bool:
    """Whether two titles share no telling word, and are not alike either."""
    if _telling(one) & _telling(other):
        return False
    matcher = difflib.SequenceMatcher(None, normalise(one), normalise(other), autojunk=False)
    return matcher.ratio() < UNRELATED_BELOW


def _telling(title: str) -> frozenset[str]:
    return frozenset(word for word in words_of(title) if len(word) >= _SHORTEST_TELLING or not word.isascii())
