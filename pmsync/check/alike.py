"""Which items ask for the same: precision before recall, since a wrong echo is noise.

Two items are alike where one says what the other says and little else: a word in place of another may be
another service, and a figure another limit.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from pmsync.check.words import content_of

ALIKE_AT_LEAST = 0.8
"""The share of their words that two items must have in common (Jaccard's index)."""

_FEWEST = 3
"""Words that an item must have to be compared: "Write runbook" may be asked for of any service."""


_MOST = 100
"""Texts that are looked at for one word: of a word that so many have in common, nothing is learnt."""


@dataclass(slots=True)
class Index:
    """Texts by their words, so that the one that is alike is found without comparing all with all."""

    _texts: list[tuple[frozenset[str], Hashable]] = field(default_factory=list)
    _by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, text: str, key: Hashable) -> None:
        """Takes in a text, known by `key`."""
        words = content_of(text)
        if len(words) < _FEWEST:
            return
        for word in words:
            self._by_word[word].append(len(self._texts))
        self._texts.append((words, key))

    def find(self, text: str) -> Iterator[Hashable]:
        """Yields the keys of the texts that ask for the same as `text`, as they were added."""
        words = content_of(text)
        if len(words) < _FEWEST:
            return
        for at in sorted(self._near(words)):
            other, key = self._texts[at]
            if are_alike(words, other):
                yield key

    def _near(self, words: frozenset[str]) -> set[int]:
        """Those that can be alike: of the rarest words, at most a fifth may be missing in the other."""
        rarest = sorted(words, key=lambda word: len(self._by_word.get(word, ())))
        enough = len(words) - int(len(words) * ALIKE_AT_LEAST) + 1
        return {at for word in rarest[:enough] for at in self._by_word.get(word, ())[:_MOST]}


def are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of words, none too small, ask for the same."""
    is_part = one <= other or other <= one
    is_most = len(one & other) >= ALIKE_AT_LEAST * len(one | other)
    return is_part and is_most and not any(_tells_apart(word) for word in one ^ other)


def _tells_apart(word: str) -> bool:
    return any(char.isdigit() for char in word)


def group(texts: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yields the place of each text that asks for the same as an earlier one, and the place of that."""
    index = Index()
    for at, text in enumerate(texts):
        first = next(index.find(text), None)
        if isinstance(first, int):
            yield at, first
        else:
            index.add(text, at)
