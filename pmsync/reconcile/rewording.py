"""How alike titles are: what tells a reworded item from a new one. Pure."""

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pmsync.reconcile.markers import normalise

REWORDED_AT_LEAST = 0.72
"""How alike two titles must be for one to be the other reworded."""

REWORDED_MARGIN = 0.10
"""How much more alike than the next best pair it must be."""

REWORDED_PAIRS = 2_500
"""How many pairs of one document are compared at most: where more is lost and new, it was rewritten."""


def find_alike(ones: Sequence[str], others: Sequence[str]) -> list[tuple[float, int, int]]:
    """Compares each title with each of the others; pairs too far off to matter are left out.

    Returns:
        How alike the two of a pair are, from 0 to 1, and the place of each in its list; in their order.
    """
    floor = REWORDED_AT_LEAST - REWORDED_MARGIN
    ones, others = [normalise(title) for title in ones], [normalise(title) for title in others]
    common = list(_count_common(ones, others))
    matcher = difflib.SequenceMatcher(autojunk=False)
    pairs = []
    for there, other in enumerate(others):
        matcher.set_seq2(other)  # what takes time to look at is looked at once
        for here, one in enumerate(ones):
            if 2.0 * common[here][there] < floor * (len(one) + len(other)):
                continue
            matcher.set_seq1(one)
            likeness = matcher.ratio()
            if likeness >= floor:
                pairs.append((likeness, here, there))
    return sorted(pairs, key=lambda pair: pair[1:])


def _count_common(ones: Sequence[str], others: Sequence[str]) -> Iterator[list[int]]:
    """For each of the ones, the length of its longest common subsequence with each of the others.

    No comparison finds more in common, and a whole row is had at once: Hyyrö's bit-parallel recurrence, each
    of the others a field of one large number, with a bit above it that catches its carry.
    """
    starts, holds, fields, end = [], defaultdict[str, int](int), 0, 0
    for other in others:
        starts.append(end)
        fields |= ((1 << len(other)) - 1) << end
        for place, character in enumerate(other, end):
            holds[character] |= 1 << place
        end += len(other) + 1
    for one in ones:
        unmatched = fields
        for character in one:
            matched = unmatched & holds.get(character, 0)
            unmatched = ((unmatched + matched) | (unmatched - matched)) & fields
        matched = fields ^ unmatched
        yield [
            (matched >> start & ((1 << len(other)) - 1)).bit_count()
            for start, other in zip(starts, others, strict=True)
        ]
